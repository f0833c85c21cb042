//! A plan that asks for approval, as it stands in the cluster.

use crate::domain::{ObjectKey, Target};
use crate::engine::gates::Petition;
use crate::screens::Ctx;

/// One of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Pending {
    /// Its ConfigMap.
    pub key: ObjectKey,
    /// What it says; why not, if it cannot be read.
    pub read: Result<Petition, String>,
}

impl Pending {
    /// How many agreed, in time or not.
    pub fn agreed(&self) -> usize {
        self.read.as_ref().map_or(0, |petition| petition.approvals.len())
    }

    /// What it would do and why, or why that cannot be read.
    pub fn words(&self) -> String {
        match &self.read {
            Ok(Petition { plan, .. }) if plan.ask.reason.is_empty() => plan.what.clone(),
            Ok(Petition { plan, .. }) => format!("{}: {}", plan.what, plan.ask.reason),
            Err(why) => format!("{}: {why}", self.key.name),
        }
    }

    /// What it asks for and the Deployment as it is reached here.
    ///
    /// # Errors
    /// Why it cannot be approved from here, and what to do.
    pub fn here(&self, ctx: &Ctx<'_>) -> Result<(&Petition, Target), (String, String)> {
        let again = "have it planned anew, and delete the ConfigMap".to_owned();
        let petition = self.read.as_ref().map_err(|why| (format!("it cannot be read: {why}"), again))?;
        let key = &petition.plan.ask.target.key;
        let (Some(place), Some(workload)) = (ctx.place, ctx.world.workload(key)) else {
            return Err((format!("{key} is not there any more"), "have it planned anew".to_owned()));
        };
        let target = place.workload(workload);
        petition
            .plan
            .same_place(&target)
            .map_err(|fault| (fault.text, fault.hints.into_iter().next().unwrap_or_default()))?;
        Ok((petition, target))
    }
}
