//! OpenSLO `v1` and `v1alpha`.

use super::{Document, Read, duration, number, owned, texts};
use crate::slo::{
    Budgeting, Calendar, Component, Format, Objective, Origin, QueryTemplate, Sli, Slo, Window, period,
    split_of, strictest,
};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

pub(super) fn read(doc: &Document, docs: &[Document], out: &mut Read) {
    let spec = doc.at("/spec").cloned().unwrap_or_default();
    let known = [
        "description",
        "service",
        "indicator",
        "indicatorRef",
        "timeWindow",
        "timeWindows",
        "budgetingMethod",
        "objectives",
        "alertPolicies",
    ];
    doc.unknown_keys(&spec, &known, &mut out.findings);
    let name = owned(doc.at("/metadata/name"));
    let line = doc.line_of(&name);
    let objectives = spec.get("objectives").and_then(Value::as_array).cloned().unwrap_or_default();
    if objectives.is_empty() {
        out.findings.push(doc.finding(line, true, format!("SLO '{name}': 'objectives' is missing or empty")));
    }
    let mut parts = Vec::new();
    for (index, item) in objectives.iter().enumerate() {
        let several = (objectives.len() > 1).then_some(index);
        let read = one(doc, docs, &spec, item, several, line).and_then(|slo| Ok((weight(item)?, slo)));
        match read {
            Ok(read) => parts.push(read),
            Err(text) => out.findings.push(doc.finding(line, true, format!("SLO '{name}': {text}"))),
        }
    }
    if is_composite(&spec, &objectives) {
        if parts.len() == objectives.len() {
            out.slos.extend(whole(&name, &parts));
        } else {
            let text = format!(
                "SLO '{name}': not composed: {} of its objectives cannot be used",
                objectives.len() - parts.len()
            );
            out.findings.push(doc.finding(line, true, text));
        }
    }
    out.slos.extend(parts.into_iter().map(|(_, slo)| slo));
}

/// Whether the objectives are one journey: several, each with an indicator of
/// its own and none above them. Several targets of one indicator are not.
fn is_composite(spec: &Value, objectives: &[Value]) -> bool {
    let has = |value: &Value| ["indicator", "indicatorRef"].iter().any(|key| value.get(key).is_some());
    objectives.len() > 1 && !has(spec) && objectives.iter().all(has)
}

/// `compositeWeight`; 1 where there is none.
fn weight(item: &Value) -> Result<f64, String> {
    let Some(value) = item.get("compositeWeight") else { return Ok(1.0) };
    let weight = number(value).filter(|weight| *weight > 0.0 && weight.is_finite());
    weight.ok_or_else(|| format!("'compositeWeight: {value}' must be a number above 0"))
}

/// The composite of objectives that were read, beside which they stay.
fn whole(name: &str, parts: &[(f64, Slo)]) -> Option<Slo> {
    let component = |(weight, slo): &(f64, Slo)| Component {
        id: slo.id.clone(),
        objective: slo.objective,
        weight: *weight,
        sli: slo.sli.clone(),
    };
    let components: Vec<Component> = parts.iter().map(component).collect();
    let (_, first) = parts.first()?;
    Some(Slo {
        id: format!("{}/{name}", first.service),
        name: name.to_owned(),
        objective: strictest(&components)?,
        sli: Sli::Composite { parts: components },
        group_by: Vec::new(),
        ..first.clone()
    })
}

fn one(
    doc: &Document,
    docs: &[Document],
    spec: &Value,
    item: &Value,
    several: Option<usize>,
    line: usize,
) -> Result<Slo, String> {
    let name = owned(doc.at("/metadata/name"));
    let service = owned(spec.get("service"));
    let suffix = several.map(|index| format!("-{index}")).unwrap_or_default();
    let sli = sli(docs, spec, item)?;
    Ok(Slo {
        id: format!("{service}/{name}{suffix}"),
        name: format!("{name}{suffix}"),
        description: owned(spec.get("description")),
        objective: objective(item)?,
        window: window(spec)?,
        calendar: calendar(spec)?,
        budgeting: budgeting(spec, item)?,
        group_by: split_of(&sli),
        group: BTreeMap::new(),
        sli,
        labels: texts(doc.at("/metadata/labels")),
        origin: Origin { file: doc.file.clone(), line, format: Format::OpenSlo },
        service,
    })
}

fn objective(item: &Value) -> Result<Objective, String> {
    if let Some(percent) = item.get("targetPercent").and_then(number) {
        return Objective::from_percent(percent)
            .ok_or_else(|| format!("'targetPercent: {percent}' must lie between 0 and 100"));
    }
    let ratio =
        item.get("target").and_then(number).ok_or("an objective needs 'target' or 'targetPercent'")?;
    Objective::from_ratio(ratio).ok_or_else(|| {
        let hint =
            if ratio > 1.0 { format!("; did you mean 'targetPercent: {ratio}'?") } else { String::new() };
        format!("'target: {ratio}' must lie between 0 and 1{hint}")
    })
}

fn window(spec: &Value) -> Result<Window, String> {
    let windows = spec.get("timeWindow").or_else(|| spec.get("timeWindows")).and_then(Value::as_array);
    let [window] = windows.map(Vec::as_slice).unwrap_or_default() else {
        return Err("'timeWindow' must hold exactly one window".to_owned());
    };
    // v1alpha: {count: 30, unit: Day}
    if let (Some(count), Some(unit)) = (window.get("count").and_then(Value::as_u64), window.get("unit")) {
        let days = match unit.as_str().unwrap_or_default() {
            "Day" => 1,
            "Week" => 7,
            "Month" => 30,
            "Quarter" => 90,
            "Year" => 365,
            other => return Err(format!("'unit: {other}' is not one of Day, Week, Month, Quarter, Year")),
        };
        let length = Duration::from_hours(count.saturating_mul(days * 24));
        return if length.is_zero() {
            Err("a window of 0 has no budget".to_owned())
        } else {
            Ok(Window::Rolling(length))
        };
    }
    let text = owned(window.get("duration"));
    let length =
        duration::parse(&text).ok_or_else(|| format!("'duration: {text}' is no duration such as 28d"))?;
    let calendar = window.get("calendar").is_some_and(|calendar| !calendar.is_null());
    Ok(if calendar { Window::Calendar(length) } else { Window::Rolling(length) })
}

/// Where periods begin: `calendar: {startTime: …, timeZone: …}`.
fn calendar(spec: &Value) -> Result<Option<Calendar>, String> {
    let windows = spec.get("timeWindow").or_else(|| spec.get("timeWindows"));
    let Some(calendar) = windows.and_then(|w| w.pointer("/0/calendar")).filter(|c| !c.is_null()) else {
        return Ok(None);
    };
    let zone = match owned(calendar.get("timeZone")).as_str() {
        "" => "UTC".to_owned(),
        zone if period::is_zone(zone) => zone.to_owned(),
        zone => return Err(format!("'timeZone: {zone}' is no time zone known here, such as Europe/Berlin")),
    };
    let start = match owned(calendar.get("startTime")).as_str() {
        "" => None,
        text => Some(
            period::parse_start(text)
                .ok_or_else(|| format!("'startTime: {text}' is no time such as 2026-01-01 00:00:00"))?,
        ),
    };
    Ok(Some(Calendar { zone, start }))
}

fn budgeting(spec: &Value, item: &Value) -> Result<Budgeting, String> {
    let slice = || {
        let text = owned(item.get("timeSliceWindow"));
        duration::parse(&text).ok_or_else(|| format!("'timeSliceWindow: {text}' is no duration such as 5m"))
    };
    match owned(spec.get("budgetingMethod")).as_str() {
        "" | "Occurrences" => Ok(Budgeting::Occurrences),
        "Timeslices" => {
            let target = item.get("timeSliceTarget").and_then(number).filter(|t| *t > 0.0 && *t <= 1.0);
            Ok(Budgeting::Timeslices {
                target: target.ok_or("'timeSliceTarget' must lie between 0 and 1")?,
                slice: slice()?,
            })
        }
        "RatioTimeslices" => Ok(Budgeting::RatioTimeslices { slice: slice()? }),
        other => {
            Err(format!("'budgetingMethod: {other}' is not one of Occurrences, Timeslices, RatioTimeslices"))
        }
    }
}

fn sli(docs: &[Document], spec: &Value, item: &Value) -> Result<Sli, String> {
    if let Some(ratio) = item.get("ratioMetrics") {
        return Ok(Sli::GoodOfTotal { good: source(ratio, "good")?, total: source(ratio, "total")? });
    }
    let inline = item.get("indicator").or_else(|| spec.get("indicator"));
    let spec = match inline {
        Some(indicator) => indicator.get("spec").cloned(),
        None => referred(docs, spec, item)?,
    };
    let spec = spec.ok_or("'indicator.spec' is missing")?;
    if let Some(ratio) = spec.get("ratioMetric") {
        return ratio_metric(ratio);
    }
    if spec.get("thresholdMetric").is_some() {
        return Ok(Sli::Threshold {
            metric: source(&spec, "thresholdMetric")?,
            op: owned(item.get("op")),
            value: item.get("value").and_then(number).ok_or("a threshold needs 'value'")?,
        });
    }
    Err("an indicator needs 'ratioMetric' or 'thresholdMetric'".to_owned())
}

fn referred(docs: &[Document], spec: &Value, item: &Value) -> Result<Option<Value>, String> {
    let name = owned(item.get("indicatorRef").or_else(|| spec.get("indicatorRef")));
    if name.is_empty() {
        return Err("'indicator' or 'indicatorRef' is missing".to_owned());
    }
    let sli = docs
        .iter()
        .find(|doc| doc.text_at("kind") == Some("SLI") && owned(doc.at("/metadata/name")) == name)
        .ok_or_else(|| format!("indicatorRef '{name}' names no SLI of this file"))?;
    Ok(sli.at("/spec").cloned())
}

fn ratio_metric(ratio: &Value) -> Result<Sli, String> {
    if ratio.get("raw").is_some() {
        let success = match owned(ratio.get("rawType")).as_str() {
            "success" => true,
            "failure" => false,
            other => return Err(format!("'rawType: {other}' is not success or failure")),
        };
        return Ok(Sli::Raw { ratio: source(ratio, "raw")?, success });
    }
    let total = source(ratio, "total")?;
    if ratio.get("bad").is_some() {
        return Ok(Sli::BadOfTotal { bad: source(ratio, "bad")?, total });
    }
    Ok(Sli::GoodOfTotal { good: source(ratio, "good")?, total })
}

/// The query of a metric source: `v1` keeps it under `metricSource.spec.query`,
/// `v1alpha` directly.
fn source(parent: &Value, name: &str) -> Result<QueryTemplate, String> {
    let metric = parent.get(name).ok_or_else(|| format!("'{name}' is missing"))?;
    let text = owned(metric.pointer("/metricSource/spec/query").or_else(|| metric.get("query")));
    if text.is_empty() {
        Err(format!("'{name}.metricSource.spec.query' is missing"))
    } else {
        Ok(QueryTemplate::new(&text))
    }
}
