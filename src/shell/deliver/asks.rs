//! Expressions on their way to whoever answers them.

use super::meter::Meter;
use super::monitor::{Monitor, answered};
use crate::engine::canary::{Answered, Plan, Question, Source};
use crate::engine::verdict::analysis::Rules;
use futures::FutureExt as _;
use std::collections::HashMap;
use tokio::task::{Id, JoinSet};

/// Questions under way; they end with it.
#[derive(Default)]
pub(super) struct Asks {
    under_way: JoinSet<Answered>,
    /// Which analysis and step each task asks for.
    of: HashMap<Id, (usize, usize)>,
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
                Source::Prometheus => self.begin(question, monitor.clone(), rules),
            }
        }
        while let Some(Some(ended)) = self.under_way.join_next_with_id().now_or_never() {
            let id = match ended {
                Ok((id, done)) => {
                    told.push(done);
                    id
                }
                // It panicked: it is due still, and asked again.
                Err(error) => error.id(),
            };
            self.of.remove(&id);
        }
        told
    }

    fn begin(&mut self, question: Question, monitor: Monitor, rules: Rules) {
        let of = (question.analysis, question.step);
        if self.of.values().any(|asked| *asked == of) {
            return;
        }
        let task = self.under_way.spawn(monitor.answer(question, rules));
        self.of.insert(task.id(), of);
    }
}
