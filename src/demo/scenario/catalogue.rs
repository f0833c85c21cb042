//! The scenario's services as their owners describe them: Backstage catalogue
//! files, and SLO files in the formats people keep them in.

use std::fmt::Write as _;

use super::model::{ManagedBy, Promise, Scenario, Service};
use super::parse::ENVIRONMENTS;

/// A file that exists only in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Path, as it would lie in the repository.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// One `catalog-info.yaml` for each service, and one for teams and systems.
pub fn catalogue(scenario: &Scenario) -> Vec<Document> {
    let mut documents = vec![Document { name: "org/catalog-info.yaml".into(), text: organisation(scenario) }];
    documents.extend(scenario.services.iter().map(|service| Document {
        name: format!("{}/catalog-info.yaml", service.id()),
        text: component(scenario, service),
    }));
    documents
}

/// One SLO file for each service in production that promises something:
/// OpenSLO, or Sloth's own format where the team uses Flux.
pub fn slos(scenario: &Scenario) -> Vec<Document> {
    let promising = scenario.services.iter().filter(|s| !s.slos.is_empty());
    promising
        .filter(|s| s.replicas.contains_key("production"))
        .map(|service| match service.managed_by {
            Some(ManagedBy::Flux) => {
                Document { name: format!("{}/sloth.yaml", service.id()), text: sloth(service) }
            }
            Some(ManagedBy::ArgoCd | ManagedBy::Helm) | None => {
                Document { name: format!("{}/openslo.yaml", service.id()), text: openslo(service) }
            }
        })
        .collect()
}

// Writing to a String cannot fail, here and below: results are dropped.

fn organisation(scenario: &Scenario) -> String {
    let mut out = String::new();
    for team in &scenario.teams {
        let _ = write!(
            out,
            "---\napiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata:\n  name: {name}\n  annotations:\n    slack.com/channel: \"{channel}\"\n    quarterdeck.dev/on-call: {on_call}\nspec:\n  type: team\n  children: []\n  members: [{members}]\n",
            name = team.name,
            channel = team.channel,
            on_call = team.on_call,
            members = team.members.join(", "),
        );
    }
    let mut people: Vec<&str> =
        scenario.teams.iter().flat_map(|team| team.members.iter().map(AsRef::as_ref)).collect();
    people.sort_unstable();
    people.dedup();
    for person in people {
        let teams = scenario.teams.iter().filter(|team| team.members.iter().any(|m| m == person));
        let teams: Vec<&str> = teams.map(|team| team.name.as_ref()).collect();
        let _ = write!(
            out,
            "---\napiVersion: backstage.io/v1alpha1\nkind: User\nmetadata:\n  name: {person}\nspec:\n  memberOf: [{}]\n",
            teams.join(", "),
        );
    }
    let mut systems: Vec<(&str, &str)> =
        scenario.services.iter().map(|s| (s.system.as_str(), s.team.get_ref().as_str())).collect();
    systems.sort_unstable();
    systems.dedup_by_key(|(system, _)| *system);
    for (system, team) in systems {
        let _ = write!(
            out,
            "---\napiVersion: backstage.io/v1alpha1\nkind: System\nmetadata:\n  name: {system}\nspec:\n  owner: {team}\n"
        );
    }
    out
}

fn component(scenario: &Scenario, service: &Service) -> String {
    let id = service.id();
    let team = service.team.get_ref();
    let lifecycle = if service.replicas.contains_key("production") { "production" } else { "experimental" };
    let kind = if service.requests > 0.0 && service.calls.len() > 3 { "website" } else { "service" };
    let on_call = scenario.team_of(service).map_or("", |t| t.on_call.as_str());
    let mut out = format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: {id}\n  description: {description}\n  labels:\n    tier: \"{tier}\"\n  annotations:\n    backstage.io/kubernetes-id: {id}\n    quarterdeck.dev/tier: \"{tier}\"\n    quarterdeck.dev/on-call: {on_call}\n  tags:\n    - {language}\n    - tier-{tier}\n  links:\n",
        description = service.description,
        tier = service.tier,
        language = format!("{:?}", service.language).to_lowercase(),
    );
    for (title, url) in [
        ("Runbook", format!("https://runbooks.example.com/{team}/{id}")),
        ("Dashboard", format!("https://grafana.example.com/d/{id}")),
        ("Repository", format!("https://git.example.com/{team}/{id}")),
    ] {
        let _ = write!(out, "    - url: {url}\n      title: {title}\n");
    }
    let _ = write!(
        out,
        "spec:\n  type: {kind}\n  lifecycle: {lifecycle}\n  owner: {team}\n  system: {}\n",
        service.system
    );
    if !service.calls.is_empty() {
        out.push_str("  dependsOn:\n");
        for call in &service.calls {
            let _ = writeln!(out, "    - component:{}", call.to.get_ref());
        }
    }
    out
}

/// The selector of the service's production pods, without braces.
fn matchers(service: &Service) -> String {
    let production = ENVIRONMENTS.first().copied().unwrap_or_default();
    format!("namespace=\"{}\",job=\"{}\"", service.namespace(production), service.id())
}

/// (name, metric of good or bad, its matchers, total metric), for both formats.
fn terms(service: &Service, promise: &Promise) -> (&'static str, &'static str, String, &'static str) {
    match promise.under {
        None => (
            "availability",
            "http_requests_total",
            format!("{},code=~\"5..\"", matchers(service)),
            "http_requests_total",
        ),
        Some(limit) => (
            "latency",
            "http_request_duration_seconds_bucket",
            format!("{},le=\"{}\"", matchers(service), limit.seconds()),
            "http_request_duration_seconds_count",
        ),
    }
}

fn openslo(service: &Service) -> String {
    let id = service.id();
    let mut out = String::new();
    for promise in &service.slos {
        let (name, metric, labels, total) = terms(service, promise);
        let side = if promise.under.is_some() { "good" } else { "bad" };
        let all = matchers(service);
        let _ = write!(
            out,
            "---\napiVersion: openslo/v1\nkind: SLO\nmetadata:\n  name: {id}-{name}\n  displayName: {id} {name}\nspec:\n  description: {target} % of requests to {id} are good for {days} days.\n  service: {id}\n  budgetingMethod: Occurrences\n  timeWindow:\n    - duration: {days}d\n      isRolling: true\n  indicator:\n    metadata:\n      name: {id}-{name}-ratio\n    spec:\n      ratioMetric:\n        counter: true\n        {side}:\n          metricSource:\n            type: Prometheus\n            spec:\n              query: '{metric}{{{labels}}}'\n        total:\n          metricSource:\n            type: Prometheus\n            spec:\n              query: '{total}{{{all}}}'\n  objectives:\n    - displayName: {name}\n      targetPercent: {target}\n",
            target = promise.objective,
            days = promise.days,
        );
    }
    out
}

fn sloth(service: &Service) -> String {
    let id = service.id();
    let mut out = format!(
        "version: prometheus/v1\nservice: {id}\nlabels:\n  team: {}\nslos:\n",
        service.team.get_ref()
    );
    for promise in &service.slos {
        let (name, metric, labels, total) = terms(service, promise);
        let all = matchers(service);
        let window = "[{{.window}}]";
        let of = |metric: &str, labels: &str| format!("sum(rate({metric}{{{labels}}}{window}))");
        let error = if promise.under.is_some() {
            format!("{} - {}", of(total, &all), of(metric, &labels))
        } else {
            of(metric, &labels)
        };
        let _ = write!(
            out,
            "  - name: {name}\n    objective: {target}\n    description: {target} % of requests to {id} are good.\n    sli:\n      events:\n        error_query: '{error}'\n        total_query: '{all_query}'\n    alerting:\n      name: {id}-{name}\n      page_alert:\n        labels:\n          severity: page\n      ticket_alert:\n        labels:\n          severity: ticket\n",
            target = promise.objective,
            all_query = of(total, &all),
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::scenario::parse::embedded;

    #[test]
    fn every_service_is_in_the_catalogue_and_the_files_are_yaml() {
        let scenario = embedded("default").unwrap();
        let documents = catalogue(&scenario);
        assert_eq!(documents.len(), scenario.services.len() + 1);
        for document in documents.iter().chain(&slos(&scenario)) {
            let parsed: Vec<serde_json::Value> = serde_saphyr::from_multiple(&document.text)
                .unwrap_or_else(|e| panic!("{}: {e}\n{}", document.name, document.text));
            assert!(!parsed.is_empty(), "{}", document.name);
        }
        let entities = documents.iter().flat_map(|d| crate::catalog::read(&d.name, &d.text).entities);
        let joined = crate::catalog::Catalog::build(entities.collect());
        let fatal: Vec<_> = joined.findings().iter().filter(|finding| finding.fatal).collect();
        assert!(fatal.is_empty(), "{fatal:?}");
        let people = documents[0].text.matches("kind: User").count();
        assert!(people > 0 && documents[0].text.contains("memberOf: ["), "{}", documents[0].text);
        let checkout = documents.iter().find(|d| d.name == "checkout/catalog-info.yaml").unwrap();
        assert!(checkout.text.contains("owner: checkout") && checkout.text.contains("- component:payments"));
        let slo = slos(&scenario);
        let auth = slo.iter().find(|d| d.name == "auth/sloth.yaml").expect("a Flux team writes Sloth files");
        assert!(auth.text.contains("objective: 99.99"));
        assert!(slo.iter().any(|d| d.name == "checkout/openslo.yaml" && d.text.contains("le=\"0.75\"")));
    }
}
