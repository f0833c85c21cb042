//! A plan kept in a file, to be carried out later.
//!
//! It holds the question and what the server made of it, never the templates:
//! they may hold values of the environment. Carrying it out asks everything
//! again; what would do something else than the plan said is refused.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ask::DeliveryAsk;
use super::plan::DeliveryPlan;
use crate::domain::{Fault, FaultKind, ResourceVersion, Target, sha256_of};
use crate::engine::record::OperationRecord;

/// The schema written.
const SCHEMA: u32 = 3;
/// Largest file read: a plan is a few kilobytes.
pub const MOST_BYTES: usize = 1 << 20;

/// A plan as stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedPlan {
    /// Of the program that wrote it.
    schema: u32,
    /// When it was made.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// The question.
    pub ask: DeliveryAsk,
    /// Digest of stable's template then.
    from: u64,
    /// Digest of the new template.
    to: u64,
    /// What it would do, from the version then to the new one, for people.
    pub what: String,
    /// SHA-256 of what it would do.
    pub hash: String,
}

/// Which plan, and whose: what an approval is bound to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanId {
    /// Its hash.
    pub hash: String,
    /// Who made it.
    pub by: String,
}

impl PlanId {
    /// That of a plan which is not kept: the same question of the same person
    /// that the server makes the same of has the same one.
    pub fn of(ask: &DeliveryAsk, record: &OperationRecord) -> Self {
        let (templates, by) = ((record.from.template, record.to.template), record.started_by.to_string());
        Self { hash: hash(ask, templates, &by, &what(ask, record)), by }
    }
}

impl SavedPlan {
    /// Keeps a plan and the question it answers.
    pub fn new(ask: DeliveryAsk, plan: &DeliveryPlan) -> Self {
        // An incident is named by who carries it out, then.
        let ask = DeliveryAsk { glass: None, ..ask };
        let record = &plan.record;
        let (from, to) = (record.from.template, record.to.template);
        let (what, PlanId { hash, by }) = (what(&ask, record), PlanId::of(&ask, record));
        Self { schema: SCHEMA, at: record.started, by, hash, ask, from, to, what }
    }

    /// Which one it is.
    pub fn id(&self) -> PlanId {
        PlanId { hash: self.hash.clone(), by: self.by.clone() }
    }

    /// The plan in a file's text.
    ///
    /// # Errors
    /// It is no plan, of a newer program, or was changed by hand.
    pub fn read(text: &str) -> Result<Self, Fault> {
        let invalid = |text: String| Err(Fault::new(FaultKind::Invalid, text).hint("make it again: qd plan"));
        if text.len() > MOST_BYTES {
            return invalid(format!("it has {} bytes: no plan is larger than {MOST_BYTES}", text.len()));
        }
        let plan: Self = match serde_json::from_str(text) {
            Ok(plan) => plan,
            Err(error) => {
                return invalid(format!("line {}, column {}: {error}", error.line(), error.column()));
            }
        };
        if plan.schema > SCHEMA {
            return invalid(format!("it has schema {}, this program knows up to {SCHEMA}", plan.schema));
        }
        if plan.schema < SCHEMA {
            return invalid(format!("it has schema {}: an older program made it", plan.schema));
        }
        if plan.hash != hash(&plan.ask, (plan.from, plan.to), &plan.by, &plan.what) {
            return invalid("it was changed by hand: its hash is of another plan".to_owned());
        }
        // An approver decides by these two lines, on a terminal.
        for (field, text) in [("by", &plan.by), ("what", &plan.what)] {
            if text.chars().any(char::is_control) {
                return invalid(format!("its {field} holds control characters: {text:?}"));
            }
        }
        Ok(plan)
    }

    /// Whether `here` is the Deployment it is for. Its context may be called
    /// otherwise; the server and the object may not be others.
    ///
    /// # Errors
    /// What is another.
    pub fn same_place(&self, here: &Target) -> Result<(), Fault> {
        let planned = &self.ask.target;
        if (&planned.cluster, &planned.uid) == (&here.cluster, &here.uid) {
            return Ok(());
        }
        let text = format!(
            "the plan is for {} at {} (uid {}), here it is at {} (uid {})",
            planned.key, planned.cluster, planned.uid, here.cluster, here.uid
        );
        let fault = Fault::new(FaultKind::Refused, text);
        Err(fault.hint("choose its context (--context, :ctx), or have it planned anew"))
    }

    /// Whether carrying it out now would do what it says.
    ///
    /// # Errors
    /// What is different now.
    pub fn still_means(&self, now: &DeliveryPlan) -> Result<(), Fault> {
        let (record, key) = (&now.record, &self.ask.target.key);
        let different = if now.target.uid != self.ask.target.uid {
            format!("{key} was deleted and created again")
        } else if record.from.template != self.from {
            format!("{key} runs something else now: {}", record.from.version)
        } else if record.to.template != self.to {
            "the server makes another template of it now".to_owned()
        } else {
            return Ok(());
        };
        let text = format!("the plan of {} is not what would happen any more: {different}", self.at);
        Err(Fault::new(FaultKind::Conflict, text).hint("make it again: qd plan"))
    }
}

/// What a plan would do, as an approver reads it.
fn what(ask: &DeliveryAsk, record: &OperationRecord) -> String {
    let (manner, key) = (record.strategy.name(), &ask.target.key);
    format!("{manner} {key} of {} to {}", record.from.version, record.to.version)
}

/// What is approved: the question, what the server made of it, whose it is, and
/// the words an approver was shown.
/// The version of the Deployment is no part of it: its status changes all the time.
fn hash(ask: &DeliveryAsk, templates: (u64, u64), by: &str, what: &str) -> String {
    let target = Target { resource_version: ResourceVersion::default(), ..ask.target.clone() };
    let ask = DeliveryAsk { target, glass: None, ..ask.clone() };
    // Struct fields keep their order.
    sha256_of(&(ask, templates, by, what))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Kind, ObjectKey};
    use crate::engine::delivery::{NewVersion, Pace};
    use crate::engine::record::{OnDriverLoss, Strategy};
    use crate::engine::router::Wish;

    fn saved() -> SavedPlan {
        let ask = DeliveryAsk {
            target: Target {
                context: "prod".into(),
                cluster: "https://one".into(),
                key: ObjectKey::new(Kind::Deployment, "shop", "checkout"),
                uid: "u".into(),
                resource_version: "1".into(),
            },
            version: NewVersion::typed("app=r.io/shop:v2"),
            strategy: Strategy::Canary,
            pace: Pace::default(),
            traffic: Wish::Route,
            on_driver_loss: OnDriverLoss::Hold,
            reason: "release".to_owned(),
            override_owner: false,
            glass: None,
        };
        let (by, what) = ("ada".to_owned(), "canary deployment/shop/checkout of v1 to v2".to_owned());
        let hash = hash(&ask, (1, 2), &by, &what);
        SavedPlan { schema: SCHEMA, at: Timestamp::UNIX_EPOCH, by, ask, from: 1, to: 2, what, hash }
    }

    #[test]
    fn a_plan_comes_back_as_it_was_and_only_so() {
        let saved = saved();
        let text = serde_json::to_string_pretty(&saved).unwrap();
        assert_eq!(SavedPlan::read(&text).unwrap(), saved);
        for (from, to, expected) in [
            ("r.io/shop:v2", "r.io/shop:v3", "changed by hand"),
            ("\"override_owner\": false", "\"override_owner\": true", "changed by hand"),
            ("\"schema\": 3", "\"schema\": 4", "schema 4"),
            ("\"schema\": 3", "\"schema\": 2", "an older program"),
            ("\"by\": \"ada\"", "\"by\": \"bo\"", "changed by hand"),
            ("v1 to v2", "v1 to v1.1", "changed by hand"),
            ("\"route\"", "\"hope\"", "line "),
        ] {
            let fault = SavedPlan::read(&text.replace(from, to)).unwrap_err();
            assert!(fault.text.contains(expected), "{from}: {fault}");
        }
        assert!(SavedPlan::read(&" ".repeat(MOST_BYTES + 1)).is_err());
    }

    #[test]
    fn no_plan_writes_on_an_approver_s_terminal_as_it_likes() {
        let honest = saved();
        for (by, what) in [("ada\u{1b}[2K", "canary"), ("ada", "canary\r\nrolling")] {
            let (by, what) = (by.to_owned(), what.to_owned());
            let hash = hash(&honest.ask, (1, 2), &by, &what);
            let text = serde_json::to_string(&SavedPlan { by, what, hash, ..honest.clone() }).unwrap();
            let fault = SavedPlan::read(&text).unwrap_err();
            assert!(fault.text.contains("control characters"), "{fault}");
        }
    }
}
