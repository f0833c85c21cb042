use proptest::prelude::*;
use serde_json::{Value, json};

use super::apply::{Writer, apply, record_update};
use super::set::Set;
use super::walk::{Shape, Walk};
use crate::demo::schema::Schema;

fn writer(manager: &str) -> Writer {
    Writer {
        manager: manager.into(),
        api_version: "apps/v1".into(),
        subresource: String::new(),
        time: "2026-01-02T03:04:05Z".into(),
    }
}

struct Kind(Schema);

impl Kind {
    fn shape(&self) -> (Walk<'_>, Shape<'_>) {
        let schema = &self.0;
        (Walk { schema }, Walk::root(schema.root("apps", "v1", "Deployment")))
    }

    fn apply(&self, live: &Value, config: &Value, manager: &str, force: bool) -> Result<Value, String> {
        let (walk, shape) = self.shape();
        apply(walk, shape, live, config, &writer(manager), force).map_err(|e| e.message)
    }

    fn update(&self, before: &Value, mut after: Value, manager: &str) -> Value {
        let (walk, shape) = self.shape();
        record_update(walk, shape, before, &mut after, &writer(manager));
        after
    }
}

fn ports(list: &Value) -> Value {
    json!({"metadata": {"name": "d"}, "spec": {"template": {"spec": {"containers": [{"name": "c", "ports": list}]}}}})
}

#[test]
fn what_is_named_no_longer_is_removed_unless_another_owns_it() {
    let kind = Kind(Schema::default());
    let nothing = json!({"metadata": {"name": "d"}});
    let labels = |l: Value| json!({"metadata": {"name": "d", "labels": l}});
    let one = kind.apply(&nothing, &labels(json!({"a": "1", "b": "2"})), "one", false).unwrap();
    let two = kind.apply(&one, &labels(json!({"b": "2"})), "two", false).unwrap();
    let left = kind.apply(&two, &labels(json!({})), "one", false).unwrap();
    assert_eq!(left["metadata"]["labels"], json!({"b": "2"}));
}

#[test]
fn items_of_keyed_lists_are_owned_one_by_one() {
    let kind = Kind(Schema::default());
    let nothing = json!({"metadata": {"name": "d"}});
    let one = kind
        .apply(&nothing, &ports(&json!([{"containerPort": 80, "protocol": "TCP"}])), "one", false)
        .unwrap();
    let two = kind
        .apply(&one, &ports(&json!([{"containerPort": 90, "protocol": "TCP", "name": "x"}])), "two", false)
        .unwrap();
    assert_eq!(two["spec"]["template"]["spec"]["containers"][0]["name"], "c");
    let taken = kind
        .apply(&two, &ports(&json!([{"containerPort": 90, "protocol": "TCP", "name": "y"}])), "one", false)
        .unwrap_err();
    assert!(
        taken.starts_with("Apply failed with 1 conflict: conflict with \"two\": .spec.template"),
        "{taken}"
    );
}

#[test]
fn an_update_takes_the_fields_it_changes_and_loses_what_it_removes() {
    let kind = Kind(Schema::default());
    let nothing = json!({"metadata": {"name": "d"}});
    let one = kind
        .apply(
            &nothing,
            &json!({"metadata": {"name": "d"}, "spec": {"replicas": 1, "paused": true}}),
            "one",
            false,
        )
        .unwrap();
    let mut changed = one.clone();
    changed["spec"] = json!({"replicas": 5});
    let after = kind.update(&one, changed, "hand");
    let entries = after["metadata"]["managedFields"].as_array().unwrap();
    let sets: Vec<_> = entries.iter().map(|e| (e["manager"].clone(), e["fieldsV1"].clone())).collect();
    assert_eq!(sets, [(json!("hand"), json!({"f:spec": {"f:replicas": {}}}))]);
}

fn any_fields() -> impl Strategy<Value = Value> {
    let leaf = Just(json!({}));
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop::collection::btree_map("(f:[a-d]|\\.|k:\\{\"name\":\"[ab]\"\\}|v:1)", inner, 0..4).prop_map(
            |m| {
                let fields = m.into_iter().map(|(k, v)| if k == "." { (k, json!({})) } else { (k, v) });
                Value::Object(fields.collect())
            },
        )
    })
}

proptest! {
    #[test]
    fn sets_obey_the_laws(a in any_fields(), b in any_fields()) {
        let (a, b) = (Set::read(&a), Set::read(&b));
        let mut sum = a.clone();
        sum.add(&b);
        prop_assert_eq!(&sum.common(&a).write(), &a.write());
        let mut rest = sum.clone();
        rest.remove(&b);
        prop_assert_eq!(rest.common(&b).paths(), Vec::<String>::new());
        prop_assert_eq!(Set::read(&sum.write()).write(), sum.write());
    }
}
