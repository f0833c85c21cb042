//! Approvals: another person agrees to one exact plan.
//!
//! A plan that asks for approval is kept in the cluster under its hash, with who
//! has agreed. What changes the plan changes its hash, and nobody has agreed to
//! that one.

use super::{Book, Scope, Site};
use crate::catalog::EntityRef;
use crate::domain::{Actor, Check, CheckOutcome, Kind, Namespace, Now, ObjectKey, clean, short_duration};
use crate::engine::delivery::SavedPlan;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The schema written.
const SCHEMA: u32 = 1;
/// Digits of a hash that name its ConfigMap, and that are shown.
const NAMED: usize = 20;
const SHOWN: usize = 12;
/// What the check is called.
pub const APPROVAL: &str = "approval";

/// How many must agree to which releases, and who may.
#[derive(Clone, Debug, PartialEq)]
pub struct ApprovalRule {
    /// What it is called.
    pub name: String,
    /// For which releases.
    pub scope: Scope,
    /// How many.
    pub min: usize,
    /// Who may, as the API server names them, none twice; at least `min` where
    /// there are no groups.
    pub by: Vec<String>,
    /// Groups of the catalogue whose people may: [`Book::with_people`].
    pub groups: Vec<EntityRef>,
    /// Why a group stands for nobody, of each that does.
    pub unknown: Vec<String>,
    /// How long an approval is good for.
    pub expires: Duration,
    /// `gates/2026.yaml:3`
    pub origin: String,
}

/// One person's agreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// Their words; may be empty.
    pub note: String,
}

/// A plan that asks for approval, and who has agreed to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Petition {
    /// Of the program that wrote it.
    schema: u32,
    /// The plan.
    pub plan: SavedPlan,
    /// In the order given.
    pub approvals: Vec<Approval>,
}

impl Petition {
    /// A plan nobody has agreed to yet.
    pub fn new(plan: SavedPlan) -> Self {
        Self { schema: SCHEMA, plan, approvals: Vec::new() }
    }

    /// The ConfigMap the approvals of a plan are kept in.
    pub fn key(namespace: &Namespace, hash: &str) -> ObjectKey {
        let start: String = hash.chars().take(NAMED).collect();
        ObjectKey::new(Kind::ConfigMap, namespace.clone(), format!("quarterdeck-approval-{start}"))
    }

    /// As text for its ConfigMap.
    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The petition in a text. The plan in it must be the one its hash says.
    ///
    /// # Errors
    /// It is none, of a newer program, or of another plan.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut read: Self = serde_json::from_str(text).map_err(|error| clean(&error.to_string()))?;
        if read.schema > SCHEMA {
            return Err(format!("it has schema {}, this program knows up to {SCHEMA}", read.schema));
        }
        let plan = serde_json::to_string(&read.plan).unwrap_or_default();
        SavedPlan::read(&plan).map_err(|fault| fault.text)?;
        for approval in &mut read.approvals {
            approval.note = clean(&approval.note);
            approval.by = approval.by.cleaned();
        }
        Ok(read)
    }
}

/// What approvals are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Petitioned<'a> {
    /// The hash of the plan.
    pub hash: &'a str,
    /// Who made it.
    pub planned_by: &'a str,
    /// Who carries it out, or looks at it.
    pub actor: &'a Actor,
    /// An incident is named: what cannot be told does not hold it up.
    pub incident: bool,
}

/// The first digits of a hash, as people see it.
pub fn short_hash(hash: &str) -> String {
    hash.chars().take(SHOWN).collect()
}

impl ApprovalRule {
    /// Why `who` may not approve a plan of `planned_by`; none if they may.
    pub fn why_not(&self, who: &str, planned_by: &str) -> Option<String> {
        let eligible = self.who();
        if who.is_empty() {
            return Some(format!("the server does not say who you are; may approve: {eligible}"));
        }
        if who == planned_by {
            return Some(format!("{who} made the plan: another of {eligible} must approve"));
        }
        (!self.by.iter().any(|name| name == who)).then(|| format!("{who} may not approve; may: {eligible}"))
    }

    /// Everybody who may, and which groups stand for nobody.
    pub fn who(&self) -> String {
        let people = if self.by.is_empty() { "nobody".to_owned() } else { self.by.join(", ") };
        if self.unknown.is_empty() { people } else { format!("{people} ({})", self.unknown.join("; ")) }
    }

    /// Those who could still agree.
    fn eligible<'a>(&'a self, asked: &'a Petitioned<'_>) -> impl Iterator<Item = &'a String> {
        let carried_by = asked.actor.to_string();
        self.by.iter().filter(move |name| **name != asked.planned_by && **name != carried_by)
    }

    fn check(&self, asked: &Petitioned<'_>, approvals: &[Approval], now: Now) -> Check {
        let plan = short_hash(asked.hash);
        let made = |outcome, text: String| Check::new(APPROVAL, outcome, text, self.origin.clone());
        let able: Vec<&str> = self.eligible(asked).map(String::as_str).collect();
        if able.len() < self.min {
            let text = format!(
                "'{}' can never be met: needs {} of {}, planned by {} and carried out by {}",
                self.name,
                self.min,
                self.who(),
                asked.planned_by,
                asked.actor
            );
            return made(CheckOutcome::Fail, text)
                .remedy(format!("let another person plan it, or name more people in {}", self.origin));
        }
        let fresh = |approval: &&Approval| now.since(approval.at) < self.expires;
        let mut by: Vec<(&str, Duration)> = Vec::new();
        for approval in approvals.iter().filter(fresh) {
            let who = approval.by.cluster_user.as_str();
            if able.contains(&who) && by.iter().all(|(known, _)| *known != who) {
                by.push((who, now.since(approval.at)));
            }
        }
        if by.len() >= self.min {
            let who: Vec<_> =
                by.iter().map(|(who, age)| format!("{who} {} ago", short_duration(*age))).collect();
            return made(CheckOutcome::Pass, format!("plan {plan} approved by {}", who.join(", ")));
        }
        let stale = approvals.iter().filter(|approval| !fresh(approval)).count();
        let expired = if stale > 0 { format!(", {stale} expired") } else { String::new() };
        let text =
            format!("plan {plan} has {} of {} approvals{expired} ('{}')", by.len(), self.min, self.name);
        made(CheckOutcome::Fail, text).remedy(format!(
            "keep it for others (A in the console, qd plan … --ask), then one of {}: :approvals or qd approve; a \
             rollback is never held up",
            able.join(", ")
        ))
    }
}

impl Book {
    /// The rules for a release there.
    pub fn rules_for<'a>(&'a self, site: &'a Site) -> impl Iterator<Item = &'a ApprovalRule> {
        self.rules.iter().filter(move |rule| rule.scope.covers(site))
    }

    /// Whether `who` may agree to a plan of `planned_by` for a release there.
    pub fn approver(&self, site: &Site, who: &str, planned_by: &str) -> Check {
        let made = |outcome, text: String| Check::new("approver", outcome, text, "approval rules");
        if let Some(fault) = self.faults.first() {
            return made(CheckOutcome::Fail, format!("cannot be told: {fault}")).remedy("correct the file");
        }
        let answers: Vec<_> = self.rules_for(site).map(|rule| rule.why_not(who, planned_by)).collect();
        if answers.iter().any(Option::is_none) {
            return made(CheckOutcome::Pass, format!("{who} may approve it"));
        }
        match answers.into_iter().flatten().next() {
            Some(why) => made(CheckOutcome::Fail, why).remedy("ask one of them"),
            None => made(CheckOutcome::Fail, "nobody asks for approval of it".to_owned())
                .remedy("qd deploy --plan carries it out"),
        }
    }

    /// Whether enough people agreed to a plan: the worst of all rules for it.
    pub fn approval(&self, site: &Site, asked: Petitioned<'_>, approvals: &[Approval], now: Now) -> Check {
        if let Some(fault) = self.faults.first() {
            let outcome = if asked.incident { CheckOutcome::Unknown } else { CheckOutcome::Fail };
            let text = format!("cannot be told: {fault}");
            let check = Check::new(APPROVAL, outcome, text, "approval rules").remedy("correct the file");
            return if asked.incident { check } else { check.could_pass() };
        }
        let checks = self.rules_for(site).map(|rule| rule.check(&asked, approvals, now));
        checks.max_by_key(|check| check.outcome).unwrap_or_else(|| {
            Check::new(APPROVAL, CheckOutcome::NotApplicable, "none is asked for", "approval rules")
        })
    }
}
