//! Label selectors (`metav1.LabelSelector`) against labels.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::meta::Map;

/// `matchLabels` and `matchExpressions`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Selector {
    #[serde(skip_serializing_if = "Map::is_empty")]
    match_labels: Map,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    match_expressions: Vec<Requirement>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Requirement {
    key: String,
    operator: Operator,
    #[serde(default)]
    values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

impl Selector {
    /// The selector of a Service: a plain map of labels.
    pub fn from_labels(labels: Map) -> Self {
        Self { match_labels: labels, match_expressions: Vec::new() }
    }

    /// The selector as JSON; plain data, so it cannot fail.
    pub fn to_value(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// Whether it selects nothing because it says nothing. (Kubernetes lets an
    /// empty selector select everything; workloads refuse it in validation.)
    pub fn is_empty(&self) -> bool {
        self.match_labels.is_empty() && self.match_expressions.is_empty()
    }

    /// Whether labels, looked up one by one, satisfy every requirement.
    pub fn matches_with<'a>(&self, label: impl Fn(&str) -> Option<&'a str>) -> bool {
        self.match_labels.iter().all(|(k, v)| label(k) == Some(v.as_str()))
            && self.match_expressions.iter().all(|r| r.holds(label(&r.key)))
    }

    /// Whether a label map satisfies every requirement.
    pub fn matches(&self, labels: &Map) -> bool {
        self.matches_with(|k| labels.get(k).map(String::as_str))
    }

    /// Whether the labels of an object satisfy every requirement.
    pub fn matches_object(&self, object: &Value) -> bool {
        let labels = object.pointer("/metadata/labels").and_then(Value::as_object);
        self.matches_with(|k| labels.and_then(|l| l.get(k)).and_then(Value::as_str))
    }
}

impl Requirement {
    fn holds(&self, value: Option<&str>) -> bool {
        let listed = value.is_some_and(|v| self.values.iter().any(|x| x == v));
        match self.operator {
            Operator::In => listed,
            Operator::NotIn => !listed,
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_operator_against_present_and_absent_labels() {
        let labels = Map::from([("app".to_owned(), "web".to_owned())]);
        for (op, key, values, want) in [
            ("In", "app", vec!["web", "api"], true),
            ("In", "app", vec!["api"], false),
            ("In", "tier", vec!["web"], false),
            ("NotIn", "app", vec!["web"], false),
            ("NotIn", "tier", vec!["web"], true),
            ("Exists", "app", vec![], true),
            ("Exists", "tier", vec![], false),
            ("DoesNotExist", "tier", vec![], true),
            ("DoesNotExist", "app", vec![], false),
        ] {
            let s: Selector = serde_json::from_value(
                json!({"matchExpressions": [{"key": key, "operator": op, "values": values}]}),
            )
            .unwrap();
            assert_eq!(s.matches(&labels), want, "{op} {key} {values:?}");
        }
        assert!(Selector::default().matches(&labels) && Selector::default().is_empty());
    }
}
