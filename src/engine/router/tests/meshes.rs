//! Weights of a VirtualService.

use super::*;

#[test]
fn the_only_destination_of_a_mesh_gets_its_hundred_when_another_joins() {
    let mut raw = istio(&route(&[&[json!({"name": "shop"})]]));
    raw["spec"]["http"][0]["route"][0]["destination"]["host"] = json!("shop.prod.svc.cluster.local");
    let router = router_of(RouterKind::VirtualService, &prepared(), std::slice::from_ref(&raw));
    let joined = patched(&raw, &router.join(&raw).unwrap(), true).unwrap();
    let destination = |host: &str, weight: u32| json!({"destination": {"host": format!("{host}.prod.svc.cluster.local"), "port": {"number": 80}}, "weight": weight});
    assert_eq!(
        joined["spec"]["http"][0]["route"],
        json!([destination("shop", 100), destination("shop-canary", 0)])
    );
    assert_eq!(router.shares(Some(&joined)).unwrap().percent, Some(0));
    assert_eq!(patched(&joined, &router.restore(&joined), true).unwrap(), raw);
    // Another namespace's Service of that name is another one.
    raw["spec"]["http"][0]["route"][0]["destination"]["host"] = json!("shop.other.svc.cluster.local");
    let (why, _) = refused(found_of(Wish::Route, &prepared(), &[(RouterKind::VirtualService, vec![raw])]));
    assert!(why.contains("no HTTPRoute, VirtualService"), "{why}");
}

#[test]
fn what_a_mesh_says_beyond_weights_is_refused() {
    let plain = istio(&route(&[&[backend("shop", 100), backend("shop-canary", 0)]]));
    let with = |path: &str, value: Value| {
        let mut changed = plain.clone();
        *changed.pointer_mut(path).unwrap_or_else(|| panic!("{path}")) = value;
        changed
    };
    let mut by_tcp = plain.clone();
    by_tcp["spec"]["tcp"] = json!([{"route": [{"destination": {"host": "shop"}}]}]);
    let mut invalid = plain.clone();
    invalid["status"] = json!({"validationMessages": [{"level": "ERROR", "type": {"code": "IST0101", "name": "ReferencedResourceNotFound"}}]});
    let mut waiting = plain.clone();
    waiting["status"] = json!({"conditions": [{"type": "Reconciled", "status": "False", "message": "1/2 proxies up to date"}]});
    let cases = [
        (by_tcp, "sends to shop by tcp too"),
        (
            with("/spec/http/0/route/0/destination", json!({"host": "shop", "subset": "v1"})),
            "the subset v1 of shop",
        ),
        (with("/spec/http/0/route/0/weight", json!(0)), "gives shop the weight 0"),
        (with("/spec/http/0/route/1/weight", json!(10)), "the weight 10 already"),
        (invalid, "IST0101"),
        (waiting, "1/2 proxies"),
    ];
    for (raw, expected) in cases {
        let (why, _) = refused(found_of(Wish::Auto, &prepared(), &[(RouterKind::VirtualService, vec![raw])]));
        assert!(why.contains(expected), "{why:?} is not {expected:?}");
    }
}
