//! An Ingress that is the canary of those that send to stable.

use serde_json::Value;
use std::collections::BTreeSet;

use super::{Around, Candidate, No, name, owned, services};
use crate::engine::router::ingress::{self, Place};
use crate::engine::router::{Before, Router, RouterKind, text};

/// Whether it sends anything to the Service; canaries of others do not count.
pub(super) fn sends(candidate: &Candidate<'_>) -> bool {
    !ingress::is_canary(candidate.raw) && !ingress::places_of(candidate.raw, candidate.service).is_empty()
}

/// `mains` are all that send to the Service.
pub(super) fn found(around: &Around<'_>, mains: &[Candidate<'_>]) -> Result<Router, No> {
    let titles: Vec<String> = mains.iter().map(Candidate::title).collect();
    let title = titles.join(", ");
    let stable = mains.first().map(|main| main.service).unwrap_or_default();
    let canary = format!("{stable}-canary");
    let places: BTreeSet<Place> =
        mains.iter().flat_map(|main| ingress::places_of(main.raw, main.service)).collect();
    let raw = only_canary(around, &title, &places, &canary)?;
    let ours = name(raw);
    services::of_canary(around, stable, &canary).map_err(|No { why, remedy, .. }| {
        No::begun(format!("{title} sends to {stable}, but {why}"), remedy)
    })?;
    if let Some((host, path, _)) = places.difference(&ingress::places_of(raw, &canary)).next() {
        let why = format!("Ingress {ours} has no {host}{path}, which {title} sends to {stable}");
        return Err(No::begun(why, "give it the same hosts, paths and types of path"));
    }
    let class = |raw: &Value| text(raw, "/spec/ingressClassName").to_owned();
    if let Some(main) = mains.iter().find(|main| class(main.raw) != class(raw)) {
        let why = format!("Ingress {ours} is of another class than {}", main.title());
        return Err(No::begun(why, "give both the same ingressClassName"));
    }
    if !ingress::is_divisible(raw) {
        let why = format!("the canary-weight-total of Ingress {ours} is no hundred, or hundreds");
        return Err(No::begun(why, "take the annotation out, or make it 100"));
    }
    let weight = ingress::written(raw);
    if let Some(weight) = weight.filter(|weight| *weight > 0) {
        let why = format!("Ingress {ours} gives {canary} the weight {weight} already");
        return Err(No::begun(why, "set it to 0: nothing runs behind it before a delivery"));
    }
    owned(around, raw, &format!("Ingress {ours}"), "its weight")?;
    Ok(Router {
        kind: RouterKind::Ingress,
        name: ours.into(),
        uid: text(raw, "/metadata/uid").into(),
        stable: stable.into(),
        canary: canary.as_str().into(),
        before: vec![Before { named: true, canary: weight, ..Before::default() }],
        subsets: None,
        picks: Vec::new(),
    })
}

/// The one canary Ingress there may be for these places: the controller takes
/// one, and which of two is not said.
fn only_canary<'a>(
    around: &Around<'a>,
    title: &str,
    places: &BTreeSet<Place>,
    canary: &str,
) -> Result<&'a Value, No> {
    let all = around.routes.iter().filter(|(kind, _)| *kind == RouterKind::Ingress);
    let canaries: Vec<&Value> = all.flat_map(|(_, all)| all).filter(|raw| ingress::is_canary(raw)).collect();
    let prepared = |raw: &Value| !ingress::places_of(raw, canary).is_empty();
    let there = |raw: &Value| ingress::places(raw).iter().any(|(place, _)| places.contains(place));
    let around_it: Vec<&Value> = canaries.into_iter().filter(|raw| prepared(raw) || there(raw)).collect();
    match around_it.as_slice() {
        [] => {
            let why = format!("{title} has no canary Ingress that sends to {canary}");
            let remedy = format!(
                "make one like it that sends to {canary}, annotated nginx.ingress.kubernetes.io/canary: \"true\" and \
                 nginx.ingress.kubernetes.io/canary-weight: \"0\""
            );
            // Most Ingresses are of other controllers, and this one is at its end.
            Err(No { quiet: true, ..No::new(why, remedy) })
        }
        [raw] if prepared(raw) => Ok(raw),
        [raw] => {
            let why =
                format!("Ingress {} is a canary for the same host and path, of something else", name(raw));
            Err(No::begun(why, "one canary Ingress is possible there: let that one end first"))
        }
        [one, other, ..] => {
            let names = format!("{} and {}", name(one), name(other));
            let why = format!("Ingresses {names} are both canaries for the same host and path");
            Err(No::begun(why, "one canary Ingress is possible there: delete the other"))
        }
    }
}
