//! Starting a delivery: from what a person asks for to a checked plan whose
//! record can be stored.
//!
//! [`DeliveryAsk`] is the question, [`DeliveryPlan`] the answer a person
//! confirms; [`DeliveryPlan::admit`] turns the confirmation into a `Warrant`.

mod ask;
mod plan;

pub use ask::{DeliveryAsk, NewVersion, Pace};
pub use plan::{DeliveryGate, DeliveryPlan};
