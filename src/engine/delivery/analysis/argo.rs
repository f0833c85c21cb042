//! An Argo Rollouts `AnalysisTemplate`, read as it is.

use std::collections::BTreeSet;

use super::Context;
use super::node::At;
use super::reader::{Fields, Reader, Row, Use};
use crate::engine::canary::Analysis;
use crate::engine::verdict::Importance;
use crate::engine::verdict::analysis::Rules;
use crate::engine::verdict::argo::Template;
use crate::engine::verdict::condition::Condition;

use Use::{Leave, Refuse, Take};

/// What a template is about elsewhere.
const ROOT: [Row; 4] = [("apiVersion", Take), ("kind", Take), ("metadata", Take), ("spec", Take)];

const SPEC: [Row; 5] = [
    ("args", Take),
    ("metrics", Take),
    ("measurementRetention", Leave("the newest ten measurements are kept")),
    ("dryRun", Refuse("take the metric out, or have it say importance: advisory with --condition")),
    ("templates", Refuse("give each template's own file with --analysis")),
];

const ARG: [Row; 3] = [("name", Take), ("value", Take), ("valueFrom", Take)];

const METRIC: [Row; 11] = [
    ("name", Take),
    ("provider", Take),
    ("interval", Take),
    ("initialDelay", Take),
    ("count", Take),
    ("successCondition", Take),
    ("failureCondition", Take),
    ("failureLimit", Take),
    ("inconclusiveLimit", Take),
    ("consecutiveErrorLimit", Take),
    ("consecutiveSuccessLimit", Take),
];

const OTHER: Use = Refuse("only Prometheus is asked");

const PROVIDER: [Row; 12] = [
    ("prometheus", Take),
    ("kayenta", OTHER),
    ("web", OTHER),
    ("datadog", OTHER),
    ("wavefront", OTHER),
    ("newRelic", OTHER),
    ("job", OTHER),
    ("cloudWatch", OTHER),
    ("graphite", OTHER),
    ("influxdb", OTHER),
    ("skywalking", OTHER),
    ("plugin", OTHER),
];

const REACHED: Use = Leave("the Prometheus that the context's settings name is asked, as they say");

const PROMETHEUS: [Row; 7] = [
    ("query", Take),
    ("address", REACHED),
    ("timeout", REACHED),
    ("insecure", REACHED),
    ("headers", REACHED),
    ("authentication", REACHED),
    ("rangeQuery", Refuse("conditions are about one moment")),
];

/// The analyses of a template. Its arguments are the command line's, its own
/// defaults, or what the delivery knows, in this order.
pub(super) fn read(reader: &mut Reader<'_>, document: &At, context: &Context<'_>) -> Vec<Analysis> {
    let root = reader.fields(document, "the template", &ROOT);
    let Some(spec) = root.get("spec") else {
        reader.refuse(root.at, "the template has no spec");
        return Vec::new();
    };
    let spec = reader.fields(spec, "spec", &SPEC);
    let mut named = BTreeSet::new();
    for arg in reader.list(&spec, "args") {
        named.extend(argument(reader, arg, context));
    }
    context.has(named);
    let metrics = reader.list(&spec, "metrics");
    if metrics.is_empty() {
        reader.refuse(spec.at, "the template has no metrics");
    }
    metrics.iter().filter_map(|at| metric(reader, at)).collect()
}

/// Takes an argument in; its name.
fn argument(reader: &mut Reader<'_>, at: &At, context: &Context<'_>) -> Option<String> {
    let fields = reader.fields(at, "an argument", &ARG);
    let name = fields.get("name").and_then(|name| name.value.text()).map(str::to_owned);
    let Some(name) = name else {
        reader.refuse(fields.at, "an argument has no name");
        return None;
    };
    if context.given.contains_key(&name) {
        return Some(name);
    }
    if let Some(from) = fields.get("valueFrom") {
        let secret = from.value.get("secretKeyRef").is_some();
        let why =
            if secret { "a secret would stand in the record" } else { "only a Rollout has what it names" };
        reader.refuse(
            from.referenced,
            format!("argument {name}: valueFrom is not read: {why}; say it: --arg {name}=VALUE"),
        );
        return Some(name);
    }
    let value = fields.get("value").and_then(|value| value.value.text()).map(str::to_owned);
    let value = value.or_else(|| context.known(&name));
    match value {
        Some(value) => drop(reader.filler.values.insert(name.clone(), value)),
        None => reader.refuse(fields.at, format!("argument {name} has no value; say it: --arg {name}=VALUE")),
    }
    Some(name)
}

fn metric(reader: &mut Reader<'_>, at: &At) -> Option<Analysis> {
    let before = reader.refused.len();
    let fields = reader.fields(at, "a metric", &METRIC);
    let name = reader.needed(&fields, "a metric", "name");
    let query = query(reader, &fields);
    let condition = |text: &str| {
        if text.is_empty() {
            return Ok(None);
        }
        Condition::parse(text).map(Some).map_err(|error| error.to_string())
    };
    let usual = Template::default();
    let (interval_s, delay) = (reader.seconds(&fields, "interval"), reader.seconds(&fields, "initialDelay"));
    let count = reader.limit(&fields, "count", None);
    let template = Template {
        success: reader.parsed(&fields, "successCondition", condition).flatten(),
        failure: reader.parsed(&fields, "failureCondition", condition).flatten(),
        failure_limit: reader.limit(&fields, "failureLimit", usual.failure_limit),
        inconclusive_limit: reader.limit(&fields, "inconclusiveLimit", usual.inconclusive_limit),
        consecutive_error_limit: reader.limit(
            &fields,
            "consecutiveErrorLimit",
            usual.consecutive_error_limit,
        ),
        consecutive_success_limit: reader.limit(&fields, "consecutiveSuccessLimit", None),
        // As Argo has it: once where nothing says how often.
        count: count.filter(|count| *count > 0).or_else(|| interval_s.is_none().then_some(1)),
    };
    let analysis = Analysis {
        name: name?,
        importance: Importance::Critical,
        queries: vec![query?],
        rules: Rules::Argo(template),
        interval_s,
        delay_s: delay.unwrap_or_default(),
    };
    if reader.refused.len() > before {
        return None;
    }
    analysis.checked().map_err(|why| reader.refuse(fields.at, why)).ok()
}

fn query(reader: &mut Reader<'_>, metric: &Fields<'_>) -> Option<String> {
    let Some(provider) = metric.get("provider") else {
        reader.refuse(metric.at, "a metric has no provider");
        return None;
    };
    let provider = reader.fields(provider, "provider", &PROVIDER);
    let prometheus = provider.get("prometheus")?;
    let prometheus = reader.fields(prometheus, "provider.prometheus", &PROMETHEUS);
    reader.needed(&prometheus, "provider.prometheus", "query").map(|query| query.trim().to_owned())
}
