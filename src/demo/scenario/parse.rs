//! Reading scenario files: embedded ones and those users write.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml::Spanned;

use super::model::{Scenario, Service};

/// The environments there are.
pub const ENVIRONMENTS: &[&str] = &["production", "staging", "dev"];

/// The scenarios that come with the program: name and text.
pub const EMBEDDED: &[(&str, &str)] = &[
    ("company", include_str!("../scenarios/company.toml")),
    ("default", include_str!("../scenarios/default.toml")),
    ("quiet", include_str!("../scenarios/quiet.toml")),
    ("canary", include_str!("../scenarios/canary.toml")),
    ("bad-canary", include_str!("../scenarios/bad-canary.toml")),
    ("dependency-down", include_str!("../scenarios/dependency-down.toml")),
    ("budget-burn", include_str!("../scenarios/budget-burn.toml")),
    ("crashloop", include_str!("../scenarios/crashloop.toml")),
    ("quota", include_str!("../scenarios/quota.toml")),
    ("gitops-fight", include_str!("../scenarios/gitops-fight.toml")),
];

/// Longest chain of `base`s.
const MAX_BASES: usize = 8;

/// What is wrong with a scenario file, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct ScenarioError {
    /// File, as it was named.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong and what would be right.
    pub message: String,
}

/// A scenario by its name.
///
/// # Errors
/// When there is none of that name, with the names there are.
pub fn embedded(name: &str) -> Result<Scenario, ScenarioError> {
    match EMBEDDED.iter().find(|(n, _)| *n == name) {
        Some((_, text)) => parse(&format!("{name}.toml"), text),
        None => Err(ScenarioError {
            file: name.to_owned(),
            line: 1,
            column: 1,
            message: format!(
                "there is no scenario \"{name}\"{}",
                did_you_mean(name, &EMBEDDED.iter().map(|(n, _)| *n).collect::<Vec<_>>())
            ),
        }),
    }
}

/// Reads a scenario file whose text is `text`; `file` names it in errors.
///
/// # Errors
/// The first thing wrong, with its place.
pub fn parse(file: &str, text: &str) -> Result<Scenario, ScenarioError> {
    let mut scenario = parse_deep(file, text, 0)?;
    Check { file, text, scenario: &scenario }.all()?;
    for managed in &scenario.managed {
        for service in scenario.services.iter_mut().filter(|s| s.name.get_ref() == managed.service.get_ref())
        {
            service.managed_by = Some(managed.by);
        }
    }
    Ok(scenario)
}

fn parse_deep(file: &str, text: &str, depth: usize) -> Result<Scenario, ScenarioError> {
    let own: Scenario = toml::from_str(text).map_err(|e| {
        let message = with_suggestion(e.message());
        at(file, text, e.span(), message)
    })?;
    let Some(base) = own.base.clone() else { return Ok(own) };
    let name = base.get_ref();
    let names: Vec<&str> = EMBEDDED.iter().map(|(n, _)| *n).collect();
    let Some((_, base_text)) = EMBEDDED.iter().find(|(n, _)| n == name).filter(|_| depth < MAX_BASES) else {
        let message = format!("there is no scenario \"{name}\" to start from{}", did_you_mean(name, &names));
        return Err(at(file, text, Some(base.span()), message));
    };
    Ok(merge(parse_deep(&format!("{name}.toml"), base_text, depth + 1)?, own))
}

/// The base with the other's additions; a service named again is replaced.
fn merge(mut base: Scenario, own: Scenario) -> Scenario {
    base.name = own.name;
    base.summary = own.summary;
    base.base = own.base;
    if own.seed != 0 {
        base.seed = own.seed;
    }
    if !own.registry.is_empty() {
        base.registry = own.registry;
    }
    base.testers = own.testers.or(base.testers);
    base.nodes.extend(own.nodes);
    base.teams.extend(own.teams);
    base.services.retain(|s| own.services.iter().all(|o| o.id() != s.id()));
    base.services.extend(own.services);
    base.managed.extend(own.managed);
    base.releases.extend(own.releases);
    base.events.extend(own.events);
    base.deliveries.extend(own.deliveries);
    base
}

fn at(file: &str, text: &str, span: Option<Range<usize>>, message: String) -> ScenarioError {
    let start = span.map_or(0, |s| s.start).min(text.len());
    let before = text.get(..start).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    ScenarioError { file: file.to_owned(), line, column, message }
}

/// serde's list of expected fields, turned into the one that was meant.
fn with_suggestion(message: &str) -> String {
    let message = message.trim();
    let mut quoted = message.split('`').skip(1).step_by(2);
    if !message.starts_with("unknown") {
        return message.to_owned();
    }
    let Some(given) = quoted.next() else { return message.to_owned() };
    let known: Vec<&str> = quoted.collect();
    let what = if message.starts_with("unknown variant") { "value" } else { "key" };
    format!("unknown {what} \"{given}\"{}", did_you_mean(given, &known))
}

fn did_you_mean(given: &str, known: &[&str]) -> String {
    let best = known.iter().map(|k| (strsim::damerau_levenshtein(given, k), *k)).min();
    match best {
        Some((distance, name)) if distance <= 2.max(given.chars().count() / 3) => {
            format!("; did you mean \"{name}\"?")
        }
        Some(_) => format!("; there is: {}", known.join(", ")),
        None => String::new(),
    }
}

/// What the types cannot say: that names refer to something.
struct Check<'a> {
    file: &'a str,
    text: &'a str,
    scenario: &'a Scenario,
}

impl Check<'_> {
    fn all(&self) -> Result<(), ScenarioError> {
        let services: Vec<&str> = self.scenario.services.iter().map(Service::id).collect();
        let teams: Vec<&str> = self.scenario.teams.iter().map(|t| t.name.as_str()).collect();
        if let Some(testers) = &self.scenario.testers
            && !(0.0..=1.0).contains(testers.get_ref())
        {
            return self.no(testers, format!("{} is no share; it lies between 0 and 1", testers.get_ref()));
        }
        let mut seen = BTreeSet::new();
        for service in &self.scenario.services {
            if !seen.insert(service.id()) {
                return self.no(&service.name, format!("the service \"{}\" is there twice", service.id()));
            }
            self.known(&service.team, "team", &teams)?;
            self.shape(service)?;
            for call in &service.calls {
                self.known(&call.to, "service", &services)?;
            }
        }
        self.no_cycles()?;
        for managed in &self.scenario.managed {
            self.known(&managed.service, "service", &services)?;
        }
        for release in &self.scenario.releases {
            self.known(&release.service, "service", &services)?;
            if let Some(environment) = &release.environment {
                self.known(environment, "environment", ENVIRONMENTS)?;
            }
        }
        for delivery in &self.scenario.deliveries {
            self.known(&delivery.service, "service", &services)?;
        }
        for event in &self.scenario.events {
            self.known(&event.service, "service", &services)?;
            if let Some(environment) = &event.environment {
                self.known(environment, "environment", ENVIRONMENTS)?;
            }
        }
        Ok(())
    }

    fn shape(&self, service: &Service) -> Result<(), ScenarioError> {
        let id = service.id();
        if service.history.is_empty() {
            return self.no(&service.name, format!("\"{id}\" has no version; write history = [\"v1.0.0\"]"));
        }
        if let Some(environment) = service.replicas.keys().find(|e| !ENVIRONMENTS.contains(&e.as_str())) {
            let hint = did_you_mean(environment, ENVIRONMENTS);
            return self.no(&service.name, format!("\"{id}\" runs in \"{environment}\"{hint}"));
        }
        if service.replicas.is_empty() {
            return self
                .no(&service.name, format!("\"{id}\" runs nowhere; write replicas = {{ production = 2 }}"));
        }
        Ok(())
    }

    /// A request that comes back to where it started would never end.
    fn no_cycles(&self) -> Result<(), ScenarioError> {
        let mut done: BTreeMap<&str, bool> = BTreeMap::new();
        for service in &self.scenario.services {
            if self.reaches_itself(service, &mut done) {
                let message = format!("the calls of \"{}\" lead back to itself", service.id());
                return self.no(&service.name, message);
            }
        }
        Ok(())
    }

    /// Depth first; `false` in `done` means "on the way here".
    fn reaches_itself<'s>(&'s self, service: &'s Service, done: &mut BTreeMap<&'s str, bool>) -> bool {
        match done.get(service.id()) {
            Some(finished) => return !finished,
            None => done.insert(service.id(), false),
        };
        let cycle = service.calls.iter().any(|call| {
            self.scenario.service(call.to.get_ref()).is_some_and(|next| self.reaches_itself(next, done))
        });
        done.insert(service.id(), true);
        cycle
    }

    fn known(&self, name: &Spanned<String>, what: &str, known: &[&str]) -> Result<(), ScenarioError> {
        let given = name.get_ref();
        if known.contains(&given.as_str()) {
            return Ok(());
        }
        self.no(name, format!("there is no {what} \"{given}\"{}", did_you_mean(given, known)))
    }

    fn no<T>(&self, place: &Spanned<T>, message: String) -> Result<(), ScenarioError> {
        Err(at(self.file, self.text, Some(place.span()), message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_scenario_is_sound() {
        for (name, _) in EMBEDDED {
            let s = embedded(name).unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(&s.name, name);
            assert!(!s.summary.is_empty(), "{name} has a summary");
            assert!(s.services.len() >= 24, "{name} has {} services", s.services.len());
        }
    }

    #[test]
    fn errors_name_the_place_and_what_was_meant() {
        let service = "name = \"mine\"\nbase = \"company\"\n[[event]]\nat = \"1m\"\ndo = \"deploy\"\n";
        for (text, want) in [
            ("nmae = \"x\"\n", "mine.toml:1:1: unknown key \"nmae\"; did you mean \"name\"?"),
            (
                "name = \"x\"\nbase = \"compny\"\n",
                "mine.toml:2:8: there is no scenario \"compny\" to start from; did you mean \"company\"?",
            ),
            (
                &format!("{service}service = \"chekout\"\n"),
                "mine.toml:6:11: there is no service \"chekout\"; did you mean \"checkout\"?",
            ),
            (
                &format!("{service}service = \"checkout\"\nenvironment = \"prod\"\n"),
                "mine.toml:7:15: there is no environment \"prod\"; there is: production, staging, dev",
            ),
            ("name = \"x\"\ntesters = 1.5\n", "mine.toml:2:11: 1.5 is no share; it lies between 0 and 1"),
            (
                "name = \"x\"\n[[event]]\nat = \"soon\"\n",
                "mine.toml:3:6: \"soon\" is not a time; write it like \"45ms\", \"-38m\" or \"1d 6h\"",
            ),
            (
                "name = \"x\"\n[[event]]\nat = \"1m\"\ndo = \"deplyo\"\n",
                "mine.toml:4:6: unknown value \"deplyo\"; did you mean \"deploy\"?",
            ),
        ] {
            let error = parse("mine.toml", text).unwrap_err();
            assert_eq!(error.to_string(), want);
        }
        assert!(embedded("defualt").unwrap_err().message.contains("did you mean \"default\"?"));
    }

    #[test]
    fn calls_in_a_circle_are_refused() {
        let service = |name: &str, to: &str| {
            format!(
                "[[service]]\nname = \"{name}\"\nteam = \"t\"\nsystem = \"s\"\ndescription = \"d\"\nreplicas = {{ dev = 1 }}\nhistory = [\"v1\"]\n[[service.call]]\nto = \"{to}\"\n"
            )
        };
        let team = "[[team]]\nname = \"t\"\nmembers = [\"a\"]\non_call = \"a\"\nchannel = \"#t\"\n";
        let text = format!("{team}{}{}{}", service("a", "b"), service("b", "c"), service("c", "a"));
        let error = parse("x.toml", &text).unwrap_err();
        assert_eq!(error.message, "the calls of \"a\" lead back to itself");
    }
}
