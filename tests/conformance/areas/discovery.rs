//! What the server says it serves.

use http::Method;
use serde_json::Value;

use crate::behaviours;
use crate::case::Case;

behaviours! { "discovery":
    version_is_numbered,
    core_versions_are_listed,
    groups_have_a_preferred_version,
    group_document_is_the_same_as_in_the_list,
    core_resources_have_verbs_and_short_names,
    scale_is_a_kind_of_another_group,
    aggregated_discovery_is_one_document,
    aggregated_discovery_is_only_for_those_who_ask,
    unknown_group_is_a_plain_404,
    unknown_resource_is_a_status_404,
    health_endpoints_say_ok,
    openapi_v3_lists_the_groups,
    openapi_v3_of_a_group_describes_its_kinds,
    nobody_may_discover,
    wrong_method_is_405,
    unacceptable_accept_is_406,
}

async fn version_is_numbered(c: Case) {
    let version = c.read("/version").await;
    assert_eq!(version["major"], "1");
    assert!(version["gitVersion"].as_str().is_some_and(|text| text.starts_with("v1.")), "{version}");
    assert!(
        version["minor"].as_str().is_some_and(|text| text.trim_end_matches('+').parse::<u32>().is_ok()),
        "{version}"
    );
}

async fn core_versions_are_listed(c: Case) {
    let found = c.read("/api").await;
    assert_eq!((&found["kind"], &found["versions"]), (&"APIVersions".into(), &serde_json::json!(["v1"])));
}

fn group<'a>(groups: &'a Value, name: &str) -> &'a Value {
    let all = groups["groups"].as_array().expect("groups");
    all.iter().find(|group| group["name"] == name).unwrap_or_else(|| panic!("no group {name}"))
}

async fn groups_have_a_preferred_version(c: Case) {
    let groups = c.read("/apis").await;
    assert_eq!(groups["kind"], "APIGroupList");
    for (name, version) in [
        ("apps", "v1"),
        ("batch", "v1"),
        ("policy", "v1"),
        ("coordination.k8s.io", "v1"),
        ("events.k8s.io", "v1"),
        ("autoscaling", "v2"),
        ("authorization.k8s.io", "v1"),
        ("rbac.authorization.k8s.io", "v1"),
        ("discovery.k8s.io", "v1"),
        ("networking.k8s.io", "v1"),
        ("apiextensions.k8s.io", "v1"),
    ] {
        let group = group(&groups, name);
        assert_eq!(group["preferredVersion"]["version"], version, "{group}");
        assert_eq!(group["preferredVersion"]["groupVersion"], format!("{name}/{version}"));
    }
}

async fn group_document_is_the_same_as_in_the_list(c: Case) {
    let mut one = c.read("/apis/apps").await;
    assert_eq!((&one["kind"], &one["apiVersion"]), (&"APIGroup".into(), &"v1".into()));
    let fields = one.as_object_mut().expect("an object");
    fields.remove("kind");
    fields.remove("apiVersion");
    assert_eq!(one, *group(&c.read("/apis").await, "apps"));
}

fn resource<'a>(list: &'a Value, name: &str) -> &'a Value {
    let all = list["resources"].as_array().expect("resources");
    all.iter().find(|resource| resource["name"] == name).unwrap_or_else(|| panic!("no resource {name}"))
}

async fn core_resources_have_verbs_and_short_names(c: Case) {
    let list = c.read("/api/v1").await;
    assert_eq!((&list["kind"], &list["groupVersion"]), (&"APIResourceList".into(), &"v1".into()));
    let pods = resource(&list, "pods");
    assert_eq!(pods["shortNames"], serde_json::json!(["po"]));
    assert_eq!(pods["singularName"], "pod");
    assert_eq!(pods["namespaced"], true);
    assert_eq!(pods["categories"], serde_json::json!(["all"]));
    let verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
    assert_eq!(pods["verbs"], serde_json::json!(verbs));
    assert_eq!(resource(&list, "nodes")["namespaced"], false);
    assert_eq!(resource(&list, "pods/log")["verbs"], serde_json::json!(["get"]));
    let eviction = resource(&list, "pods/eviction");
    assert_eq!((&eviction["kind"], &eviction["group"]), (&"Eviction".into(), &"policy".into()));
}

async fn scale_is_a_kind_of_another_group(c: Case) {
    let list = c.read("/apis/apps/v1").await;
    let scale = resource(&list, "deployments/scale");
    assert_eq!(
        (&scale["kind"], &scale["group"], &scale["version"]),
        (&"Scale".into(), &"autoscaling".into(), &"v1".into())
    );
    assert_eq!(scale["verbs"], serde_json::json!(["get", "patch", "update"]));
    assert_eq!(resource(&list, "deployments/status")["kind"], "Deployment");
}

const AGGREGATED: &str =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

async fn aggregated_discovery_is_one_document(c: Case) {
    let answer = c.admin.get_as(AGGREGATED, "/apis").await;
    assert!(answer.header("content-type").contains("as=APIGroupDiscoveryList"), "{:?}", answer.headers);
    let list = answer.is(200);
    assert_eq!(
        (&list["kind"], &list["apiVersion"]),
        (&"APIGroupDiscoveryList".into(), &"apidiscovery.k8s.io/v2".into())
    );
    let apps =
        list["items"].as_array().expect("items").iter().find(|item| item["metadata"]["name"] == "apps");
    let version = &apps.expect("the group apps")["versions"][0];
    assert_eq!(version["version"], "v1");
    let deployments = version["resources"]
        .as_array()
        .expect("resources")
        .iter()
        .find(|one| one["resource"] == "deployments");
    let deployments = deployments.expect("deployments");
    assert_eq!(deployments["responseKind"]["kind"], "Deployment");
    assert_eq!(deployments["scope"], "Namespaced");
    assert_eq!(deployments["singularResource"], "deployment");
    let subresources: Vec<_> = deployments["subresources"]
        .as_array()
        .expect("subresources")
        .iter()
        .map(|one| &one["subresource"])
        .collect();
    assert_eq!(subresources, ["scale", "status"]);
    let core = c.admin.get_as(AGGREGATED, "/api").await.is(200);
    assert_eq!(core["items"][0]["versions"][0]["version"], "v1");
}

async fn aggregated_discovery_is_only_for_those_who_ask(c: Case) {
    assert_eq!(c.admin.get_as("application/json", "/apis").await.is(200)["kind"], "APIGroupList");
}

async fn unknown_group_is_a_plain_404(c: Case) {
    let answer = c.admin.get("/apis/nothing.example/v1/things").await;
    assert_eq!((answer.status, answer.text.as_str()), (404, "404 page not found\n"));
    assert!(answer.header("content-type").starts_with("text/plain"), "{:?}", answer.headers);
}

async fn unknown_resource_is_a_status_404(c: Case) {
    let gone = c.admin.get(&c.core("nothings")).await;
    gone.says(404, "NotFound", "the server could not find the requested resource");
}

async fn health_endpoints_say_ok(c: Case) {
    for path in ["/healthz", "/livez", "/readyz"] {
        // A busy etcd is late to answer, and is then not said to be healthy.
        let answer = c.until_answer("it is healthy", path, |answer| answer.status == 200).await;
        assert_eq!(answer.text, "ok", "{path}");
    }
}

async fn openapi_v3_lists_the_groups(c: Case) {
    let root = c.read("/openapi/v3").await;
    for path in ["api/v1", "apis/apps/v1", "apis/batch/v1"] {
        let url = root["paths"][path]["serverRelativeURL"].as_str();
        assert!(url.is_some_and(|url| url.starts_with(&format!("/openapi/v3/{path}"))), "{path}: {url:?}");
    }
}

async fn openapi_v3_of_a_group_describes_its_kinds(c: Case) {
    let document = c.read("/openapi/v3/apis/apps/v1").await;
    assert!(
        document["openapi"].as_str().is_some_and(|version| version.starts_with("3.")),
        "{}",
        document["openapi"]
    );
    let deployment = &document["components"]["schemas"]["io.k8s.api.apps.v1.Deployment"];
    assert!(deployment["properties"]["spec"].is_object(), "{deployment}");
    let kinds = deployment["x-kubernetes-group-version-kind"].to_string();
    assert!(kinds.contains("\"Deployment\""), "{kinds}");
}

async fn nobody_may_discover(c: Case) {
    let nobody = c.nobody();
    for path in ["/api", "/apis", "/apis/apps/v1", "/version", "/openapi/v3"] {
        assert_eq!(nobody.get(path).await.status, 200, "{path}");
    }
}

async fn wrong_method_is_405(c: Case) {
    let path = format!("{}/x", c.core("configmaps"));
    let refused =
        c.admin.send(Method::POST, &path, &[("content-type", "application/json")], b"{}".to_vec()).await;
    refused.says(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
}

async fn unacceptable_accept_is_406(c: Case) {
    let refused = c.admin.get_as("text/csv", &c.core("configmaps")).await.fails(406, "NotAcceptable");
    let message = refused["message"].as_str().unwrap_or_default();
    assert!(
        message.starts_with("406: Not Acceptable\n\nAvailable representations: application/json"),
        "{message}"
    );
}
