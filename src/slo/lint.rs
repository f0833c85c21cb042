//! What is suspicious about an SLO that can be used.

use super::{Slo, burn_table, error_ratio, promql_duration};
use crate::domain::Finding;

/// Looks an SLO over: queries that do not parse, alerts that can never fire,
/// windows too short for their table.
pub fn lint(slo: &Slo) -> Vec<Finding> {
    let warn =
        |text: String| Finding { file: slo.origin.file.clone(), line: slo.origin.line, fatal: false, text };
    let mut findings = Vec::new();
    for query in slo.sli.queries() {
        if let Err(error) = promql_parser::parser::parse(&query.filled("5m")) {
            let fatal = format!("SLO '{}': not PromQL: {error}: {}", slo.name, query.text());
            findings.push(Finding { fatal: true, ..warn(fatal) });
        }
    }
    if findings.is_empty()
        && let Err(error) = promql_parser::parser::parse(&error_ratio(&slo.sli, "5m"))
    {
        findings.push(warn(format!("SLO '{}': the error ratio cannot be formed: {error}", slo.name)));
    }
    for row in burn_table(slo) {
        if !row.can_fire(slo.objective) {
            let (objective, long) = (slo.objective, promql_duration(row.long));
            let text = format!(
                "{:.4} times the budget of {objective} is more than everything: the {long} alert can never fire",
                row.factor
            );
            findings.push(warn(format!("SLO '{}': {text}", slo.name)));
        }
        if row.short < std::time::Duration::from_mins(2) {
            let short = promql_duration(row.short);
            findings.push(warn(format!(
                "SLO '{}': a window of {short} holds too few scrapes to alert on",
                slo.name
            )));
        }
    }
    findings
}
