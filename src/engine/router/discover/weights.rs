//! A route whose backends have weights.

use super::{Around, Candidate, No, name, owned, services, subsets};
use crate::engine::router::weighted::{Place, Route};
use crate::engine::router::{Before, Router, Side, shape, text};

/// Whether it sends anything to the Service.
pub(super) fn sends(candidate: &Candidate<'_>) -> bool {
    let Some(shape) = shape::of(candidate.kind) else { return false };
    let (stable, canary) = (Side::whole(candidate.service), Side::whole(""));
    let route = Route { shape, raw: candidate.raw, stable, canary };
    !route.places().is_empty() || (shape.odd)(candidate.raw, candidate.service).is_some()
}

pub(super) fn found(around: &Around<'_>, candidate: &Candidate<'_>) -> Result<Router, No> {
    let (title, raw, stable) = (candidate.title(), candidate.raw, candidate.service);
    let of_its_own = format!("{stable}-canary");
    let Some(shape) = shape::of(candidate.kind) else {
        return Err(No::new(
            format!("{title} has no weights"),
            "deliver by the ratio of pods: --traffic pods",
        ));
    };
    let subsets = subsets::found(around, candidate)?;
    let canary = if subsets.is_some() { stable } else { of_its_own.as_str() };
    let route = Route {
        shape,
        raw,
        stable: Side { service: stable, subset: subsets.as_ref().map(|both| both.stable.as_str()) },
        canary: Side { service: canary, subset: subsets.as_ref().map(|both| both.canary.as_str()) },
    };
    let places = route.places();
    let named = places.iter().filter(|place| place.canary.is_some()).count();
    let no = |why: String, remedy: String| {
        if named > 0 { No::begun(why, remedy) } else { No::new(why, remedy) }
    };
    if let Some(odd) = (shape.odd)(raw, stable) {
        let remedy = format!("send to {stable} and {canary} by http routes alone, or --traffic pods");
        return Err(no(format!("{title} {odd}"), remedy));
    }
    if subsets.is_none() {
        services::of_canary(around, stable, canary)
            .map_err(|No { why, remedy, .. }| no(format!("{title} sends to {stable}, but {why}"), remedy))?;
    }
    rules(&route, &places, &title)?;
    owned(around, raw, &title, "its weights")?;
    if let Some(why) = (shape.refusal)(raw) {
        let why = format!("the gateway does not serve {title} as it is: {why}");
        let remedy = format!("mend it first: kubectl describe {}", candidate.kind.kind().plural());
        return Err(No::begun(why, remedy));
    }
    let before = |place: &Place| Before {
        rule: place.rule,
        stable: route.written(*place, place.stable),
        named: place.canary.is_some(),
        canary: place.canary.and_then(|at| route.written(*place, at)),
        filters: route.rules().get(place.rule).is_some_and(|rule| rule.get("filters").is_some()),
    };
    Ok(Router {
        kind: candidate.kind,
        name: name(raw).into(),
        uid: text(raw, "/metadata/uid").into(),
        stable: stable.into(),
        canary: canary.into(),
        before: places.iter().map(before).collect(),
        subsets: subsets.clone(),
        picks: Vec::new(),
    })
}

/// Whether the rules say clearly what a canary takes part in.
fn rules(route: &Route<'_>, places: &[Place], title: &str) -> Result<(), No> {
    let (stable, canary) = (route.stable, route.canary);
    let named = places.iter().filter(|place| place.canary.is_some()).count();
    let rule = |place: &Place| format!("rule {} of {title}", place.rule + 1);
    if let Some(place) = places.iter().find(|place| place.twice) {
        let why = format!("{} names a backend twice", rule(place));
        return Err(No::begun(why, format!("name {stable} and {canary} once each")));
    }
    if let Some(place) = places.iter().find(|p| p.backends > 1 + usize::from(p.canary.is_some())) {
        let why = format!("{} has other backends beside {stable}", rule(place));
        return Err(No::new(why, "weights of three backends are not moved: --traffic pods"));
    }
    if places.len() > 1 && named == 0 {
        let why = format!("{} rules of {title} send to {stable}", places.len());
        return Err(No::new(why, format!("name {canary} with weight 0 in each rule a canary takes part in")));
    }
    if let Some(place) = places.iter().find(|place| named > 0 && place.canary.is_none()) {
        let why = format!("{} names {stable} without {canary}", rule(place));
        return Err(No::begun(why, format!("name {canary} with weight 0 there too")));
    }
    let mut given = places.iter().filter_map(|place| Some((place, route.weight(*place, place.canary?))));
    if let Some((place, weight)) = given.find(|(_, weight)| *weight > 0) {
        let why = format!("{} gives {canary} the weight {weight} already", rule(place));
        return Err(No::begun(why, "set it to 0: nothing runs behind it before a delivery"));
    }
    match places.iter().find(|place| route.weight(**place, place.stable) == 0) {
        Some(place) => {
            let why = format!("{} gives {stable} the weight 0", rule(place));
            Err(No::begun(why, "give it its weight back first"))
        }
        None => Ok(()),
    }
}
