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
const SCHEMA: u32 = 2;
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

impl SavedPlan {
    /// Keeps a plan and the question it answers.
    pub fn new(ask: DeliveryAsk, plan: &DeliveryPlan) -> Self {
        // An incident is named by who carries it out, then.
        let ask = DeliveryAsk { glass: None, ..ask };
        let record = &plan.record;
        let (from, to) = (record.from.template, record.to.template);
        let (manner, version) = (record.strategy.name(), &record.to.version);
        let what = format!("{manner} {} of {} to {version}", plan.target.key, record.from.version);
        let (at, by) = (record.started, record.started_by.to_string());
        let hash = hash(&ask, (from, to), &by);
        Self { schema: SCHEMA, at, by, hash, ask, from, to, what }
    }

    /// The hash of a plan that is not kept: the same question of the same person
    /// that the server makes the same of has the same one.
    pub fn hash_of(ask: &DeliveryAsk, record: &OperationRecord) -> String {
        hash(ask, (record.from.template, record.to.template), &record.started_by.to_string())
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
        if plan.hash != hash(&plan.ask, (plan.from, plan.to), &plan.by) {
            return invalid("it was changed by hand: its hash is of another plan".to_owned());
        }
        Ok(plan)
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

/// What is approved: the question, what the server made of it, and whose it is.
/// The version of the Deployment is no part of it: its status changes all the time.
fn hash(ask: &DeliveryAsk, templates: (u64, u64), by: &str) -> String {
    let target = Target { resource_version: ResourceVersion::default(), ..ask.target.clone() };
    let ask = DeliveryAsk { target, glass: None, ..ask.clone() };
    // Struct fields keep their order.
    sha256_of(&(ask, templates, by))
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
        let (at, by) = (Timestamp::UNIX_EPOCH, "ada".to_owned());
        let hash = hash(&ask, (1, 2), &by);
        SavedPlan { schema: SCHEMA, at, by, ask, from: 1, to: 2, what: "canary".to_owned(), hash }
    }

    #[test]
    fn a_plan_comes_back_as_it_was_and_only_so() {
        let saved = saved();
        let text = serde_json::to_string_pretty(&saved).unwrap();
        assert_eq!(SavedPlan::read(&text).unwrap(), saved);
        for (from, to, expected) in [
            ("r.io/shop:v2", "r.io/shop:v3", "changed by hand"),
            ("\"override_owner\": false", "\"override_owner\": true", "changed by hand"),
            ("\"schema\": 2", "\"schema\": 3", "schema 3"),
            ("\"schema\": 2", "\"schema\": 1", "an older program"),
            ("\"by\": \"ada\"", "\"by\": \"bo\"", "changed by hand"),
            ("\"route\"", "\"hope\"", "line "),
        ] {
            let fault = SavedPlan::read(&text.replace(from, to)).unwrap_err();
            assert!(fault.text.contains(expected), "{from}: {fault}");
        }
        assert!(SavedPlan::read(&" ".repeat(MOST_BYTES + 1)).is_err());
    }
}
