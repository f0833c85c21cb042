//! Weights of an `HTTPRoute`'s backends.
//!
//! `rules` and `backendRefs` are atomic lists: server-side apply cannot own a
//! weight in them, so they are patched by index, with tests of the names. Rules
//! that name the canary's Service alone (by header, for people) are passed over.

use serde_json::{Value, json};

use super::{Router, Shares, text};
use crate::domain::JsonOp;

/// What a backend without a weight counts, as the Gateway API says.
const DEFAULT: u32 = 1;

/// Where a rule names the two Services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Which rule, from 0.
    pub(super) rule: usize,
    /// Index of stable's backend.
    pub(super) stable: usize,
    /// Index of the canary's.
    pub(super) canary: Option<usize>,
    /// Backends of the rule.
    pub(super) backends: usize,
    /// It names one of the two more than once.
    pub(super) twice: bool,
}

/// The rules that name `stable`.
pub(super) fn places(raw: &Value, stable: &str, canary: &str) -> Vec<Place> {
    let namespace = text(raw, "/metadata/namespace");
    let rules = raw.pointer("/spec/rules").and_then(Value::as_array);
    let rules = rules.map(Vec::as_slice).unwrap_or_default().iter().enumerate();
    let place = |(rule, raw): (usize, &Value)| {
        let backends = raw.get("backendRefs").and_then(Value::as_array)?;
        let of = |name: &str| -> Vec<usize> {
            let named = |at: &usize| backends.get(*at).is_some_and(|b| names(b, name, namespace));
            (0..backends.len()).filter(named).collect()
        };
        let (stables, canaries) = (of(stable), of(canary));
        Some(Place {
            rule,
            stable: *stables.first()?,
            canary: canaries.first().copied(),
            backends: backends.len(),
            twice: stables.len() > 1 || canaries.len() > 1,
        })
    };
    rules.filter_map(place).collect()
}

/// Whether a backend is the Service of that name in the route's namespace.
fn names(backend: &Value, name: &str, namespace: &str) -> bool {
    let field = |field: &str| backend.get(field).and_then(Value::as_str);
    field("name") == Some(name)
        && field("kind").is_none_or(|kind| kind == "Service")
        && field("group").is_none_or(str::is_empty)
        && field("namespace").is_none_or(|there| there == namespace)
}

fn at(rule: usize, backend: usize) -> String {
    format!("/spec/rules/{rule}/backendRefs/{backend}")
}

/// The weight written at a place; none if none is.
pub(super) fn written(raw: &Value, rule: usize, backend: usize) -> Option<u32> {
    let weight = raw.pointer(&format!("{}/weight", at(rule, backend)))?.as_u64()?;
    u32::try_from(weight).ok()
}

fn weight(raw: &Value, rule: usize, backend: usize) -> u64 {
    u64::from(written(raw, rule, backend).unwrap_or(DEFAULT))
}

pub(super) fn shares(router: &Router, raw: &Value) -> Option<Shares> {
    let places = places(raw, router.stable.as_str(), router.canary.as_str());
    if places.is_empty() {
        return None;
    }
    let percents: Vec<Option<u32>> = places.iter().map(|place| percent(raw, *place)).collect();
    let first = percents.first().copied().flatten();
    Some(Shares {
        joined: places.iter().all(|place| place.canary.is_some()),
        percent: first.filter(|_| percents.iter().all(|percent| *percent == first)),
        restored: is_restored(router, raw, &places),
        taken: refusal(raw).is_none(),
    })
}

fn percent(raw: &Value, place: Place) -> Option<u32> {
    let Some(canary) = place.canary.map(|at| weight(raw, place.rule, at)) else { return Some(0) };
    let all = canary + weight(raw, place.rule, place.stable);
    (all > 0 && (canary * 100).is_multiple_of(all)).then(|| u32::try_from(canary * 100 / all).unwrap_or(100))
}

fn is_restored(router: &Router, raw: &Value, places: &[Place]) -> bool {
    if places.len() != router.before.len() {
        return places.iter().all(|place| percent(raw, *place) == Some(0));
    }
    places.iter().zip(&router.before).all(|(place, before)| {
        let is = |index: usize, was: Option<u32>| {
            weight(raw, place.rule, index) == u64::from(was.unwrap_or(DEFAULT))
        };
        let canary = match place.canary {
            Some(index) => before.named && is(index, before.canary),
            None => !before.named,
        };
        canary && is(place.stable, before.stable)
    })
}

/// Why whoever serves the route has not taken what it says now; none if it has,
/// or if nobody says anything.
pub(super) fn refusal(raw: &Value) -> Option<String> {
    let generation = raw.pointer("/metadata/generation").and_then(Value::as_i64).unwrap_or(0);
    let parents = raw.pointer("/status/parents").and_then(Value::as_array);
    let conditions = parents.into_iter().flatten().flat_map(|parent| {
        parent.get("conditions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    });
    let ours = conditions.filter(|c| matches!(text(c, "/type"), "Accepted" | "ResolvedRefs"));
    let mut why = ours.filter_map(|condition| {
        let seen = condition.get("observedGeneration").and_then(Value::as_i64).unwrap_or(generation);
        if text(condition, "/status") == "False" {
            return Some(format!("{}: {}", text(condition, "/reason"), text(condition, "/message")));
        }
        (seen < generation).then(|| "the gateway has not taken it yet".to_owned())
    });
    why.next()
}

fn both(router: &Router, raw: &Value) -> Result<Vec<(Place, usize)>, String> {
    let places = places(raw, router.stable.as_str(), router.canary.as_str());
    let both: Option<Vec<_>> = places.iter().map(|place| Some((*place, place.canary?))).collect();
    match both {
        Some(both) if !both.is_empty() => Ok(both),
        Some(_) | None => Err(format!(
            "{} does not name {} and {} in each rule",
            router.title(),
            router.stable,
            router.canary
        )),
    }
}

fn names_hold(router: &Router, place: Place) -> Vec<JsonOp> {
    let mut ops =
        vec![JsonOp::test(&format!("{}/name", at(place.rule, place.stable)), router.stable.as_str())];
    if let Some(canary) = place.canary {
        ops.push(JsonOp::test(&format!("{}/name", at(place.rule, canary)), router.canary.as_str()));
    }
    ops
}

pub(super) fn join(router: &Router, raw: &Value) -> Result<Vec<JsonOp>, String> {
    let places = places(raw, router.stable.as_str(), router.canary.as_str());
    if places.is_empty() {
        return Err(format!("{} does not name {} any more", router.title(), router.stable));
    }
    let mut ops = Vec::new();
    for place in places.into_iter().filter(|place| place.canary.is_none()) {
        ops.extend(names_hold(router, place));
        let mut backend = json!({"name": router.canary, "weight": 0});
        if let Some(port) = raw.pointer(&format!("{}/port", at(place.rule, place.stable))) {
            backend["port"] = port.clone();
        }
        ops.push(JsonOp::add(&at(place.rule, place.backends), backend));
    }
    Ok(ops)
}

pub(super) fn weigh(router: &Router, raw: &Value, percent: u32) -> Result<Vec<JsonOp>, String> {
    let canary_gets = percent.min(100);
    let mut ops = Vec::new();
    for (place, canary) in both(router, raw)? {
        ops.extend(names_hold(router, place));
        ops.push(JsonOp::add(&format!("{}/weight", at(place.rule, place.stable)), 100 - canary_gets));
        ops.push(JsonOp::add(&format!("{}/weight", at(place.rule, canary)), canary_gets));
    }
    Ok(ops)
}

pub(super) fn restore(router: &Router, raw: &Value) -> Vec<JsonOp> {
    let places = places(raw, router.stable.as_str(), router.canary.as_str());
    let known = places.len() == router.before.len();
    let mut ops = Vec::new();
    for (number, place) in places.iter().enumerate() {
        ops.extend(names_hold(router, *place));
        let before = router.before.get(number).filter(|_| known);
        if let Some(before) = before {
            ops.extend(write_back(raw, place.rule, place.stable, before.stable));
        }
        let Some(canary) = place.canary else { continue };
        match before {
            Some(before) if before.named => ops.extend(write_back(raw, place.rule, canary, before.canary)),
            Some(_) => ops.push(JsonOp::Remove { path: at(place.rule, canary) }),
            None => ops.push(JsonOp::add(&format!("{}/weight", at(place.rule, canary)), 0)),
        }
    }
    ops
}

fn write_back(raw: &Value, rule: usize, backend: usize, was: Option<u32>) -> Option<JsonOp> {
    let path = format!("{}/weight", at(rule, backend));
    match was {
        Some(weight) => Some(JsonOp::add(&path, weight)),
        None => raw.pointer(&path).map(|_| JsonOp::Remove { path }),
    }
}
