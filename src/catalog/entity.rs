//! One entry of the catalogue.

use super::api::{self, Operation};
use super::{EntityRef, Relation};
use jiff::Timestamp;
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
    /// What it offers, if it is an API of type `openapi`.
    pub operations: Vec<Operation>,
    /// When it was last seen, if its source says it no longer.
    pub orphan: Option<Timestamp>,
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

/// The kinds Backstage has.
pub(super) const KINDS: [&str; 9] =
    ["component", "resource", "api", "system", "group", "user", "domain", "template", "location"];
/// Those that must say who owns them.
const OWNED: [&str; 5] = ["component", "resource", "api", "system", "domain"];

/// Our own annotations.
const PREFIX: &str = "quarterdeck.dev/";

/// The annotation that says how much a failure costs.
pub(super) const TIER: &str = "quarterdeck.dev/tier";

/// `1`, `tier1` and `tier-1` are tier 1.
pub(super) fn tier_of(text: &str) -> Option<u8> {
    text.trim().trim_start_matches("tier").trim_start_matches('-').parse().ok()
}

impl Entity {
    /// The value of an annotation of ours: `tier`, `runbook`, `on-call`, `chat`, `slo`.
    pub fn own(&self, name: &str) -> Option<&str> {
        self.annotations.get(&format!("{PREFIX}{name}")).map(String::as_str)
    }

    /// How much a failure costs, 1 most; none if nobody says.
    pub fn tier(&self) -> Option<u8> {
        tier_of(self.own("tier")?)
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

    /// Whether somebody has to own it: groups, people and what is none of
    /// Backstage's own kinds need no owner.
    pub fn needs_owner(&self) -> bool {
        OWNED.iter().any(|kind| self.reference.kind().eq_ignore_ascii_case(kind))
    }

    /// Whether its kind is one of Backstage's own; another is kept as it is.
    pub fn is_other(&self) -> bool {
        !KINDS.iter().any(|kind| self.reference.kind().eq_ignore_ascii_case(kind))
    }

    /// What sort of thing it is: `spec.type`; `other` for kinds that are not
    /// Backstage's own and do not say.
    pub fn sort(&self) -> &str {
        if self.flavour.is_empty() && self.is_other() { "other" } else { &self.flavour }
    }

    /// Takes the text of its definition in.
    ///
    /// # Errors
    /// Why it cannot be used, in one line; only `openapi` is looked into.
    pub fn define(&mut self, text: &str) -> Result<(), String> {
        if self.flavour.eq_ignore_ascii_case("openapi") {
            self.operations = api::operations(text)?;
        }
        Ok(())
    }

    /// What a person calls it.
    pub fn shown(&self) -> &str {
        if self.title.is_empty() { self.reference.name() } else { &self.title }
    }
}
