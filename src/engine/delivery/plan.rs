//! A delivery worked out.

use super::preflight::Doubt;
use crate::domain::{
    Change, Check, Confirmation, Environment, Here, Now, ObjectKey, OperationId, Refusal, Shown, Target, Uid,
    Warrant, WarrantInput, admit_delivery,
};
use crate::engine::record::OperationRecord;
use crate::engine::weights::Split;

/// Everything a person decides on, and the record that will be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct DeliveryPlan {
    /// What will be stored; its `run` has not begun.
    pub record: OperationRecord,
    /// The Deployment, frozen.
    pub target: Target,
    /// Where: decides the confirmation.
    pub environment: Environment,
    /// What the server says the promotion will change.
    pub changes: Vec<Change>,
    /// What was looked at.
    pub checks: Vec<Check>,
    /// What the person must do.
    pub confirmation: Confirmation,
    /// Pods of stable when it was read.
    pub stable_pods: u32,
    /// Old records beyond those kept, deleted when this one is stored.
    pub surplus: Vec<(ObjectKey, Uid)>,
    /// Although another tool owns the Deployment.
    pub override_owner: bool,
    /// What it does that something is not known.
    pub doubt: Doubt,
    /// When the live object was read.
    pub read_at: Now,
}

impl DeliveryPlan {
    /// The same with one more check that may fail, made elsewhere.
    #[must_use]
    pub fn also(mut self, check: Check) -> Self {
        let weighed = self.doubt.weigh(check);
        // What the audit log says of the start is the record's first line.
        if let (Some(broken), Some(first)) = (self.doubt.broke(&weighed), self.record.log.first_mut()) {
            first.text = format!("{}; {broken}", first.text).into();
        }
        self.checks.push(weighed);
        self
    }

    /// Each step with the real weight the replicas allow: `asked 10 %, real
    /// 25 % (1 of 4 pods)`.
    pub fn splits(&self) -> Vec<Split> {
        self.record.run.plan.splits(self.stable_pods)
    }

    /// The objects that starting and driving it may write to.
    pub fn objects(&self) -> Vec<ObjectKey> {
        let surplus = self.surplus.iter().map(|(key, _)| key.clone());
        self.record.objects().into_iter().chain(surplus).collect()
    }

    /// Whether the plan rests on old data and is to be worked out again.
    pub fn is_stale(&self, now: Now) -> bool {
        now.elapsed(self.read_at) > crate::domain::Plan::MAX_AGE
    }

    /// Takes a person's answer to the gate; `running` is an operation on the
    /// same object that has not ended.
    ///
    /// # Errors
    /// Why the gate stayed shut.
    pub fn admit(
        &self,
        answer: &str,
        here: Here<'_>,
        running: Option<&OperationId>,
    ) -> Result<Warrant, Refusal> {
        let input =
            WarrantInput { operation: &self.record.id, target: &self.target, objects: self.objects(), here };
        let shown = Shown {
            checks: &self.checks,
            confirmation: &self.confirmation,
            read_at: self.read_at,
            override_owner: self.override_owner,
            reason: &self.record.reason,
            running,
            answer,
        };
        admit_delivery(input, &shown)
    }
}
