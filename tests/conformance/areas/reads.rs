//! Get and list: pages, selectors, resource versions.

use serde_json::{Value, json};

use crate::behaviours;
use crate::case::Case;
use crate::make;

behaviours! { "reads":
    get_of_a_missing_object_is_404_with_details,
    get_carries_kind_and_version,
    empty_list_is_a_list,
    list_items_carry_no_kind,
    list_is_sorted_by_name,
    list_in_a_missing_namespace_is_empty,
    list_across_namespaces,
    pages_give_every_item_once,
    pages_are_of_one_moment,
    last_page_has_no_token,
    broken_continue_token_is_400,
    continue_excludes_a_resource_version,
    label_selector_equality_and_sets,
    label_selector_nonsense_is_400,
    field_selector_by_name,
    field_selector_of_pods_by_node_and_phase,
    field_selector_of_events_by_object,
    field_selector_unsupported_is_400,
    selectors_are_and,
    resource_version_zero_is_any,
    resource_version_nonsense_is_400,
    match_without_version_is_refused,
    future_resource_version_times_out,
    exact_version_shows_the_past,
}

fn names(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().expect("items");
    items.iter().map(|item| item["metadata"]["name"].as_str().unwrap_or_default()).collect()
}

async fn get_of_a_missing_object_is_404_with_details(c: Case) {
    let missing = c.admin.get(&format!("{}/nope", c.core("configmaps"))).await;
    let status = missing.says(404, "NotFound", "configmaps \"nope\" not found");
    assert_eq!(status["details"], json!({"name": "nope", "kind": "configmaps"}));
    let missing = c.admin.get(&format!("{}/nope", c.deployments())).await;
    let status = missing.says(404, "NotFound", "deployments.apps \"nope\" not found");
    assert_eq!(status["details"], json!({"name": "nope", "group": "apps", "kind": "deployments"}));
}

async fn get_carries_kind_and_version(c: Case) {
    c.config_map("a").await;
    let got = c.read(&format!("{}/a", c.core("configmaps"))).await;
    assert_eq!((&got["kind"], &got["apiVersion"]), (&json!("ConfigMap"), &json!("v1")));
}

async fn empty_list_is_a_list(c: Case) {
    let list = c.read(&c.core("secrets")).await;
    assert_eq!(
        (&list["kind"], &list["apiVersion"], &list["items"]),
        (&json!("SecretList"), &json!("v1"), &json!([]))
    );
    assert!(
        list["metadata"]["resourceVersion"].as_str().is_some_and(|rv| rv.parse::<u64>().is_ok()),
        "{list}"
    );
}

async fn list_items_carry_no_kind(c: Case) {
    c.config_map("a").await;
    for item in c.read(&c.core("configmaps")).await["items"].as_array().expect("items") {
        assert!(item.get("kind").is_none() && item.get("apiVersion").is_none(), "{item}");
    }
}

async fn list_is_sorted_by_name(c: Case) {
    for name in ["m", "z", "a", "m-1", "m.1"] {
        c.create(&c.core("secrets"), &json!({"metadata": {"name": name}})).await;
    }
    assert_eq!(names(&c.read(&c.core("secrets")).await), ["a", "m", "m-1", "m.1", "z"]);
}

async fn list_in_a_missing_namespace_is_empty(c: Case) {
    let list = c.read("/api/v1/namespaces/no-such-namespace/configmaps").await;
    assert_eq!(list["items"], json!([]));
}

async fn list_across_namespaces(c: Case) {
    c.config_map("everywhere").await;
    let list = c.read("/api/v1/configmaps?fieldSelector=metadata.name%3Deverywhere").await;
    let here =
        list["items"].as_array().expect("items").iter().filter(|item| item["metadata"]["namespace"] == c.ns);
    assert_eq!(here.count(), 1);
}

/// Five Secrets, `s0` to `s4`.
async fn five(c: &Case) -> String {
    for n in 0..5 {
        c.create(&c.core("secrets"), &json!({"metadata": {"name": format!("s{n}")}})).await;
    }
    c.core("secrets")
}

fn token(page: &Value) -> &str {
    page["metadata"]["continue"].as_str().unwrap_or_default()
}

async fn pages_give_every_item_once(c: Case) {
    let path = five(&c).await;
    let first = c.read(&format!("{path}?limit=2")).await;
    assert_eq!(names(&first), ["s0", "s1"]);
    assert_eq!(first["metadata"]["remainingItemCount"], 3);
    let second = c.read(&format!("{path}?limit=2&continue={}", token(&first))).await;
    assert_eq!(names(&second), ["s2", "s3"]);
    assert_eq!(second["metadata"]["remainingItemCount"], 1);
    let third = c.read(&format!("{path}?limit=2&continue={}", token(&second))).await;
    assert_eq!(names(&third), ["s4"]);
}

async fn pages_are_of_one_moment(c: Case) {
    let path = five(&c).await;
    let first = c.read(&format!("{path}?limit=2")).await;
    c.admin.delete(&format!("{path}/s3")).await.is(200);
    c.create(&path, &json!({"metadata": {"name": "s9"}})).await;
    let second = c.read(&format!("{path}?limit=9&continue={}", token(&first))).await;
    assert_eq!(names(&second), ["s2", "s3", "s4"]);
    assert_eq!(second["metadata"]["resourceVersion"], first["metadata"]["resourceVersion"]);
}

async fn last_page_has_no_token(c: Case) {
    let path = five(&c).await;
    let whole = c.read(&format!("{path}?limit=5")).await;
    assert_eq!(token(&whole), "");
    assert!(whole["metadata"].get("remainingItemCount").is_none(), "{}", whole["metadata"]);
}

async fn broken_continue_token_is_400(c: Case) {
    let refused = c.admin.get(&format!("{}?limit=1&continue=nonsense", c.core("secrets"))).await;
    let message = refused.fails(400, "BadRequest")["message"].as_str().unwrap_or_default().to_owned();
    assert!(message.contains("continue key is not valid"), "{message}");
}

async fn continue_excludes_a_resource_version(c: Case) {
    let path = five(&c).await;
    let first = c.read(&format!("{path}?limit=2")).await;
    let both = format!("{path}?limit=2&resourceVersion=1&continue={}", token(&first));
    c.admin.get(&both).await.says(
        400,
        "BadRequest",
        "specifying resource version is not allowed when using continue",
    );
}

async fn label_selector_equality_and_sets(c: Case) {
    let path = c.core("configmaps");
    for (name, labels) in [
        ("a", json!({"app": "web", "tier": "1"})),
        ("b", json!({"app": "web", "tier": "2"})),
        ("d", json!({"app": "db"})),
        ("e", json!({"sel": "none"})),
    ] {
        c.create(&path, &make::labelled(name, labels)).await;
    }
    for (selector, wanted) in [
        ("app%3Dweb", &["a", "b"][..]),
        ("app%3D%3Dweb,tier%3D1", &["a"]),
        ("app!%3Dweb,app", &["d"]),
        ("app%20in%20(web,db),!tier", &["d"]),
        ("tier%20notin%20(1),app", &["b", "d"]),
        ("tier", &["a", "b"]),
        ("tier%3E1", &["b"]),
        ("!app,sel", &["e"]),
    ] {
        let list = c.read(&format!("{path}?labelSelector={selector}")).await;
        assert_eq!(names(&list), wanted, "{selector}");
    }
}

async fn label_selector_nonsense_is_400(c: Case) {
    for selector in ["app%20in", "app%3D%3D%3Dx", "a%20b", "-x%3D1"] {
        c.admin
            .get(&format!("{}?labelSelector={selector}", c.core("configmaps")))
            .await
            .fails(400, "BadRequest");
    }
}

async fn field_selector_by_name(c: Case) {
    c.config_map("a").await;
    c.config_map("b").await;
    let path = c.core("configmaps");
    assert_eq!(names(&c.read(&format!("{path}?fieldSelector=metadata.name%3Db")).await), ["b"]);
    let rest =
        c.read(&format!("{path}?fieldSelector=metadata.name!%3Db,metadata.namespace%3D{}", c.ns)).await;
    assert!(names(&rest).contains(&"a") && !names(&rest).contains(&"b"), "{rest}");
}

async fn field_selector_of_pods_by_node_and_phase(c: Case) {
    let path = c.core("pods");
    c.create(&path, &make::pod("runs", make::IMAGE)).await;
    c.create(&path, &make::pod("waits", make::BROKEN)).await;
    let running = |pod: &Value| pod["status"]["phase"] == "Running";
    let pod = c.until("the pod runs", &format!("{path}/runs"), running).await;
    let by_phase = c.read(&format!("{path}?fieldSelector=status.phase%3DRunning")).await;
    assert_eq!(names(&by_phase), ["runs"]);
    let node = pod["spec"]["nodeName"].as_str().expect("a node");
    let by_node = c.read(&format!("{path}?fieldSelector=spec.nodeName%3D{node}")).await;
    assert!(names(&by_node).contains(&"runs"), "{by_node}");
    let nowhere = c.read(&format!("{path}?fieldSelector=spec.nodeName%3Dno-such-node")).await;
    assert_eq!(nowhere["items"], json!([]));
}

async fn field_selector_of_events_by_object(c: Case) {
    for (name, about, reason) in [("e1", "web", "Started"), ("e2", "db", "Killing")] {
        let event = json!({"metadata": {"name": name}, "reason": reason, "type": "Normal",
            "involvedObject": {"kind": "Pod", "namespace": c.ns, "name": about}});
        c.create(&c.core("events"), &event).await;
    }
    for (selector, wanted) in [
        ("involvedObject.name%3Dweb", "e1"),
        ("reason%3DKilling", "e2"),
        ("involvedObject.kind%3DPod,reason%3DStarted", "e1"),
    ] {
        let list = c.read(&format!("{}?fieldSelector={selector}", c.core("events"))).await;
        assert_eq!(names(&list), [wanted], "{selector}");
    }
}

async fn field_selector_unsupported_is_400(c: Case) {
    let refused = c.admin.get(&format!("{}?fieldSelector=data.k%3Dv", c.core("configmaps"))).await;
    let known = "\"data.k\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"";
    refused.says(400, "BadRequest", known);
    let refused = c.admin.get(&format!("{}?fieldSelector=spec.nope%3Dv", c.core("pods"))).await;
    let message = refused.fails(400, "BadRequest")["message"].to_string();
    assert!(message.contains("field label not supported: spec.nope"), "{message}");
}

async fn selectors_are_and(c: Case) {
    let path = c.core("configmaps");
    c.create(&path, &make::labelled("a", json!({"x": "1"}))).await;
    c.create(&path, &make::labelled("b", json!({"x": "1"}))).await;
    let list = c.read(&format!("{path}?labelSelector=x%3D1&fieldSelector=metadata.name%3Db")).await;
    assert_eq!(names(&list), ["b"]);
}

async fn resource_version_zero_is_any(c: Case) {
    let list = c.read(&format!("{}?resourceVersion=0", c.core("configmaps"))).await;
    assert_eq!(list["kind"], "ConfigMapList");
}

async fn resource_version_nonsense_is_400(c: Case) {
    c.admin.get(&format!("{}?resourceVersion=abc", c.core("configmaps"))).await.fails(400, "BadRequest");
}

async fn match_without_version_is_refused(c: Case) {
    let refused = c.admin.get(&format!("{}?resourceVersionMatch=Exact", c.core("configmaps"))).await;
    let status = refused.fails(422, "Invalid");
    assert_eq!(status["details"]["causes"][0]["field"], "resourceVersionMatch", "{status}");
}

async fn future_resource_version_times_out(c: Case) {
    let refused = c.admin.get(&format!("{}?resourceVersion=9000000000000", c.core("configmaps"))).await;
    let status = refused.fails(504, "Timeout");
    assert_eq!(status["details"]["causes"][0]["reason"], "ResourceVersionTooLarge", "{status}");
}

async fn exact_version_shows_the_past(c: Case) {
    let path = five(&c).await;
    let then = c.read(&path).await["metadata"]["resourceVersion"].as_str().expect("a version").to_owned();
    c.admin.delete(&format!("{path}/s0")).await.is(200);
    let past = c.read(&format!("{path}?resourceVersion={then}&resourceVersionMatch=Exact")).await;
    assert_eq!(names(&past), ["s0", "s1", "s2", "s3", "s4"]);
    assert_eq!(past["metadata"]["resourceVersion"], then);
}
