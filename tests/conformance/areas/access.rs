//! Who may do what, and what they are told when they may not.

use kube::config::AuthInfo;
use serde_json::{Value, json};

use crate::behaviours;
use crate::case::Case;
use crate::http::{Http, MERGE};
use crate::make;
use crate::until::until;

behaviours! { "access":
    bad_token_is_401,
    no_credentials_are_anonymous,
    nobody_may_not_list,
    nobody_may_not_get,
    nobody_may_not_list_nodes,
    nobody_is_not_told_what_exists,
    viewer_reads,
    viewer_may_not_write,
    viewer_may_not_patch_a_scale,
    viewer_may_not_read_secrets,
    viewer_may_not_delete_collections,
    self_subject_review_says_who,
    access_review_allows,
    access_review_denies_without_failing,
    access_review_of_a_subresource,
    access_review_of_everything,
    access_review_needs_attributes,
    rules_review_lists,
    role_binding_grants_at_once,
    role_with_names_grants_only_those,
    viewer_may_not_grant_rights,
    unknown_role_reference_is_kept,
}

fn forbidden(user: &str, verb: &str, resource: &str, group: &str, name: &str, place: &str) -> String {
    let (plural, _) = resource.split_once('/').unwrap_or((resource, ""));
    let qualified = if group.is_empty() { plural.to_owned() } else { format!("{plural}.{group}") };
    let object = if name.is_empty() { qualified } else { format!("{qualified} \"{name}\"") };
    format!(
        "{object} is forbidden: User \"{user}\" cannot {verb} resource \"{resource}\" in API group \"{group}\" {place}"
    )
}

fn here(c: &Case) -> String {
    format!("in the namespace \"{}\"", c.ns)
}

async fn bad_token_is_401(c: Case) {
    let stranger = AuthInfo { token: Some("no-such-token".to_owned().into()), ..Default::default() };
    let refused = c.server.stranger(&stranger).get(&c.core("configmaps")).await;
    refused.says(401, "Unauthorized", "Unauthorized");
}

async fn no_credentials_are_anonymous(c: Case) {
    let refused = c.server.stranger(&AuthInfo::default()).get(&c.core("configmaps")).await;
    refused.says(403, "Forbidden", &forbidden("system:anonymous", "list", "configmaps", "", "", &here(&c)));
}

async fn nobody_may_not_list(c: Case) {
    let refused = c.nobody().get(&c.deployments()).await;
    let status =
        refused.says(403, "Forbidden", &forbidden("nobody", "list", "deployments", "apps", "", &here(&c)));
    assert_eq!(status["details"], json!({"group": "apps", "kind": "deployments"}));
}

async fn nobody_may_not_get(c: Case) {
    let refused = c.nobody().get(&c.core("pods/p")).await;
    let status = refused.says(403, "Forbidden", &forbidden("nobody", "get", "pods", "", "p", &here(&c)));
    assert_eq!(status["details"], json!({"name": "p", "kind": "pods"}));
}

async fn nobody_may_not_list_nodes(c: Case) {
    let refused = c.nobody().get("/api/v1/nodes").await;
    refused.says(403, "Forbidden", &forbidden("nobody", "list", "nodes", "", "", "at the cluster scope"));
}

async fn nobody_is_not_told_what_exists(c: Case) {
    c.config_map("there").await;
    let nobody = c.nobody();
    for name in ["there", "missing"] {
        nobody.get(&c.core(&format!("configmaps/{name}"))).await.fails(403, "Forbidden");
    }
    nobody.get("/api/v1/namespaces/no-such-namespace/pods").await.fails(403, "Forbidden");
}

async fn viewer(c: &Case) -> Http {
    // `up` has bound the viewer; on kind and k3d this does.
    let binding = json!({"metadata": {"name": "quarterdeck-viewer"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "viewer"}]});
    let answer = c.admin.post("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", &binding).await;
    assert!(matches!(answer.status, 201 | 409), "{}", answer.text);
    let viewer = c.viewer();
    until_allowed(&viewer, &c.core("pods")).await;
    viewer
}

async fn viewer_reads(c: Case) {
    c.config_map("a").await;
    let viewer = viewer(&c).await;
    for path in [
        c.core("configmaps/a"),
        c.core("pods"),
        c.deployments(),
        c.core("events"),
        "/api/v1/namespaces".to_owned(),
    ] {
        viewer.get(&path).await.is(200);
    }
}

async fn viewer_may_not_write(c: Case) {
    c.config_map("a").await;
    let viewer = viewer(&c).await;
    let path = c.core("configmaps/a");
    let no = |verb: &str, name: &str| forbidden("viewer", verb, "configmaps", "", name, &here(&c));
    viewer.delete(&path).await.says(403, "Forbidden", &no("delete", "a"));
    viewer.patch(MERGE, &path, &json!({})).await.says(403, "Forbidden", &no("patch", "a"));
    viewer.put(&path, &make::config_map("a", json!({}))).await.says(403, "Forbidden", &no("update", "a"));
    let refused = viewer.post(&c.core("configmaps"), &make::config_map("b", json!({}))).await;
    refused.says(403, "Forbidden", &no("create", ""));
}

async fn viewer_may_not_patch_a_scale(c: Case) {
    c.create(&c.deployments(), &make::deployment("d", 0, make::IMAGE)).await;
    let viewer = viewer(&c).await;
    let path = format!("{}/d/scale", c.deployments());
    viewer.get(&path).await.is(200);
    let refused = viewer.patch(MERGE, &path, &json!({"spec": {"replicas": 3}})).await;
    refused.says(
        403,
        "Forbidden",
        &forbidden("viewer", "patch", "deployments/scale", "apps", "d", &here(&c)),
    );
}

async fn viewer_may_not_read_secrets(c: Case) {
    let refused = viewer(&c).await.get(&c.core("secrets")).await;
    refused.says(403, "Forbidden", &forbidden("viewer", "list", "secrets", "", "", &here(&c)));
}

async fn viewer_may_not_delete_collections(c: Case) {
    let refused = viewer(&c).await.delete(&c.core("pods")).await;
    refused.says(403, "Forbidden", &forbidden("viewer", "deletecollection", "pods", "", "", &here(&c)));
}

async fn self_subject_review_says_who(c: Case) {
    let body = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
    let answer = c.nobody().post("/apis/authentication.k8s.io/v1/selfsubjectreviews", &body).await.is(201);
    let info = &answer["status"]["userInfo"];
    assert_eq!(info["username"], "nobody");
    assert!(
        info["groups"].as_array().is_some_and(|groups| groups.contains(&json!("system:authenticated"))),
        "{info}"
    );
}

async fn review(http: &Http, attributes: Value) -> Value {
    let body = json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes}});
    http.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", &body).await.is(201)["status"].clone()
}

async fn access_review_allows(c: Case) {
    let viewer = viewer(&c).await;
    let status = review(&viewer, json!({"namespace": c.ns, "verb": "list", "resource": "pods"})).await;
    assert_eq!(status["allowed"], true);
    let reason = status["reason"].as_str().unwrap_or_default();
    assert!(reason.starts_with("RBAC: allowed by ClusterRoleBinding"), "{reason}");
}

async fn access_review_denies_without_failing(c: Case) {
    let patch =
        json!({"namespace": c.ns, "verb": "patch", "group": "apps", "resource": "deployments", "name": "d"});
    assert_eq!(review(&c.nobody(), patch.clone()).await["allowed"], false);
    assert_eq!(review(&viewer(&c).await, patch.clone()).await["allowed"], false);
    assert_eq!(review(&c.admin, patch).await["allowed"], true);
}

async fn access_review_of_a_subresource(c: Case) {
    let viewer = viewer(&c).await;
    let ask = |verb: &str, sub: &str| json!({"namespace": c.ns, "verb": verb, "resource": "pods", "subresource": sub});
    assert_eq!(review(&viewer, ask("get", "log")).await["allowed"], true);
    assert_eq!(review(&viewer, ask("create", "exec")).await["allowed"], false);
    assert_eq!(review(&viewer, ask("create", "eviction")).await["allowed"], false);
}

async fn access_review_of_everything(c: Case) {
    let all = json!({"verb": "*", "group": "*", "resource": "*"});
    assert_eq!(review(&c.admin, all.clone()).await["allowed"], true);
    assert_eq!(review(&viewer(&c).await, all).await["allowed"], false);
}

async fn access_review_needs_attributes(c: Case) {
    let body =
        json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": {}});
    c.admin.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", &body).await.fails(422, "Invalid");
}

async fn rules_review_lists(c: Case) {
    let body = json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview", "spec": {"namespace": c.ns}});
    let answer =
        viewer(&c).await.post("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", &body).await.is(201);
    let rules = answer["status"]["resourceRules"].as_array().expect("rules");
    let has = |rule: &Value, field: &str, value: &str| {
        rule[field].as_array().is_some_and(|all| all.contains(&json!(value)))
    };
    let reads = rules.iter().any(|rule| has(rule, "resources", "pods") && has(rule, "verbs", "list"));
    assert!(reads, "{rules:?}");
    assert_eq!(answer["status"]["incomplete"], false);
}

/// A Role in the namespace, bound to `nobody`.
async fn grant(c: &Case, rule: Value) {
    let rbac = |plural: &str| c.group("rbac.authorization.k8s.io/v1", plural);
    c.create(&rbac("roles"), &json!({"metadata": {"name": "r"}, "rules": [rule]})).await;
    let binding = json!({"metadata": {"name": "b"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "nobody"}]});
    c.create(&rbac("rolebindings"), &binding).await;
}

/// Bindings reach the authorizer through its own watch, in milliseconds.
async fn until_allowed(http: &Http, path: &str) {
    until("it is allowed", async || http.get(path).await.which(|answer| answer.status != 403)).await;
}

async fn role_binding_grants_at_once(c: Case) {
    let nobody = c.nobody();
    nobody.get(&c.core("configmaps")).await.fails(403, "Forbidden");
    grant(&c, json!({"apiGroups": [""], "resources": ["configmaps"], "verbs": ["list", "create"]})).await;
    until_allowed(&nobody, &c.core("configmaps")).await;
    nobody.post(&c.core("configmaps"), &make::config_map("mine", json!({}))).await.is(201);
    nobody.delete(&c.core("configmaps/mine")).await.fails(403, "Forbidden");
    nobody.get("/api/v1/namespaces/default/configmaps").await.fails(403, "Forbidden");
}

async fn role_with_names_grants_only_those(c: Case) {
    for name in ["mine", "other"] {
        c.config_map(name).await;
    }
    let nobody = c.nobody();
    grant(&c, json!({"apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["mine"], "verbs": ["get", "patch"]})).await;
    until_allowed(&nobody, &c.core("configmaps/mine")).await;
    nobody.patch(MERGE, &c.core("configmaps/mine"), &json!({"data": {"k": "w"}})).await.is(200);
    nobody.get(&c.core("configmaps/other")).await.fails(403, "Forbidden");
    nobody.get(&c.core("configmaps")).await.fails(403, "Forbidden");
}

async fn viewer_may_not_grant_rights(c: Case) {
    let viewer = viewer(&c).await;
    let role = json!({"metadata": {"name": "r"}, "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]});
    let path = c.group("rbac.authorization.k8s.io/v1", "roles");
    viewer.post(&path, &role).await.fails(403, "Forbidden");
}

async fn unknown_role_reference_is_kept(c: Case) {
    let binding = json!({"metadata": {"name": "b"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "nothing"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "nobody"}]});
    c.create(&c.group("rbac.authorization.k8s.io/v1", "rolebindings"), &binding).await;
    c.nobody().get(&c.core("configmaps")).await.fails(403, "Forbidden");
}
