//! Pods of their own, revisions of sets, and objects of kinds nobody compiled in.

use serde_json::{Value, json};

use crate::behaviours;
use crate::case::Case;
use crate::make;
use crate::program::Person;

behaviours! { "objects":
    an_object_of_a_kind_of_somebody_else_is_shown,
    nothing_of_a_secret_is_shown,
    a_pod_of_its_own_is_a_service_and_goes_for_good,
    pods_of_a_sets_revisions_are_counted,
}

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

async fn an_object_of_a_kind_of_somebody_else_is_shown(c: Case) {
    let group = format!("{}.quarterdeck.test", c.ns);
    let definition = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("gadgets.{group}")},
        "spec": {"group": group, "scope": "Namespaced",
            "names": {"plural": "gadgets", "singular": "gadget", "kind": "Gadget", "shortNames": ["gdg"]},
            "versions": [{"name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                    "spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}}}]}});
    c.create(DEFINITIONS, &definition).await;
    let path = c.group(&format!("{group}/v1"), "gadgets");
    c.until_answer("the kind is served", &path, |answer| answer.status == 200).await;
    let object = json!({"apiVersion": format!("{group}/v1"), "kind": "Gadget", "metadata": {"name": "g1"},
        "spec": {"size": 3, "dbPassword": "hunter2"}});
    c.create(&path, &object).await;
    let admin = Person::new(&c, "admin");
    let full = format!("gadgets.{group}/g1");
    let versioned = format!("Gadget.v1.{group}");
    for typed in [&["yaml", full.as_str()][..], &["yaml", versioned.as_str(), "g1"]] {
        let yaml = admin.qd(typed).await.exits(0).out;
        assert!(yaml.contains("kind: Gadget") && yaml.contains("size: 3"), "{yaml}");
        assert!(!yaml.contains("hunter2") && !yaml.contains("managedFields"), "{yaml}");
    }
    let told = admin.qd(&["describe", &full]).await.exits(0).out;
    assert!(told.contains("Gadget\n") && told.contains("size: 3") && told.contains("Events"), "{told}");
    assert!(!told.contains("hunter2"), "{told}");
    assert_eq!(admin.qd(&["yaml", &full, "-o", "json"]).await.exits(0).json()["spec"]["size"], 3);
    assert_eq!(admin.qd(&["yaml", &full, "-o", "name"]).await.exits(0).out, format!("{full}\n"));
    let near = admin.qd(&["yaml", &format!("gadgets.{group}/g11")]).await.exits(1).err;
    assert!(near.contains("did you mean 'g1'?"), "{near}");
    let none = admin.qd(&["describe", "deploymint/web"]).await.exits(1).err;
    assert!(
        none.contains("no kind 'deploymint'") && none.contains("did you mean deployments.apps?"),
        "{none}"
    );
    let odd = admin.qd(&["yaml", "gadgets"]).await.exits(1).err;
    assert!(odd.contains("is not KIND/NAME"), "{odd}");
    c.admin.delete(&format!("{DEFINITIONS}/gadgets.{group}")).await.is(200);
}

async fn nothing_of_a_secret_is_shown(c: Case) {
    let secret = json!({"metadata": {"name": "db"}, "stringData": {"uri": "hunter2"}});
    c.create(&c.core("secrets"), &secret).await;
    let admin = Person::new(&c, "admin");
    for verb in ["yaml", "describe"] {
        for form in ["table", "json", "yaml"] {
            let said = admin.qd(&[verb, "secret/db", "-o", form]).await.exits(0).out;
            assert!(said.contains("uri"), "{verb} {form}: {said}");
            assert!(!said.contains("hunter2") && !said.contains("aHVudGVyMg"), "{verb} {form}: {said}");
        }
    }
}

async fn a_pod_of_its_own_is_a_service_and_goes_for_good(c: Case) {
    let mut template = make::deployment("probe", 1, make::IMAGE)["spec"]["template"].clone();
    template["metadata"]["name"] = json!("probe");
    template["metadata"]["labels"] = json!({"app": "probe"});
    c.create(&c.core("pods"), &template).await;
    let ready = |pod: &Value| {
        let all = pod["status"]["conditions"].as_array();
        all.is_some_and(|all| all.iter().any(|one| one["type"] == "Ready" && one["status"] == "True"))
    };
    c.until("it is ready", &c.core("pods/probe"), ready).await;
    let admin = Person::new(&c, "admin");
    let rows = admin.qd(&["services", "-o", "json"]).await.exits(0).json();
    let row = rows.as_array().expect("rows").iter().find(|row| row["name"] == "probe").expect("its row");
    assert_eq!((&row["available"], &row["desired"]), (&json!(1), &json!(1)), "{row}");
    let told = admin.qd(&["service", "probe"]).await.exits(0).out;
    assert!(told.contains("Pod probe") && told.contains("nothing makes another one"), "{told}");
    let refused = admin.qd(&["restart", "po/probe", "--yes"]).await.exits(1).err;
    assert!(refused.contains("cannot restart a Pod"), "{refused}");
    let plan = admin.qd(&["delete", "probe", "--dry-run"]).await.exits(2).out;
    assert!(plan.contains("nothing makes another one"), "{plan}");
    admin.qd(&["delete", "probe", "--yes", "--reason", "done with it"]).await.exits(0);
    let gone = admin.qd(&["service", "probe"]).await.exits(1).err;
    assert!(gone.contains("no service or workload 'probe'"), "{gone}");
}

async fn pods_of_a_sets_revisions_are_counted(c: Case) {
    for (plural, name, more) in [("statefulsets", "db", true), ("daemonsets", "agent", false)] {
        let template = make::deployment(name, 1, make::IMAGE)["spec"]["template"].clone();
        let mut body = json!({"metadata": {"name": name}, "spec": {
            "selector": {"matchLabels": {"app": name}}, "template": template}});
        if more {
            body["spec"]["replicas"] = json!(2);
            body["spec"]["serviceName"] = json!(name);
        }
        let path = c.group("apps/v1", plural);
        c.create(&path, &body).await;
        let up = |set: &Value| {
            let n = |key: &str| set["status"][key].as_u64().unwrap_or(0);
            n("availableReplicas") == 2
                || n("numberAvailable") > 0 && n("numberAvailable") == n("desiredNumberScheduled")
        };
        let set = c.until("it runs", &format!("{path}/{name}"), up).await;
        let pods = set["status"]["availableReplicas"].as_u64().or(set["status"]["numberAvailable"].as_u64());
        let admin = Person::new(&c, "admin");
        let shown = admin.qd(&["service", name, "-o", "json"]).await.exits(0).json();
        let revision = &shown["workloads"][0]["revisions"][0];
        assert_eq!(
            (&revision["counted"], revision["replicas"]["available"].as_u64()),
            (&json!(true), pods),
            "{revision}"
        );
    }
}
