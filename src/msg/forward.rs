//! Tunnels from ports of this machine to ports of pods.

use crate::domain::{ContextName, Fault, ForwardPorts, ObjectKey, ServiceKey};
use jiff::Timestamp;

/// A tunnel asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForwardAsk {
    /// The pod at its end.
    pub pod: ObjectKey,
    /// Whose pod it is to be: when it goes, another one of this service takes
    /// its place. None where exactly this pod is meant.
    pub service: Option<ServiceKey>,
    /// From where to where.
    pub ports: ForwardPorts,
}

/// A tunnel as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forward {
    /// Counts from 1, in the order they were opened.
    pub id: u64,
    /// In which context.
    pub context: ContextName,
    /// The pod at its end now.
    pub pod: ObjectKey,
    /// Whose pods it goes to; none for exactly this one.
    pub service: Option<ServiceKey>,
    /// Both ports; the local one is never 0.
    pub ports: ForwardPorts,
    /// Why the last attempt to reach the pod failed; none if it did not.
    pub fault: Option<Fault>,
    /// Connections open now.
    pub open: u32,
    /// Bytes that went to the pod.
    pub sent: u64,
    /// Bytes that came from it.
    pub received: u64,
    /// Since when.
    pub since: Timestamp,
}

impl Forward {
    /// `127.0.0.1:8080`: only programs of this machine reach it.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.ports.local)
    }

    /// What it leads to: `service shop/checkout`, or `pod shop/checkout-7f9c`.
    pub fn target(&self) -> String {
        match &self.service {
            Some(service) => format!("service {service}"),
            None => format!("pod {}/{}", self.pod.namespace, self.pod.name),
        }
    }
}
