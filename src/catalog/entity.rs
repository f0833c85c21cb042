//! One entry of the catalogue.

use super::{EntityRef, Relation};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// An entity as written.
#[derive(Clone, Debug, Serialize)]
pub struct Entity {
    /// What it is called.
    pub reference: EntityRef,
    /// A friendlier name; empty if none.
    pub title: String,
    /// One paragraph; may be empty.
    pub description: String,
    /// Annotations with text values.
    pub annotations: BTreeMap<String, String>,
    /// Labels with text values.
    pub labels: BTreeMap<String, String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Where to look further.
    pub links: Vec<Link>,
    /// `spec.type`: `service`, `database`, `team`, …
    pub flavour: String,
    /// `spec.lifecycle`: `production`, `experimental`, `deprecated`, …
    pub lifecycle: String,
    /// Path of the file it stands in.
    pub file: String,
    /// Line it begins at.
    pub line: usize,
    /// Relations it declares.
    pub declared: Vec<(Relation, EntityRef)>,
    /// The whole document, unknown keys included.
    #[serde(skip)]
    pub raw: Value,
}

/// A link of an entity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Where to.
    pub url: String,
    /// What it is called; the address if nothing else.
    pub title: String,
}

/// Our own annotations.
const PREFIX: &str = "quarterdeck.dev/";

impl Entity {
    /// The value of an annotation of ours: `tier`, `runbook`, `on-call`, `chat`, `slo`.
    pub fn own(&self, name: &str) -> Option<&str> {
        self.annotations.get(&format!("{PREFIX}{name}")).map(String::as_str)
    }

    /// How much a failure costs, 1 most; none if nobody says.
    pub fn tier(&self) -> Option<u8> {
        self.own("tier")?.trim().trim_start_matches("tier").trim_start_matches('-').parse().ok()
    }

    /// Who is called when it breaks.
    pub fn on_call(&self) -> Option<&str> {
        self.own("on-call").or_else(|| self.own("oncall")).filter(|text| !text.is_empty())
    }

    /// Where its people talk.
    pub fn chat(&self) -> Option<&str> {
        self.own("chat").or_else(|| self.annotations.get("slack.com/channel").map(String::as_str))
    }

    /// Where it says what to do when it breaks: the annotation, else a link
    /// called so.
    pub fn runbook(&self) -> Option<&str> {
        let linked = || self.links.iter().find(|link| link.title.to_lowercase().contains("runbook"));
        self.own("runbook").or_else(|| linked().map(|link| link.url.as_str()))
    }

    /// What a person calls it.
    pub fn shown(&self) -> &str {
        if self.title.is_empty() { self.reference.name() } else { &self.title }
    }
}
