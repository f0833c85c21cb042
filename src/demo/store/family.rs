//! Families of objects: those of one resource, namespace and owner, which have
//! most of their text, their labels and their namespace in common.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::object::Labels;

/// What an object may share with those that came before it in its family.
#[derive(Debug, Default)]
pub(super) struct Family {
    /// The text that others are told apart from.
    pub(super) base: Option<Arc<[u8]>>,
    /// Labels of the newest member.
    pub(super) labels: Labels,
    /// The namespace.
    pub(super) namespace: Arc<str>,
}

/// All families.
#[derive(Debug, Default)]
pub(super) struct Families(HashMap<String, Family>);

impl Families {
    /// The family of an object.
    pub(super) fn of(&mut self, resource: &str, value: &Value) -> &mut Family {
        let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let namespace = text("/metadata/namespace");
        let key = format!("{resource}/{namespace}/{}", text("/metadata/ownerReferences/0/uid"));
        // At each doubling, families whose text nobody shares are forgotten.
        if self.0.len().is_power_of_two() && !self.0.contains_key(&key) {
            self.0.retain(|_, family| family.base.as_ref().is_some_and(|base| Arc::strong_count(base) > 1));
        }
        self.0.entry(key).or_insert_with(|| Family { namespace: namespace.into(), ..Family::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_family_whose_members_are_gone_is_forgotten() {
        let mut families = Families::default();
        let kept: Arc<[u8]> = b"kept"[..].into();
        for index in 0..10_000 {
            let owner = json!([{"uid": index.to_string()}]);
            let value = json!({"metadata": {"namespace": "shop", "ownerReferences": owner}});
            let base = if index == 0 { kept.clone() } else { b"gone"[..].into() };
            families.of("pods", &value).base = Some(base);
        }
        assert!(families.0.len() < 10 && families.0.contains_key("pods/shop/0"), "{}", families.0.len());
    }
}
