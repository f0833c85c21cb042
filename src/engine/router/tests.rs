//! What is found, what is refused and why, and that everything comes back.

mod ingresses;
mod meshes;
mod picks;
mod subsets;

use super::weighted::Route;
use super::{Around, Found, Router, RouterKind, Side, Wish, discover, shape};
use crate::domain::patched;
use proptest::prelude::*;
use serde_json::{Value, json};

fn deployment(track: bool) -> Value {
    let labels =
        if track { json!({"app": "shop", "quarterdeck/track": "stable"}) } else { json!({"app": "shop"}) };
    json!({"spec": {"template": {"metadata": {"labels": labels}}}})
}

fn service(name: &str, track: Option<&str>) -> Value {
    let mut selector = json!({"app": "shop"});
    if let Some(track) = track {
        selector["quarterdeck/track"] = json!(track);
    }
    json!({"metadata": {"name": name, "uid": "u-s", "namespace": "prod"}, "spec": {"selector": selector}})
}

fn backend(name: &str, weight: u32) -> Value {
    json!({"name": name, "port": 80, "weight": weight})
}

/// A route with these backends in each of its rules.
fn route(rules: &[&[Value]]) -> Value {
    let rules: Vec<Value> = rules.iter().map(|backends| json!({"backendRefs": backends})).collect();
    json!({
        "metadata": {"name": "web", "namespace": "prod", "uid": "u-r", "generation": 3},
        "spec": {"rules": rules},
    })
}

/// Both Services as a route needs them.
fn prepared() -> Vec<Value> {
    vec![service("shop", Some("stable")), service("shop-canary", Some("canary"))]
}

/// The same as a VirtualService; the weights of the only backends of rules are
/// the same share in both.
fn istio(route: &Value) -> Value {
    let rules = route["spec"]["rules"].as_array().unwrap().iter().map(|rule| {
        let backends = rule["backendRefs"].as_array().unwrap().iter().map(|backend| {
            let mut made = json!({"destination": {"host": backend["name"], "port": {"number": 80}}});
            if let Some(weight) = backend.get("weight") {
                made["weight"] = weight.clone();
            }
            made
        });
        json!({"route": backends.collect::<Vec<_>>()})
    });
    let rules: Vec<Value> = rules.collect();
    json!({"metadata": route["metadata"], "spec": {"hosts": ["shop.example"], "http": rules}})
}

fn found_of(wish: Wish, services: &[Value], routes: &[(RouterKind, Vec<Value>)]) -> Found {
    let deployment = deployment(true);
    discover(wish, &Around { deployment: &deployment, services, routes, rules: &[], override_owner: false })
}

fn found(wish: Wish, services: &[Value], routes: Option<&[Value]>) -> Found {
    let routes = routes.map(|routes| (RouterKind::HttpRoute, routes.to_vec()));
    found_of(wish, services, routes.as_slice())
}

#[track_caller]
fn router(services: &[Value], route: &Value) -> Router {
    match found(Wish::Auto, services, Some(std::slice::from_ref(route))) {
        Found::Router(router) => *router,
        other @ (Found::Pods { .. } | Found::Refused { .. }) => panic!("{other:?}"),
    }
}

#[track_caller]
fn router_of(kind: RouterKind, services: &[Value], routes: &[Value]) -> Router {
    match found_of(Wish::Auto, services, &[(kind, routes.to_vec())]) {
        Found::Router(it) => *it,
        other @ (Found::Pods { .. } | Found::Refused { .. }) => panic!("{other:?}"),
    }
}

#[track_caller]
fn refused(found: Found) -> (String, String) {
    let Found::Refused { why, remedy } = found else { panic!("{found:?}") };
    assert!(!remedy.is_empty(), "{why}");
    (why, remedy)
}

#[test]
fn a_prepared_route_is_the_best_means() {
    let named = route(&[&[backend("shop", 9), backend("shop-canary", 0)]]);
    let router = router(&prepared(), &named);
    assert_eq!((router.title().as_str(), router.canary.as_str()), ("HTTPRoute web", "shop-canary"));
    assert_eq!((router.before[0].stable, router.before[0].named), (Some(9), true));
    let alone = route(&[&[json!({"name": "shop", "port": 80})]]);
    let router = self::router(&prepared(), &alone);
    assert_eq!((router.before[0].stable, router.before[0].named), (None, false));
}

#[test]
fn without_a_route_pods_share_them_out() {
    let plain = [service("shop", None)];
    let other = [route(&[&[backend("cart", 1)]])];
    for routes in [None, Some(&other[..])] {
        let Found::Pods { remedy, .. } = found(Wish::Auto, &plain, routes) else { panic!("{routes:?}") };
        assert_eq!(remedy, "");
    }
    // A route that nobody has prepared is no reason to refuse, but to be told.
    let unprepared = [route(&[&[backend("shop", 1)]])];
    let Found::Pods { why, remedy } = found(Wish::Auto, &plain, Some(&unprepared)) else { panic!() };
    assert!(why.contains("there is no Service shop-canary"), "{why}");
    assert!(remedy.contains("quarterdeck/track: stable"), "{remedy}");
}

#[test]
fn what_would_move_the_wrong_requests_is_refused_with_the_next_step() {
    let both = || vec![backend("shop", 1), backend("shop-canary", 0)];
    let owned = |path: &str, value: Value| {
        let mut owned = route(&[&both()]);
        owned["metadata"][path] = value;
        owned
    };
    let unaccepted = {
        let mut route = route(&[&both()]);
        route["status"]["parents"] = json!([{"conditions": [
            {"type": "Accepted", "status": "False", "reason": "NoMatchingParent", "message": "no gateway"}]}]);
        route
    };
    let cases: [(Vec<Value>, Value, &str); 11] = [
        (vec![service("shop", Some("stable"))], route(&[&both()]), "there is no Service shop-canary"),
        (
            vec![service("shop", None), service("shop-canary", Some("canary"))],
            route(&[&both()]),
            "would select the canary's pods too",
        ),
        (
            vec![service("shop", Some("stable")), service("shop-canary", Some("else"))],
            route(&[&both()]),
            "would not select the canary's pods",
        ),
        (prepared(), route(&[&both(), &[backend("shop", 1)]]), "rule 2 of HTTPRoute web names shop without"),
        (prepared(), route(&[&[backend("shop", 1), backend("shop", 1), backend("shop-canary", 0)]]), "twice"),
        (prepared(), route(&[&[backend("shop", 90), backend("shop-canary", 10)]]), "the weight 10 already"),
        (
            prepared(),
            route(&[&both(), &[backend("shop", 90), backend("shop-canary", 10)]]),
            "rule 2 of HTTPRoute web gives shop-canary the weight 10 already",
        ),
        (prepared(), route(&[&[backend("shop", 0), backend("shop-canary", 0)]]), "gives shop the weight 0"),
        (
            prepared(),
            owned("ownerReferences", json!([{"kind": "Rollout", "name": "shop", "controller": true}])),
            "applied by Rollout/shop",
        ),
        (
            prepared(),
            owned("labels", json!({"kustomize.toolkit.fluxcd.io/name": "apps"})),
            "applied by Flux apps",
        ),
        (prepared(), unaccepted, "NoMatchingParent: no gateway"),
    ];
    for (services, route, expected) in cases {
        let (why, _) = refused(found(Wish::Auto, &services, Some(&[route])));
        assert!(why.contains(expected), "{why:?} is not {expected:?}");
    }
}

#[test]
fn what_is_not_clear_is_refused_if_a_route_was_asked_for() {
    let alone = || vec![backend("shop", 1)];
    let three = vec![backend("shop", 1), backend("cart", 1)];
    let cases = [
        (vec![route(&[&alone()]), route(&[&alone()])], "both send to it"),
        (vec![route(&[&alone(), &alone()])], "2 rules of HTTPRoute web send to shop"),
        (vec![route(&[&three])], "other backends beside shop"),
        (vec![], "no HTTPRoute, VirtualService or Ingress of the namespace"),
    ];
    for (routes, expected) in cases {
        let (why, _) = refused(found(Wish::Route, &prepared(), Some(&routes)));
        assert!(why.contains(expected), "{why:?} is not {expected:?}");
        // By pods nothing would reach the canary: stable's Service selects its own pods only.
        let (why, _) = refused(found(Wish::Pods, &prepared(), Some(&routes)));
        assert!(why.contains("would not select the canary's pods"), "{why}");
    }
}

#[test]
fn colours_need_a_selector_that_tells_them_apart() {
    let Found::Router(router) = found(Wish::Selector, &prepared()[..1], None) else { panic!() };
    assert_eq!((router.kind, router.canary.as_str()), (RouterKind::Service, "shop-preview"));
    for (services, expected) in [
        (vec![], "no Service selects its pods"),
        (vec![service("shop", None)], "does not tell the colours apart"),
        (vec![service("a", Some("stable")), service("b", Some("stable"))], "both select its pods"),
    ] {
        let (why, _) = refused(found(Wish::Selector, &services, None));
        assert!(why.contains(expected), "{why}");
    }
    let raw = service("shop", Some("stable"));
    let green = patched(&raw, &router.weigh(&raw, 100).unwrap(), true).unwrap();
    assert_eq!(router.shares(Some(&green)).unwrap().percent, Some(100));
    assert!(router.weigh(&raw, 50).is_err());
    assert_eq!(patched(&green, &router.restore(&green), true).unwrap(), raw);
}

#[test]
fn a_route_not_yet_taken_is_not_effective() {
    let mut raw = route(&[&[backend("shop", 9), backend("shop-canary", 0)]]);
    let router = router(&prepared(), &raw);
    let mut taken = |seen: i64| {
        raw["status"]["parents"] = json!([{"conditions": [
            {"type": "Accepted", "status": "True", "observedGeneration": seen}]}]);
        router.shares(Some(&raw)).unwrap().taken
    };
    assert!(!taken(2) && taken(3));
}

#[test]
fn rules_for_people_alone_are_passed_over() {
    let raw = route(&[&[backend("shop-canary", 1)], &[backend("shop", 1), backend("shop-canary", 0)]]);
    let shape = shape::of(RouterKind::HttpRoute).unwrap();
    assert_eq!(
        Route { shape, raw: &raw, stable: Side::whole("shop"), canary: Side::whole("shop-canary") }
            .places()
            .len(),
        1
    );
    let router = router(&prepared(), &raw);
    let after = patched(&raw, &router.weigh(&raw, 25).unwrap(), true).unwrap();
    assert_eq!(after["spec"]["rules"][0], raw["spec"]["rules"][0]);
    assert_eq!(after["spec"]["rules"][1]["backendRefs"][1]["weight"], 25);
}

#[test]
fn rules_somebody_changed_meanwhile_lose_the_canary_and_keep_the_rest() {
    let raw = route(&[&[backend("shop", 9), backend("shop-canary", 0)]]);
    let router = router(&prepared(), &raw);
    let theirs = route(&[
        &[backend("shop", 70), backend("shop-canary", 30)],
        &[backend("shop-canary", 30), backend("shop", 70)],
    ]);
    let after = patched(&theirs, &router.restore(&theirs), true).unwrap();
    let shares = router.shares(Some(&after)).unwrap();
    assert_eq!((shares.percent, shares.restored), (Some(0), true));
    assert_eq!(after["spec"]["rules"][0]["backendRefs"][0]["weight"], 70);
    assert_eq!(router.shares(None), None, "gone");
    assert!(router.weigh(&route(&[]), 10).is_err());
}

#[test]
fn one_route_to_two_services_and_two_routes_to_one_are_named_as_they_are() {
    let two = [service("a", Some("stable")), service("b", Some("stable"))];
    let one_route = route(&[&[backend("a", 1)], &[backend("b", 1)]]);
    let (why, _) = refused(found(Wish::Route, &two, Some(&[one_route])));
    assert!(why.contains("HTTPRoute web sends to two Services of it, a and b"), "{why}");
    let http = route(&[&[backend("shop", 1), backend("shop-canary", 0)]]);
    let both =
        [(RouterKind::HttpRoute, vec![http.clone()]), (RouterKind::VirtualService, vec![istio(&http)])];
    let (why, _) = refused(found_of(Wish::Auto, &prepared(), &both));
    assert!(why.contains("would not select"), "by pods nothing would reach it: {why}");
    let (why, _) = refused(found_of(Wish::Route, &prepared(), &both));
    assert!(why.contains("HTTPRoute web and VirtualService web both send to it"), "{why}");
}

proptest! {
    /// Whatever was moved, everything there was before comes back.
    #[test]
    fn every_value_is_restored(
        rules in prop::collection::vec((proptest::option::of(1_u32..1000), any::<bool>()), 1..4),
        named: bool,
        mesh: bool,
        moves in prop::collection::vec(0_u32..=100, 0..5),
    ) {
        let rules: Vec<Vec<Value>> = rules.iter().take(if named { 4 } else { 1 }).map(|(weight, first)| {
            let mut stable = json!({"name": "shop", "port": 80});
            // Beside another one a destination of a mesh has no default.
            if let Some(weight) = weight.or((mesh && named).then_some(1)) {
                stable["weight"] = json!(weight);
            }
            let mut all = vec![stable];
            if named {
                all.insert(usize::from(*first), backend("shop-canary", 0));
            }
            all
        }).collect();
        let slices: Vec<&[Value]> = rules.iter().map(Vec::as_slice).collect();
        let (kind, before) = if mesh {
            (RouterKind::VirtualService, istio(&route(&slices)))
        } else {
            (RouterKind::HttpRoute, route(&slices))
        };
        let router = router_of(kind, &prepared(), std::slice::from_ref(&before));
        prop_assert!(router.shares(Some(&before)).unwrap().restored);
        let mut raw = patched(&before, &router.join(&before).unwrap(), true).unwrap();
        for percent in moves {
            raw = patched(&raw, &router.weigh(&raw, percent).unwrap(), true).unwrap();
            prop_assert_eq!(router.shares(Some(&raw)).unwrap().percent, Some(percent));
        }
        let after = patched(&raw, &router.restore(&raw), true).unwrap();
        prop_assert_eq!(&after, &before);
        prop_assert!(router.shares(Some(&after)).unwrap().restored);
    }
}
