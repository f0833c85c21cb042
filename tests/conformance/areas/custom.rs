//! Custom resources: definitions, and objects of kinds nobody compiled in.

use serde_json::{Value, json};

use crate::behaviours;
use crate::case::Case;
use crate::http::{APPLY, MERGE, STRATEGIC};

behaviours! { "custom":
    definition_is_established,
    discovery_shows_the_kind,
    object_lives,
    unknown_fields_are_pruned,
    unknown_field_strict_is_400,
    defaults_are_filled,
    schema_is_enforced,
    status_is_a_subresource,
    scale_is_a_subresource,
    generation_follows_the_body,
    strategic_patch_is_415,
    merge_and_apply_work,
    watch_sees_them,
    printer_columns_are_shown,
    deleting_the_definition_deletes_the_kind,
    definition_name_must_fit,
}

/// A group of its own for every behaviour, so that they can run at once.
pub(super) struct Kind {
    group: String,
    definition: String,
}

impl Kind {
    pub(super) fn path(&self, c: &Case) -> String {
        c.group(&format!("{}/v1", self.group), "widgets")
    }

    fn widget(&self, name: &str, spec: Value) -> Value {
        json!({"apiVersion": format!("{}/v1", self.group), "kind": "Widget", "metadata": {"name": name}, "spec": spec})
    }
}

fn definition(group: &str) -> Value {
    let spec = json!({"type": "object", "required": ["size"], "properties": {
        "size": {"type": "integer", "minimum": 1, "maximum": 9},
        "colour": {"type": "string", "default": "red", "enum": ["red", "blue"]},
        "replicas": {"type": "integer"},
        "parts": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}}}});
    let status = json!({"type": "object", "properties": {"ready": {"type": "boolean"}, "replicas": {"type": "integer"}}});
    json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("widgets.{group}")},
        "spec": {"group": group, "scope": "Namespaced",
            "names": {"plural": "widgets", "singular": "widget", "kind": "Widget", "shortNames": ["wd"]},
            "versions": [{"name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec, "status": status}}},
                "subresources": {"status": {}, "scale": {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}},
                "additionalPrinterColumns": [{"name": "Size", "type": "integer", "jsonPath": ".spec.size"}]}]}})
}

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

pub(super) async fn defined(c: &Case) -> Kind {
    let group = format!("{}.quarterdeck.test", c.ns);
    c.create(DEFINITIONS, &definition(&group)).await;
    let kind = Kind { definition: format!("{DEFINITIONS}/widgets.{group}"), group };
    let established = |crd: &Value| {
        crd["status"]["conditions"]
            .as_array()
            .is_some_and(|all| all.iter().any(|one| one["type"] == "Established" && one["status"] == "True"))
    };
    c.until("the definition is established", &kind.definition, established).await;
    c.until_answer("the kind is served", &kind.path(c), |answer| answer.status == 200).await;
    kind
}

pub(super) async fn forget(c: &Case, kind: Kind) {
    c.admin.delete(&kind.definition).await.is(200);
}

async fn definition_is_established(c: Case) {
    let kind = defined(&c).await;
    let crd = c.read(&kind.definition).await;
    assert_eq!(crd["status"]["acceptedNames"]["kind"], "Widget");
    assert_eq!(
        (&crd["status"]["storedVersions"], &crd["spec"]["names"]["listKind"]),
        (&json!(["v1"]), &json!("WidgetList"))
    );
    forget(&c, kind).await;
}

async fn discovery_shows_the_kind(c: Case) {
    let kind = defined(&c).await;
    let path = format!("/apis/{}/v1", kind.group);
    let list = c.until("it is discovered", &path, |list| list["resources"][0].is_object()).await;
    let mut names: Vec<_> = list["resources"]
        .as_array()
        .expect("resources")
        .iter()
        .filter_map(|one| one["name"].as_str())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["widgets", "widgets/scale", "widgets/status"]);
    let group = format!("/apis/{}", kind.group);
    c.until("so is its group", &group, |one| one["preferredVersion"]["version"] == "v1").await;
    forget(&c, kind).await;
}

async fn object_lives(c: Case) {
    let kind = defined(&c).await;
    let made = c.create(&kind.path(&c), &kind.widget("w", json!({"size": 1}))).await;
    assert_eq!((&made["kind"], &made["metadata"]["generation"]), (&json!("Widget"), &json!(1)));
    let list = c.read(&kind.path(&c)).await;
    assert_eq!((&list["kind"], &list["items"][0]["kind"]), (&json!("WidgetList"), &json!("Widget")));
    c.admin.delete(&format!("{}/w", kind.path(&c))).await.is(200);
    let missing = format!("widgets.{} \"w\" not found", kind.group);
    c.admin.get(&format!("{}/w", kind.path(&c))).await.says(404, "NotFound", &missing);
    forget(&c, kind).await;
}

async fn unknown_fields_are_pruned(c: Case) {
    let kind = defined(&c).await;
    let answer = c.admin.post(&kind.path(&c), &kind.widget("w", json!({"size": 1, "weight": 5}))).await;
    assert_eq!(answer.header("warning"), "299 - \"unknown field \\\"spec.weight\\\"\"");
    assert!(answer.is(201)["spec"].get("weight").is_none());
    forget(&c, kind).await;
}

async fn unknown_field_strict_is_400(c: Case) {
    let kind = defined(&c).await;
    let path = format!("{}?fieldValidation=Strict", kind.path(&c));
    let refused = c.admin.post(&path, &kind.widget("w", json!({"size": 1, "weight": 5}))).await;
    let message = refused.fails(400, "BadRequest")["message"].as_str().unwrap_or_default().to_owned();
    assert!(message.ends_with("strict decoding error: unknown field \"spec.weight\""), "{message}");
    forget(&c, kind).await;
}

async fn defaults_are_filled(c: Case) {
    let kind = defined(&c).await;
    let made = c.create(&kind.path(&c), &kind.widget("w", json!({"size": 1}))).await;
    assert_eq!(made["spec"], json!({"size": 1, "colour": "red"}));
    forget(&c, kind).await;
}

async fn schema_is_enforced(c: Case) {
    let kind = defined(&c).await;
    for (spec, field, message) in [
        (
            json!({"size": 10}),
            "spec.size",
            "Invalid value: 10: spec.size in body should be less than or equal to 9",
        ),
        (
            json!({"size": 1, "colour": "green"}),
            "spec.colour",
            "Unsupported value: \"green\": supported values: \"red\", \"blue\"",
        ),
        (json!({}), "spec.size", "Required value"),
        (
            json!({"size": "x"}),
            "spec.size",
            "Invalid value: \"string\": spec.size in body must be of type integer: \"string\"",
        ),
    ] {
        let status = c.admin.post(&kind.path(&c), &kind.widget("w", spec)).await.fails(422, "Invalid");
        let cause = &status["details"]["causes"][0];
        assert_eq!((&cause["field"], &cause["message"]), (&json!(field), &json!(message)));
    }
    forget(&c, kind).await;
}

async fn status_is_a_subresource(c: Case) {
    let kind = defined(&c).await;
    let mut widget = kind.widget("w", json!({"size": 1}));
    widget["status"] = json!({"ready": true});
    let path = format!("{}/w", kind.path(&c));
    assert!(c.create(&kind.path(&c), &widget).await.get("status").is_none(), "not on create");
    let after = c
        .admin
        .patch(MERGE, &format!("{path}/status"), &json!({"spec": {"size": 5}, "status": {"ready": true}}))
        .await
        .is(200);
    assert_eq!((&after["status"], &after["spec"]["size"]), (&json!({"ready": true}), &json!(1)));
    forget(&c, kind).await;
}

async fn scale_is_a_subresource(c: Case) {
    let kind = defined(&c).await;
    c.create(&kind.path(&c), &kind.widget("w", json!({"size": 1, "replicas": 2}))).await;
    let path = format!("{}/w", kind.path(&c));
    assert_eq!(c.read(&format!("{path}/scale")).await["spec"]["replicas"], 2);
    c.admin.patch(MERGE, &format!("{path}/scale"), &json!({"spec": {"replicas": 4}})).await.is(200);
    assert_eq!(c.read(&path).await["spec"]["replicas"], 4);
    forget(&c, kind).await;
}

async fn generation_follows_the_body(c: Case) {
    let kind = defined(&c).await;
    c.create(&kind.path(&c), &kind.widget("w", json!({"size": 1}))).await;
    let path = format!("{}/w", kind.path(&c));
    for (at, patch, generation) in [
        ("", json!({"metadata": {"labels": {"x": "1"}}}), 1),
        ("/status", json!({"status": {"ready": true}}), 1),
        ("", json!({"spec": {"size": 2}}), 2),
    ] {
        let after = c.admin.patch(MERGE, &format!("{path}{at}"), &patch).await.is(200);
        assert_eq!(after["metadata"]["generation"], generation, "{patch}");
    }
    forget(&c, kind).await;
}

async fn strategic_patch_is_415(c: Case) {
    let kind = defined(&c).await;
    c.create(&kind.path(&c), &kind.widget("w", json!({"size": 1}))).await;
    let path = format!("{}/w", kind.path(&c));
    c.admin.patch(STRATEGIC, &path, &json!({})).await.fails(415, "UnsupportedMediaType");
    forget(&c, kind).await;
}

async fn merge_and_apply_work(c: Case) {
    let kind = defined(&c).await;
    let path = format!("{}/w", kind.path(&c));
    c.admin
        .patch(APPLY, &format!("{path}?fieldManager=one"), &kind.widget("w", json!({"size": 1})))
        .await
        .is(201);
    let refused = c
        .admin
        .patch(APPLY, &format!("{path}?fieldManager=two"), &kind.widget("w", json!({"size": 2})))
        .await;
    refused.says(409, "Conflict", "Apply failed with 1 conflict: conflict with \"one\": .spec.size");
    let after = c.admin.patch(MERGE, &path, &json!({"spec": {"colour": "blue"}})).await.is(200);
    assert_eq!(after["spec"], json!({"size": 1, "colour": "blue"}));
    forget(&c, kind).await;
}

async fn watch_sees_them(c: Case) {
    let kind = defined(&c).await;
    let mut watch = c.admin.watch(&format!("{}?watch=1", kind.path(&c))).await;
    c.create(&kind.path(&c), &kind.widget("w", json!({"size": 1}))).await;
    assert_eq!(watch.step().await, ("ADDED".to_owned(), "w".to_owned()));
    forget(&c, kind).await;
}

async fn printer_columns_are_shown(c: Case) {
    let kind = defined(&c).await;
    c.create(&kind.path(&c), &kind.widget("w", json!({"size": 3}))).await;
    let table = c.admin.get_as("application/json;as=Table;g=meta.k8s.io;v=v1", &kind.path(&c)).await.is(200);
    let names: Vec<_> = table["columnDefinitions"]
        .as_array()
        .expect("columns")
        .iter()
        .map(|column| &column["name"])
        .collect();
    assert_eq!(names, ["Name", "Size"]);
    assert_eq!(table["rows"][0]["cells"], json!(["w", 3]));
    forget(&c, kind).await;
}

async fn deleting_the_definition_deletes_the_kind(c: Case) {
    let kind = defined(&c).await;
    c.create(&kind.path(&c), &kind.widget("w", json!({"size": 3}))).await;
    c.admin.delete(&kind.definition).await.is(200);
    c.until_gone(&kind.definition).await;
    c.until_answer("the kind is gone", &kind.path(&c), |answer| answer.status == 404).await;
}

async fn definition_name_must_fit(c: Case) {
    let mut body = definition("misnamed.quarterdeck.test");
    body["metadata"]["name"] = json!("gadgets.misnamed.quarterdeck.test");
    let status = c.admin.post(DEFINITIONS, &body).await.fails(422, "Invalid");
    let message = status["message"].as_str().unwrap_or_default();
    assert!(message.contains("metadata.name: Invalid value: \"gadgets.misnamed.quarterdeck.test\": must be spec.names.plural+\".\"+spec.group"), "{message}");
}
