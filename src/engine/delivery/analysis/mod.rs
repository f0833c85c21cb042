//! Files other tools have their analyses in: an Argo Rollouts
//! `AnalysisTemplate` as it is, and Flagger's `analysis`.
//!
//! What stands in such a file and cannot be kept to is refused with its place:
//! a template must mean here what it means there. What only says how a server
//! is reached, or how the weights go, is left aside, and told.

mod argo;
mod fill;
mod flagger;
mod node;
mod reader;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Document, Fault, FaultKind, ObjectKey, documents};
use crate::engine::canary::Analysis;
use crate::engine::record::names;
use fill::Filler;
use node::At;
use reader::Reader;

/// Refusals shown beside the first.
const MOST_HINTS: usize = 5;

/// What was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Analyses {
    /// In the order of the file.
    pub all: Vec<Analysis>,
    /// What was left aside, with its place.
    pub notes: Vec<String>,
}

/// Whom a template is for, and what was said of its arguments.
struct Context<'a> {
    target: &'a ObjectKey,
    given: &'a BTreeMap<String, String>,
    /// Arguments that templates have.
    named: RefCell<BTreeSet<String>>,
}

impl Context<'_> {
    /// What the delivery itself knows, by the names people give arguments.
    fn known(&self, name: &str) -> Option<String> {
        let (namespace, target) = (self.target.namespace.as_str(), self.target.name.as_str());
        Some(match name {
            "namespace" => namespace.to_owned(),
            "service" | "service-name" | "name" | "app" | "deployment" | "stable" | "stable-service" => {
                target.to_owned()
            }
            "canary" | "canary-name" | "canary-service" => names::canary(target),
            _ => return None,
        })
    }

    /// What Flagger fills in. Its target is what is new: here the canary.
    fn of_flagger(&self) -> Vec<(String, String)> {
        let target = self.target.name.as_str();
        let pairs = [
            ("namespace", self.target.namespace.to_string()),
            ("service", target.to_owned()),
            ("target", names::canary(target)),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value)).to_vec()
    }

    fn has(&self, named: BTreeSet<String>) {
        self.named.borrow_mut().extend(named);
    }
}

/// The analyses in a file, for a delivery to `target`; `given` are values of
/// arguments.
///
/// # Errors
/// What cannot be read or kept to, each with `file:line:column`.
pub fn read_analyses(
    file: &str,
    text: &str,
    target: &ObjectKey,
    given: &BTreeMap<String, String>,
) -> Result<Analyses, Fault> {
    let (documents, findings) = documents(file, text);
    let mut refused: Vec<String> =
        findings.iter().map(|found| format!("{}:{}: {}", found.file, found.line, found.text)).collect();
    let context = Context { target, given, named: RefCell::default() };
    let mut found = Analyses::default();
    let mut parts = Vec::new();
    for document in &documents {
        match serde_saphyr::from_str::<At>(&document.text) {
            Ok(at) => parts.push((document, at)),
            Err(error) => refused.push(format!("{file}:{}: {error}", document.line)),
        }
    }
    let mut templates = flagger::Templates::new();
    for (document, at) in parts.iter().filter(|(document, _)| kind(document) == "MetricTemplate") {
        let mut reader = reader(file, document.line, "", given);
        flagger::template(&mut reader, at, &mut templates);
        take(reader, &mut refused, &mut found.notes);
    }
    for (document, at) in parts.iter().filter(|(document, _)| kind(document) != "MetricTemplate") {
        let prefix = if kind(document).ends_with("AnalysisTemplate") { "args." } else { "" };
        let mut reader = reader(file, document.line, prefix, given);
        found.all.extend(one(&mut reader, (document, at), &templates, &context));
        take(reader, &mut refused, &mut found.notes);
    }
    if refused.is_empty() && found.all.is_empty() {
        refused.push(format!("{file}:1: it holds no analysis"));
    }
    let named = context.named.take();
    if let Some(odd) = given.keys().find(|name| !named.contains(*name)).filter(|_| !named.is_empty()) {
        let known = named.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        refused.push(format!("{file}: it has no argument {odd:?}; its arguments: {known}"));
    }
    let mut refused = refused.into_iter();
    match refused.next() {
        None => Ok(found),
        Some(first) => {
            let fault = Fault::new(FaultKind::Invalid, first);
            Err(refused.take(MOST_HINTS).fold(fault, Fault::hint))
        }
    }
}

fn reader<'a>(
    file: &'a str,
    line: usize,
    prefix: &'static str,
    given: &'a BTreeMap<String, String>,
) -> Reader<'a> {
    Reader::new(file, line, Filler { prefix, values: BTreeMap::new(), given })
}

fn take(reader: Reader<'_>, refused: &mut Vec<String>, notes: &mut Vec<String>) {
    refused.extend(reader.refused);
    notes.extend(reader.notes);
}

fn kind(document: &Document) -> &str {
    document.text_at("kind").unwrap_or_default()
}

fn one(
    reader: &mut Reader<'_>,
    (document, at): (&Document, &At),
    templates: &flagger::Templates,
    context: &Context<'_>,
) -> Vec<Analysis> {
    let name = at.value.get("metadata").and_then(|metadata| metadata.value.get("name"));
    let name = name.and_then(|name| name.value.text()).unwrap_or("checks");
    let place = match kind(document) {
        "AnalysisTemplate" | "ClusterAnalysisTemplate" => return argo::read(reader, at, context),
        "Canary" => at.value.get("spec").and_then(|spec| spec.value.get("analysis")),
        "" => at.value.get("analysis"),
        other => {
            let why = format!("{other:?} holds no analysis; AnalysisTemplate, Canary or MetricTemplate do");
            reader.refuse(at.referenced, why);
            return Vec::new();
        }
    };
    let Some(analysis) = place else {
        reader.refuse(at.referenced, "it has neither a kind that is known nor an analysis");
        return Vec::new();
    };
    flagger::read(reader, (name, analysis), templates, context).into_iter().collect()
}
