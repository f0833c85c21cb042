//! From the question to the new pod template, before the server has seen it.

use serde_json::Value;

use super::ask::{DeliveryAsk, NewVersion};
use crate::domain::{Fault, FaultKind, JsonOp, Kind, Mutation, ReplicaSet, is_image_reference};
use crate::engine::Live;
use crate::engine::record::names;

/// The write that would give stable the new template at once: tried on the
/// server, never sent by itself.
///
/// # Errors
/// The Deployment is not the one frozen, is paused or has no pods; the
/// container or revision is not there; nothing would change.
pub fn trial(ask: &DeliveryAsk, live: &Live, revisions: &[(ReplicaSet, Value)]) -> Result<Mutation, Fault> {
    let (workload, key) = (&live.workload, &ask.target.key);
    let refuse = |kind, text: String, hint: &str| Err(Fault::new(kind, text).hint(hint.to_owned()));
    if key.kind != Kind::Deployment {
        return refuse(
            FaultKind::Invalid,
            format!("cannot deliver to a {}", key.kind),
            "only Deployments for now",
        );
    }
    if workload.uid != ask.target.uid {
        let text = format!("{key} was deleted and created again since you chose it");
        return refuse(FaultKind::Conflict, text, "look at the new one and choose again");
    }
    if key.name.as_str().len() > names::MOST_NAME {
        return refuse(
            FaultKind::Invalid,
            format!("the name of {key} is too long to put -canary behind it"),
            "rename it",
        );
    }
    if workload.paused {
        return refuse(
            FaultKind::Refused,
            format!("{key} is paused: a promotion would not start"),
            "resume it first",
        );
    }
    if workload.replicas.desired == 0 {
        return refuse(
            FaultKind::Refused,
            format!("{key} has 0 replicas: nothing serves, nothing to compare with"),
            "scale it up first",
        );
    }
    let Some(old) = live.raw.pointer("/spec/template") else {
        return refuse(FaultKind::Invalid, format!("{key} has no pod template"), "look at it with kubectl");
    };
    let new = new_template(ask, live, old, revisions)?;
    if new == *old {
        return refuse(
            FaultKind::Invalid,
            format!("{key} runs that already: nothing would change"),
            "give another image or revision",
        );
    }
    let ops = vec![
        JsonOp::test("/metadata/uid", workload.uid.as_str()),
        JsonOp::test("/spec/template", old.clone()),
        JsonOp::replace("/spec/template", new),
    ];
    Ok(Mutation::patch(ask.target.clone(), ops))
}

fn new_template(
    ask: &DeliveryAsk,
    live: &Live,
    old: &Value,
    revisions: &[(ReplicaSet, Value)],
) -> Result<Value, Fault> {
    match &ask.version {
        NewVersion::Image { container, image } => with_image(live, old, container.as_deref(), image),
        NewVersion::Revision(number) => {
            let kept = revisions.iter().find(|(set, _)| set.revision == Some(*number));
            let template = kept.and_then(|(_, raw)| raw.pointer("/spec/template"));
            let text = format!("{} has no revision {number}", ask.target.key);
            template.cloned().map(bare).ok_or_else(|| Fault::new(FaultKind::NotFound, text))
        }
    }
}

/// A template without what controllers and servers put into it.
pub fn bare(mut template: Value) -> Value {
    if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.remove("pod-template-hash");
        labels.retain(|label, track| label != names::TRACK || track != "canary");
    }
    if let Some(metadata) = template.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("creationTimestamp");
    }
    template
}

fn with_image(live: &Live, old: &Value, container: Option<&str>, typed: &str) -> Result<Value, Fault> {
    let containers = &live.workload.template.containers;
    let serving: Vec<&str> = containers.iter().filter(|c| !c.init).map(|c| c.name.as_str()).collect();
    let listed = serving.join(", ");
    let wanted = match (container, serving.as_slice()) {
        (Some(name), _) if serving.contains(&name) => name,
        (Some(name), _) => {
            let text = format!("{} has no container {name:?}", live.workload.key);
            return Err(Fault::new(FaultKind::NotFound, text).hint(format!("its containers: {listed}")));
        }
        (None, [only]) => only,
        (None, _) => {
            let text = format!("{} has {} containers: say which one", live.workload.key, serving.len());
            return Err(
                Fault::new(FaultKind::Invalid, text).hint(format!("--image NAME=REFERENCE, one of {listed}"))
            );
        }
    };
    let mut new = old.clone();
    let list = new.pointer_mut("/spec/containers").and_then(Value::as_array_mut).into_iter().flatten();
    for raw in list.filter(|raw| raw.get("name").and_then(Value::as_str) == Some(wanted)) {
        let before = raw.get("image").and_then(Value::as_str).unwrap_or_default();
        raw["image"] = image(before, typed)?.into();
    }
    Ok(bare(new))
}

/// The reference meant by what was typed: `:v2` and `@sha256:…` change the
/// tag or digest of `before`, anything else is a whole reference.
///
/// # Errors
/// It cannot be an image reference; quotes it.
pub fn image(before: &str, typed: &str) -> Result<String, Fault> {
    let whole = if typed.starts_with([':', '@']) {
        format!("{}{typed}", repository(before))
    } else {
        typed.to_owned()
    };
    if !is_image_reference(&whole) {
        let text = format!("{typed:?} is no image reference");
        return Err(Fault::new(FaultKind::Invalid, text)
            .hint("for example registry.example/team/app:v1.9.3, or :v1.9.3"));
    }
    Ok(whole)
}

fn repository(reference: &str) -> &str {
    let reference = reference.split('@').next().unwrap_or_default();
    let tail = reference.rsplit('/').next().unwrap_or_default();
    match tail.split_once(':') {
        Some((_, tag)) => reference.strip_suffix(tag).and_then(|r| r.strip_suffix(':')).unwrap_or(reference),
        None => reference,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_changed_and_whole_references_taken() {
        let (cd, digested) = (format!("@sha256:{}", "cd".repeat(32)), "cd".repeat(32));
        let digested = format!("r.io/checkout@sha256:{digested}");
        let cases = [
            ("r.io:5000/shop/checkout:v1", ":v2", "r.io:5000/shop/checkout:v2"),
            ("r.io:5000/shop/checkout", ":v2", "r.io:5000/shop/checkout:v2"),
            ("r.io/checkout@sha256:ab", ":v2", "r.io/checkout:v2"),
            ("r.io/checkout:v1", cd.as_str(), digested.as_str()),
            ("r.io/checkout:v1", "other/app:v9", "other/app:v9"),
        ];
        for (before, typed, expected) in cases {
            assert_eq!(image(before, typed).unwrap(), expected, "{before} {typed}");
        }
        for typed in
            ["", ":", "@", "a b", "app:", "/", "r.io//x", "a/:v1", "x;rm", "::bad", ":v1:v2", "@sha256:cd"]
        {
            assert!(image("r.io/checkout:v1", typed).is_err(), "{typed:?}");
        }
    }
}
