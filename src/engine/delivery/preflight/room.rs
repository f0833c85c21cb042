//! Whether there is room for the canary's pods, and what moves them.

use serde_json::Value;

use super::{Case, unknown};
use crate::domain::CheckOutcome::{Fail, NotApplicable, Pass, Warn};
use crate::domain::{Check, count_of};

pub(super) fn autoscaler(case: &Case<'_>) -> Check {
    let source = "HorizontalPodAutoscaler";
    match &case.evidence.autoscaler {
        Ok(None) => Check::new("autoscaler", NotApplicable, "none", source),
        Ok(Some(scaler)) => {
            let text = format!(
                "{} keeps {} to {} replicas: the canary follows stable's size, and its pods count in the average",
                scaler.key.name, scaler.min, scaler.max
            );
            Check::new("autoscaler", Warn, text, source)
                .remedy("nothing to do; stable's replicas are never written")
        }
        Err(fault) => unknown("autoscaler", fault, source),
    }
}

/// Room for the canary's pods where a quota counts pods.
pub(super) fn quota(case: &Case<'_>) -> Check {
    let source = "ResourceQuota";
    let quotas = match &case.evidence.quotas {
        Ok(quotas) => quotas,
        Err(fault) => return unknown("quota", fault, source),
    };
    let needed = case.splits.iter().map(|split| u64::from(split.canary)).max().unwrap_or(0);
    let room = quotas.iter().filter_map(pods_left).min();
    match room {
        None => Check::new("quota", NotApplicable, "no quota counts pods here", source),
        Some(left) if left < needed => {
            let text = format!(
                "room for {} more, the canary needs {needed}",
                count_of(usize::try_from(left).unwrap_or(usize::MAX), "pod")
            );
            Check::new("quota", Fail, text, source).remedy("raise the quota, or ask for smaller steps")
        }
        Some(left) => Check::new("quota", Pass, format!("room for {left} more pods, needs {needed}"), source),
    }
}

fn pods_left(quota: &Value) -> Option<u64> {
    let count = |side: &str| {
        let counted = quota.pointer(&format!("/status/{side}"))?;
        let value = counted.get("pods").or_else(|| counted.get("count/pods"))?;
        value.as_u64().or_else(|| value.as_str()?.parse().ok())
    };
    Some(count("hard")?.saturating_sub(count("used").unwrap_or(0)))
}

pub(super) fn disruption(case: &Case<'_>) -> Check {
    let source = "PodDisruptionBudget";
    let budgets = match &case.evidence.budgets {
        Ok(budgets) => budgets,
        Err(fault) => return unknown("disruption", fault, source),
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
