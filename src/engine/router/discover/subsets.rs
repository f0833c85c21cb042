//! The subsets of one host that are the two sides. They are only read: weights
//! between them are the route's.

use serde_json::Value;
use std::collections::BTreeSet;

use super::{Around, Candidate, Labels, No, name, services};
use crate::domain::TRACK;
use crate::engine::router::{RouterKind, Side, Subsets, shape, text};

/// A subset of the DestinationRule, as it says.
struct Subset<'a> {
    name: &'a str,
    labels: Labels,
}

/// Which pods it selects.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Selects {
    Stable,
    Canary,
    Both,
    Neither,
}

/// The two subsets; none where the route names no subset of the Service.
pub(super) fn found(around: &Around<'_>, candidate: &Candidate<'_>) -> Result<Option<Subsets>, No> {
    let (title, service) = (candidate.title(), candidate.service);
    let destinations = destinations(candidate);
    let named: BTreeSet<&str> =
        destinations.iter().map(|(_, subset)| *subset).filter(|subset| !subset.is_empty()).collect();
    let Some(first) = named.first() else { return Ok(None) };
    if let Some((rule, _)) = destinations.iter().find(|(_, subset)| subset.is_empty()) {
        let why =
            format!("rule {} of {title} names {service} without a subset, which is both sides", rule + 1);
        return Err(No::begun(why, "name the subset of stable's pods there too"));
    }
    let (rule, subsets) = subsets_of(around, candidate, first)?;
    for named in &named {
        if !subsets.iter().any(|subset| subset.name == *named) {
            let why =
                format!("{title} names subset {named} of {service}, which DestinationRule {rule} has not");
            return Err(No::begun(why, "add it there, or name one there is"));
        }
    }
    let what = |subset: &Subset<'_>| format!("subset {} of DestinationRule {rule}", subset.name);
    let mut of_stable = Vec::new();
    for subset in subsets.iter().filter(|subset| named.contains(subset.name)) {
        match told_apart(around, subset)
            .map_err(|why| No::begun(format!("{} {why}", what(subset)), REMEDY))?
        {
            Selects::Stable => of_stable.push(subset.name),
            Selects::Canary => {}
            // By pods a canary is reached, as stable is.
            Selects::Both => {
                let why = format!("{} would select stable's pods and the canary's", what(subset));
                return Err(No::new(why, REMEDY));
            }
            Selects::Neither => {
                let why = format!("{} selects neither stable's pods nor the canary's", what(subset));
                return Err(No::begun(why, REMEDY));
            }
        }
    }
    let stable = only(&of_stable, &format!("{title} names"), "stable's pods")?;
    let of_canary: Vec<&str> = subsets
        .iter()
        .filter(|subset| matches!(told_apart(around, subset), Ok(Selects::Canary)))
        .map(|subset| subset.name)
        .collect();
    let canary = only(&of_canary, &format!("DestinationRule {rule} has"), "the canary's pods")?;
    let canaries = services::labels(around.deployment, Some("canary"));
    let selected = |raw: &&Value| name(raw) == service && services::selects(raw, &canaries);
    if around.services.iter().find(selected).is_none() {
        let why =
            format!("Service {service} would not select the canary's pods, so subset {canary} had none");
        return Err(No::begun(why, format!("take {TRACK} out of its selector: the subsets tell them apart")));
    }
    Ok(Some(Subsets { stable: stable.to_owned(), canary: canary.to_owned() }))
}

const REMEDY: &str = "let one subset have the label quarterdeck/track: stable, as stable's pods, and one quarterdeck/track: canary";

/// Whether a route names a subset of anything.
pub(super) fn names_some(kind: RouterKind, raw: &Value) -> bool {
    backends(kind, raw).iter().any(|(_, backend, field)| !text(backend, field).is_empty())
}

/// Each backend of each rule, from 0, with where it would name a subset.
fn backends(kind: RouterKind, raw: &Value) -> Vec<(usize, &Value, &'static str)> {
    let Some((shape, field)) = shape::of(kind).and_then(|shape| Some((shape, shape.subset?))) else {
        return Vec::new();
    };
    let rules = raw.pointer(shape.rules).and_then(Value::as_array).into_iter().flatten().enumerate();
    let all = rules.flat_map(|(number, rule)| {
        let backends = rule.get(shape.backends).and_then(Value::as_array).into_iter().flatten();
        backends.map(move |backend| (number, backend, field))
    });
    all.collect()
}

/// Each rule of the route that sends to the Service, from 0, with the subset it names.
fn destinations<'a>(candidate: &Candidate<'a>) -> Vec<(usize, &'a str)> {
    let Some(shape) = shape::of(candidate.kind) else { return Vec::new() };
    let (side, namespace) = (Side::whole(candidate.service), text(candidate.raw, "/metadata/namespace"));
    let all = backends(candidate.kind, candidate.raw).into_iter();
    let ours = all.filter(|(_, backend, _)| (shape.is)(backend, side, namespace));
    ours.map(|(number, backend, field)| (number, text(backend, field))).collect()
}

/// The name and the subsets of the one DestinationRule for the host.
fn subsets_of<'a>(
    around: &Around<'a>,
    candidate: &Candidate<'_>,
    named: &str,
) -> Result<(&'a str, Vec<Subset<'a>>), No> {
    let (title, service) = (candidate.title(), candidate.service);
    let namespace = text(candidate.raw, "/metadata/namespace");
    let is_for = |rule: &&Value| shape::is_host(text(rule, "/spec/host"), service, namespace);
    let rules: Vec<&'a Value> = around.rules.iter().filter(is_for).collect();
    let rule = match rules.as_slice() {
        [rule] => *rule,
        [] => {
            let why = format!(
                "{title} names the subset {named} of {service}, and no DestinationRule of the namespace is for it"
            );
            return Err(No::begun(why, format!("make one with the host {service}; {REMEDY}")));
        }
        [one, other, ..] => {
            let (one, other) = (name(one), name(other));
            let why = format!(
                "DestinationRules {one} and {other} are both for {service}: which counts is not said"
            );
            return Err(No::begun(why, "put their subsets into one of them"));
        }
    };
    let subsets: Vec<Subset<'a>> = rule
        .pointer("/spec/subsets")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|raw| Subset {
            name: text(raw, "/name"),
            labels: raw.get("labels").and_then(Value::as_object).cloned().unwrap_or_default(),
        })
        .collect();
    let mut seen = BTreeSet::new();
    if let Some(twice) = subsets.iter().find(|subset| !seen.insert(subset.name)) {
        let why = format!("DestinationRule {} has two subsets {}", name(rule), twice.name);
        return Err(No::begun(why, "take one of them out"));
    }
    Ok((name(rule), subsets))
}

/// Which pods a subset selects, now and with whatever version comes.
///
/// # Errors
/// It looks at a label that a new version may change.
fn told_apart(around: &Around<'_>, subset: &Subset<'_>) -> Result<Selects, String> {
    let selector = around.deployment.pointer("/spec/selector/matchLabels").and_then(Value::as_object);
    let stays = |label: &String| label == TRACK || selector.is_some_and(|labels| labels.contains_key(label));
    if let Some(label) = subset.labels.keys().find(|label| !stays(label)) {
        return Err(format!("selects by the label {label} too, which a new version may change"));
    }
    let selects = |track: Option<&str>| {
        let pods = services::labels(around.deployment, track);
        subset.labels.iter().all(|(label, value)| pods.get(label) == Some(value))
    };
    Ok(match (selects(None), selects(Some("canary"))) {
        (true, true) => Selects::Both,
        (true, false) => Selects::Stable,
        (false, true) => Selects::Canary,
        (false, false) => Selects::Neither,
    })
}

/// The only one of those that select the same pods.
fn only<'a>(all: &[&'a str], who: &str, pods: &str) -> Result<&'a str, No> {
    match all {
        [one] => Ok(one),
        [] => Err(No::begun(format!("{who} no subset that selects {pods} alone"), REMEDY)),
        [one, other, ..] => {
            let why = format!("{who} two subsets that select {pods}, {one} and {other}");
            Err(No::begun(why, "one of them is enough"))
        }
    }
}
