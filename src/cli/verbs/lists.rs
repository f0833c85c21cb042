//! The lists of `qd engine --lists`: what a verb prints with `-o json`, over
//! HTTP, for people without a terminal and for programs.
//!
//! Absent on purpose: anything that changes something, and anybody's rights but
//! those of the engine. A list is read when somebody asks for it: nothing is
//! watched, and nothing kept, for those nobody looks at.

use crate::cli::args::{Cli, Verb, command};
use crate::cli::dispatch;
use crate::cli::setup::Setup;
use crate::domain::{Fault, FaultKind};
use crate::shell::probes::Answer;
use clap::FromArgMatches as _;
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// Where they stand; the path itself says which there are.
const ROOT: &str = "/lists";
/// A list that was read so recently is not read again.
const FRESH: Duration = Duration::from_secs(5);

/// Each list and the verb that prints it.
const LISTS: [(&str, &str); 10] = [
    ("status", "status"),
    ("services", "services"),
    ("environments", "environments"),
    ("rollouts", "rollouts"),
    ("slos", "slo list"),
    ("alerts", "alerts"),
    ("silences", "silence list"),
    ("approvals", "approve"),
    ("catalogue", "catalog list"),
    ("operations", "audit"),
];
/// Before a service: `/lists/services/shop/cart`.
const SERVICES: &str = "services/";

type Kept = Arc<Mutex<Option<(Instant, Answer)>>>;

/// The lists, as they were read last.
#[derive(Clone, Debug)]
pub(super) struct Lists {
    setup: Arc<Setup>,
    kept: Arc<Mutex<HashMap<String, Kept>>>,
}

impl Lists {
    /// As one verb after another would print them with `setup`.
    pub(super) fn new(setup: &Setup) -> Self {
        Self { setup: Arc::new(setup.for_programs()), kept: Arc::default() }
    }

    /// What is at `path`; none if it is no list's.
    pub(super) async fn answer(&self, path: &str) -> Option<Answer> {
        let name = match path.strip_prefix(ROOT)? {
            "" => "",
            name => name.strip_prefix('/')?,
        };
        if name.is_empty() {
            let names: Vec<_> = LISTS.iter().map(|(name, _)| format!("{ROOT}/{name}")).collect();
            return Some(Answer::json(200, &json!(names)));
        }
        let Some(line) = line(name) else {
            let hint = format!("{ROOT} says which there are");
            return Some(Answer::json(404, &json!({"error": "there is no such list", "hints": [hint]})));
        };
        let kept = {
            let mut kept = self.kept.lock().await;
            // Services that were asked for once are not kept for ever.
            if kept.len() > LISTS.len() * 2 {
                kept.retain(|_, kept| Arc::strong_count(kept) > 1);
            }
            kept.entry(line.clone()).or_default().clone()
        };
        // Whoever asks meanwhile waits for the same answer.
        let mut kept = kept.lock().await;
        if let Some((at, answer)) = &*kept
            && at.elapsed() < FRESH
        {
            return Some(answer.clone());
        }
        let answer = self.read(line).await;
        *kept = Some((Instant::now(), answer.clone()));
        Some(answer)
    }

    async fn read(&self, line: String) -> Answer {
        let setup = Arc::clone(&self.setup);
        // A verb has a runtime of its own.
        let read = tokio::task::spawn_blocking(move || printed(&setup, &line)).await;
        let read = read.unwrap_or_else(|_| Err(Fault::new(FaultKind::Internal, "it could not be read")));
        match read {
            Ok(text) => Answer { code: 200, kind: Answer::JSON, text },
            Err(fault) => Answer::json(code(&fault), &json!({"error": fault.text, "hints": fault.hints})),
        }
    }
}

/// The verb behind a path, with its argument.
fn line(name: &str) -> Option<String> {
    if let Some((_, line)) = LISTS.iter().find(|(list, _)| *list == name) {
        return Some((*line).to_owned());
    }
    let service = name.strip_prefix(SERVICES)?;
    let plain = |part: &str| {
        !part.is_empty()
            && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.'))
    };
    let (namespace, name) = service.split_once('/')?;
    (plain(namespace) && plain(name) && !namespace.starts_with('-')).then(|| format!("service {service}"))
}

/// What the verb prints.
fn printed(setup: &Setup, line: &str) -> Result<String, Fault> {
    let cli = read(line).map_err(|error| Fault::new(FaultKind::Internal, error.to_string()))?;
    // Without a setting it would be the folder the engine was started in, which may be `/`.
    if matches!(cli.verb, Some(Verb::Catalog { .. })) && setup.config.text("catalog").is_none() {
        return Err(
            Fault::new(FaultKind::Config, "no catalogue is configured").hint("--catalog names its files")
        );
    }
    let setup = setup.for_programs();
    dispatch(cli, &setup, "qd")?;
    Ok(setup.out.kept())
}

fn read(line: &str) -> Result<Cli, clap::Error> {
    let words = std::iter::once("qd").chain(line.split(' '));
    Cli::from_arg_matches(&command("qd").try_get_matches_from(words)?)
}

fn code(fault: &Fault) -> u16 {
    match fault.kind {
        FaultKind::NotFound => 404,
        FaultKind::Forbidden | FaultKind::Unauthorized => 403,
        FaultKind::Config => 501,
        FaultKind::Unreachable | FaultKind::Timeout | FaultKind::Throttled => 503,
        FaultKind::Conflict
        | FaultKind::Invalid
        | FaultKind::Server
        | FaultKind::Refused
        | FaultKind::Awaiting
        | FaultKind::OutcomeUnknown
        | FaultKind::Internal => 500,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::alert_args::SilenceAction;
    use crate::cli::args::AuditArgs;
    use crate::cli::deliver_args::ApproveArgs;
    use crate::cli::files_args::{CatalogAction, SloAction};

    #[test]
    fn every_list_is_a_verb_that_changes_nothing() {
        for (name, _) in LISTS {
            let verb = read(&line(name).unwrap()).unwrap().verb.unwrap();
            let looks = matches!(
                &verb,
                Verb::Status
                    | Verb::Services
                    | Verb::Environments
                    | Verb::Rollouts
                    | Verb::Slo { action: SloAction::List(_) }
                    | Verb::Alerts(_)
                    | Verb::Silence { action: SilenceAction::List }
                    | Verb::Approve(ApproveArgs { plan: None, .. })
                    | Verb::Catalog { action: CatalogAction::List { .. } }
                    | Verb::Audit(AuditArgs { action: None, .. })
            );
            assert!(looks, "{name}: {verb:?}");
        }
    }

    #[test]
    fn nothing_but_lists_and_services_has_a_path() {
        assert_eq!(line("services/shop/cart").unwrap(), "service shop/cart");
        for path in [
            "",
            "rollback",
            "services/",
            "services/cart",
            "services/-o/x",
            "services/shop/--docs=x",
            "services/a/b/c",
            "services/a b/c",
        ] {
            assert!(line(path).is_none(), "{path}");
        }
    }
}
