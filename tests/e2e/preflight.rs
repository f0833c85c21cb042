//! What is looked at around a release: what its pods refer to, rights, lower
//! environments, what the service needs, the server itself.

use serde_json::{Value, json};

use crate::behaviours;
use crate::case::Case;
use crate::make;
use crate::program::Person;
use crate::shop::{self, GOOD, ROLLING, release};
use crate::until;

behaviours! { "preflight":
    missing_secret_or_key_is_refused_by_name_and_no_value_is_shown,
    each_missing_right_is_named,
    what_the_server_warns_of_is_told_before,
    what_never_ran_in_staging_is_told_and_refused_where_that_is_required,
    what_it_needs_and_who_looks_after_it_is_read_from_the_catalogue,
    another_server_than_expected_is_refused,
}

/// The checks of a release that is only looked at.
async fn checks(person: &Person, how: &[&str]) -> Vec<Value> {
    let shown = person.qd(&[&release(GOOD, &["--dry-run", "-o", "json"])[..], how].concat()).await;
    let code = if shown.err.contains("refused") { 3 } else { 2 };
    shown.exits(code).json()["checks"].as_array().cloned().expect("checks")
}

/// How the check of that name came out.
#[track_caller]
fn is(checks: &[Value], name: &str, outcome: &str, words: &str) {
    let check =
        checks.iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("no {name}: {checks:?}"));
    assert_eq!(check["outcome"], outcome, "{check}");
    let text = check.to_string();
    assert!(text.contains(words), "{words}: {check}");
}

/// What a rollback of the shop looks at: nothing that could hold up one of the right shop.
async fn rollback_goes(person: &Person) {
    let shown = person.qd(&["rollback", "shop", "--dry-run", "-o", "json"]).await.exits(2).json();
    let names: Vec<_> =
        shown["plan"]["checks"].as_array().expect("checks").iter().map(|c| c["name"].clone()).collect();
    let starred = [
        "guardrails",
        "cluster",
        "permission",
        "dry-run",
        "owner",
        "in-progress",
        "autoscaler",
        "quota",
        "configuration",
    ];
    assert_eq!(names, starred);
    person.qd(&["rollback", "shop", "--yes"]).await.exits(0);
}

async fn missing_secret_or_key_is_refused_by_name_and_no_value_is_shown(c: Case) {
    let secret = |key: &str| {
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"},
        "stringData": {key: "hunter2-and-more"}})
    };
    c.create(&c.core("secrets"), &secret("uri")).await;
    c.create(&c.core("configmaps"), &make::config_map("mode", json!({"level": "quiet-value"}))).await;
    let mut made = make::serving("shop", 1, make::IMAGE);
    let container = &mut made["spec"]["template"]["spec"]["containers"][0];
    container["env"] = json!([{"name": "DB", "valueFrom": {"secretKeyRef": {"name": "db", "key": "uri"}}}]);
    container["envFrom"] = json!([{"configMapRef": {"name": "mode"}},
        {"secretRef": {"name": "nobody-needs-it", "optional": true}}]);
    c.create(&c.deployments(), &made).await;
    c.until("the shop serves", &shop::path(&c), |d| d["status"]["availableReplicas"] == 1).await;
    let admin = Person::new(&c, "admin");
    let all = checks(&admin, &[]).await;
    is(&all, "references", "pass", "Secret db, ConfigMap mode there, with 1 key asked for");
    c.admin.delete(&c.core("configmaps/mode")).await.is(200);
    let refused = admin.qd(&release(GOOD, &[])).await.exits(3);
    assert!(refused.err.contains("ConfigMap mode is missing: its pods would not start"), "{}", refused.err);
    c.create(&c.core("configmaps"), &make::config_map("mode", json!({"level": "quiet-value"}))).await;
    c.admin.delete(&c.core("secrets/db")).await.is(200);
    c.create(&c.core("secrets"), &secret("url")).await;
    let refused = admin.qd(&release(GOOD, &["--dry-run"])).await.exits(3);
    assert!(refused.err.contains("Secret db has no key 'uri'"), "{}", refused.err);
    let said = format!("{}{}{}", refused.out, refused.err, json!(all));
    for value in ["hunter2-and-more", "quiet-value"] {
        assert!(!said.contains(value), "{value} is shown: {said}");
    }
    assert_eq!(c.read(&shop::records(&c)).await["items"], json!([]), "nothing was written");
}

/// Somebody with these rules in the namespace.
async fn person(c: &Case, name: &str, rules: &Value) -> Person {
    let user = format!("{name}-{}", c.ns);
    let rbac = |plural: &str| c.group("rbac.authorization.k8s.io/v1", plural);
    let api = "rbac.authorization.k8s.io";
    let role = json!({"apiVersion": format!("{api}/v1"), "kind": "Role", "metadata": {"name": name}, "rules": rules});
    c.create(&rbac("roles"), &role).await;
    let binding = json!({"apiVersion": format!("{api}/v1"), "kind": "RoleBinding", "metadata": {"name": name},
        "roleRef": {"apiGroup": api, "kind": "Role", "name": name},
        "subjects": [{"apiGroup": api, "kind": "User", "name": user}]});
    c.create(&rbac("rolebindings"), &binding).await;
    let theirs = c.server.user(&user);
    until::until("the binding counts", async || {
        theirs.get(&c.deployments()).await.which(|answer| answer.status == 200)
    })
    .await;
    Person::with(c, &c.server.kubeconfig_of(&user))
}

async fn each_missing_right_is_named(c: Case) {
    let mut made = make::serving("shop", 1, make::IMAGE);
    made["spec"]["template"]["spec"]["containers"][0]["envFrom"] = json!([{"secretRef": {"name": "db"}}]);
    c.create(&c.core("secrets"), &json!({"metadata": {"name": "db"}, "stringData": {"k": "v"}})).await;
    c.create(&c.deployments(), &made).await;
    c.until("the shop serves", &shop::path(&c), |d| d["status"]["availableReplicas"] == 1).await;
    let rule = |group: &str, resources: &[&str], verbs: &[&str]| json!({"apiGroups": [group], "resources": resources, "verbs": verbs});
    let most = |leases: &[&str]| {
        json!([
            rule("apps", &["*"], &["*"]),
            rule("", &["configmaps", "pods", "services", "pods/proxy", "resourcequotas"], &["*"]),
            rule("policy", &["poddisruptionbudgets"], &["list"]),
            rule("coordination.k8s.io", &["leases"], leases),
        ])
    };
    let enough = person(&c, "ana", &most(&["*"])).await;
    let shown = checks(&enough, &["--traffic", "pods"]).await;
    let lost = format!("you may not create events in {} (kubectl shows no story)", c.ns);
    is(&shown, "permission", "warn", &lost);
    is(&shown, "references", "unknown", &format!("you may not get secrets in {}", c.ns));
    is(&shown, "cluster", "pass", "clocks within 5 s");
    let less = person(&c, "bo", &most(&["get", "create"])).await;
    let refused = less.qd(&release(GOOD, &["--traffic", "pods"])).await.exits(3).err;
    assert!(
        refused.contains(&format!("you may not update leases.coordination.k8s.io in {}", c.ns)),
        "{refused}"
    );
    assert!(!refused.contains("create leases"), "only what is missing: {refused}");
}

async fn what_the_server_warns_of_is_told_before(c: Case) {
    let mut body = make::serving("shop", 1, make::IMAGE);
    body["spec"]["template"]["spec"]["containers"][0]["env"] =
        json!([{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]);
    c.create(&c.deployments(), &body).await;
    c.until("the shop serves", &shop::path(&c), |d| d["status"]["availableReplicas"] == 1).await;
    let admin = Person::new(&c, "admin");
    let checks = checks(&admin, &[]).await;
    is(&checks, "notices", "warn", "spec.template.spec.containers[0].env[1]: hides previous definition of");
}

async fn what_never_ran_in_staging_is_told_and_refused_where_that_is_required(c: Case) {
    let admin = shop::open(&c, 1).await;
    let here = format!("{}/shop", c.ns);
    let staging = format!("{}-staging", c.ns);
    let namespace = json!({"metadata": {"name": staging, "labels": {"environment": "staging"}}});
    c.create("/api/v1/namespaces", &namespace).await;
    let there = format!("/apis/apps/v1/namespaces/{staging}/deployments");
    c.create(&there, &make::serving("shop", 1, make::IMAGE)).await;
    let path = format!("{there}/shop");
    c.until("staging serves", &path, |d| d["status"]["availableReplicas"] == 1).await;
    let look = async |how: &[&str]| {
        let words = ["deploy", &here, "--image", GOOD, "--strategy", "rolling", "--dry-run", "-o", "json"];
        let shown = admin.qd_anywhere(&[&words[..], how].concat()).await;
        (shown.code, shown.json()["checks"].as_array().cloned().expect("checks"))
    };
    let never = format!("{GOOD} never ran in {staging} (staging)");
    let (code, all) = look(&[]).await;
    is(&all, "rehearsal", "warn", &never);
    assert_eq!(code, 2, "told, and not refused");
    is(&checks(&admin, &[]).await, "rehearsal", "unknown", "only namespace");
    admin.configure("config.toml", "rehearsal = \"require\"\n");
    let (code, all) = look(&[]).await;
    is(&all, "rehearsal", "fail", &never);
    assert_eq!(code, 3);
    let (code, all) = look(&["--break-glass", "INC-7", "--reason", "the cure"]).await;
    is(&all, "rehearsal", "warn", "delivered for an incident");
    assert_eq!(code, 2);
    let container = json!({"spec": {"template": {"spec": {"containers": [{"name": "app", "image": GOOD}]}}}});
    c.admin.patch("application/strategic-merge-patch+json", &path, &container).await.is(200);
    c.until("staging has the new one", &path, |d| {
        d["status"]["updatedReplicas"] == 1
            && d["status"]["replicas"] == 1
            && d["status"]["availableReplicas"] == 1
            && d["status"]["observedGeneration"] == d["metadata"]["generation"]
    })
    .await;
    is(&look(&[]).await.1, "rehearsal", "pass", "runs it, 1 of 1 pods available");
    let words =
        [&["deploy", &here, "--image", GOOD, "--yes", "--reason", "rehearsed"][..], &ROLLING].concat();
    admin.qd_anywhere(&words).await.exits(0);
    // Gone from staging: what ran here itself needs no rehearsal, and going back asks nobody.
    c.admin.delete(&path).await.is(200);
    let back = ["deploy", &here, "--to-revision", "1", "--strategy", "rolling", "--dry-run", "-o", "json"];
    let shown = admin.qd_anywhere(&back).await.exits(2).json();
    is(shown["checks"].as_array().expect("checks"), "rehearsal", "pass", "was here before, as revision 1");
    rollback_goes(&admin).await;
}

const CATALOGUE: &str = "\
---\napiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: shoppers}\nspec: {type: team, children: []}\n\
---\napiVersion: backstage.io/v1alpha1\nkind: Component\n\
metadata: {name: shop, annotations: {quarterdeck.dev/tier: '1', quarterdeck.dev/runbook: docs/run.md}}\n\
spec: {type: service, lifecycle: production, owner: shoppers, dependsOn: ['component:pay']}\n\
---\napiVersion: backstage.io/v1alpha1\nkind: Component\n\
metadata: {name: pay, annotations: {quarterdeck.dev/tier: 'TIER'}}\n\
spec: {type: service, lifecycle: production, owner: shoppers}\n";

async fn what_it_needs_and_who_looks_after_it_is_read_from_the_catalogue(c: Case) {
    let admin = Person::new(&c, "admin");
    // Without a port nobody reads metrics.
    c.create(&c.deployments(), &make::deployment("shop", 1, make::IMAGE)).await;
    c.create(&c.deployments(), &make::deployment("pay", 1, make::BROKEN)).await;
    c.until("the shop serves", &shop::path(&c), |d| d["status"]["availableReplicas"] == 1).await;
    for (name, check) in
        [("dependencies", "no catalogue"), ("changes", "no catalogue"), ("on-call", "no catalogue")]
    {
        is(&checks(&admin, &[]).await, name, "not-applicable", check);
    }
    admin.configure("config.toml", &format!("catalog = \"{}\"\n", admin.path("config/all.yaml")));
    admin.configure("all.yaml", &CATALOGUE.replace("TIER", "2"));
    let all = checks(&admin, &[]).await;
    is(&all, "dependencies", "warn", "pay (down)");
    is(&all, "changes", "warn", "pay: ");
    is(&all, "on-call", "not-applicable", "names nobody for anything");
    is(&all, "observability", "fail", "no verdict on a canary of tier 1; runbook docs/run.md");
    let by_hand = checks(&admin, &["--manual"]).await;
    is(&by_hand, "observability", "warn", "no request metrics");
    admin.configure("all.yaml", &CATALOGUE.replace("'TIER'", "'1', quarterdeck.dev/on-call: bo"));
    let all = checks(&admin, &["--manual"]).await;
    is(&all, "dependencies", "fail", "pay (down, vital)");
    is(&all, "on-call", "warn", "names nobody for it");
    let refused = admin.qd(&release(GOOD, &ROLLING)).await.exits(3).err;
    assert!(refused.contains("pay (down, vital)") && refused.contains("--break-glass"), "{refused}");
    // The cure is let through, and its record says what it was let through.
    let cure = ["--strategy=rolling", "--step-max=0s", "--break-glass", "INC-9"];
    admin.qd(&release(GOOD, &cure)).await.exits(0);
    let record = shop::record(&c).await;
    let first = record["log"][0]["text"].as_str().expect("a line");
    assert!(first.contains("dependencies broken for incident INC-9: pay (down, vital)"), "{first}");
    rollback_goes(&admin).await;
}

async fn another_server_than_expected_is_refused(c: Case) {
    let admin = shop::open(&c, 1).await;
    admin.configure("config.toml", "expect-server = \"https://prod.example.com:6443\"\n");
    let refused = admin.qd(&release(GOOD, &[])).await.exits(3).err;
    assert!(refused.contains("it is to lead to https://prod.example.com:6443"), "{refused}");
    let file = c.server.kubeconfig_of("admin");
    let server = file.clusters[0].cluster.as_ref().and_then(|cluster| cluster.server.clone()).expect("a URL");
    admin.configure("config.toml", &format!("expect-server = \"{server}/\"\n"));
    is(&checks(&admin, &[]).await, "cluster", "pass", "as expected");
    // The shop of another cluster is another shop, also for going back.
    admin.qd(&release(GOOD, &ROLLING)).await.exits(0);
    admin.configure("config.toml", "expect-server = \"https://prod.example.com:6443\"\n");
    let refused = admin.qd(&["rollback", "shop", "--yes"]).await.exits(3).err;
    assert!(refused.contains("it is to lead to https://prod.example.com:6443"), "{refused}");
    admin.configure("config.toml", &format!("expect-server = \"{server}\"\n"));
    rollback_goes(&admin).await;
}
