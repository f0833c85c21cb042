//! Weights of a canary Ingress.

use super::*;

const WEIGHT: &str = "nginx.ingress.kubernetes.io/canary-weight";

/// An Ingress for `/` of a host; with a weight it is the canary of another one.
fn ingress(name: &str, backend: &str, host: &str, weight: Option<&str>) -> Value {
    let annotations = match weight {
        Some(weight) => json!({"nginx.ingress.kubernetes.io/canary": "true", WEIGHT: weight}),
        None => json!({}),
    };
    let path = json!({"path": "/", "pathType": "Prefix", "backend": {"service": {"name": backend}}});
    json!({
        "metadata": {"name": name, "namespace": "prod", "uid": "u-i", "annotations": annotations},
        "spec": {"ingressClassName": "nginx", "rules": [{"host": host, "http": {"paths": [path]}}]},
    })
}

#[test]
fn the_weight_of_a_canary_ingress_is_moved_and_comes_back() {
    let (main, mut canary) =
        (ingress("web", "shop", "a.b", None), ingress("web-canary", "shop-canary", "a.b", Some("0")));
    let router = router_of(RouterKind::Ingress, &prepared(), &[main.clone(), canary.clone()]);
    assert_eq!((router.title().as_str(), router.stable.as_str()), ("Ingress web-canary", "shop"));
    let half = patched(&canary, &router.weigh(&canary, 50).unwrap(), true).unwrap();
    assert_eq!(half["metadata"]["annotations"][WEIGHT], "50");
    let shares = router.shares(Some(&half)).unwrap();
    assert_eq!((shares.percent, shares.restored, shares.joined), (Some(50), false, true));
    assert_eq!(patched(&half, &router.restore(&half), true).unwrap(), canary);
    // Of a thousand, and without a weight of its own.
    let annotations = canary["metadata"]["annotations"].as_object_mut().unwrap();
    annotations.remove(WEIGHT);
    annotations.insert("nginx.ingress.kubernetes.io/canary-weight-total".to_owned(), json!("1000"));
    let router = router_of(RouterKind::Ingress, &prepared(), &[main, canary.clone()]);
    let tenth = patched(&canary, &router.weigh(&canary, 10).unwrap(), true).unwrap();
    assert_eq!(tenth["metadata"]["annotations"][WEIGHT], "100");
    assert_eq!(router.shares(Some(&tenth)).unwrap().percent, Some(10));
    assert_eq!(patched(&tenth, &router.restore(&tenth), true).unwrap(), canary);
    canary["metadata"]["annotations"]["nginx.ingress.kubernetes.io/canary"] = json!("false");
    assert_eq!(router.shares(Some(&canary)), None, "no canary any more");
}

#[test]
fn ingresses_that_would_move_the_wrong_requests_are_refused() {
    let main = || ingress("web", "shop", "a.b", None);
    let canary = |host: &str, weight: &str| ingress("web-canary", "shop-canary", host, Some(weight));
    let other_class = {
        let mut raw = canary("a.b", "0");
        raw["spec"]["ingressClassName"] = json!("other");
        raw
    };
    let annotated = |key: &str, value: &str| {
        let mut raw = canary("a.b", "0");
        raw["metadata"]["annotations"][key] = json!(value);
        raw
    };
    let cases = [
        (vec![main(), canary("c.d", "0")], "has no a.b/"),
        (vec![main(), canary("a.b", "7")], "the weight 7 already"),
        (vec![main(), other_class], "of another class than Ingress web"),
        (
            vec![main(), annotated("nginx.ingress.kubernetes.io/canary-weight-total", "150")],
            "canary-weight-total",
        ),
        (vec![main(), annotated("meta.helm.sh/release-name", "shop")], "applied by Helm"),
        (
            vec![main(), ingress("beta", "beta", "a.b", Some("5"))],
            "Ingress beta is a canary for the same host",
        ),
        (vec![main(), canary("a.b", "0"), ingress("beta", "beta", "a.b", Some("5"))], "are both canaries"),
    ];
    for (all, expected) in cases {
        let (why, _) = refused(found_of(Wish::Auto, &prepared(), &[(RouterKind::Ingress, all)]));
        assert!(why.contains(expected), "{why:?} is not {expected:?}");
    }
    // An Ingress of whatever controller is no reason to warn.
    let plain = [service("shop", None)];
    let Found::Pods { why, remedy } = found_of(Wish::Auto, &plain, &[(RouterKind::Ingress, vec![main()])])
    else {
        panic!()
    };
    assert_eq!((why.contains("no canary Ingress"), remedy.as_str()), (true, ""));
    let (why, remedy) = refused(found_of(Wish::Route, &prepared(), &[(RouterKind::Ingress, vec![main()])]));
    assert!(why.contains("no canary Ingress that sends to shop-canary") && remedy.contains(WEIGHT), "{why}");
    // Each host has an Ingress of its own, and one canary stands for both.
    let mut both = canary("a.b", "0");
    let second = canary("c.d", "0")["spec"]["rules"][0].clone();
    both["spec"]["rules"].as_array_mut().unwrap().push(second);
    router_of(RouterKind::Ingress, &prepared(), &[main(), ingress("second", "shop", "c.d", None), both]);
}
