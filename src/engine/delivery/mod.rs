//! Starting a delivery: from what a person asks for to a checked plan whose
//! record can be stored.
//!
//! [`DeliveryAsk`] is the question, [`DeliveryPlan`] the answer a person
//! confirms; [`DeliveryPlan::admit`] turns the confirmation into a `Warrant`.

mod alarm;
mod analysis;
mod ask;
mod deed;
mod draft;
mod evidence;
mod pace;
mod plan;
mod preflight;
mod references;
mod saved;
mod start;
mod vicinity;
mod whole;

pub use alarm::alarm_check;
pub use analysis::{Analyses, read_analyses};
pub use ask::{DeliveryAsk, NewVersion};
pub use deed::{LivePair, canary_of, fence, pick_trial, track_of, untracked, write_for};
pub use draft::{bare, image, trial};
pub use evidence::{Evidence, Granted, Seen, finish};
pub use pace::{NoStep, Pace, PaceStep};
pub use plan::DeliveryPlan;
pub use preflight::{Doubt, PickTrial, Sounded};
pub use references::{Held, Looked, Reference, references};
pub use saved::{MOST_BYTES as MOST_PLAN_BYTES, PlanId, SavedPlan};
pub use start::{Start, record_of};
pub use vicinity::{Changed, Lower, Need, Said, Tried, Vicinity};
pub use whole::Whole;
