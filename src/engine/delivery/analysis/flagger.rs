//! Flagger's `analysis`: of a Canary, or written alone, with the
//! `MetricTemplate`s that stand in the same file.

use std::collections::BTreeMap;

use super::Context;
use super::node::{At, Node};
use super::reader::{Fields, Reader, Row, Use};
use crate::engine::canary::Analysis;
use crate::engine::canary::analysis::{TICK_S, amount};
use crate::engine::verdict::Importance;
use crate::engine::verdict::analysis::{Checks, Rules};
use crate::engine::verdict::flagger::Range;

use Use::{Leave, Refuse, Take};

/// The window of a metric's query, where the file says nothing.
const WINDOW: &str = "1m";

const STEPS: Use = Leave("the steps are said with --steps");
const READY: Use = Leave("every pod of both sides has to be available here");

const ANALYSIS: [Row; 16] = [
    ("interval", Take),
    ("threshold", Take),
    ("metrics", Take),
    ("stepWeight", STEPS),
    ("stepWeights", STEPS),
    ("maxWeight", STEPS),
    ("stepWeightPromotion", STEPS),
    ("iterations", STEPS),
    ("primaryReadyThreshold", READY),
    ("canaryReadyThreshold", READY),
    ("alerts", Leave("nobody is told from here")),
    ("webhooks", Refuse("no hook is called from here")),
    ("match", Refuse("say it as a step: --steps header:NAME=VALUE,…")),
    ("mirror", Refuse("say it as a step: --steps mirror:PERCENT,…")),
    ("mirrorWeight", Refuse("say it as a step: --steps mirror:PERCENT,…")),
    ("sessionAffinity", Refuse("requests are not bound to a side here")),
];

const METRIC: [Row; 7] = [
    ("name", Take),
    ("query", Take),
    ("interval", Take),
    ("thresholdRange", Take),
    ("templateRef", Take),
    ("templateVariables", Take),
    ("threshold", Refuse("write thresholdRange: {min: …, max: …}")),
];

const RANGE: [Row; 2] = [("min", Take), ("max", Take)];
const REFERENCE: [Row; 2] = [("name", Take), ("namespace", Leave("the template stands in the same file"))];
const TEMPLATE: [Row; 2] = [("provider", Take), ("query", Take)];

const REACHED: Use = Leave("the Prometheus that the context's settings name is asked, as they say");
const PROVIDER: [Row; 6] = [
    ("type", Take),
    ("address", REACHED),
    ("secretRef", REACHED),
    ("insecureSkipVerify", REACHED),
    ("headers", REACHED),
    ("region", Refuse("only Prometheus is asked")),
];

/// Queries of `MetricTemplate`s by name, their `{{names}}` not filled.
pub(super) type Templates = BTreeMap<String, String>;

/// Takes a `MetricTemplate` in.
pub(super) fn template(reader: &mut Reader<'_>, document: &At, templates: &mut Templates) {
    let name = document.value.get("metadata").and_then(|metadata| metadata.value.get("name"));
    let name = name.and_then(|name| name.value.text());
    let (Some(name), Some(spec)) = (name, document.value.get("spec")) else {
        return reader.refuse(document.referenced, "a MetricTemplate needs metadata.name and spec");
    };
    let spec = reader.fields(spec, "spec", &TEMPLATE);
    if let Some(provider) = spec.get("provider") {
        let provider = reader.fields(provider, "provider", &PROVIDER);
        if let Some(kind) = provider.get("type")
            && kind.value.text() != Some("prometheus")
        {
            reader.refuse(kind.referenced, "only a provider of type prometheus is asked");
        }
    }
    match spec.get("query").and_then(|query| query.value.text()) {
        Some(query) => drop(templates.insert(name.to_owned(), query.to_owned())),
        None => reader.refuse(spec.at, format!("MetricTemplate {name} has no query")),
    }
}

/// The analysis of a file: one, whose checks share a threshold.
pub(super) fn read(
    reader: &mut Reader<'_>,
    (name, analysis): (&str, &At),
    templates: &Templates,
    context: &Context<'_>,
) -> Option<Analysis> {
    let before = reader.refused.len();
    let fields = reader.fields(analysis, "analysis", &ANALYSIS);
    reader.filler.values.extend(context.of_flagger());
    let interval_s = reader.seconds(&fields, "interval").unwrap_or(TICK_S);
    let threshold = reader.parsed(&fields, "threshold", amount::whole);
    let metrics = reader.list(&fields, "metrics");
    if metrics.is_empty() {
        reader.refuse(fields.at, "the analysis has no metrics");
    }
    let (mut ranges, mut queries) = (Vec::new(), Vec::new());
    for at in metrics {
        if let Some((name, range, query)) = metric(reader, at, templates) {
            ranges.push((name, range));
            queries.push(query);
        }
    }
    if fields.get("threshold").is_none() {
        reader.refuse(fields.at, "the analysis has no threshold: failed checks that roll it back");
    }
    let rules = Rules::Flagger(Checks { threshold: threshold?, ranges });
    if reader.refused.len() > before {
        return None;
    }
    let name = name.to_owned();
    let importance = Importance::Critical;
    let analysis = Analysis { name, importance, queries, rules, interval_s: Some(interval_s), delay_s: 0 };
    analysis.checked().map_err(|why| reader.refuse(fields.at, why)).ok()
}

fn metric(reader: &mut Reader<'_>, at: &At, templates: &Templates) -> Option<(String, Range, String)> {
    let fields = reader.fields(at, "a metric", &METRIC);
    let name = reader.needed(&fields, "a metric", "name")?;
    let window = reader.text(&fields, "interval").unwrap_or_else(|| WINDOW.to_owned());
    reader.filler.values.insert("interval".to_owned(), window);
    if let Some(Node::Map(map)) = fields.get("templateVariables").map(|at| &at.value) {
        for (key, value) in map {
            let value = value.value.text().unwrap_or_default().to_owned();
            reader.filler.values.insert(format!("variables.{}", key.value), value);
        }
    }
    let range = match fields.get("thresholdRange") {
        Some(range) => {
            let range = reader.fields(range, "thresholdRange", &RANGE);
            Range { min: reader.number(&range, "min"), max: reader.number(&range, "max") }
        }
        None => Range::default(),
    };
    let query = query(reader, &fields, &name, templates)?;
    Some((name, range, query.trim().to_owned()))
}

fn query(reader: &mut Reader<'_>, metric: &Fields<'_>, name: &str, templates: &Templates) -> Option<String> {
    if metric.get("query").is_some() {
        return reader.text(metric, "query");
    }
    let Some(reference) = metric.get("templateRef") else {
        let why = format!(
            "metric {name} has neither query nor templateRef; Flagger's own need its mesh: write the query"
        );
        reader.refuse(metric.at, why);
        return None;
    };
    let fields = reader.fields(reference, "templateRef", &REFERENCE);
    let wanted = reader.needed(&fields, "templateRef", "name")?;
    let Some(query) = templates.get(&wanted) else {
        let why = format!("there is no MetricTemplate {wanted} in this file; put it behind a line of ---");
        reader.refuse(reference.referenced, why);
        return None;
    };
    match reader.filler.fill(query) {
        Ok(filled) => Some(filled),
        Err(why) => {
            reader.refuse(reference.referenced, format!("query of MetricTemplate {wanted}: {why}"));
            None
        }
    }
}
