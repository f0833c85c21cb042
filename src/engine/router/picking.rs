//! Requests picked by header, and copies, in a route whose backends have
//! weights.
//!
//! A header adds one rule before each that names stable, like it but for the
//! header and for the canary as its only backend. Copies are a filter, or a
//! field, of the rules that name stable. Both are known again by what they say:
//! a route in which something like it stands before a delivery is refused
//! ([`refusal`]), so what says it later is the delivery's.

use serde_json::Value;

use super::weighted::{Place, Route};
use super::{Pick, Picked, Router};
use crate::domain::JsonOp;

/// A backend that gets copies, and of which percent of the requests; none if it
/// is no whole percent.
pub(super) type Copies = (Value, Option<u32>);

/// Whether a backend is the one that is meant.
pub(super) type Is<'a> = &'a dyn Fn(&Value) -> bool;

/// A rule, to which backends copies end, to which and of which percent they
/// begin, and whether its list of filters stays when it is empty.
pub(super) type Copying = fn(&Value, Is<'_>, Option<(&Value, u32)>, bool) -> Value;

/// Where a kind of route keeps its matches and copies.
pub(super) struct Picks {
    /// The rule for requests with a header, like the given one, to that backend alone.
    pub(super) with_header: fn(&Value, &str, &str, &Value) -> Value,
    /// The value a match of the rule asks of a header, of each that looks at it.
    pub(super) asked: fn(&Value, &str) -> Vec<Option<String>>,
    /// To which backend the rule copies what part, of each copy.
    pub(super) copies: fn(&Value) -> Vec<Copies>,
    /// The rule with other copies.
    pub(super) copying: Copying,
    /// The fields in which the two differ.
    pub(super) fields: &'static [&'static str],
    /// Whether the rule takes nothing but requests that read.
    pub(super) only_reads: fn(&Value) -> bool,
}

impl Route<'_> {
    /// Whether a rule sends requests with the header to the canary, and none to stable.
    fn is_for(&self, rule: &Value, name: &str, value: &str) -> bool {
        let names = |side| self.backends_of(rule).iter().any(|b| self.is(b, side));
        let asks = (self.shape.picks.asked)(rule, name).iter().any(|asked| asked.as_deref() == Some(value));
        asks && names(self.canary) && !names(self.stable)
    }

    /// What a rule copies to the canary.
    fn copied(&self, rule: &Value) -> Vec<Option<u32>> {
        let copies = (self.shape.picks.copies)(rule).into_iter();
        copies.filter(|(backend, _)| self.is(backend, self.canary)).map(|(_, percent)| percent).collect()
    }
}

/// What stands in the route of the delivery's picks.
pub(super) fn seen(route: &Route<'_>, router: &Router, places: &[Place]) -> Picked {
    let (mut whole, mut all) = (None, 0);
    for (step, pick) in &router.picks {
        let here = match pick {
            Pick::Header { name, value } => {
                let here = route.rules().iter().filter(|rule| route.is_for(rule, name, value)).count();
                all += here;
                here
            }
            Pick::Mirror { percent } => {
                let ours = places.iter().filter_map(|place| route.rules().get(place.rule));
                ours.filter(|rule| route.copied(rule) == [Some(*percent)]).count()
            }
        };
        whole = if here == places.len() { Some(*step) } else { whole };
    }
    // Those of a part that no step asks for too.
    if has_mirror(router) {
        all += route.rules().iter().map(|rule| route.copied(rule).len()).sum::<usize>();
    }
    match whole {
        _ if all == 0 => Picked::Nothing,
        Some(step) if all == places.len() => Picked::Step(step),
        Some(_) | None => Picked::Other,
    }
}

/// The steps that leave `wanted` in the route, and nothing else of the delivery's picks.
pub(super) fn ops(route: &Route<'_>, router: &Router, wanted: Option<&Pick>) -> Vec<JsonOp> {
    let (places, ours) = (route.places(), |rule: &Value| {
        router.picks.iter().any(|(_, pick)| match pick {
            Pick::Header { name, value } => route.is_for(rule, name, value),
            Pick::Mirror { .. } => false,
        })
    });
    let mut ops = copies(route, router, &places, wanted, &ours);
    let present = |name: &str, value: &str| {
        let all: Vec<_> = route.rules().iter().filter(|rule| ours(rule)).collect();
        all.len() == places.len() && all.iter().all(|rule| route.is_for(rule, name, value))
    };
    let header = match wanted {
        Some(Pick::Header { name, value }) if present(name, value) => return ops,
        Some(Pick::Header { name, value }) => Some((name, value)),
        Some(Pick::Mirror { .. }) | None => None,
    };
    // From the last rule to the first, so that those still to come keep their numbers.
    for (number, rule) in route.rules().iter().enumerate().rev() {
        let at = format!("{}/{number}", route.shape.rules);
        let place = places.iter().find(|place| place.rule == number);
        if let (Some(place), Some((name, value))) = (place, header) {
            let plain = (route.shape.picks.copying)(rule, &|b| route.is(b, route.canary), None, false);
            let plain = if has_mirror(router) { &plain } else { rule };
            ops.push(JsonOp::add(
                &at,
                (route.shape.picks.with_header)(plain, name, value, &route.alike(*place)),
            ));
        } else if ours(rule) {
            ops.push(JsonOp::test(&at, rule.clone()));
            ops.push(JsonOp::Remove { path: at });
        }
    }
    ops
}

fn has_mirror(router: &Router) -> bool {
    router.picks.iter().any(|(_, pick)| matches!(pick, Pick::Mirror { .. }))
}

/// The steps that set the copies of each rule, without those that go.
fn copies(
    route: &Route<'_>,
    router: &Router,
    places: &[Place],
    wanted: Option<&Pick>,
    ours: &dyn Fn(&Value) -> bool,
) -> Vec<JsonOp> {
    let mut ops = Vec::new();
    if !has_mirror(router) {
        return ops;
    }
    for (number, rule) in route.rules().iter().enumerate().filter(|(_, rule)| !ours(rule)) {
        let place = places.iter().position(|place| place.rule == number);
        let backend = place.and_then(|at| places.get(at)).map(|place| route.alike(*place));
        let copy = match (wanted, &backend) {
            (Some(Pick::Mirror { percent }), Some(backend)) => Some((backend, *percent)),
            (Some(Pick::Mirror { .. } | Pick::Header { .. }) | None, _) => None,
        };
        let before = place.filter(|_| places.len() == router.before.len());
        let had = before.and_then(|at| router.before.get(at)).is_none_or(|before| before.filters);
        let after = (route.shape.picks.copying)(rule, &|b| route.is(b, route.canary), copy, had);
        for field in route.shape.picks.fields {
            let path = format!("{}/{number}/{field}", route.shape.rules);
            match (rule.get(field), after.get(field)) {
                (old, new) if old == new => {}
                (None, Some(new)) => ops.push(JsonOp::add(&path, new.clone())),
                (Some(old), new) => {
                    ops.push(JsonOp::test(&path, old.clone()));
                    ops.push(match new {
                        Some(new) => JsonOp::replace(&path, new.clone()),
                        None => JsonOp::Remove { path },
                    });
                }
                (None, None) => {}
            }
        }
    }
    ops
}

/// Why the route cannot take a pick as it is, and what to do; none if it can.
pub(super) fn refusal(route: &Route<'_>, title: &str, pick: &Pick) -> Option<(String, String)> {
    let named = |number: usize| format!("rule {} of {title}", number + 1);
    let places = route.places();
    let is_place = |number: usize| places.iter().any(|place| place.rule == number);
    let canary = route.canary;
    let mut rules = route.rules().iter().enumerate();
    match pick {
        Pick::Header { name, value } => rules.find_map(|(number, rule)| {
            if route.is_for(rule, name, value) {
                let why =
                    format!("{} sends requests with {name}: {value} to {canary} already", named(number));
                return Some((
                    why,
                    "take the rule out, or begin with a step of 0 for it: 0@15m+pause".to_owned(),
                ));
            }
            let looks = is_place(number) && !(route.shape.picks.asked)(rule, name).is_empty();
            looks.then(|| {
                (format!("{} looks at {name} itself", named(number)), "take another header".to_owned())
            })
        }),
        Pick::Mirror { .. } => rules.find_map(|(number, rule)| {
            let copies = (route.shape.picks.copies)(rule);
            if copies.iter().any(|(backend, _)| route.is(backend, canary)) {
                let why = format!("{} copies requests to {canary} already", named(number));
                return Some((why, "take that out first".to_owned()));
            }
            (is_place(number) && !copies.is_empty()).then(|| {
                let why = format!("{} copies its requests to another backend", named(number));
                (why, "few gateways copy a request twice: use a header or weights".to_owned())
            })
        }),
    }
}

/// Whether copies would be made of requests that may write.
pub(super) fn copies_writes(route: &Route<'_>) -> bool {
    let places = route.places();
    places
        .iter()
        .filter_map(|place| route.rules().get(place.rule))
        .any(|rule| !(route.shape.picks.only_reads)(rule))
}
