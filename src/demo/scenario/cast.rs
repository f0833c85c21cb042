//! What a container of a scenario's service will do, from its image, its
//! environment and its namespace.

use std::sync::Arc;

use super::model::{Language, Release, Scenario, Service};
use super::parse::ENVIRONMENTS;
use super::voice::{self, Level};
use crate::demo::controllers::stamp::after;
use crate::demo::kubelet::behaviour::{Behaviour, Cast, Casting, End};
use crate::demo::kubelet::spec::{ContainerSpec, bytes};

/// Share of its memory limit a healthy process takes after its start.
pub const BASE_MEMORY: f64 = 0.42;
/// Seconds from the decision to start a container to its first line.
const START_S: f64 = 0.1;
/// Seconds a program takes to find that a setting is missing.
const SETTINGS_S: f64 = 1.3;
/// Seconds a run-to-completion container takes when nobody says otherwise.
const JOB_S: f64 = 18.0;

/// The casting of a scenario.
pub fn casting(scenario: Arc<Scenario>) -> Casting {
    Box::new(move |cast| behaviour(&scenario, cast))
}

/// Service and version of an image of the company's registry.
pub fn identify<'s, 'i>(scenario: &'s Scenario, image: &'i str) -> Option<(&'s Service, &'i str)> {
    let path = image.strip_prefix(scenario.registry.as_str())?.strip_prefix('/')?;
    let (repository, version) = path.rsplit_once(':')?;
    let (team, name) = repository.rsplit_once('/')?;
    let service = scenario.service(name).filter(|s| s.team.get_ref() == team)?;
    Some((service, version))
}

/// The environment a namespace belongs to.
pub fn environment_of(namespace: &str) -> &'static str {
    ENVIRONMENTS
        .iter()
        .find(|e| namespace.strip_suffix(**e).is_some_and(|rest| rest.ends_with('-')))
        .copied()
        .unwrap_or("dev")
}

fn behaviour(scenario: &Scenario, cast: &Cast<'_>) -> Behaviour {
    let ends_well = cast.controller == "Job";
    let Some((service, version)) = identify(scenario, &cast.container.image) else {
        return stranger(cast, ends_well);
    };
    let environment = environment_of(&cast.pod.ns);
    let release = scenario.release(service.id(), version, environment);
    let (pull_s, image_bytes) = image_of(service.language);
    let mut out = Behaviour {
        pull_s,
        image_bytes,
        ready_after_s: service.ready_after.seconds(),
        start_lines: voice::start(service, version, environment, cast.now),
        stop_lines: voice::stop(service, cast.now),
        ..Behaviour::default()
    };
    if let Some(release) = release {
        misbehave(&mut out, service, release, cast);
    }
    if ends_well && out.end.is_none() {
        out.end = Some(End { after_s: JOB_S, exit_code: 0, reason: "Completed", last_lines: Vec::new() });
    }
    out
}

/// Somebody else's image: it starts, is ready soon, and runs.
fn stranger(cast: &Cast<'_>, ends_well: bool) -> Behaviour {
    let end = End { after_s: JOB_S, exit_code: 0, reason: "Completed", last_lines: vec!["done".into()] };
    Behaviour {
        end: ends_well.then_some(end),
        start_lines: vec![format!("{} started", cast.container.name)],
        ..Behaviour::default()
    }
}

/// Seconds a first pull takes, and bytes, by what such images usually weigh.
fn image_of(language: Language) -> (f64, u64) {
    match language {
        Language::Go => (1.4, 31_874_560),
        Language::Rust => (1.2, 27_402_240),
        Language::Node => (3.1, 118_489_088),
        Language::Python => (4.2, 176_160_768),
        Language::Java => (3.7, 149_946_368),
    }
}

fn misbehave(out: &mut Behaviour, service: &Service, release: &Release, cast: &Cast<'_>) {
    let image = &cast.container.image;
    if release.image_missing {
        out.pull_error = Some(format!(
            "rpc error: code = NotFound desc = failed to pull and unpack image \"{image}\": failed to resolve reference \"{image}\": {image}: not found"
        ));
    }
    out.unready.clone_from(&release.unready);
    if let Some(name) = release.missing_env.as_ref().filter(|n| !has_env(cast.container, n)) {
        // It never gets as far as opening its pool or its port.
        out.start_lines.truncate(1);
        out.stop_lines.clear();
        let line = format!("FATAL: missing required setting {name}");
        let what = voice::line(
            service,
            after(cast.now, START_S + SETTINGS_S),
            Level::Error,
            "configuration is incomplete",
            &[("setting", name.clone())],
        );
        out.end = Some(end(SETTINGS_S, release.exit_code, vec![what, line]));
    } else if let Some(after) = release.crash_after {
        let line = release.crash_line.clone().unwrap_or_else(|| "fatal error: unexpected signal".into());
        out.end = Some(end(after.seconds(), release.exit_code, vec![line]));
    } else if release.leak_mib_per_minute > 0.0 {
        out.end = Some(out_of_memory(service, release, cast));
    }
}

fn end(after_s: f64, exit_code: i32, last_lines: Vec<String>) -> End {
    End { after_s, exit_code, reason: "Error", last_lines }
}

/// When the leak meets the limit, in closed form.
fn out_of_memory(service: &Service, release: &Release, cast: &Cast<'_>) -> End {
    let limit =
        cast.container.resources.limits.get("memory").and_then(|q| bytes(q)).unwrap_or(512 << 20) as f64;
    let room = limit * (1.0 - BASE_MEMORY);
    let after_s = room / (release.leak_mib_per_minute * 1_048_576.0 / 60.0);
    let line = voice::line(
        service,
        after(cast.now, START_S + after_s - 2.0),
        Level::Warn,
        "heap is close to the memory limit",
        &[("limit_bytes", format!("{limit:.0}"))],
    );
    End { after_s, exit_code: 137, reason: "OOMKilled", last_lines: vec![line] }
}

fn has_env(container: &ContainerSpec, name: &str) -> bool {
    container.env.iter().any(|e| e.name == name && e.value.as_deref() != Some(""))
}
