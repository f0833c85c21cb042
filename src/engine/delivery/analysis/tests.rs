//! Files as people have them, and what is said of those that cannot be kept to.

use proptest::prelude::*;

use super::*;
use crate::domain::Kind;
use crate::engine::verdict::analysis::Rules;

/// As Argo Rollouts' documentation has it.
const ARGO: &str = "apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata:
  name: success-rate
spec:
  args:
  - name: service-name
  - name: prometheus-port
    value: 9090
  metrics:
  - name: success-rate
    interval: 5m
    count: 3
    # NOTE: prometheus queries return results in the form of a vector.
    successCondition: result[0] >= 0.95
    failureLimit: 3
    provider:
      prometheus:
        address: \"http://prometheus.example.com:{{args.prometheus-port}}\"
        query: |
          sum(irate(
            istio_requests_total{reporter=\"source\",destination_service=~\"{{args.service-name}}\",response_code!~\"5.*\"}[5m]
          )) /
          sum(irate(
            istio_requests_total{reporter=\"source\",destination_service=~\"{{ args.service-name }}\"}[5m]
          ))
";

const FLAGGER: &str = "apiVersion: flagger.app/v1beta1
kind: MetricTemplate
metadata: {name: not-found, namespace: istio-system}
spec:
  provider: {type: prometheus, address: http://prometheus.istio-system:9090}
  query: |
    100 - sum(rate(http_requests_total{namespace=\"{{ namespace }}\",pod=~\"{{ target }}-.+\",code!=\"404\"}[{{ interval }}]))
---
apiVersion: flagger.app/v1beta1
kind: Canary
metadata: {name: podinfo}
spec:
  targetRef: {kind: Deployment, name: podinfo}
  analysis:
    interval: 30s
    threshold: 5
    maxWeight: 50
    stepWeight: 10
    metrics:
    - name: 404s
      templateRef: {name: not-found}
      thresholdRange: {max: 5}
      interval: 2m
    - name: p99
      query: histogram_quantile(0.99, rate(x_bucket{service=\"{{ service }}\"}[{{ interval }}]))
      thresholdRange: {min: 0.1, max: 500}
";

fn read(text: &str, given: &[(&str, &str)]) -> Result<Analyses, Fault> {
    let target = ObjectKey::new(Kind::Deployment, "shop", "checkout");
    let given = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    read_analyses("a.yaml", text, &target, &given)
}

#[test]
fn an_analysis_template_is_read_as_it_is() {
    let read_it = read(ARGO, &[]).unwrap();
    let [one] = &read_it.all[..] else { panic!("{read_it:?}") };
    assert_eq!((one.name.as_str(), one.interval_s, one.delay_s), ("success-rate", Some(300), 0));
    assert!(one.queries[0].contains("destination_service=~\"checkout\"}[5m]"), "{}", one.queries[0]);
    assert!(!one.queries[0].contains("{{"), "{}", one.queries[0]);
    let Rules::Argo(template) = &one.rules else { panic!("{one:?}") };
    assert_eq!(
        (template.count, template.failure_limit, template.consecutive_error_limit),
        (Some(3), Some(3), Some(4))
    );
    assert_eq!(template.success.as_ref().unwrap().to_string(), "result[0] >= 0.95");
    assert!(
        read_it.notes[0].starts_with("a.yaml:19:9: provider.prometheus: address is left aside"),
        "{:?}",
        read_it.notes
    );
    let other = read(ARGO, &[("service-name", "basket")]).unwrap();
    assert!(other.all[0].queries[0].contains("\"basket\""));
    let single = read(&ARGO.replace("    interval: 5m\n    count: 3\n", ""), &[]).unwrap();
    let Rules::Argo(template) = &single.all[0].rules else { panic!("{single:?}") };
    assert_eq!((template.count, single.all[0].interval_s), (Some(1), None), "as Argo: once");
    let endless = read(&ARGO.replace("    count: 3\n", ""), &[]).unwrap();
    let Rules::Argo(template) = &endless.all[0].rules else { panic!("{endless:?}") };
    assert_eq!(template.count, None);
}

#[test]
fn flagger_s_checks_share_a_threshold_and_their_target_is_the_canary() {
    let read_it = read(FLAGGER, &[]).unwrap();
    let [one] = &read_it.all[..] else { panic!("{read_it:?}") };
    assert_eq!((one.name.as_str(), one.interval_s), ("podinfo", Some(30)));
    let all = "100 - sum(rate(http_requests_total{namespace=\"shop\",pod=~\"checkout-canary-.+\",code!=\"404\"}[2m]))";
    assert_eq!(one.queries[0], all);
    assert!(one.queries[1].contains("service=\"checkout\"}[1m]"), "{}", one.queries[1]);
    let Rules::Flagger(checks) = &one.rules else { panic!("{one:?}") };
    assert_eq!(
        (checks.threshold, checks.ranges[1].1.min, checks.ranges[1].1.max),
        (5, Some(0.1), Some(500.0))
    );
    let told = read_it.notes.iter().filter(|note| note.contains("said with --steps")).count();
    assert_eq!(told, 2, "{:?}", read_it.notes);
    let alone = "analysis:\n  threshold: 2\n  metrics:\n  - {name: a, query: up, thresholdRange: {min: 1}}\n";
    assert_eq!(
        read(alone, &[]).unwrap().all[0].to_string(),
        "checks:; check: a: up; min: 1; threshold: 2; interval: 60s"
    );
}

/// In which file what stands instead of what, and what is said of it.
const CASES: [(&str, &str, &str, &str); 24] = [
    (
        ARGO,
        "    count: 3",
        "    coutn: 3",
        "a.yaml:13:5: a metric: \"coutn\" is not known here; did you mean count?",
    ),
    (ARGO, "    count: 3", "    count: three", "a.yaml:13:12: count: \"three\" is no whole number"),
    (ARGO, "interval: 5m", "interval: soon", "a.yaml:12:15: interval: \"soon\" is no time"),
    (ARGO, "interval: 5m", "interval: 1s", "nobody is asked more often than every 5 s"),
    (
        ARGO,
        "result[0] >= 0.95",
        "all(result, {# > 1})",
        "a.yaml:15:23: successCondition: condition `all(result",
    ),
    (
        ARGO,
        "      prometheus:",
        "      web:",
        "a.yaml:18:7: provider: web cannot be kept to: only Prometheus is asked",
    ),
    (ARGO, "        query: |", "        rangeQuery: {}\n        query: |", "rangeQuery cannot be kept to"),
    (ARGO, "  metrics:", "  dryRun: []\n  metrics:", "a.yaml:10:3: spec: dryRun cannot be kept to"),
    (
        ARGO,
        "name: service-name",
        "name: cluster",
        "a.yaml:7:5: argument cluster has no value; say it: --arg cluster=VALUE",
    ),
    (
        ARGO,
        "{{ args.service-name }}",
        "{{ args.who }}",
        "nobody knows what {{args.who}} stands for; say it: --arg who=VALUE",
    ),
    (ARGO, "{{ args.service-name }}", "{{ args.service-name", "is not closed"),
    (
        ARGO,
        "  - name: service-name",
        "  - name: service-name\n    valueFrom: {secretKeyRef: {name: a, key: b}}",
        "a secret would stand in the record",
    ),
    (ARGO, "kind: AnalysisTemplate", "kind: Rollout", "a.yaml:1:1: \"Rollout\" holds no analysis"),
    (ARGO, "  metrics:\n", "  metrics: no\n  x:\n", "metrics is text, it should be a list"),
    (ARGO, "  metrics:\n", "  metrics: [\n", "a.yaml:"),
    (FLAGGER, "threshold: 5", "threshold: few", "threshold: \"few\" is no whole number"),
    (FLAGGER, "    threshold: 5\n", "", "a.yaml:15:5: the analysis has no threshold"),
    (
        FLAGGER,
        "name: not-found}\n",
        "name: found}\n",
        "a.yaml:21:20: there is no MetricTemplate found in this file",
    ),
    (
        FLAGGER,
        "type: prometheus",
        "type: datadog",
        "a.yaml:5:20: only a provider of type prometheus is asked",
    ),
    (
        FLAGGER,
        "    maxWeight: 50",
        "    webhooks: []",
        "webhooks cannot be kept to: no hook is called from here",
    ),
    (FLAGGER, "      templateRef: {name: not-found}\n", "", "has neither query nor templateRef"),
    (FLAGGER, "thresholdRange: {max: 5}", "thresholdRange: {}", "404s has no range"),
    (
        FLAGGER,
        "{{ service }}",
        "{{ ingress }}",
        "nobody knows what {{ingress}} stands for; say it: --arg ingress=VALUE",
    ),
    ("", "", "", "a.yaml:1: it holds no analysis"),
];

#[test]
fn what_cannot_be_kept_to_is_refused_with_its_place() {
    for (text, from, to, want) in CASES {
        assert!(text.contains(from), "{from}");
        let fault = read(&text.replacen(from, to, 1), &[]).unwrap_err();
        let all = [std::slice::from_ref(&fault.text), &fault.hints[..]].concat().join("\n");
        assert!(all.contains(want), "{to}: {all}");
    }
    let odd = read(ARGO, &[("sevice-name", "x")]).unwrap_err();
    assert!(
        odd.text.contains("it has no argument \"sevice-name\"; its arguments: prometheus-port, service-name"),
        "{odd}"
    );
    let given = read(
        &ARGO.replace("name: service-name\n", "name: who\n").replace("args.service-name", "args.who"),
        &[("who", "x")],
    );
    assert!(given.unwrap().all[0].queries[0].contains("\"x\""));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,80}") {
        let _either = read(&text, &[]);
    }

    /// A file with a line lost, doubled, moved or mangled is read, or refused
    /// with a place in it.
    #[test]
    fn a_mangled_file_is_read_or_refused(
        which in any::<bool>(), at in 0_usize..30, how in 0_u8..5, other in 0_usize..30, byte in 0_usize..60,
    ) {
        let text = if which { ARGO } else { FLAGGER };
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let (at, other) = (at % lines.len(), other % lines.len());
        match how {
            0 => drop(lines.remove(at)),
            1 => lines.insert(at, lines[other].clone()),
            2 => lines.swap(at, other),
            3 => lines[at] = lines[at].chars().take(byte).collect(),
            _ => lines[at] = lines[at].replace(':', ""),
        }
        match read(&lines.join("\n"), &[]) {
            Ok(read) => prop_assert!(!read.all.is_empty()),
            Err(fault) => prop_assert!(fault.text.starts_with("a.yaml:"), "{}", fault),
        }
    }
}
