//! What moves pods while they are counted: autoscalers, drains.

use serde_json::Value;

use super::Case;
use crate::domain::Check;
use crate::domain::CheckOutcome::{NotApplicable, Pass, Warn};

pub(super) fn autoscaler(case: &Case<'_>) -> Check {
    let source = "HorizontalPodAutoscaler";
    match &case.evidence.autoscaler {
        Ok(None) => Check::new("autoscaler", NotApplicable, "none", source),
        Ok(Some(scaler)) => {
            let text = format!(
                "{} keeps {} to {} replicas: the canary follows stable's size, and its pods count in the average",
                scaler.key.name, scaler.min, scaler.max
            );
            let full = i64::from(case.live.workload.replicas.desired) >= i64::from(scaler.max);
            let text = if full { format!("{text}; it is at its maximum now") } else { text };
            Check::new("autoscaler", Warn, text, source)
                .remedy("nothing to do; stable's replicas are never written")
        }
        Err(fault) => Check::unknown("autoscaler", fault, source),
    }
}

pub(super) fn disruption(case: &Case<'_>) -> Check {
    let source = "PodDisruptionBudget";
    let budgets = match &case.evidence.budgets {
        Ok(budgets) => budgets,
        Err(fault) => return Check::unknown("disruption", fault, source),
    };
    let ours = case.live.raw.pointer("/spec/template/metadata/labels");
    let covering: Vec<&Value> = budgets.iter().filter(|budget| covers(budget, ours)).collect();
    let stuck = covering
        .iter()
        .find(|budget| budget.pointer("/status/disruptionsAllowed").and_then(Value::as_u64) == Some(0));
    let name =
        |budget: &Value| budget.pointer("/metadata/name").and_then(Value::as_str).unwrap_or("?").to_owned();
    match (stuck, covering.first()) {
        (Some(budget), _) => {
            let text =
                format!("{} allows no disruption: drains will wait while the canary runs", name(budget));
            Check::new("disruption", Warn, text, source)
                .remedy("rolling updates do not ask it; node drains do")
        }
        (None, Some(budget)) => {
            Check::new("disruption", Pass, format!("{} allows disruptions", name(budget)), source)
        }
        (None, None) => Check::new("disruption", NotApplicable, "none covers its pods", source),
    }
}

/// Whether a budget's selector takes these labels; expressions are not read.
fn covers(budget: &Value, labels: Option<&Value>) -> bool {
    let wanted = budget.pointer("/spec/selector/matchLabels").and_then(Value::as_object);
    wanted.is_some_and(|wanted| {
        wanted.iter().all(|(key, value)| labels.and_then(|l| l.get(key)) == Some(value))
    })
}
