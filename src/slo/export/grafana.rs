//! A Grafana dashboard over the recorded series: one row of panels for each
//! objective.

use super::Exported;
use crate::slo::{Slo, promql_duration, sloth_table};
use serde_json::{Value, json};

/// A dashboard of `slos`, over what [`sloth`](fn@super::sloth) records.
pub fn grafana(slos: &[Slo]) -> Exported {
    let mut panels = Vec::new();
    for (index, slo) in slos.iter().enumerate() {
        panels.extend(row(slo, index));
    }
    let services: std::collections::BTreeSet<&str> = slos.iter().map(|slo| slo.service.as_str()).collect();
    let title = match services.iter().next() {
        Some(service) if services.len() == 1 => format!("SLOs of {service}"),
        Some(_) | None => "SLOs".to_owned(),
    };
    let dashboard = json!({
        "title": title,
        "uid": uid(&title),
        "tags": ["slo", "quarterdeck"],
        "schemaVersion": 39,
        "timezone": "browser",
        "refresh": "1m",
        "time": {"from": "now-7d", "to": "now"},
        "templating": {"list": [{"name": "datasource", "type": "datasource", "query": "prometheus"}]},
        "panels": panels,
    });
    let text = serde_json::to_string_pretty(&dashboard).unwrap_or_default() + "\n";
    Exported { text, left_out: Vec::new() }
}

/// The panels of one objective: budget, burn, errors over time.
fn row(slo: &Slo, index: usize) -> [Value; 4] {
    let ids = format!("sloth_service=\"{}\",sloth_slo=\"{}\"", slo.service, slo.name);
    let y = index * 9;
    let first = index * 10 + 1;
    let burns: Vec<(String, String)> = sloth_table(slo.window.length())
        .iter()
        .map(|row| {
            let window = promql_duration(row.long);
            let expr = format!(
                "slo:sli_error:ratio_rate{window}{{{ids}}} / on(sloth_id) slo:error_budget:ratio{{{ids}}}"
            );
            (expr, format!("{window}, alert above {}", (row.factor * 100.0).round() / 100.0))
        })
        .collect();
    let left = vec![(format!("slo:period_error_budget_remaining:ratio{{{ids}}}"), "left".to_owned())];
    let errors = vec![(format!("slo:sli_error:ratio_rate5m{{{ids}}}"), "bad, 5m".to_owned())];
    let heading = json!({
        "id": first, "type": "row", "collapsed": false, "panels": [],
        "title": format!("{} {} over {}", slo.id, slo.objective, promql_duration(slo.window.length())),
        "gridPos": {"h": 1, "w": 24, "x": 0, "y": y},
    });
    [
        heading,
        panel(first + 1, "stat", "Error budget left", "percentunit", (0, 4, y + 1), left.as_slice()),
        panel(first + 2, "timeseries", "Burn rate", "none", (4, 10, y + 1), &burns),
        panel(first + 3, "timeseries", "Errors", "percentunit", (14, 10, y + 1), &errors),
    ]
}

fn panel(
    id: usize,
    kind: &str,
    title: &str,
    unit: &str,
    (x, w, y): (usize, usize, usize),
    queries: &[(String, String)],
) -> Value {
    let source = json!({"type": "prometheus", "uid": "${datasource}"});
    let letters = ["A", "B", "C", "D"];
    let targets: Vec<Value> = queries
        .iter()
        .zip(letters)
        .map(|((expr, legend), letter)| {
            json!({"refId": letter, "expr": expr, "legendFormat": legend, "datasource": source})
        })
        .collect();
    json!({
        "id": id, "type": kind, "title": title, "datasource": source, "targets": targets,
        "fieldConfig": {"defaults": {"unit": unit}, "overrides": []},
        "gridPos": {"h": 8, "w": w, "x": x, "y": y},
    })
}

/// Forty characters at most, as Grafana wants it; the same for the same title.
fn uid(title: &str) -> String {
    let hash = title.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("qd-{hash:016x}")
}
