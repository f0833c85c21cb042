//! A pod template, slimmed to what a person compares.

use super::Rooms;
use serde::Serialize;
use std::collections::BTreeMap;

/// What a revision runs. Two templates with equal [`digest`](Self::digest) are
/// the same to the cluster; the other fields are for reading.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Template {
    /// Containers in order, init containers first.
    pub containers: Vec<Container>,
    /// ConfigMaps and Secrets the pods read. A rollback does not restore their content.
    pub configs: Vec<ConfigRef>,
    /// Labels of the pods, without `pod-template-hash`.
    pub labels: BTreeMap<String, String>,
    /// Hash over the whole template as the server has it, without
    /// `pod-template-hash`: the fields not listed here are in it too.
    pub digest: u64,
}

/// One container of a template.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Container {
    /// Its name within the pod.
    pub name: String,
    /// Image reference as written.
    pub image: String,
    /// Whether it runs before the others and ends.
    pub init: bool,
    /// Environment in order of name.
    pub env: BTreeMap<String, EnvValue>,
    /// `cpu 500m, memory 512Mi / memory 512Mi`: requests / limits; empty if none.
    pub resources: String,
    /// The same as numbers.
    #[serde(skip)]
    pub rooms: Rooms,
    /// Command and arguments joined; empty if the image decides.
    pub command: String,
}

/// Where a variable's value comes from. The value of a secret is never kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum EnvValue {
    /// Written in the template, and harmless by its name.
    Plain(String),
    /// Written in the template under a secret's name: only its stand-in is kept.
    Masked(String),
    /// Taken from elsewhere, said in words: `secret my-db key uri`.
    From(String),
}

impl EnvValue {
    /// What may be shown.
    pub fn shown(&self) -> &str {
        match self {
            Self::Plain(text) | Self::Masked(text) | Self::From(text) => text,
        }
    }
}

/// A ConfigMap or Secret a template refers to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ConfigRef {
    /// `ConfigMap` or `Secret`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
}

impl Template {
    /// What a pod of it asks for and may use at most: its containers that run
    /// together.
    pub fn rooms(&self) -> Rooms {
        let serving = self.containers.iter().filter(|container| !container.init);
        serving.map(|container| container.rooms).reduce(|a, b| a + b).unwrap_or_default()
    }

    /// The first container that serves: not an init container.
    pub fn main_container(&self) -> Option<&Container> {
        self.containers.iter().find(|container| !container.init)
    }

    /// The version a person would say: the `app.kubernetes.io/version` or
    /// `version` label if the image tag agrees or is a digest, else the tag of
    /// the main image, else the short digest, else `?`.
    pub fn version(&self) -> String {
        let tag = self.main_container().map(|container| tag_of(&container.image)).unwrap_or_default();
        let label = self.labels.get("app.kubernetes.io/version").or_else(|| self.labels.get("version"));
        match label {
            Some(label) if tag.is_empty() || tag.starts_with('@') || tag == *label => label.clone(),
            Some(_) | None if tag.is_empty() => "?".to_owned(),
            Some(_) | None => tag,
        }
    }
}

/// The tag of an image reference, `@` and seven digits for a digest, empty for none.
fn tag_of(image: &str) -> String {
    if let Some((_, digest)) = image.split_once('@') {
        let hex: String = digest.rsplit(':').next().unwrap_or_default().chars().take(7).collect();
        return format!("@{hex}");
    }
    let last = image.rsplit('/').next().unwrap_or_default();
    last.split_once(':').map(|(_, tag)| tag.to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(image: &str, label: Option<&str>) -> Template {
        let container = Container { name: "app".into(), image: image.into(), ..Container::default() };
        let labels =
            label.map(|l| ("app.kubernetes.io/version".to_owned(), l.to_owned())).into_iter().collect();
        Template { containers: vec![container], labels, ..Template::default() }
    }

    #[test]
    fn the_version_is_what_runs_not_what_a_stale_label_says() {
        let cases = [
            ("r.io:5000/team/app:v1.2", None, "v1.2"),
            ("r.io:5000/team/app", None, "?"),
            ("app@sha256:0123456789ab", None, "@0123456"),
            ("app@sha256:0123456789ab", Some("v3"), "v3"),
            ("app:v2", Some("v1"), "v2"),
        ];
        for (image, label, expected) in cases {
            assert_eq!(with(image, label).version(), expected, "{image}");
        }
    }
}
