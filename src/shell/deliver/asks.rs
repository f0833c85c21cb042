//! Expressions on their way to whoever answers them.

use super::meter::Meter;
use super::monitor::{Monitor, answered};
use crate::engine::canary::{Answered, Plan, Question, Source};
use futures::FutureExt as _;
use std::collections::BTreeSet;
use tokio::task::JoinSet;

/// Questions under way; they end with it.
#[derive(Default)]
pub(super) struct Asks {
    under_way: JoinSet<Answered>,
    of: BTreeSet<(usize, usize)>,
}

impl Asks {
    /// Begins what is due and not under way, and takes what was answered since.
    /// A server that is slow must not keep the driver from its heartbeat.
    pub(super) fn ask(
        &mut self,
        due: Vec<Question>,
        plan: &Plan,
        (monitor, meter): (&Monitor, &Meter),
    ) -> Vec<Answered> {
        let mut told = Vec::new();
        for question in due {
            let Some(rules) = plan.analyses.get(question.analysis).map(|planned| planned.rules.clone())
            else {
                continue;
            };
            match plan.source {
                Source::Pods => {
                    let at = question.at.as_millisecond();
                    let values = question.queries.iter().map(|query| meter.value(query, at)).collect();
                    told.push(answered(&question, &rules, values));
                }
                Source::Prometheus if self.of.insert((question.analysis, question.step)) => {
                    self.under_way.spawn(monitor.clone().answer(question, rules));
                }
                Source::Prometheus => {}
            }
        }
        // One that panicked would be asked for no more: it has nothing that could.
        while let Some(Some(Ok(done))) = self.under_way.join_next().now_or_never() {
            self.of.remove(&(done.analysis, done.step));
            told.push(done);
        }
        told
    }
}
