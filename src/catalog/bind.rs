//! Which objects of a cluster an entity is about.

use super::Entity;
use std::collections::BTreeMap;

/// How an entity finds its objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Labels that must all match; `None` as a value means the label must exist.
    labels: Vec<(String, Option<String>)>,
    /// The one namespace looked in; none for all.
    namespace: Option<String>,
}

pub(super) const ID: &str = "backstage.io/kubernetes-id";
const SELECTOR: &str = "backstage.io/kubernetes-label-selector";
const NAMESPACE: &str = "backstage.io/kubernetes-namespace";

impl Entity {
    /// The binding its annotations declare: the label selector wins over the
    /// id. None if it declares nothing; then labels and names decide.
    pub fn binding(&self) -> Option<Binding> {
        let namespace = self.annotations.get(NAMESPACE).cloned();
        if let Some(selector) = self.annotations.get(SELECTOR) {
            let labels = selector.split(',').map(str::trim).filter(|term| !term.is_empty());
            let labels = labels.map(|term| match term.split_once('=') {
                Some((key, value)) => (
                    key.trim_end_matches('=').trim().to_owned(),
                    Some(value.trim_start_matches('=').trim().to_owned()),
                ),
                None => (term.to_owned(), None),
            });
            return Some(Binding { labels: labels.collect(), namespace });
        }
        let id = self.annotations.get(ID)?;
        Some(Binding { labels: vec![(ID.to_owned(), Some(id.clone()))], namespace })
    }
}

impl Entity {
    /// The id its objects carry as a label, unless a selector takes its place.
    pub(super) fn kubernetes_id(&self) -> Option<&str> {
        if self.annotations.contains_key(SELECTOR) {
            return None;
        }
        self.annotations.get(ID).map(String::as_str)
    }

    /// Whether it may be in `namespace`: anywhere unless it names one.
    pub(super) fn is_in(&self, namespace: &str) -> bool {
        self.annotations.get(NAMESPACE).is_none_or(|only| only == namespace)
    }
}

impl Binding {
    /// Whether an object with these labels in this namespace is meant.
    pub fn matches(&self, namespace: &str, labels: &BTreeMap<String, String>) -> bool {
        self.namespace.as_deref().is_none_or(|only| only == namespace)
            && self.labels.iter().all(|(key, value)| {
                labels.get(key).is_some_and(|have| value.as_ref().is_none_or(|want| want == have))
            })
    }
}
