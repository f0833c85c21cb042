//! Tables and properties of decoding: words as kubectl's, digests as the
//! controller's, and no input that brings it down.

use super::{Interner, Line, decode_workload, digest_template, line, page};
use crate::domain::{Kind, Ownership};
use proptest::prelude::*;
use serde_json::{Value, json};

fn template() -> Value {
    json!({
        "metadata": {"labels": {"app": "web", "pod-template-hash": "abc"}, "annotations": null, "creationTimestamp": null},
        "spec": {
            "containers": [{
                "name": "app", "image": "app:v1", "command": ["a", "b"],
                "env": [{"name": "B", "value": "2"}, {"name": "A", "valueFrom": {"configMapKeyRef": {"name": "cm", "key": "k"}}}],
                "envFrom": [{"secretRef": {"name": "all"}}],
                "resources": {"requests": {"cpu": "100m"}, "limits": {"memory": "1Gi"}},
            }],
            "volumes": [
                {"name": "v", "secret": {"secretName": "tls"}},
                {"name": "w", "projected": {"sources": [{"configMap": {"name": "ca"}}, {"secret": {"name": "key"}}]}},
            ],
        },
    })
}

#[test]
fn templates_keep_what_people_compare() {
    let template = super::decode_template(&template());
    assert_eq!(template.labels.keys().collect::<Vec<_>>(), ["app"]);
    let container = &template.containers[0];
    assert_eq!((container.command.as_str(), container.resources.as_str()), ("a b", "cpu 100m / memory 1Gi"));
    let env: Vec<_> = container.env.iter().map(|(name, value)| (name.as_str(), value.shown())).collect();
    assert_eq!(env, [("* (all)", "secret all, all keys"), ("A", "configmap cm key k"), ("B", "2")]);
    let configs: Vec<_> = template.configs.iter().map(|c| (c.kind, c.name.as_str())).collect();
    assert_eq!(
        configs,
        [("ConfigMap", "ca"), ("ConfigMap", "cm"), ("Secret", "all"), ("Secret", "key"), ("Secret", "tls")]
    );
}

#[test]
fn the_digest_sees_every_change_but_the_hash_label() {
    let base = digest_template(&template());
    let with = |path: &str, value: Value| {
        let mut changed = template();
        *changed.pointer_mut(path).unwrap() = value;
        digest_template(&changed)
    };
    assert_eq!(with("/metadata/labels/pod-template-hash", "other".into()), base);
    assert_eq!(with("/metadata/annotations", json!({})), base);
    let changes = [
        ("/metadata/labels/app", json!("api")),
        ("/metadata/annotations", json!({"restartedAt": "now"})),
        ("/spec/containers/0/image", json!("app:v2")),
        ("/spec/containers/0/command", json!(["ab"])),
        ("/spec/containers/0/env/0/value", json!("3")),
        ("/spec/containers/0/resources", json!({})),
        ("/spec/volumes/0/secret/secretName", json!("tls2")),
    ];
    let digests: std::collections::BTreeSet<_> = changes.map(|(path, value)| with(path, value)).into();
    assert_eq!(digests.len(), 7, "each change has its own digest");
    assert!(!digests.contains(&base));
    let mut unlabelled = template();
    unlabelled["metadata"]["labels"].as_object_mut().unwrap().remove("pod-template-hash");
    assert_eq!(digest_template(&unlabelled), base);
}

#[test]
fn workloads_of_each_kind_count_their_own_way() {
    let daemon = json!({
        "kind": "DaemonSet", "metadata": {"name": "d", "namespace": "n", "annotations": {"meta.helm.sh/release-name": "rel"}},
        "spec": {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}}},
        "status": {"desiredNumberScheduled": 3, "currentNumberScheduled": 3, "updatedNumberScheduled": 2, "numberReady": 1, "numberAvailable": 1},
    });
    let daemon = decode_workload(&daemon).unwrap();
    let r = daemon.replicas;
    assert_eq!((r.desired, r.current, r.updated, r.ready, r.available), (3, 3, 2, 1, 1));
    assert_eq!(
        (daemon.strategy.as_str(), daemon.ownership),
        ("RollingUpdate 0/1", Ownership::Helm { release: "rel".into() })
    );

    let bare = decode_workload(&json!({"kind": "Deployment", "metadata": {"name": "d"}})).unwrap();
    assert_eq!(bare.replicas.desired, 1, "the default of the API");
    let fault = decode_workload(&json!({"kind": "Secret\u{1b}", "metadata": {"name": "x"}})).unwrap_err();
    assert!(fault.text.contains("Secret") && !fault.text.contains('\u{1b}'), "{fault}");
    decode_workload(&json!({"kind": "Deployment"})).unwrap_err();
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,6}|\u{1b}\\[3[0-9]m|Running|2026-01-01T00:00:00Z".prop_map(Value::from),
    ];
    // The fields that are read, so that odd values meet them.
    let names = prop::sample::select(vec![
        "metadata",
        "name",
        "namespace",
        "uid",
        "labels",
        "annotations",
        "ownerReferences",
        "controller",
        "spec",
        "containers",
        "initContainers",
        "env",
        "value",
        "valueFrom",
        "secretKeyRef",
        "template",
        "replicas",
        "status",
        "phase",
        "reason",
        "conditions",
        "type",
        "containerStatuses",
        "initContainerStatuses",
        "state",
        "waiting",
        "terminated",
        "exitCode",
        "restartCount",
        "ready",
        "items",
        "object",
        "involvedObject",
        "scaleTargetRef",
        "kind",
    ]);
    leaf.prop_recursive(6, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((names.clone(), inner), 0..6)
                .prop_map(|pairs| pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect::<Value>()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nothing_a_server_sends_brings_us_down_or_gets_a_control_character_through(value in any_json()) {
        let mut names = Interner::default();
        let list = json!({"metadata": {"resourceVersion": "1"}, "items": [value]}).to_string();
        let event = json!({"type": "MODIFIED", "object": value}).to_string();
        for kind in Kind::all() {
            let page = page(kind, list.as_bytes(), &mut names).unwrap();
            prop_assert!(is_clean(&page.seen));
            let (line, _) = line(kind, event.as_bytes(), &mut names).unwrap();
            prop_assert!(is_clean(&line));
        }
        let _any_number = digest_template(&value);
    }

    #[test]
    fn torn_lines_are_errors_not_objects(cut in 1_usize..60) {
        let whole = json!({"type": "ADDED", "object": {"metadata": {"name": "p", "namespace": "n"}}}).to_string();
        let torn = whole.get(..cut.min(whole.len() - 1)).unwrap();
        prop_assert!(line(Kind::Pod, torn.as_bytes(), &mut Interner::default()).is_err());
    }
}

#[test]
fn lines_say_what_they_are() {
    let mut names = Interner::default();
    let mut read = |text: &Value| line(Kind::Pod, text.to_string().as_bytes(), &mut names).unwrap();
    let object = json!({"metadata": {"name": "p", "namespace": "n", "resourceVersion": "9"}});
    assert!(
        matches!(read(&json!({"type": "ADDED", "object": object})), (Line::Seen(_), version) if version == "9")
    );
    assert!(
        matches!(read(&json!({"type": "DELETED", "object": object})), (Line::Gone(key), _) if key.name.as_str() == "p")
    );
    assert!(
        matches!(read(&json!({"type": "BOOKMARK", "object": object})), (Line::Mark, version) if version == "9")
    );
    let gone = json!({"type": "ERROR", "object": {"kind": "Status", "code": 410, "message": "too old"}});
    assert!(matches!(read(&gone), (Line::Ended(410, said), _) if said == "too old"));
}

fn is_clean(value: &impl std::fmt::Debug) -> bool {
    !format!("{value:?}").contains("\\u{1b}")
}
