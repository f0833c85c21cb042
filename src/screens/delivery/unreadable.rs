//! Records nobody here can read: shown with the reason, never left out.

use crate::domain::{Name, ObjectKey, ServiceKey, World};
use crate::engine::record::RecordFault;

/// A record that this program cannot read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Its ConfigMap.
    pub record: ObjectKey,
    /// Name of the workload it is about, from its label; empty if it has none.
    pub target: String,
    /// Why it cannot be read.
    pub fault: RecordFault,
}

impl Unreadable {
    /// The service it is about, as far as its label tells; else its own name.
    pub fn service(&self, world: &World) -> ServiceKey {
        let namespace = self.record.namespace.clone();
        let deployment =
            ObjectKey::new(crate::domain::Kind::Deployment, namespace.clone(), self.target.as_str());
        if let Some(workload) = world.workload(&deployment) {
            return World::service_of(workload);
        }
        let name =
            if self.target.is_empty() { self.record.name.clone() } else { Name::from(self.target.as_str()) };
        ServiceKey { namespace, name }
    }

    /// Which record, why, and what to do.
    pub fn sentence(&self) -> String {
        format!("{} cannot be read: {}; {}", self.record.name, self.fault, self.fault.remedy())
    }
}
