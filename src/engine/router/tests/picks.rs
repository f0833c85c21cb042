//! Requests picked by header, and copies.

use super::*;
use crate::engine::router::{Pick, Picked};

pub(super) const HEADER: &str = "header:X-Canary=always";

pub(super) fn picks(texts: &[&str]) -> Vec<(usize, Pick)> {
    texts.iter().enumerate().map(|(step, text)| (step, text.parse().unwrap())).collect()
}

fn picking(kind: RouterKind, raw: &Value, texts: &[&str]) -> Router {
    Router { picks: picks(texts), ..router_of(kind, &prepared(), std::slice::from_ref(raw)) }
}

pub(super) fn made(raw: &Value, ops: Result<Vec<crate::domain::JsonOp>, String>) -> Value {
    patched(raw, &ops.unwrap(), true).unwrap()
}

/// One rule for everything, and one for a path with a filter, a time, and a name.
fn two_rules() -> Value {
    let both = || vec![backend("shop", 1), backend("shop-canary", 0)];
    let mut raw = route(&[&both(), &both()]);
    raw["spec"]["rules"][1]["name"] = json!("api");
    raw["spec"]["rules"][1]["matches"] = json!([
        {"path": {"type": "PathPrefix", "value": "/api"}, "headers": [{"name": "x-a", "value": "1"}]},
        {"path": {"type": "PathPrefix", "value": "/v2"}}]);
    raw["spec"]["rules"][1]["timeouts"] = json!({"request": "3s"});
    raw["spec"]["rules"][1]["filters"] = json!([{"type": "URLRewrite", "urlRewrite": {"hostname": "a"}}]);
    raw
}

#[test]
fn a_header_adds_a_rule_like_each_that_names_stable() {
    let raw = two_rules();
    let router = picking(RouterKind::HttpRoute, &raw, &[HEADER]);
    assert_eq!(router.shares(Some(&raw)).unwrap().picked, Picked::Nothing);
    let picked = made(&raw, router.pick(&raw, 0));
    let rules = picked["spec"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 4);
    let asked = json!({"type": "Exact", "name": "X-Canary", "value": "always"});
    let canary = json!([{"name": "shop-canary", "port": 80}]);
    assert_eq!(rules[0], json!({"matches": [{"headers": [asked]}], "backendRefs": canary}));
    assert_eq!(rules[2]["matches"][0]["headers"], json!([{"name": "x-a", "value": "1"}, asked]));
    assert_eq!(rules[2]["matches"][1]["headers"], json!([asked]));
    assert_eq!((&rules[2]["backendRefs"], rules[2].get("name")), (&canary, None), "a name is one rule's");
    for field in ["timeouts", "filters"] {
        assert_eq!(rules[2][field], raw["spec"]["rules"][1][field]);
    }
    // Everybody else goes to stable alone.
    for rule in [&rules[1], &rules[3]] {
        assert_eq!(rule["backendRefs"], json!([backend("shop", 100), backend("shop-canary", 0)]));
    }
    let shares = router.shares(Some(&picked)).unwrap();
    assert_eq!((shares.percent, shares.picked, shares.restored), (Some(0), Picked::Step(0), false));
    assert!(shares.is_shifted());
    assert_eq!(made(&picked, Ok(router.restore(&picked))), raw);
    let weighed = made(&picked, router.weigh(&picked, 10));
    assert_eq!(weighed["spec"]["rules"].as_array().unwrap().len(), 2, "a weight takes the rules out");
    assert_eq!(router.shares(Some(&weighed)).unwrap().picked, Picked::Nothing);
}

#[test]
fn copies_are_a_filter_of_each_rule_and_all_of_them_need_no_part() {
    let raw = two_rules();
    let router = picking(RouterKind::HttpRoute, &raw, &["mirror:10", "mirror:100", HEADER]);
    let tenth = made(&raw, router.pick(&raw, 0));
    let filter = json!({"type": "RequestMirror",
        "requestMirror": {"backendRef": {"name": "shop-canary", "port": 80}, "percent": 10}});
    assert_eq!(tenth["spec"]["rules"][0]["filters"], json!([filter]));
    assert_eq!(tenth["spec"]["rules"][1]["filters"], json!([raw["spec"]["rules"][1]["filters"][0], filter]));
    assert_eq!(router.shares(Some(&tenth)).unwrap().picked, Picked::Step(0));
    let all = made(&tenth, router.pick(&tenth, 1));
    let mirror = &all["spec"]["rules"][0]["filters"][0]["requestMirror"];
    assert_eq!(*mirror, json!({"backendRef": {"name": "shop-canary", "port": 80}}));
    assert_eq!(router.shares(Some(&all)).unwrap().picked, Picked::Step(1));
    // A rule by header is not copied from one that copies.
    let header = made(&all, router.pick(&all, 2));
    assert!(!header.to_string().contains("RequestMirror"), "{header}");
    assert_eq!(router.shares(Some(&header)).unwrap().picked, Picked::Step(2));
    assert_eq!(made(&header, Ok(router.restore(&header))), raw);
    assert!(router.copies_writes(&raw));
    let mut reads = route(&[&[backend("shop", 1), backend("shop-canary", 0)]]);
    reads["spec"]["rules"][0]["matches"] = json!([{"method": "GET"}, {"method": "HEAD"}]);
    assert!(!router.copies_writes(&reads));
    reads["spec"]["rules"][0]["matches"] = json!([{"method": "GET"}, {"path": {"value": "/"}}]);
    assert!(router.copies_writes(&reads));
}

/// A server of before the part drops it without a word: all are copied then.
#[test]
fn a_part_the_server_dropped_is_not_what_was_asked_for() {
    let raw = route(&[&[backend("shop", 1), backend("shop-canary", 0)]]);
    let router = picking(RouterKind::HttpRoute, &raw, &["mirror:10"]);
    let mut answer = made(&raw, router.trial(&raw, 0));
    assert_eq!(router.shares(Some(&answer)).unwrap().picked, Picked::Step(0));
    let mirror = answer.pointer_mut("/spec/rules/0/filters/0/requestMirror").unwrap();
    mirror.as_object_mut().unwrap().remove("percent");
    assert_eq!(router.shares(Some(&answer)).unwrap().picked, Picked::Other);
    assert!(router.trial(&raw, 1).unwrap_err().contains("step 2 picks no requests"));
}

#[test]
fn a_mesh_matches_in_order_and_writes_headers_in_lower_case() {
    let raw = istio(&route(&[&[backend("shop", 100), backend("shop-canary", 0)]]));
    let router = picking(RouterKind::VirtualService, &raw, &[HEADER, "mirror:25"]);
    let picked = made(&raw, router.pick(&raw, 0));
    let first = json!({"match": [{"headers": {"x-canary": {"exact": "always"}}}],
        "route": [{"destination": {"host": "shop-canary", "port": {"number": 80}}}]});
    assert_eq!(picked["spec"]["http"][0], first, "before the rule that takes all");
    assert_eq!(router.shares(Some(&picked)).unwrap().picked, Picked::Step(0));
    let copied = made(&picked, router.pick(&picked, 1));
    let rule = &copied["spec"]["http"][0];
    assert_eq!(rule["mirror"], json!({"host": "shop-canary", "port": {"number": 80}}));
    assert_eq!(rule["mirrorPercentage"], json!({"value": 25}));
    assert_eq!(router.shares(Some(&copied)).unwrap().picked, Picked::Step(1));
    assert_eq!(made(&copied, Ok(router.restore(&copied))), raw);
}

#[test]
fn a_canary_ingress_takes_a_header_and_no_copies() {
    let annotation = |name: &str| format!("nginx.ingress.kubernetes.io/canary{name}");
    let mut raw = json!({
        "metadata": {"name": "web-canary", "namespace": "prod", "uid": "u-i",
            "annotations": {annotation(""): "true", annotation("-weight"): "0"}},
        "spec": {"rules": [{"http": {"paths": [{"path": "/", "backend": {"service": {"name": "shop-canary"}}}]}}]},
    });
    let router = Router {
        kind: RouterKind::Ingress,
        name: "web-canary".into(),
        uid: "u-i".into(),
        stable: "shop".into(),
        canary: "shop-canary".into(),
        before: vec![crate::engine::router::Before { named: true, canary: Some(0), ..Default::default() }],
        subsets: None,
        picks: picks(&[HEADER, "header:X-Canary=beta"]),
    };
    let picked = made(&raw, router.pick(&raw, 1));
    assert_eq!(picked["metadata"]["annotations"][annotation("-by-header-value")], "beta");
    assert_eq!(router.shares(Some(&picked)).unwrap().picked, Picked::Step(1));
    let weighed = made(&picked, router.weigh(&picked, 10));
    assert_eq!(router.shares(Some(&weighed)).unwrap().picked, Picked::Nothing);
    assert_eq!(made(&picked, Ok(router.restore(&picked))), raw);
    let (why, remedy) = router.refusal(&raw, &"mirror:10".parse().unwrap()).unwrap();
    assert!(why.contains("makes no copies") && remedy.contains("HTTPRoute"), "{why}; {remedy}");
    assert_eq!(router.refusal(&raw, &HEADER.parse().unwrap()), None);
    raw["metadata"]["annotations"][annotation("-by-header")] = json!("x-beta");
    let (why, _) = router.refusal(&raw, &HEADER.parse().unwrap()).unwrap();
    assert!(why.contains("sends people to the canary by a header already"), "{why}");
    // Those for people are no part of a delivery that picks nothing.
    let plain = Router { picks: Vec::new(), ..router };
    assert!(plain.shares(Some(&raw)).unwrap().restored);
    assert!(
        plain.restore(&raw).len() == 1
            && !plain.weigh(&raw, 5).unwrap().iter().any(|op| format!("{op:?}").contains("header"))
    );
}

#[test]
fn what_stands_in_the_way_is_named_with_its_rule() {
    let both = || vec![backend("shop", 1), backend("shop-canary", 0)];
    let people = |value: &str| {
        let mut raw = route(&[&[backend("shop-canary", 1)], &both()]);
        raw["spec"]["rules"][0]["matches"] = json!([{"headers": [{"name": "x-canary", "value": value}]}]);
        raw
    };
    let with = |rule: Value| {
        let mut raw = route(&[&both()]);
        raw["spec"]["rules"][0].as_object_mut().unwrap().extend(rule.as_object().unwrap().clone());
        raw
    };
    let mirror = |name: &str| json!({"filters": [{"type": "RequestMirror", "requestMirror": {"backendRef": {"name": name}}}]});
    let looks =
        json!({"matches": [{"headers": [{"name": "X-CANARY", "type": "RegularExpression", "value": ".*"}]}]});
    for (raw, pick, expected) in [
        (
            people("always"),
            HEADER,
            "rule 1 of HTTPRoute web sends requests with X-Canary: always to shop-canary already",
        ),
        (with(looks), HEADER, "rule 1 of HTTPRoute web looks at X-Canary itself"),
        (with(mirror("shop-canary")), "mirror:5", "copies requests to shop-canary already"),
        (with(mirror("audit")), "mirror:5", "copies its requests to another backend"),
    ] {
        let router = picking(RouterKind::HttpRoute, &raw, &[pick]);
        let (why, remedy) = router.refusal(&raw, &pick.parse().unwrap()).unwrap();
        assert!(why.contains(expected) && !remedy.is_empty(), "{why}");
    }
    // Those of people with another value stay, and are not taken for the delivery's.
    let raw = people("never");
    let router = picking(RouterKind::HttpRoute, &raw, &[HEADER]);
    assert_eq!(router.refusal(&raw, &HEADER.parse().unwrap()), None);
    assert_eq!(router.shares(Some(&raw)).unwrap().picked, Picked::Nothing);
    let picked = made(&raw, router.pick(&raw, 0));
    assert_eq!(picked["spec"]["rules"][0], raw["spec"]["rules"][0]);
    assert_eq!(made(&picked, Ok(router.restore(&picked))), raw);
}

#[test]
fn what_others_did_meanwhile_is_seen_and_ours_is_still_taken_out() {
    let raw = two_rules();
    let router = picking(RouterKind::HttpRoute, &raw, &[HEADER, "mirror:10"]);
    let picked = made(&raw, router.pick(&raw, 0));
    let seen = |raw: &Value| router.shares(Some(raw)).unwrap().picked;
    // One of the two rules is gone; a rule is moved and edited; a copy of a part nobody asked for.
    let mut one = picked.clone();
    one["spec"]["rules"].as_array_mut().unwrap().remove(2);
    let mut edited = picked.clone();
    edited["spec"]["rules"].as_array_mut().unwrap().swap(0, 1);
    edited["spec"]["rules"][1]["timeouts"] = json!({"request": "9s"});
    edited["spec"]["rules"][1]["matches"].as_array_mut().unwrap().push(json!({"path": {"value": "/x"}}));
    let mut copy = made(&raw, router.pick(&raw, 1));
    copy["spec"]["rules"][0]["filters"][0]["requestMirror"]["percent"] = json!(60);
    for (theirs, picked) in [(&one, Picked::Other), (&edited, Picked::Step(0)), (&copy, Picked::Other)] {
        assert_eq!(seen(theirs), picked);
        let after = made(theirs, Ok(router.restore(theirs)));
        assert_eq!(after, raw);
        assert!(router.shares(Some(&after)).unwrap().restored);
    }
    // Stable's own rules are gone: what is left sends to a canary that will go.
    let mut gone = picked.clone();
    gone["spec"]["rules"]
        .as_array_mut()
        .unwrap()
        .retain(|rule| rule["backendRefs"][0]["name"] == "shop-canary");
    assert_eq!(gone["spec"]["rules"].as_array().unwrap().len(), 2);
    let shares = router.shares(Some(&gone)).unwrap();
    assert_eq!((shares.picked, shares.percent, shares.restored), (Picked::Other, Some(0), false));
    let after = made(&gone, Ok(router.restore(&gone)));
    assert_eq!(after["spec"]["rules"], json!([]));
    assert_eq!(router.shares(Some(&after)), None);
    // A rule more than there was: the canary is still taken out of all of them.
    let mut more = picked.clone();
    let rule = json!({"backendRefs": [backend("shop", 1)], "matches": [{"path": {"value": "/new"}}]});
    more["spec"]["rules"].as_array_mut().unwrap().push(rule.clone());
    let after = made(&more, Ok(router.restore(&more)));
    assert_eq!(after["spec"]["rules"].as_array().unwrap().len(), 3);
    assert_eq!(after["spec"]["rules"][2], rule);
    let shares = router.shares(Some(&after)).unwrap();
    assert_eq!((shares.picked, shares.percent, shares.restored), (Picked::Nothing, Some(0), true));
}

/// A rule's matches, filters and whatever else it may say.
fn rule() -> impl Strategy<Value = Value> {
    let path = prop::sample::select(vec!["/", "/api", "/v2"]);
    let header = prop::sample::select(vec!["x-a", "x-b"]);
    let one = (proptest::option::of(path), proptest::option::of(header)).prop_map(|(path, header)| {
        let mut one = json!({});
        if let Some(path) = path {
            one["path"] = json!({"type": "PathPrefix", "value": path});
        }
        if let Some(header) = header {
            one["headers"] = json!([{"name": header, "value": "1"}]);
        }
        one
    });
    let filter = prop::sample::select(vec![
        json!({"type": "URLRewrite", "urlRewrite": {"hostname": "a"}}),
        json!({"type": "RequestHeaderModifier", "requestHeaderModifier": {"remove": ["x"]}}),
    ]);
    let matches = proptest::option::of(prop::collection::vec(one, 0..3));
    let filters = proptest::option::of(prop::collection::vec(filter, 0..3));
    (matches, filters, 0_u8..4).prop_map(|(matches, filters, to)| {
        let shop = vec![backend("shop", 3), backend("shop-canary", 0)];
        let mut rule = json!({"backendRefs": if to > 0 { shop } else { vec![backend("cart", 1)] }});
        for (field, value) in [("matches", matches), ("filters", filters)] {
            if let Some(value) = value {
                rule[field] = value.into();
            }
        }
        rule
    })
}

proptest! {
    /// Whatever was picked and weighed, in any order, comes out of any route again.
    #[test]
    fn a_route_is_as_it_was_after_whatever_was_picked(
        rules in prop::collection::vec(rule(), 1..5),
        mesh: bool,
        moves in prop::collection::vec(0_usize..7, 0..7),
    ) {
        let mut before = route(&[&[backend("shop", 3), backend("shop-canary", 0)]]);
        before["spec"]["rules"].as_array_mut().unwrap().extend(rules);
        let kind = if mesh { RouterKind::VirtualService } else { RouterKind::HttpRoute };
        if mesh {
            before = istio(&before);
        }
        let texts = [HEADER, "header:X-Canary=beta", "mirror:10", "mirror:100"];
        let router = picking(kind, &before, &texts);
        let mut raw = before.clone();
        for one in moves {
            if one < texts.len() {
                raw = made(&raw, router.pick(&raw, one));
                let shares = router.shares(Some(&raw)).unwrap();
                prop_assert_eq!((shares.picked, shares.percent), (Picked::Step(one), Some(0)));
                // Written twice it is the same.
                prop_assert_eq!(&made(&raw, router.pick(&raw, one)), &raw);
            } else {
                raw = made(&raw, router.weigh(&raw, 10));
                let shares = router.shares(Some(&raw)).unwrap();
                prop_assert_eq!((shares.picked, shares.percent), (Picked::Nothing, Some(10)));
            }
        }
        prop_assert_eq!(made(&raw, Ok(router.restore(&raw))), before);
    }
}
