//! What a question is answered with: a plan, of an action or of a delivery.

use crate::domain::{Change, Check, Confirmation, Now, Plan};
use crate::engine::delivery::{DeliveryAsk, DeliveryPlan};
use crate::msg::Ask;

/// A question to be sent out.
#[derive(Debug)]
pub enum Question {
    /// About an action.
    Action(Ask),
    /// About a delivery.
    Delivery(Box<DeliveryAsk>),
}

/// Ready to be answered.
#[derive(Debug)]
pub(super) enum Worked {
    /// An action.
    Action(Box<Plan>),
    /// A delivery.
    Delivery(Box<DeliveryPlan>),
}

impl Worked {
    /// What was looked at.
    pub(super) fn checks(&self) -> &[Check] {
        match self {
            Self::Action(plan) => &plan.checks,
            Self::Delivery(plan) => &plan.checks,
        }
    }

    /// What the server says would change.
    pub(super) fn changes(&self) -> &[Change] {
        match self {
            Self::Action(plan) => &plan.changes,
            Self::Delivery(plan) => &plan.changes,
        }
    }

    /// What the person must do.
    pub(super) fn confirmation(&self) -> &Confirmation {
        match self {
            Self::Action(plan) => &plan.confirmation,
            Self::Delivery(plan) => &plan.confirmation,
        }
    }

    /// When the live object was read.
    pub(super) fn read_at(&self) -> Now {
        match self {
            Self::Action(plan) => plan.read_at,
            Self::Delivery(plan) => plan.read_at,
        }
    }

    /// Whether it rests on old data.
    pub(super) fn is_stale(&self, now: Now) -> bool {
        now.elapsed(self.read_at()) > Plan::MAX_AGE
    }

    /// What `y` does, for the question.
    pub(super) fn phrase(&self) -> String {
        match self {
            Self::Action(plan) => plan.order.verb.phrase(),
            Self::Delivery(plan) => {
                format!("deliver {} as a {}", plan.record.to.version, manner(plan))
            }
        }
    }

    /// What runs, and what is to run.
    pub(super) fn sides(&self) -> [(&'static str, String); 2] {
        let images = |side: &crate::engine::record::Version| {
            let images: Vec<_> = side.images.iter().map(|(_, image)| image.as_str()).collect();
            format!("{}  {}", side.version, images.join(", "))
        };
        match self {
            Self::Action(plan) => [("now  ", plan.from.clone()), ("after", plan.to.clone())],
            Self::Delivery(plan) => {
                [("now  ", images(&plan.record.from)), ("after", images(&plan.record.to))]
            }
        }
    }
}

/// `canary`, `rolling update`
fn manner(plan: &DeliveryPlan) -> &'static str {
    match plan.record.strategy {
        crate::engine::record::Strategy::Canary => "canary",
        crate::engine::record::Strategy::Rolling => "rolling update",
        crate::engine::record::Strategy::BlueGreen => "blue/green",
    }
}
