//! One host whose subsets are the two sides.

use super::picks::{HEADER, made, picks};
use super::*;
use crate::engine::router::{Picked, Subsets};

const TRACK: &str = "quarterdeck/track";

/// A destination of the host, with its subset if it names one.
fn to(subset: &str, weight: Option<u32>) -> Value {
    let mut made = json!({"destination": {"host": "shop", "port": {"number": 80}}});
    if !subset.is_empty() {
        made["destination"]["subset"] = json!(subset);
    }
    if let Some(weight) = weight {
        made["weight"] = json!(weight);
    }
    made
}

fn mesh(rules: &[&[Value]]) -> Value {
    let rules: Vec<Value> = rules.iter().map(|route| json!({"route": route})).collect();
    json!({
        "metadata": {"name": "web", "namespace": "prod", "uid": "u-r"},
        "spec": {"hosts": ["shop.example"], "http": rules},
    })
}

fn rule(host: &str, subsets: &[(&str, Value)]) -> Value {
    let subsets: Vec<Value> =
        subsets.iter().map(|(name, labels)| json!({"name": name, "labels": labels})).collect();
    json!({"metadata": {"name": format!("{host}-rule"), "namespace": "prod"}, "spec": {"host": host, "subsets": subsets}})
}

/// Two subsets, told apart by the track.
fn told_apart() -> Value {
    rule("shop", &[("old", json!({TRACK: "stable"})), ("new", json!({TRACK: "canary", "app": "shop"}))])
}

fn found_by(wish: Wish, services: &[Value], raw: &Value, rules: &[Value]) -> Found {
    let mut deployment = deployment(true);
    deployment["spec"]["selector"] = json!({"matchLabels": {"app": "shop"}});
    let routes = [(RouterKind::VirtualService, vec![raw.clone()])];
    discover(
        wish,
        &Around { deployment: &deployment, services, routes: &routes, rules, override_owner: false },
    )
}

#[track_caller]
fn router_by(raw: &Value, rules: &[Value]) -> Router {
    match found_by(Wish::Auto, &[service("shop", None)], raw, rules) {
        Found::Router(router) => *router,
        other @ (Found::Pods { .. } | Found::Refused { .. }) => panic!("{other:?}"),
    }
}

#[test]
fn two_subsets_of_one_host_are_the_two_sides() {
    for host in ["shop", "shop.prod", "shop.prod.svc.cluster.local"] {
        let mut apart = told_apart();
        apart["spec"]["host"] = json!(host);
        let raw = mesh(&[&[to("old", Some(100)), to("new", Some(0))]]);
        let router = router_by(&raw, &[rule("cart", &[]), apart]);
        assert_eq!(router.subsets, Some(Subsets { stable: "old".into(), canary: "new".into() }));
        let (stable, canary) = router.sides();
        assert_eq!(format!("{stable}, {canary}"), "subset old of shop, subset new of shop");
        assert!(router.before[0].named, "{router:?}");
        let tenth = made(&raw, router.weigh(&raw, 10));
        assert_eq!(tenth["spec"]["http"][0]["route"], json!([to("old", Some(90)), to("new", Some(10))]));
        assert_eq!(router.shares(Some(&tenth)).unwrap().percent, Some(10));
        assert_eq!(made(&tenth, Ok(router.restore(&tenth))), raw);
    }
}

/// The subset is there, and the only rule does not name it yet.
#[test]
fn a_subset_joins_with_the_weight_nothing_and_leaves_again() {
    let mut alone = to("old", None);
    alone["destination"]["host"] = json!("shop.prod.svc.cluster.local");
    let raw = mesh(&[&[alone]]);
    let router = router_by(&raw, &[told_apart()]);
    assert!(!router.shares(Some(&raw)).unwrap().joined);
    let joined = made(&raw, router.join(&raw));
    let destination = |subset: &str| json!({"host": "shop.prod.svc.cluster.local", "port": {"number": 80}, "subset": subset});
    assert_eq!(
        joined["spec"]["http"][0]["route"],
        json!([{"destination": destination("old"), "weight": 100}, {"destination": destination("new"), "weight": 0}])
    );
    assert_eq!(made(&joined, Ok(router.restore(&joined))), raw);
}

/// Somebody gives the place of one subset to another: the patch must not apply.
#[test]
fn a_patch_tests_the_subset_it_writes_to() {
    let raw = mesh(&[&[to("old", Some(100)), to("new", Some(0))]]);
    let router = router_by(&raw, &[told_apart()]);
    let ops = router.weigh(&raw, 10).unwrap();
    let swapped = mesh(&[&[to("new", Some(0)), to("old", Some(100))]]);
    let path = patched(&swapped, &ops, true).unwrap_err();
    assert_eq!(path, "/spec/http/0/route/0/destination/subset");
    assert!(router.weigh(&mesh(&[&[to("v3", Some(100))]]), 10).is_err());
}

#[test]
fn a_subset_is_picked_by_header_and_copied_to() {
    let raw = mesh(&[&[to("old", Some(100)), to("new", Some(0))]]);
    let router = Router { picks: picks(&[HEADER, "mirror:25"]), ..router_by(&raw, &[told_apart()]) };
    let picked = made(&raw, router.pick(&raw, 0));
    assert_eq!(picked["spec"]["http"][0]["match"], json!([{"headers": {"x-canary": {"exact": "always"}}}]));
    assert_eq!(picked["spec"]["http"][0]["route"], json!([to("new", None)]));
    assert_eq!(router.shares(Some(&picked)).unwrap().picked, Picked::Step(0));
    let copied = made(&picked, router.pick(&picked, 1));
    let copy = json!({"host": "shop", "port": {"number": 80}, "subset": "new"});
    assert_eq!(copied["spec"]["http"][0]["mirror"], copy);
    assert_eq!(router.shares(Some(&copied)).unwrap().picked, Picked::Step(1));
    assert_eq!(made(&copied, Ok(router.restore(&copied))), raw);
    // Copies to stable's own subset are not the canary's.
    let mut theirs = raw.clone();
    theirs["spec"]["http"][0]["mirror"] = json!({"host": "shop", "subset": "old"});
    let (why, _) = router.refusal(&theirs, &"mirror:5".parse().unwrap()).unwrap();
    assert!(why.contains("copies its requests to another backend"), "{why}");
}

fn track(name: &'static str, track: &str) -> (&'static str, Value) {
    (name, json!({TRACK: track}))
}

fn two() -> Vec<Value> {
    vec![rule("shop", &[track("old", "stable"), track("new", "canary")])]
}

#[track_caller]
fn refuses(raw: &Value, rules: &[Value], expected: &str) {
    let (why, _) = refused(found_by(Wish::Route, &[service("shop", None)], raw, rules));
    assert!(why.contains(expected), "{why:?} is not {expected:?}");
}

#[test]
fn a_destination_rule_that_does_not_tell_them_apart_is_refused() {
    let both = mesh(&[&[to("old", Some(100)), to("new", Some(0))]]);
    let (old, new) = (|| track("old", "stable"), || track("new", "canary"));
    for (subsets, expected) in [
        (vec![old()], "names subset new of shop, which DestinationRule shop-rule has not"),
        (vec![old(), new(), new()], "shop-rule has two subsets new"),
        (
            vec![("old", json!({"app": "shop"})), new()],
            "subset old of DestinationRule shop-rule would select stable's pods and the canary's",
        ),
        (vec![("old", json!({})), new()], "would select stable's pods and the canary's"),
        (vec![old(), track("new", "beta")], "subset new of DestinationRule shop-rule selects neither"),
        (
            vec![old(), ("new", json!({TRACK: "canary", "version": "v2"}))],
            "selects by the label version too, which a new version may change",
        ),
    ] {
        refuses(&both, &[rule("shop", &subsets)], expected);
    }
    let alone = mesh(&[&[to("old", Some(100))]]);
    refuses(
        &alone,
        &[rule("shop", &[old()])],
        "shop-rule has no subset that selects the canary's pods alone",
    );
    let three = [rule("shop", &[old(), new(), track("too", "canary")])];
    refuses(&alone, &three, "two subsets that select the canary's pods, new and too");
    let none = "names the subset new of shop, and no DestinationRule of the namespace is for it";
    for rules in [vec![], vec![rule("cart", &[old()])], vec![rule("shop.other", &[old()])]] {
        refuses(&both, &rules, none);
    }
    let twice = [two(), two()].concat();
    refuses(&both, &twice, "DestinationRules shop-rule and shop-rule are both for shop");
}

#[test]
fn rules_that_would_move_the_wrong_subsets_are_refused() {
    let both = || vec![to("old", Some(100)), to("new", Some(0))];
    for (raw, expected) in [
        (
            mesh(&[&[to("new", Some(100))]]),
            "VirtualService web names no subset that selects stable's pods alone",
        ),
        (
            mesh(&[&both(), &[to("", None)]]),
            "rule 2 of VirtualService web names shop without a subset, which is both sides",
        ),
        (
            mesh(&[&both(), &[to("old", None)]]),
            "rule 2 of VirtualService web names subset old of shop without subset new of shop",
        ),
        (
            mesh(&[&[to("old", Some(90)), to("new", Some(10))]]),
            "gives subset new of shop the weight 10 already",
        ),
        (mesh(&[&[to("old", Some(50)), to("old", Some(50)), to("new", Some(0))]]), "names a backend twice"),
    ] {
        refuses(&raw, &two(), expected);
    }
    let split = [service("shop", Some("stable"))];
    let (why, remedy) = refused(found_by(Wish::Auto, &split, &mesh(&[&both()]), &two()));
    assert!(why.contains("would not select the canary's pods, so subset new had none"), "{why}");
    assert!(remedy.contains("take quarterdeck/track out"), "{remedy}");
}

/// By pods a canary behind subsets that select both sides gets its requests; behind
/// one that is stable's alone it would get none, and nobody would know why.
#[test]
fn by_pods_only_where_the_subset_lets_them() {
    let raw = mesh(&[&[to("all", None)]]);
    let whole = [rule("shop", &[("all", json!({"app": "shop"}))])];
    let Found::Pods { why, remedy } = found_by(Wish::Auto, &[service("shop", None)], &raw, &whole) else {
        panic!()
    };
    assert!(
        why.contains("subset all of DestinationRule shop-rule") && remedy.contains(TRACK),
        "{why}; {remedy}"
    );
    let raw = mesh(&[&[to("old", None)]]);
    let alone = [rule("shop", &[("old", json!({TRACK: "stable"}))])];
    refused(found_by(Wish::Auto, &[service("shop", None)], &raw, &alone));
}

proptest! {
    /// Whatever was moved and picked, in any order, comes out of subsets again.
    #[test]
    fn every_value_of_subsets_is_restored(
        weights in prop::collection::vec(1_u32..1000, 1..4),
        named: bool,
        moves in prop::collection::vec(0_u32..=103, 0..7),
    ) {
        let rules: Vec<Vec<Value>> = weights.iter().take(if named { 4 } else { 1 }).map(|weight| {
            let mut all = vec![to("old", Some(*weight))];
            all.extend(named.then(|| to("new", Some(0))));
            all
        }).collect();
        let before = mesh(&rules.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let found = router_by(&before, &[told_apart()]);
        let router = Router { picks: picks(&[HEADER, "header:X-Canary=beta", "mirror:10"]), ..found };
        let mut raw = made(&before, router.join(&before));
        for one in moves {
            let (ops, expected) = match one.checked_sub(101) {
                Some(step) => (router.pick(&raw, step as usize), (Picked::Step(step as usize), Some(0))),
                None => (router.weigh(&raw, one), (Picked::Nothing, Some(one))),
            };
            raw = made(&raw, ops);
            let shares = router.shares(Some(&raw)).unwrap();
            prop_assert_eq!((shares.picked, shares.percent), expected);
        }
        let after = made(&raw, Ok(router.restore(&raw)));
        prop_assert_eq!(&after, &before);
        prop_assert!(router.shares(Some(&after)).unwrap().restored);
    }
}
