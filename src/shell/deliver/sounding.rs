//! The expressions of a plan asked once, before a person is.

use super::meter::{Meter, Wanted};
use super::monitor::{Monitor, Unanswered, unnamed};
use super::plan::Planner;
use crate::domain::{Fault, FaultKind};
use crate::engine::canary::{Plan, Source};
use crate::engine::delivery::Sounded;
use crate::engine::{Live, Probe};
use crate::promql::Value;
use crate::shell::patience::Deadline;
use std::time::Duration;

/// From the first reading of the pods to the second: a rate needs two.
const BETWEEN: Duration = Duration::from_secs(1);

impl Planner {
    /// What the plan's expressions give now; none if it has none.
    pub(super) async fn sound(
        &self,
        plan: &Plan,
        (monitor, live): (&Monitor, &Live),
        by: &Deadline,
    ) -> Option<Sounded> {
        if plan.analyses.is_empty() {
            return None;
        }
        if plan.source == Source::Pods {
            return Some(self.sound_pods(plan, live, by).await);
        }
        let whom = match monitor.whom() {
            Ok(whom) => whom,
            Err(fault) => return Some(Sounded { whom: Err(fault), answers: Vec::new() }),
        };
        let by = by.of(&whom);
        let at_ms = self.pace.now().wall.as_millisecond();
        let each = plan.analyses.iter().map(|analysis| {
            let asked = analysis.queries.iter().map(|query| {
                let value = async { monitor.value(query, at_ms).await.map_err(fault) };
                by.answer("ask for a condition", value)
            });
            futures::future::join_all(asked)
        });
        let answers = futures::future::join_all(each).await;
        Some(Sounded { whom: Ok(whom), answers })
    }

    async fn sound_pods(&self, plan: &Plan, live: &Live, by: &Deadline) -> Sounded {
        let mut meter = Meter::new(self.cluster.clone(), self.pace.clone(), Wanted::of(plan));
        let read = async {
            let pods = self.pods(live).await?;
            let offered = meter.reads(&pods).await?;
            if offered {
                tokio::time::sleep(BETWEEN).await;
                meter.reads(&pods).await?;
            }
            Ok(offered)
        };
        match by.answer("read its pods for the conditions", read).await {
            Ok(true) => {}
            Ok(false) => {
                let fault = unnamed(self.cluster.context());
                let text = format!("{}, and its pods offer no metrics themselves", fault.text);
                return Sounded { whom: Err(Fault { text, ..fault }), answers: Vec::new() };
            }
            Err(fault) => return Sounded { whom: Err(fault), answers: Vec::new() },
        }
        let at_ms = self.pace.now().wall.as_millisecond();
        let value = |query: &String| -> Probe<Value> { meter.value(query, at_ms).map_err(fault) };
        let answers =
            plan.analyses.iter().map(|analysis| analysis.queries.iter().map(value).collect()).collect();
        Sounded { whom: Ok("the pods' own metrics".to_owned()), answers }
    }
}

fn fault(why: Unanswered) -> Fault {
    match why {
        Unanswered::Silent(why) => Fault::new(FaultKind::Unreachable, why),
        Unanswered::Refused(why) => Fault::new(FaultKind::Invalid, why),
    }
}
