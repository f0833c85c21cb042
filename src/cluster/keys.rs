//! What is in a Secret or ConfigMap, by the names of its keys.

use super::Cluster;
use super::paths::{escape, get};
use super::status;
use super::wire::Limits;
use crate::domain::{Fault, FaultKind, Namespace};
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeSet;

/// The names of an object's fields. The server has no form of Secrets without
/// their values: they are skipped while the answer is read, and stand in no
/// field of ours.
#[derive(Default)]
struct Keys(BTreeSet<String>);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Self::default())
    }
}

impl<'de> Visitor<'de> for Keys {
    type Value = Self;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self, A::Error> {
        while let Some((key, IgnoredAny)) = map.next_entry()? {
            self.0.insert(key);
        }
        Ok(self)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Holder {
    data: Option<Keys>,
    binary_data: Option<Keys>,
}

impl Cluster {
    /// The keys of a Secret or ConfigMap (`plural` says which); none if there
    /// is no such object.
    ///
    /// # Errors
    /// Not allowed, or no answer.
    pub async fn keys_of(
        &self,
        plural: &str,
        namespace: &Namespace,
        name: &str,
    ) -> Result<Option<BTreeSet<String>>, Fault> {
        let path = format!("/api/v1/namespaces/{}/{plural}/{}", escape(namespace.as_str()), escape(name));
        let asked = format!("get {plural} in {namespace}");
        let answer = self.wire.call(&asked, get(&path)?, Limits::ONE).await.map_err(|error| error.fault)?;
        match answer.code {
            404 => return Ok(None),
            200..300 => {}
            _ => return Err(status::of_answer(&asked, &answer, &self.wire.site)),
        }
        // Not `status::not_json`, which quotes the beginning of the body.
        let held: Holder = serde_json::from_slice(&answer.body).map_err(|_quotes_the_value| {
            Fault::new(FaultKind::Server, format!("cannot {asked}: the answer is none"))
        })?;
        Ok(Some([held.data, held.binary_data].into_iter().flatten().flat_map(|keys| keys.0).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_and_values_are_not() {
        let text = r#"{"kind": "Secret", "data": {"b": "c2VjcmV0", "a": ""}, "binaryData": {"c": "AA=="}}"#;
        let held: Holder = serde_json::from_str(text).unwrap();
        assert_eq!(held.data.unwrap().0, BTreeSet::from(["a".to_owned(), "b".to_owned()]));
        assert_eq!(held.binary_data.unwrap().0.len(), 1);
        let empty: Holder = serde_json::from_str(r#"{"data": null}"#).unwrap();
        assert!(empty.data.is_none() && empty.binary_data.is_none());
    }
}
