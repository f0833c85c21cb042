//! The canary annotations of ingress-nginx: a second Ingress for the same hosts
//! and paths, of which the controller sends a part to its backend.
//!
//! Legacy: the project ended in March 2026. The prefix of the annotations is the
//! default one.

use serde_json::Value;
use std::collections::BTreeSet;

use super::{Pick, Picked, Router, Shares, text};
use crate::domain::JsonOp;

/// JSON pointer of the mark that makes an Ingress another one's canary.
const CANARY: &str = "/metadata/annotations/nginx.ingress.kubernetes.io~1canary";
/// JSON pointer of its weight.
const WEIGHT: &str = "/metadata/annotations/nginx.ingress.kubernetes.io~1canary-weight";
/// JSON pointer of what the weight is a part of; a hundred if absent.
const TOTAL: &str = "/metadata/annotations/nginx.ingress.kubernetes.io~1canary-weight-total";

/// JSON pointers of the header that sends people there, of its value, and of a
/// pattern of values; the controller looks at them before the weight.
const HEADER: &str = "/metadata/annotations/nginx.ingress.kubernetes.io~1canary-by-header";
const VALUE: &str = "/metadata/annotations/nginx.ingress.kubernetes.io~1canary-by-header-value";
const PATTERN: &str = "/metadata/annotations/nginx.ingress.kubernetes.io~1canary-by-header-pattern";

/// Host, path and type of path; the default backend has none of them.
pub(super) type Place = (String, String, String);

/// Whether it is the canary of another Ingress.
pub(super) fn is_canary(raw: &Value) -> bool {
    text(raw, CANARY) == "true"
}

/// Each host and path with the Service behind it.
pub(super) fn places(raw: &Value) -> Vec<(Place, String)> {
    let default = raw.pointer("/spec/defaultBackend/service/name").and_then(Value::as_str);
    let default = default.map(|service| (Place::default(), service.to_owned()));
    let rules = raw.pointer("/spec/rules").and_then(Value::as_array).into_iter().flatten();
    let paths = rules.flat_map(|rule| {
        let paths = rule.pointer("/http/paths").and_then(Value::as_array).into_iter().flatten();
        paths.map(|path| {
            let own = |field: &str| text(path, field).to_owned();
            let place = (text(rule, "/host").to_owned(), own("/path"), own("/pathType"));
            (place, own("/backend/service/name"))
        })
    });
    paths.chain(default).collect()
}

/// The places behind which a Service stands.
pub(super) fn places_of(raw: &Value, service: &str) -> BTreeSet<Place> {
    places(raw).into_iter().filter(|(_, behind)| behind == service).map(|(place, _)| place).collect()
}

/// What the weight is a part of.
fn total(raw: &Value) -> Option<u32> {
    match raw.pointer(TOTAL) {
        None => Some(100),
        Some(written) => written.as_str()?.parse().ok(),
    }
}

/// Whether every percent is a whole weight.
pub(super) fn is_divisible(raw: &Value) -> bool {
    total(raw).is_some_and(|total| total >= 100 && total.is_multiple_of(100))
}

/// The weight written; none if none is.
pub(super) fn written(raw: &Value) -> Option<u32> {
    text(raw, WEIGHT).parse().ok()
}

pub(super) fn shares(router: &Router, raw: &Value) -> Option<Shares> {
    if !is_canary(raw) || places_of(raw, router.canary.as_str()).is_empty() {
        return None;
    }
    let (weight, before) = (written(raw).unwrap_or(0), router.before.first().and_then(|b| b.canary));
    let percent = total(raw).and_then(|total| {
        let hundredfold = u64::from(weight) * 100;
        let whole = total > 0 && hundredfold.is_multiple_of(u64::from(total));
        whole.then(|| u32::try_from((hundredfold / u64::from(total)).min(100)).unwrap_or(100))
    });
    let picked = picked(router, raw);
    let restored = weight == before.unwrap_or(0) && picked == Picked::Nothing;
    Some(Shares { joined: true, percent, restored, taken: true, picked })
}

/// What the annotations of the header say; those for people are no part of a
/// delivery that picks nothing.
fn picked(router: &Router, raw: &Value) -> Picked {
    if router.picks.is_empty() || [HEADER, VALUE].iter().all(|path| raw.pointer(path).is_none()) {
        return Picked::Nothing;
    }
    let here = Pick::Header { name: text(raw, HEADER).to_owned(), value: text(raw, VALUE).to_owned() };
    let step = router.picks.iter().find(|(_, pick)| pick.is_like(&here));
    step.map_or(Picked::Other, |(step, _)| Picked::Step(*step))
}

pub(super) fn weigh(
    router: &Router,
    raw: &Value,
    percent: u32,
    pick: Option<&Pick>,
) -> Result<Vec<JsonOp>, String> {
    let Some(total) = total(raw).filter(|_| is_canary(raw) && is_divisible(raw)) else {
        return Err(format!("{} is no canary of whole percents any more", router.title()));
    };
    let weight = total / 100 * percent.min(100);
    let mut ops = vec![JsonOp::test(CANARY, "true"), JsonOp::add(WEIGHT, weight.to_string())];
    match pick {
        Some(Pick::Header { name, value }) => {
            ops.extend([JsonOp::add(HEADER, name.as_str()), JsonOp::add(VALUE, value.as_str())]);
        }
        Some(Pick::Mirror { .. }) => return Err(format!("{} makes no copies", router.title())),
        None => ops.extend(unpicked(router, raw)),
    }
    Ok(ops)
}

/// Before a delivery there were none, if it picks anything.
fn unpicked(router: &Router, raw: &Value) -> Vec<JsonOp> {
    let ours =
        [HEADER, VALUE].into_iter().filter(|path| !router.picks.is_empty() && raw.pointer(path).is_some());
    ours.map(|path| JsonOp::Remove { path: path.to_owned() }).collect()
}

/// Why it cannot take a pick as it is, and what to do.
pub(super) fn refusal(router: &Router, raw: &Value, pick: &Pick) -> Option<(String, String)> {
    let title = router.title();
    if matches!(pick, Pick::Mirror { .. }) {
        let why = format!(
            "{title} makes no copies: ingress-nginx copies by the main Ingress, and only all requests"
        );
        return Some((why, "use a header or weights, or an HTTPRoute".to_owned()));
    }
    let theirs = [HEADER, VALUE, PATTERN].iter().any(|path| raw.pointer(path).is_some());
    theirs.then(|| {
        let why = format!("{title} sends people to the canary by a header already");
        (why, "take its canary-by-header out, or begin with a step of 0 for them: 0@15m+pause".to_owned())
    })
}

pub(super) fn restore(router: &Router, raw: &Value) -> Vec<JsonOp> {
    let weight = match router.before.first().and_then(|before| before.canary) {
        Some(weight) => Some(JsonOp::add(WEIGHT, weight.to_string())),
        None => raw.pointer(WEIGHT).map(|_| JsonOp::Remove { path: WEIGHT.to_owned() }),
    };
    weight.into_iter().chain(unpicked(router, raw)).collect()
}
