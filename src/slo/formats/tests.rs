//! Files as users have them.

use super::*;
use crate::slo::{Sli, Window, lint};
use proptest::prelude::*;
use std::time::Duration;

const SLOTH: &str = r#"version: prometheus/v1
service: checkout
labels: {team: payments}
slos:
  - name: requests-availability
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(http_requests_total{job="checkout",code=~"5.."}[{{.window}}]))
        total_query: sum(rate(http_requests_total{job="checkout"}[{{ .window }}]))
    alerting: {name: CheckoutHighErrors, page_alert: {labels: {severity: critical}}, ticket_alert: {disable: true}}
  - name: broken
    objective: 0.999e5
    sli: {raw: {error_ratio_query: "x[{{.window}}]"}}
  - name: typo
    objektive: 99
"#;

const PYRRA: &str = r#"apiVersion: v1
kind: ConfigMap
metadata: {name: other}
---
apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata: {name: checkout-latency, namespace: monitoring, labels: {pyrra.dev/team: payments}}
spec:
  target: "99"
  window: 4w
  indicator:
    latency:
      success: {metric: 'http_request_duration_seconds_bucket{job="checkout",le="0.5"}'}
      total:   {metric: 'http_request_duration_seconds_count{job="checkout"}'}
      grouping: [handler]
"#;

const OPENSLO: &str = r#"apiVersion: openslo/v1
kind: SLO
metadata: {name: checkout-availability, displayName: Checkout availability}
spec:
  service: checkout
  budgetingMethod: Occurrences
  timeWindow: [{duration: 28d, isRolling: true}]
  indicator:
    metadata: {name: checkout-ok}
    spec:
      ratioMetric:
        counter: true
        bad:   {metricSource: {type: Prometheus, spec: {query: 'http_requests_total{job="checkout",code=~"5.."}'}}}
        total: {metricSource: {type: Prometheus, spec: {query: 'http_requests_total{job="checkout"}'}}}
  objectives: [{displayName: good, targetPercent: 99.9}]
  alertPolicies: [{alertPolicyRef: fast-burn}]
---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: fast-burn}
spec: {alertWhenBreaching: true}
"#;

#[test]
fn one_bad_slo_never_empties_the_list() {
    let read = read("slo.yaml", SLOTH);
    assert_eq!(read.slos.len(), 1);
    let slo = &read.slos[0];
    assert_eq!((slo.id.as_str(), slo.origin.line), ("checkout/requests-availability", 5));
    assert_eq!(slo.objective.to_string(), "99.9%");
    assert!(lint(slo).is_empty(), "{:?}", lint(slo));
    let texts: Vec<_> = read.findings.iter().map(|f| format!("{}: {}", f.line, f.text)).collect();
    assert!(texts.iter().any(|t| t.starts_with("12: SLO 'broken'") && t.contains("99.9")), "{texts:?}");
    assert!(texts.iter().any(|t| t.contains("'objektive'; did you mean 'objective'?")), "{texts:?}");
}

#[test]
fn pyrra_beside_other_manifests() {
    let read = read("p.yaml", PYRRA);
    assert_eq!(read.findings, vec![]);
    let slo = &read.slos[0];
    assert_eq!((slo.service.as_str(), slo.origin.line), ("checkout", 7));
    assert_eq!(slo.window, Window::Rolling(Duration::from_hours(24 * 28)));
    assert_eq!(slo.group_by, ["handler"]);
    assert!(matches!(slo.sli, Sli::GoodOfTotal { .. }));
}

#[test]
fn openslo_as_published() {
    let read = read("o.yaml", OPENSLO);
    assert_eq!(read.findings, vec![]);
    assert_eq!(read.slos[0].id, "checkout/checkout-availability");
    assert!(matches!(read.slos[0].sli, Sli::BadOfTotal { .. }));
    assert!(lint(&read.slos[0]).is_empty());
}

#[test]
fn calendar_windows_have_a_zone_and_a_beginning() {
    let with = |calendar: &str| {
        let window = format!("{{duration: 1M, isRolling: false, calendar: {calendar}}}");
        OPENSLO.replace("{duration: 28d, isRolling: true}", &window)
    };
    let slo = &read("o", &with("{startTime: '2026-01-15 09:00:00', timeZone: Europe/Berlin}")).slos[0];
    assert!(matches!(slo.window, Window::Calendar(_)));
    let calendar = slo.calendar.as_ref().unwrap();
    assert_eq!((calendar.zone.as_str(), calendar.start.unwrap().hour()), ("Europe/Berlin", 9));
    for (wrong, words) in [
        ("{startTime: '2026-01-15 09:00:00', timeZone: Mars/Olympus}", "'timeZone: Mars/Olympus'"),
        ("{startTime: soon, timeZone: UTC}", "'startTime: soon'"),
    ] {
        let read = read("o", &with(wrong));
        assert!(read.slos.is_empty() && read.findings[0].text.contains(words), "{:?}", read.findings);
    }
}

#[test]
fn units_mixed_up_are_said() {
    let percent_as_ratio = OPENSLO.replace("targetPercent: 99.9", "target: 99.9");
    assert!(read("o", &percent_as_ratio).findings[0].text.contains("did you mean 'targetPercent: 99.9'?"));
    let ratio_as_percent = PYRRA.replace("\"99\"", "\"0.99\"");
    assert!(read("p", &ratio_as_percent).findings[0].text.contains("did you mean \"99\"?"));
    let zero = PYRRA.replace("4w", "0w");
    assert!(read("p", &zero).findings[0].text.contains("'window: 0w'"));
    let no_hole = SLOTH.replace("{{.window}}", "5m");
    assert!(read("s", &no_hole).findings.iter().any(|f| f.text.contains("must contain {{.window}}")));
}

#[test]
fn broken_yaml_among_good_documents_costs_one_document() {
    let text = format!("a: [1\n---\n{PYRRA}");
    let read = read("x.yaml", &text);
    assert_eq!(read.slos.len(), 1);
    assert_eq!(read.findings.len(), 1);
    assert_eq!(read.slos[0].origin.line, 9);
}

#[test]
fn an_objective_too_low_for_its_alerts_is_pointed_out() {
    let slo = &read("s", &SLOTH.replace("99.9\n", "50\n")).slos[0].clone();
    assert!(lint(slo).iter().any(|f| f.text.contains("can never fire")), "{:?}", lint(slo));
}

proptest! {
    #[test]
    fn never_panics_and_bad_bytes_cost_no_good_document(junk in "[ -~\n]{0,200}") {
        let _any = read("junk", &junk);
        let quoted = format!("{PYRRA}---\n\"unterminated {}\n", junk.replace("---", "").replace('"', ""));
        prop_assert_eq!(read("x", &quoted).slos.len(), 1);
    }
}

#[test]
fn budget_policies_stand_beside_objectives() {
    let text = "apiVersion: quarterdeck/v1\nkind: ErrorBudgetPolicy\nmetadata: {name: standard}\nspec:\n  services: [checkout]\n  rules:\n    - {when: remaining < 25%, action: warn}\n    - {when: \"remaining <= 0\", action: freeze, exceptions: [security, reliability]}\n";
    let found = read("policy.yaml", text);
    assert!(found.findings.is_empty(), "{:?}", found.findings);
    let [policy] = found.policies.as_slice() else { panic!("{:?}", found.policies) };
    assert_eq!((policy.name.as_str(), policy.origin.as_str()), ("standard", "policy.yaml:3"));
    assert_eq!(
        policy.to_string(),
        "warn at remaining < 25%; freeze at remaining <= 0% except security, reliability"
    );
    let wrong = text.replace("action: warn", "action: wran").replace("services", "servcies");
    let texts: Vec<_> = read("p.yaml", &wrong).findings.into_iter().map(|f| f.text).collect();
    assert!(texts.iter().any(|t| t.contains("'servcies'; did you mean 'services'?")), "{texts:?}");
    assert!(texts.iter().any(|t| t.contains("'wran' is not one of warn, freeze")), "{texts:?}");
}
