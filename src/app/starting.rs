//! Deliveries confirmed here whose records nobody has seen yet. Until then they
//! are driven from here as much as those that have one: the record may be on
//! its way, and a console that quits meanwhile leaves it to nobody.

use super::App;
use crate::domain::{ContextName, Fault, Now, OperationId, Uid};
use crate::engine::delivery::DeliveryPlan;
use crate::msg::{Effect, Level, Notice};

/// A delivery that is being started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Starting {
    id: OperationId,
    uid: Uid,
    /// The context it goes to.
    pub(super) context: ContextName,
    /// `shop/checkout  v1 to v2`
    pub(super) text: String,
}

impl Starting {
    pub(super) fn of(plan: &DeliveryPlan) -> Self {
        let (record, target) = (&plan.record, &plan.target);
        let (from, to, key) = (&record.from.version, &record.to.version, &target.key);
        Self {
            id: record.id.clone(),
            uid: target.uid.clone(),
            context: target.context.clone(),
            text: format!("{}/{}  {from} to {to}", key.namespace, key.name),
        }
    }
}

impl App {
    /// The start was carried out, or was not.
    pub(super) fn delivery_begun(
        &mut self,
        id: &OperationId,
        begun: Result<String, Fault>,
        now: Now,
    ) -> Vec<Effect> {
        let notice = match begun {
            Ok(text) => Notice::new(Level::Success, text),
            Err(fault) => {
                self.session.starting.retain(|starting| starting.id != *id);
                Notice::from(&fault)
            }
        };
        self.notices.push(notice, now);
        Vec::new()
    }

    /// Forgets those whose records are seen: from now on these say how they stand.
    pub(super) fn started(&mut self) {
        let session = &mut self.session;
        if session.starting.is_empty() {
            return;
        }
        let parked = session.parked.iter().map(|parked| &parked.seen);
        let all = parked.chain([&session.seen]).flat_map(|seen| seen.deliveries.all());
        let seen: Vec<&str> = all.map(|delivery| delivery.id.as_str()).collect();
        session.starting.retain(|starting| !seen.contains(&starting.id.as_str()));
    }

    /// The one that is being started on an object.
    pub(super) fn starting_on(&self, uid: &Uid) -> Option<&OperationId> {
        self.session.starting.iter().find(|starting| starting.uid == *uid).map(|starting| &starting.id)
    }
}
