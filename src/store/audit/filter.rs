//! Which entries are asked for.

use crate::domain::AuditEntry;
use jiff::Timestamp;

/// Every condition given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Not before this moment.
    pub since: Option<Timestamp>,
    /// Part of the person's name, on the machine or in the cluster.
    pub who: Option<String>,
    /// Part of the action, the target, the result or the operation.
    pub what: Option<String>,
}

impl AuditFilter {
    /// Whether `entry` is asked for.
    pub fn matches(&self, entry: &AuditEntry) -> bool {
        let has = |text: &str, part: &str| text.to_lowercase().contains(&part.to_lowercase());
        let who = |part: &String| has(&entry.actor.os_user, part) || has(&entry.actor.cluster_user, part);
        let what = |part: &String| {
            let target = entry.target.as_ref().map(ToString::to_string).unwrap_or_default();
            [&entry.action, &target, &entry.result, &entry.operation.to_string()]
                .iter()
                .any(|text| has(text, part))
        };
        self.since.is_none_or(|since| entry.at >= since)
            && self.who.as_ref().is_none_or(who)
            && self.what.as_ref().is_none_or(what)
    }
}
