//! Weights of the backends of a route, whichever kind it is ([`Shape`]).
//!
//! Rules and backends are atomic lists: server-side apply cannot own a weight in
//! them, so they are patched by index, with tests of the names. Rules that name
//! the canary's Service alone (by header, for people) are passed over.

use serde_json::{Value, json};

use super::shape::Shape;
use super::{Pick, Picked, Router, Shares, Side, picking, text};
use crate::domain::JsonOp;

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

/// A route with its words, and the two sides of a delivery.
pub(super) struct Route<'a> {
    pub(super) shape: &'static Shape,
    pub(super) raw: &'a Value,
    pub(super) stable: Side<'a>,
    pub(super) canary: Side<'a>,
}

impl Route<'_> {
    /// The rules that name stable's Service.
    pub(super) fn places(&self) -> Vec<Place> {
        let place = |(rule, raw): (usize, &Value)| {
            let backends = self.backends_of(raw);
            let of = |side: Side<'_>| -> Vec<usize> {
                let named = |at: &usize| backends.get(*at).is_some_and(|b| self.is(b, side));
                (0..backends.len()).filter(named).collect()
            };
            let (stables, canaries) = (of(self.stable), of(self.canary));
            Some(Place {
                rule,
                stable: *stables.first()?,
                canary: canaries.first().copied(),
                backends: backends.len(),
                twice: stables.len() > 1 || canaries.len() > 1,
            })
        };
        self.rules().iter().enumerate().filter_map(place).collect()
    }

    /// Every rule, those that name neither of the two too.
    pub(super) fn rules(&self) -> &[Value] {
        let rules = self.raw.pointer(self.shape.rules).and_then(Value::as_array);
        rules.map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn backends_of<'a>(&self, rule: &'a Value) -> &'a [Value] {
        let backends = rule.get(self.shape.backends).and_then(Value::as_array);
        backends.map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether a backend is that side.
    pub(super) fn is(&self, backend: &Value, side: Side<'_>) -> bool {
        (self.shape.is)(backend, side, text(self.raw, "/metadata/namespace"))
    }

    /// A backend like stable's, for the canary's Service, without a weight.
    pub(super) fn alike(&self, place: Place) -> Value {
        let beside = self.raw.pointer(&self.at(place, place.stable)).unwrap_or(&Value::Null);
        (self.shape.like)(beside, self.canary)
    }

    fn at(&self, place: Place, backend: usize) -> String {
        format!("{}/{}/{}/{backend}", self.shape.rules, place.rule, self.shape.backends)
    }

    fn weight_at(&self, place: Place, backend: usize) -> String {
        format!("{}/weight", self.at(place, backend))
    }

    /// The weight written at a place; none if none is.
    pub(super) fn written(&self, place: Place, backend: usize) -> Option<u32> {
        let weight = self.raw.pointer(&self.weight_at(place, backend))?.as_u64()?;
        u32::try_from(weight).ok()
    }

    fn unwritten(&self, place: Place) -> u32 {
        if place.backends > 1 { self.shape.beside } else { self.shape.alone }
    }

    /// What a backend counts, whether that is written or not.
    pub(super) fn weight(&self, place: Place, backend: usize) -> u32 {
        self.written(place, backend).unwrap_or_else(|| self.unwritten(place))
    }

    fn percent(&self, place: Place) -> Option<u32> {
        let Some(canary) = place.canary.map(|at| u64::from(self.weight(place, at))) else { return Some(0) };
        let all = canary + u64::from(self.weight(place, place.stable));
        (all > 0 && (canary * 100).is_multiple_of(all))
            .then(|| u32::try_from(canary * 100 / all).unwrap_or(100))
    }

    /// That the backends are still those of the two Services.
    pub(super) fn names_hold(&self, place: Place) -> Vec<JsonOp> {
        let subset = self.shape.subset.filter(|_| self.stable.subset.is_some());
        let tests = |backend: usize| {
            std::iter::once(self.shape.name).chain(subset).map(move |field| {
                let path = format!("{}{field}", self.at(place, backend));
                JsonOp::test(&path, text(self.raw, &path))
            })
        };
        std::iter::once(place.stable).chain(place.canary).flat_map(tests).collect()
    }

    fn write_back(&self, place: Place, backend: usize, was: Option<u32>) -> Option<JsonOp> {
        let path = self.weight_at(place, backend);
        match was {
            Some(weight) => Some(JsonOp::add(&path, weight)),
            None => self.raw.pointer(&path).map(|_| JsonOp::Remove { path }),
        }
    }
}

pub(super) fn route<'a>(shape: &'static Shape, router: &'a Router, raw: &'a Value) -> Route<'a> {
    let (stable, canary) = router.sides();
    Route { shape, raw, stable, canary }
}

pub(super) fn shares(shape: &'static Shape, router: &Router, raw: &Value) -> Option<Shares> {
    let route = route(shape, router, raw);
    let places = route.places();
    let picked = picking::seen(&route, router, &places);
    if places.is_empty() && picked == Picked::Nothing {
        return None;
    }
    let percents: Vec<Option<u32>> = places.iter().map(|place| route.percent(*place)).collect();
    // Without a rule of stable's nothing goes to the canary by weight.
    let first = percents.first().copied().unwrap_or(Some(0));
    Some(Shares {
        joined: places.iter().all(|place| place.canary.is_some()),
        percent: first.filter(|_| percents.iter().all(|percent| *percent == first)),
        restored: picked == Picked::Nothing && is_restored(router, &route, &places),
        taken: (shape.refusal)(raw).is_none(),
        picked,
    })
}

fn is_restored(router: &Router, route: &Route<'_>, places: &[Place]) -> bool {
    if places.len() != router.before.len() {
        return places.iter().all(|place| route.percent(*place) == Some(0));
    }
    places.iter().zip(&router.before).all(|(place, before)| {
        let is = |index: usize, was: Option<u32>| {
            route.weight(*place, index) == was.unwrap_or_else(|| route.unwritten(*place))
        };
        let canary = match place.canary {
            Some(index) => before.named && is(index, before.canary),
            None => !before.named,
        };
        canary && is(place.stable, before.stable)
    })
}

pub(super) fn join(shape: &'static Shape, router: &Router, raw: &Value) -> Result<Vec<JsonOp>, String> {
    let route = route(shape, router, raw);
    let places = route.places();
    if places.is_empty() {
        return Err(format!("{} does not name {} any more", router.title(), route.stable));
    }
    let mut ops = Vec::new();
    for place in places.into_iter().filter(|place| place.canary.is_none()) {
        ops.extend(route.names_hold(place));
        // Where a weight is missing it counts something else beside another backend.
        if route.written(place, place.stable).is_none() && shape.alone != shape.beside {
            ops.push(JsonOp::add(&route.weight_at(place, place.stable), shape.alone));
        }
        let mut backend = route.alike(place);
        backend["weight"] = json!(0);
        ops.push(JsonOp::add(&route.at(place, place.backends), backend));
    }
    Ok(ops)
}

pub(super) fn weigh(
    shape: &'static Shape,
    router: &Router,
    raw: &Value,
    percent: u32,
    pick: Option<&Pick>,
) -> Result<Vec<JsonOp>, String> {
    let route = route(shape, router, raw);
    let both: Option<Vec<_>> = route.places().into_iter().map(|place| Some((place, place.canary?))).collect();
    let Some(both) = both.filter(|both| !both.is_empty()) else {
        let (title, stable, canary) = (router.title(), route.stable, route.canary);
        return Err(format!("{title} does not name {stable} and {canary} in each rule"));
    };
    let canary_gets = percent.min(100);
    let mut ops = Vec::new();
    for (place, canary) in both {
        ops.extend(route.names_hold(place));
        ops.push(JsonOp::add(&route.weight_at(place, place.stable), 100 - canary_gets));
        ops.push(JsonOp::add(&route.weight_at(place, canary), canary_gets));
    }
    ops.extend(picking::ops(&route, router, pick));
    Ok(ops)
}

pub(super) fn restore(shape: &'static Shape, router: &Router, raw: &Value) -> Vec<JsonOp> {
    let route = route(shape, router, raw);
    let places = route.places();
    let known = places.len() == router.before.len();
    let mut ops = Vec::new();
    for (number, place) in places.iter().enumerate() {
        ops.extend(route.names_hold(*place));
        let before = router.before.get(number).filter(|_| known);
        if let Some(before) = before {
            ops.extend(route.write_back(*place, place.stable, before.stable));
        }
        let Some(canary) = place.canary else { continue };
        match before {
            Some(before) if before.named => ops.extend(route.write_back(*place, canary, before.canary)),
            Some(_) => ops.push(JsonOp::Remove { path: route.at(*place, canary) }),
            None => ops.push(JsonOp::add(&route.weight_at(*place, canary), 0)),
        }
    }
    ops.extend(picking::ops(&route, router, None));
    ops
}
