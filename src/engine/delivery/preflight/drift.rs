//! What somebody changed by hand since the file was last applied: whoever applies
//! it again undoes that, and this release with it.

use jiff::Timestamp;
use serde_json::Value;
use std::time::Duration;

use super::Case;
use crate::domain::CheckOutcome::{NotApplicable, Pass, Unknown, Warn};
use crate::domain::{Change, ChangeKind, Check, Now, clean, drift, short_duration};

pub(super) const NAME: &str = "drift";
const SOURCE: &str = "last-applied-configuration";
/// Fields named.
const MOST: usize = 3;
/// Where a path begins that needs no telling.
const KNOWN: [&str; 3] = ["spec.template.spec.containers.", "spec.template.spec.", "spec."];

pub(super) fn check(case: &Case<'_>) -> Check {
    // An autoscaler is meant to change it.
    let scaled = !matches!(case.evidence.autoscaler, Ok(None));
    drifted(&case.live.raw, scaled, case.evidence.now)
}

fn drifted(live: &Value, scaled: bool, now: Now) -> Check {
    let made = |outcome, text: String| Check::new(NAME, outcome, text, SOURCE);
    let changes = match drift(live) {
        None => return made(NotApplicable, "kubectl apply keeps no file of it to compare with".to_owned()),
        Some(Err(error)) => {
            return made(Unknown, format!("the file kept is no JSON: {}", clean(&error)))
                .remedy("apply the file again");
        }
        Some(Ok(changes)) => changes,
    };
    let counts = |change: &&Change| !(scaled && change.path == "spec.replicas");
    let (images, others): (Vec<&Change>, Vec<&Change>) =
        changes.iter().filter(counts).partition(|change| change.kind == ChangeKind::Image);
    let back = "the file has to follow: the next apply undoes it";
    if others.is_empty() {
        let Some(image) = images.first() else {
            return made(Pass, "it is what was last applied".to_owned());
        };
        let file = image.before.as_deref().unwrap_or("none");
        return made(Pass, format!("only the image differs from the file, which says {file}; {back}"));
    }
    let mut names: Vec<&str> = others.iter().map(|change| short(&change.path)).take(MOST).collect();
    let more = others.len().saturating_sub(MOST);
    let more_text = format!("{more} more");
    if more > 0 {
        names.push(&more_text);
    }
    let text = format!("changed since it was last applied{}: {}", last_writer(live, now), names.join(", "));
    made(Warn, text).remedy("the new pods have it too; put it into the file, or the next apply undoes it")
}

fn short(path: &str) -> &str {
    KNOWN.iter().find_map(|known| path.strip_prefix(known)).unwrap_or(path)
}

/// ` (kubectl-edit, 3h ago)`: who wrote to the spec last; empty if nobody says.
fn last_writer(live: &Value, now: Now) -> String {
    let entries = live.pointer("/metadata/managedFields").and_then(Value::as_array);
    let wrote = |entry: &&Value| {
        entry.get("subresource").is_none_or(|sub| sub == "") && entry.pointer("/fieldsV1/f:spec").is_some()
    };
    let read = |entry: &Value| {
        let at: Timestamp = entry.get("time")?.as_str()?.parse().ok()?;
        Some((at, clean(entry.get("manager")?.as_str()?)))
    };
    let Some((at, manager)) = entries.into_iter().flatten().filter(wrote).filter_map(read).max() else {
        return String::new();
    };
    let ago = now.since(at);
    if ago < Duration::from_secs(1) {
        return format!(" ({manager}, now)");
    }
    format!(" ({manager}, {} ago)", short_duration(ago))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CheckOutcome;
    use serde_json::json;

    fn live(image: &str, memory: &str, replicas: u32) -> Value {
        let applied = json!({"spec": {"replicas": 2, "template": {"spec": {"containers": [
            {"name": "app", "image": "a:1", "resources": {"limits": {"memory": "1Gi"}}}]}}}});
        json!({"metadata": {
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": applied.to_string()},
            "managedFields": [
                {"manager": "kubectl-edit", "time": "1970-01-01T00:00:10Z", "fieldsV1": {"f:spec": {}}},
                {"manager": "kubectl-client-side-apply", "time": "1970-01-01T00:00:05Z", "fieldsV1": {"f:spec": {}}},
                {"manager": "kube-controller-manager", "time": "1970-01-01T00:00:50Z", "subresource": "status",
                 "fieldsV1": {"f:status": {}}}]},
            "spec": {"replicas": replicas, "template": {"spec": {"containers": [
                {"name": "app", "image": image, "resources": {"limits": {"memory": memory}}}]}}}})
    }

    #[test]
    fn what_the_next_apply_would_undo_is_said_with_who_wrote_it() {
        let cases: [(Value, bool, CheckOutcome, &str); 6] = [
            (live("a:1", "1024Mi", 2), false, Pass, "what was last applied"),
            (live("a:2", "1Gi", 2), false, Pass, "the file, which says a:1"),
            (live("a:2", "2Gi", 2), false, Warn, "(kubectl-edit, 1m ago): [app].resources.limits.memory"),
            (live("a:1", "1Gi", 5), false, Warn, ": replicas"),
            (live("a:1", "1Gi", 5), true, Pass, "what was last applied"),
            (json!({"spec": {}}), false, NotApplicable, "keeps no file"),
        ];
        for (live, scaled, outcome, words) in cases {
            let check = drifted(&live, scaled, Now::at(70));
            assert_eq!(check.outcome, outcome, "{check:?}");
            assert!(check.observed.contains(words), "{words}: {check:?}");
        }
    }
}
