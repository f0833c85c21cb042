//! Backstage documents.

use super::entity::KINDS;
use super::reference::ANY;
use super::{Entity, EntityRef, Link, Relation, values};
use crate::domain::{Document, Finding, MUCH_ALIKE, clean, documents, nearest};
use serde_json::Value;
use std::collections::BTreeMap;

/// What a file held.
#[derive(Clone, Debug, Default)]
pub struct Read {
    /// Its entities.
    pub entities: Vec<Entity>,
    /// Files its `Location`s point at, relative to it.
    pub targets: Vec<String>,
    /// Definitions of APIs that stand in files of their own.
    pub definitions: Vec<Definition>,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// A definition that is not in the entry itself: `definition: {$text: ./api.yaml}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Which of the entities it belongs to.
    pub entity: usize,
    /// The file, as seen from the entry's.
    pub target: String,
    /// The line that names it.
    pub line: usize,
}

/// A relation a kind may declare: the key in `spec`, what it means, and the
/// kind meant where none is written. An empty kind means a Component or a
/// Resource, whichever there is.
struct Field(&'static str, Relation, &'static str);

const FIELDS: [Field; 14] = [
    Field("owner", Relation::OwnedBy, "group"),
    Field("system", Relation::PartOf, "system"),
    Field("domain", Relation::PartOf, "domain"),
    Field("subcomponentOf", Relation::PartOf, "component"),
    Field("subdomainOf", Relation::PartOf, "domain"),
    Field("providesApis", Relation::Provides, "api"),
    Field("consumesApis", Relation::Consumes, "api"),
    Field("dependsOn", Relation::DependsOn, ""),
    Field("dependencyOf", Relation::DependencyOf, ""),
    Field("parent", Relation::ChildOf, "group"),
    Field("children", Relation::ParentOf, "group"),
    Field("members", Relation::HasMember, "user"),
    Field("memberOf", Relation::MemberOf, "group"),
    Field("subgroupOf", Relation::ChildOf, "group"),
];

/// The keys `spec` must have, by kind; the owner is looked for when all is joined.
const REQUIRED: [(&str, &[&str]); 5] = [
    ("component", &["type", "lifecycle"]),
    ("api", &["type", "lifecycle", "definition"]),
    ("resource", &["type"]),
    ("group", &["type"]),
    ("template", &["type", "steps"]),
];

/// Reads one file. Documents that are no catalogue entries are passed over;
/// unknown kinds are kept.
pub fn read(file: &str, text: &str) -> Read {
    let (docs, findings) = documents(file, text);
    let mut out = Read { findings, ..Read::default() };
    for doc in &docs {
        let version = doc.text_at("apiVersion").unwrap_or_default();
        if version.starts_with("backstage.io/") || version.starts_with("scaffolder.backstage.io/") {
            entity(doc, &mut out);
        }
    }
    out
}

fn entity(doc: &Document, out: &mut Read) {
    let kind = doc.text_at("kind").unwrap_or_default();
    let text = |pointer: &str| clean(doc.at(pointer).and_then(Value::as_str).unwrap_or_default().trim());
    let name = text("/metadata/name");
    if kind.is_empty() || name.is_empty() {
        let missing = if kind.is_empty() { "kind" } else { "metadata.name" };
        out.findings.push(doc.finding(doc.line, true, format!("'{missing}' is missing")));
        return;
    }
    if let Some(why) = bad_name(&name) {
        let finding = doc.finding(doc.line_of(&name), false, format!("metadata.name '{name}' {why}"));
        out.findings.push(finding);
    }
    if let Some(text) = strange(kind) {
        out.findings.push(doc.finding(doc.line_of("kind"), false, text));
    }
    let namespace = text("/metadata/namespace");
    let spec = doc.at("/spec").cloned().unwrap_or_default();
    missing_keys(doc, kind, &name, &spec, out);
    if kind.eq_ignore_ascii_case("location") {
        out.targets.extend(targets(&spec));
    }
    out.findings.extend(values::unusable(doc));
    let relations = declared(doc, &spec, &namespace, out);
    let mut entity = Entity {
        reference: EntityRef::new(kind, &namespace, &name),
        title: text("/metadata/title"),
        description: text("/metadata/description"),
        annotations: texts(doc.at("/metadata/annotations")),
        labels: texts(doc.at("/metadata/labels")),
        tags: list(doc.at("/metadata/tags")).filter_map(Value::as_str).map(clean).collect(),
        links: list(doc.at("/metadata/links")).filter_map(link).collect(),
        flavour: text("/spec/type"),
        lifecycle: text("/spec/lifecycle"),
        file: doc.file.clone(),
        line: doc.line_of(&name),
        declared: relations,
        operations: Vec::new(),
        orphan: None,
        raw: doc.value.clone(),
    };
    define(doc, &mut entity, &spec, out);
    out.entities.push(entity);
}

/// Reads the definition of an API, or says in which file it is.
fn define(doc: &Document, entity: &mut Entity, spec: &Value, out: &mut Read) {
    /// Backstage's words for "the text of this file".
    const ELSEWHERE: [&str; 5] = ["$text", "$yaml", "$json", "$openapi", "$asyncapi"];
    if !entity.reference.kind().eq_ignore_ascii_case("api") {
        return;
    }
    let Some(definition) = spec.get("definition") else { return };
    if let Some(target) = ELSEWHERE.iter().find_map(|key| definition.get(key)?.as_str()) {
        let line = doc.text.lines().position(|line| line.contains(target)).unwrap_or(0);
        let (entity, target) = (out.entities.len(), target.to_owned());
        out.definitions.push(Definition { entity, target, line: doc.line + line });
    } else if let Some(Err(why)) = definition.as_str().map(|text| entity.define(text)) {
        let text = format!(
            "{} '{}': 'spec.definition' is no OpenAPI: {why}",
            entity.reference.kind(),
            entity.reference.name()
        );
        out.findings.push(doc.finding(doc.line_of("definition"), false, text));
    }
}

pub(super) fn bad_name(name: &str) -> Option<&'static str> {
    if name.chars().count() > 63 {
        return Some("is longer than 63 characters");
    }
    let parts = name.split(['-', '_', '.']);
    let fine =
        parts.into_iter().all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric()));
    (!fine).then_some("must be letters and digits, separated by one of - _ .")
}

/// A kind that is none of Backstage's own is kept, and may be a slip.
fn strange(kind: &str) -> Option<String> {
    if KINDS.iter().any(|known| known.eq_ignore_ascii_case(kind)) {
        return None;
    }
    let near = nearest(&kind.to_lowercase(), KINDS, |known| known, MUCH_ALIKE);
    let hint = near.map(|near| format!("; did you mean '{near}'?"));
    Some(format!("kind '{kind}' is none of Backstage's; kept as it is{}", hint.unwrap_or_default()))
}

fn missing_keys(doc: &Document, kind: &str, name: &str, spec: &Value, out: &mut Read) {
    let required = REQUIRED.iter().find(|(k, _)| k.eq_ignore_ascii_case(kind));
    for key in required.map(|(_, keys)| *keys).unwrap_or_default() {
        if spec.get(key).is_none_or(Value::is_null) {
            let text = format!("{kind} '{name}': 'spec.{key}' is missing");
            out.findings.push(doc.finding(doc.line_of(name), false, text));
        }
    }
}

fn declared(doc: &Document, spec: &Value, namespace: &str, out: &mut Read) -> Vec<(Relation, EntityRef)> {
    let mut relations = Vec::new();
    for Field(key, relation, kind) in &FIELDS {
        let Some(value) = spec.get(key).filter(|value| !value.is_null()) else { continue };
        let one = std::slice::from_ref(value);
        for item in value.as_array().map_or(one, Vec::as_slice) {
            // An empty default kind must survive parsing.
            let default = if kind.is_empty() { ANY } else { kind };
            if let Some(reference) = EntityRef::from_value(item, default, namespace) {
                relations.push((*relation, reference));
            } else {
                let text = format!("'spec.{key}' holds no reference: {item}");
                out.findings.push(doc.finding(doc.line_of(key), false, text));
            }
        }
    }
    relations
}

fn targets(spec: &Value) -> Vec<String> {
    let several = list(spec.get("targets"));
    spec.get("target").into_iter().chain(several).filter_map(Value::as_str).map(str::to_owned).collect()
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

fn link(value: &Value) -> Option<Link> {
    let url = clean(value.get("url")?.as_str()?);
    let title = value.get("title").and_then(Value::as_str).map_or_else(|| url.clone(), clean);
    Some(Link { url, title })
}

fn texts(value: Option<&Value>) -> BTreeMap<String, String> {
    let map = value.and_then(Value::as_object).into_iter().flatten();
    map.filter_map(|(key, value)| Some((key.clone(), clean(value.as_str()?)))).collect()
}
