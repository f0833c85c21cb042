//! Leave for a whole delivery, instead of for one write.
//!
//! A delivery makes many writes over many minutes, most of them decided when
//! nobody watches. A person confirms it once; [`admit_delivery`] turns that
//! into a [`Warrant`], which gives a [`Permit`] for each single write, but
//! only to the objects it names, in the cluster it names.

use super::gate::{Here, Permit, Refusal, confirmed};
use super::{
    Check, CheckOutcome, ClusterUrl, Confirmation, ContextName, How, Mutation, Now, ObjectKey, OperationId,
    Plan, Target,
};

/// Leave to make the writes of one operation to the objects named, in one
/// cluster. Not `Clone`, no public constructor.
#[derive(Debug)]
pub struct Warrant {
    operation: OperationId,
    context: ContextName,
    cluster: ClusterUrl,
    objects: Vec<ObjectKey>,
}

impl Warrant {
    /// The operation it was given for.
    pub fn operation(&self) -> &OperationId {
        &self.operation
    }

    /// Leave for one write, once: one of the operation's objects is changed,
    /// deleted or made.
    ///
    /// # Errors
    /// The write is to another cluster, to an object that is none of the
    /// operation's, or of a sort that no delivery makes.
    pub fn permit(&self, write: &Mutation) -> Result<Permit, Refusal> {
        let target = &write.target;
        if target.context != self.context || target.cluster != self.cluster {
            return Err(Refusal::OtherCluster {
                planned: format!("{} ({})", self.context, self.cluster),
                connected: format!("{} ({})", target.context, target.cluster),
            });
        }
        let ours = match write.how {
            How::Patch | How::Delete => true,
            How::Create(_) => write.makes_target(),
            How::Evict => false,
        };
        if !ours || !self.objects.contains(&target.key) {
            return Err(Refusal::Foreign(target.key.clone()));
        }
        Ok(Permit::new(self.operation.clone(), write.digest()))
    }
}

/// What both gates for deliveries look at.
#[derive(Debug)]
pub struct WarrantInput<'a> {
    /// The operation.
    pub operation: &'a OperationId,
    /// What it is about, frozen.
    pub target: &'a Target,
    /// The objects it may write to.
    pub objects: Vec<ObjectKey>,
    /// Where they answer.
    pub here: Here<'a>,
}

/// What a person was shown before they started a delivery.
#[derive(Debug)]
pub struct Shown<'a> {
    /// What was looked at.
    pub checks: &'a [Check],
    /// What they must do.
    pub confirmation: &'a Confirmation,
    /// When the object was read.
    pub read_at: Now,
    /// Although another tool owns it: then it needs a reason.
    pub override_owner: bool,
    /// Why, in their words.
    pub reason: &'a str,
    /// Another operation on the same object that has not ended.
    pub running: Option<&'a OperationId>,
    /// What they typed.
    pub answer: &'a str,
}

/// Decides whether a delivery may be started. The first reason is the one
/// shown, so the most fundamental comes first.
///
/// # Errors
/// Why not.
pub fn admit_delivery(input: WarrantInput<'_>, shown: &Shown<'_>) -> Result<Warrant, Refusal> {
    input.here.may_write(&input.target.context, &input.target.cluster)?;
    if let Some(running) = shown.running {
        return Err(Refusal::AlreadyRunning(running.clone()));
    }
    if let Some(check) = shown.checks.iter().find(|check| check.outcome == CheckOutcome::Fail) {
        return Err(Refusal::Check(Box::new(check.clone())));
    }
    if shown.override_owner && shown.reason.trim().is_empty() {
        return Err(Refusal::NeedsReason);
    }
    let age = input.here.now.elapsed(shown.read_at);
    if age > Plan::MAX_AGE {
        return Err(Refusal::Stale(age));
    }
    confirmed(shown.confirmation, shown.answer)?;
    Ok(warrant(input))
}

/// Decides whether a person may ask something of a delivery that runs, take
/// it over, or break the glass. Nothing is to be confirmed: pressing the key
/// is the answer, because promoting, holding and going back are what a
/// delivery that runs is made for.
///
/// # Errors
/// Writing is off here, or the operation is in another cluster.
pub fn admit_request(input: WarrantInput<'_>) -> Result<Warrant, Refusal> {
    input.here.may_write(&input.target.context, &input.target.cluster)?;
    Ok(warrant(input))
}

fn warrant(input: WarrantInput<'_>) -> Warrant {
    Warrant {
        operation: input.operation.clone(),
        context: input.here.context.clone(),
        cluster: input.here.cluster.clone(),
        objects: input.objects,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{JsonOp, Kind, WriteMode};
    use super::*;

    fn target(name: &str) -> Target {
        Target {
            context: "prod".into(),
            cluster: "https://one".into(),
            key: ObjectKey::new(Kind::Deployment, "shop", name),
            uid: "uid".into(),
            resource_version: "1".into(),
        }
    }

    fn ask(mode: &WriteMode, cluster: &str) -> Result<Warrant, Refusal> {
        let target = target("checkout");
        let (operation, context, cluster) =
            (OperationId::from("op-1"), ContextName::from("prod"), ClusterUrl::from(cluster));
        admit_request(WarrantInput {
            operation: &operation,
            target: &target,
            objects: vec![target.key.clone()],
            here: Here { mode, context: &context, cluster: &cluster, now: Now::at(0) },
        })
    }

    #[test]
    fn a_warrant_is_good_for_its_own_objects_only() {
        let warrant = ask(&WriteMode::CommandLine, "https://one").unwrap();
        let write = |target| Mutation::patch(target, vec![JsonOp::replace("/spec", 1)]);
        let ours = write(target("checkout"));
        assert_eq!(warrant.permit(&ours).unwrap().digest(), ours.digest());
        assert!(matches!(warrant.permit(&write(target("payments"))), Err(Refusal::Foreign(_))));
        let elsewhere = Target { cluster: "https://two".into(), ..target("checkout") };
        assert!(matches!(warrant.permit(&write(elsewhere)), Err(Refusal::OtherCluster { .. })));
    }

    #[test]
    fn a_delivery_changes_makes_and_deletes_its_objects_and_does_nothing_else() {
        let warrant = ask(&WriteMode::CommandLine, "https://one").unwrap();
        let job = How::Create(serde_json::json!({"kind": "Job"}));
        let with = |how| Mutation { how, ..Mutation::delete(target("checkout")) };
        for (write, fine) in [
            (Mutation::create(target("checkout"), serde_json::json!({"kind": "Deployment"})), true),
            (with(How::Delete), true),
            (with(How::Evict), false),
            (with(job), false),
        ] {
            let permit = warrant.permit(&write);
            assert_eq!(permit.is_ok(), fine, "{write:?}");
            assert!(permit.is_ok_and(|permit| permit.digest() == write.digest()) || !fine);
        }
    }

    #[test]
    fn nothing_is_asked_of_a_delivery_while_read_only_or_elsewhere() {
        assert!(matches!(ask(&WriteMode::ReadOnly, "https://one"), Err(Refusal::ReadOnly)));
        assert!(matches!(ask(&WriteMode::CommandLine, "https://two"), Err(Refusal::OtherCluster { .. })));
    }
}
