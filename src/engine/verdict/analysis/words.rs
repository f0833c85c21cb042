//! The sentences about an analysis: what was measured, by which condition it
//! counted so, and what is tolerated.

use super::{Analysed, Checks, Reply, Standing};
use crate::engine::verdict::argo::{Measured, Phase, Template};
use crate::engine::verdict::flagger::{Check, Flagger, Tick};
use crate::engine::verdict::number::Exact;

impl Analysed {
    pub(super) fn by_argo(&self, template: &Template, standing: Standing) -> String {
        let tally = &self.course.tally;
        let said = self.newest().map_or_else(|| "not measured yet".to_owned(), |reply| template.said(reply));
        let of = template.count.map(|count| format!(" of {count}")).unwrap_or_default();
        let counted = format!("{}{of} measured", tally.counted());
        let tolerated = |n: u32, what: &str, limit: Option<u32>| match limit {
            Some(limit) => format!("{n} {what}, {limit} tolerated"),
            None => format!("{n} {what}"),
        };
        let errors = || tolerated(tally.errors_in_a_row, "errors in a row", template.consecutive_error_limit);
        match standing {
            Standing::Failed if template.phase(tally) == Phase::Error => format!("{said} ({})", errors()),
            Standing::Failed => {
                format!("{said} ({})", tolerated(tally.failed, "failed", template.failure_limit))
            }
            Standing::Inconclusive => {
                let n = tolerated(tally.inconclusive, "inconclusive", template.inconclusive_limit);
                format!("{said} ({n}): a person decides")
            }
            Standing::Empty => format!("{said} ({})", errors()),
            Standing::Complete | Standing::Good => format!("fine, {said} ({counted})"),
            Standing::Open if self.newest().is_none() => said,
            Standing::Open => {
                let failed = tolerated(tally.failed, "failed", template.failure_limit);
                format!("{said} ({counted}, {failed})")
            }
        }
    }

    /// In the words of its own judge.
    pub(super) fn by_flagger(&self, checks: &Checks) -> String {
        let Some(last) = self.course.recent.last() else { return "not measured yet".to_owned() };
        let all = checks.of(&last.replies);
        let before = self.course.tally.failed.saturating_sub(u32::from(last.how == Measured::Failed));
        match (Flagger { threshold: checks.threshold, failed: before }).tick(&all) {
            Tick::Halt(why) | Tick::Rollback(why) => why,
            Tick::Advance => {
                let value = |check: &Check| {
                    let value = check.value.map(|value| Exact::new(value).to_string());
                    format!("{} {}", check.name, value.unwrap_or_default())
                };
                let values = all.iter().map(value).collect::<Vec<_>>().join(", ");
                format!("fine, {values} ({before} of {} failed checks)", checks.threshold)
            }
        }
    }

    fn newest(&self) -> Option<&Reply> {
        self.course.recent.last()?.replies.first()
    }
}

impl Measured {
    /// `successful`, `inconclusive`
    pub fn word(self) -> &'static str {
        match self {
            Self::Successful => "successful",
            Self::Failed => "failed",
            Self::Inconclusive => "inconclusive",
            Self::Error => "an error",
        }
    }
}

impl Template {
    /// `0.91 does not fulfil result[0] >= 0.95`
    fn said(&self, reply: &Reply) -> String {
        let value = match reply {
            Reply::Value(value) => value,
            Reply::Error(why) => return format!("no value: {why}"),
        };
        let failed = self.failure.as_ref().filter(|failure| failure.holds(value.get()));
        match (failed, &self.success) {
            (Some(failure), _) => format!("{value} fulfils the failure condition {failure}"),
            (None, Some(success)) if success.holds(value.get()) => format!("{value} fulfils {success}"),
            (None, Some(success)) if self.failure.is_some() => {
                format!("{value} fulfils neither {success} nor the failure condition")
            }
            (None, Some(success)) => format!("{value} does not fulfil {success}"),
            (None, None) => match &self.failure {
                Some(failure) => format!("{value} does not fulfil the failure condition {failure}"),
                None => value.to_string(),
            },
        }
    }
}
