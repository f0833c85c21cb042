//! Pyrra: the ServiceLevelObjective resource.

use super::{Document, Read, duration, number, owned, texts};
use crate::slo::{Budgeting, Format, Objective, Origin, QueryTemplate, Sli, Slo, Window};
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) fn read(doc: &Document, out: &mut Read) {
    let spec = doc.at("/spec").cloned().unwrap_or_default();
    let known = [
        "description",
        "target",
        "window",
        "indicator",
        "alerting",
        "performanceOverAccuracy",
        "ruleOutput",
        "partial_response_strategy",
    ];
    doc.unknown_keys(&spec, &known, &mut out.findings);
    let name = owned(doc.at("/metadata/name"));
    let line = doc.line_of(&name);
    match one(doc, &spec, &name, line) {
        Ok(slo) => out.slos.push(slo),
        Err(text) => out.findings.push(doc.finding(line, true, format!("SLO '{name}': {text}"))),
    }
}

fn one(doc: &Document, spec: &Value, name: &str, line: usize) -> Result<Slo, String> {
    if name.is_empty() {
        return Err("'metadata.name' is missing".to_owned());
    }
    let target = spec.get("target").and_then(number).ok_or("'target' is missing or not a number")?;
    if target > 0.0 && target < 1.0 {
        let meant = target * 100.0;
        return Err(format!("'target: \"{target}\"' is percent here; did you mean \"{meant}\"?"));
    }
    let objective = Objective::from_percent(target)
        .ok_or_else(|| format!("'target: \"{target}\"' must lie between 0 and 100"))?;
    let window = owned(spec.get("window"));
    let length =
        duration::parse(&window).ok_or_else(|| format!("'window: {window}' is no duration such as 4w"))?;
    let indicator = spec.get("indicator").unwrap_or(&Value::Null);
    let (sli, group_by) = sli(indicator)?;
    let labels = texts(doc.at("/metadata/labels"));
    let label = |key: &str| labels.get(key).cloned();
    let service =
        label("pyrra.dev/service").or_else(|| matcher(&sli, &["service", "job", "app"])).unwrap_or_default();
    Ok(Slo {
        id: format!("{service}/{name}"),
        service,
        name: name.to_owned(),
        description: owned(spec.get("description")),
        objective,
        window: Window::Rolling(length),
        calendar: None,
        budgeting: Budgeting::Occurrences,
        sli,
        group_by,
        group: BTreeMap::new(),
        labels: labels.into_iter().map(|(k, v)| (k.trim_start_matches("pyrra.dev/").to_owned(), v)).collect(),
        origin: Origin { file: doc.file.clone(), line, format: Format::Pyrra },
    })
}

/// The service an indicator is about, by the first of `names` its total is
/// matched on with `=`.
fn matcher(sli: &Sli, names: &[&str]) -> Option<String> {
    let total = match sli {
        Sli::BadOfTotal { total, .. } | Sli::GoodOfTotal { total, .. } => total,
        Sli::BoolGauge { metric } | Sli::Threshold { metric, .. } => metric,
        Sli::Raw { ratio, .. } => ratio,
        Sli::Composite { .. } => return None,
    };
    names.iter().find_map(|name| {
        // The whole name: `service` is not the end of `grpc_service`.
        let opening = format!("{name}=\"");
        let (at, _) = total.text().match_indices(&opening).find(|(at, _)| {
            let before = total.text().get(..*at).unwrap_or_default();
            before.ends_with(['{', ',']) || before.ends_with(char::is_whitespace)
        })?;
        let after = total.text().get(at + opening.len()..)?;
        after.split_once('"').map(|(value, _)| value.to_owned())
    })
}

fn sli(indicator: &Value) -> Result<(Sli, Vec<String>), String> {
    let kind = ["ratio", "latency", "latencyNative", "bool_gauge"];
    let Some((kind, body)) = kind.iter().find_map(|kind| Some((*kind, indicator.get(kind)?))) else {
        return Err(format!("'indicator' needs one of {}", kind.join(", ")));
    };
    let groups = body.get("grouping").and_then(Value::as_array);
    let groups =
        groups.map(|g| g.iter().filter_map(Value::as_str).map(str::to_owned).collect()).unwrap_or_default();
    let metric = |path: &str| {
        let text = owned(body.pointer(path));
        if text.is_empty() {
            Err(format!("'{kind}{}' is missing", path.replace('/', ".")))
        } else {
            Ok(QueryTemplate::new(&text))
        }
    };
    let sli = match kind {
        "ratio" => Sli::BadOfTotal { bad: metric("/errors/metric")?, total: metric("/total/metric")? },
        "latency" => {
            let good = metric("/success/metric")?;
            if !good.text().contains("le=") {
                return Err(format!(
                    "'latency.success.metric' must match one bucket with le=\"…\": {}",
                    good.text()
                ));
            }
            Sli::GoodOfTotal { good, total: metric("/total/metric")? }
        }
        "latencyNative" => {
            return Err(
                "native histograms are not supported; use 'latency' with a classic histogram".to_owned()
            );
        }
        _ => Sli::BoolGauge { metric: metric("/metric")? },
    };
    Ok((sli, groups))
}
