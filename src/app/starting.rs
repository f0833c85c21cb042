//! Deliveries confirmed here that nobody is seen driving yet. Until then they are
//! driven from here as much as the others: the record may be on its way, or be
//! stored without our having heard so, and a console that quits meanwhile leaves
//! it to nobody.

use super::App;
use crate::domain::{ContextName, Fault, Now, OperationId, Uid};
use crate::engine::delivery::DeliveryPlan;
use crate::msg::{Effect, Level, Notice};
use crate::screens::delivery::{Delivery, Driven};
use std::time::Duration;

/// A driver says that it drives right after its record is stored. Who does not
/// after so long has been replaced.
const TAKES_THE_WHEEL: Duration = Duration::from_secs(10);

/// A delivery that is being started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Starting {
    id: OperationId,
    uid: Uid,
    /// Since when its record is known to be stored.
    stored: Option<Now>,
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
            stored: None,
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
            Ok(text) => {
                let mut all = self.session.starting.iter_mut();
                if let Some(starting) = all.find(|starting| starting.id == *id) {
                    starting.stored = Some(now);
                }
                Notice::new(Level::Success, text)
            }
            Err(fault) => {
                self.session.starting.retain(|starting| starting.id != *id);
                Notice::from(&fault)
            }
        };
        self.notices.push(notice, now);
        Vec::new()
    }

    /// Forgets those that are seen to be driven, or to be over: from now on their
    /// records say how they stand. A record that is only seen is not enough: the
    /// answer to its storing may still be on the way, and the driver waits for it.
    pub(super) fn started(&mut self, now: Now) {
        let session = &mut self.session;
        if session.starting.is_empty() {
            return;
        }
        let parked = session.parked.iter().map(|parked| &parked.seen);
        let all = parked.chain([&session.seen]).flat_map(|seen| seen.deliveries.all());
        let all: Vec<&Delivery> = all.collect();
        session.starting.retain(|starting| {
            let seen = all.iter().find(|delivery| delivery.id == starting.id.as_str());
            let late = starting.stored.is_some_and(|at| now.elapsed(at) >= TAKES_THE_WHEEL);
            !seen.is_some_and(|seen| late || !seen.is_running() || seen.driver.state(now) == Driven::Here)
        });
    }

    /// The one that is being started on an object.
    pub(super) fn starting_on(&self, uid: &Uid) -> Option<&OperationId> {
        self.session.starting.iter().find(|starting| starting.uid == *uid).map(|starting| &starting.id)
    }
}
