//! The command line: verbs by hand, options from the table of options.

use super::alert_args::{AlertsArgs, SilenceAction};
use super::deliver_args::{DeployArgs, EngineArgs, HoldArgs, PromoteArgs, RequestArgs, VerdictAction};
use super::files_args::{CatalogAction, PromqlAction, QueryArgs, SloAction};
use crate::domain::ForwardPorts;
use crate::store::{OPTIONS, OptionKind, OptionRow, Origin, Setting, Value};
use clap::builder::ValueParser;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args, Command, CommandFactory as _, Parser, Subcommand, ValueHint};
use std::path::PathBuf;
use std::time::Duration;

/// The operations console for Kubernetes in a terminal. Without a command:
/// the console on the current context.
#[derive(Debug, Parser)]
#[command(name = "qd", version, max_term_width = 100, subcommand_help_heading = "Commands")]
#[command(after_help = "Exit codes: 0 ok, 1 failed, 2 changes exist, 3 refused by a gate, 4 waiting for \
                        approval, 5 unreachable.\nEvery option is also a QD_* variable and a key in \
                        config.toml; `qd info` shows which value comes from where.")]
pub(super) struct Cli {
    /// Folder of config.toml, keys.toml, contexts/ and themes/
    #[arg(long, env = "QD_CONFIG_DIR", global = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    #[arg(help_heading = "Options everywhere", hide_env = true)]
    pub(super) config_dir: Option<PathBuf>,
    /// Folder of the audit log, the log file and saved screens
    #[arg(long, env = "QD_STATE_DIR", global = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    #[arg(help_heading = "Options everywhere", hide_env = true)]
    pub(super) state_dir: Option<PathBuf>,
    /// No colour; the same as --color never
    #[arg(long, global = true, help_heading = "Options everywhere")]
    pub(super) no_color: bool,
    #[command(subcommand)]
    pub(super) verb: Option<Verb>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// The console on an embedded cluster: nothing needed, nothing touched
    Demo(DemoArgs),
    /// What burns, what moves, who am I, where: the 10-second answer
    Status,
    /// Every service with version, readiness and health
    #[command(visible_alias = "svc")]
    Services,
    /// One service: workloads, revisions, pods with reasons, events
    Service(ServiceArgs),
    /// What is rolling out, and what waits for a person
    Rollouts,
    /// Deliver a new version: a canary judged by its metrics, or a rolling update
    Deploy(DeployArgs),
    /// Let a delivery go on to its next step, whatever the verdict says
    Promote(PromoteArgs),
    /// Keep a delivery where it is; a bad verdict still rolls back
    Hold(HoldArgs),
    /// Take a delivery back, now
    Abort(RequestArgs),
    /// Drive deliveries that nobody drives, until ctrl-c
    Engine(EngineArgs),
    /// The verdicts of a delivery
    Verdict {
        #[command(subcommand)]
        action: VerdictAction,
    },
    /// Bring a kept revision back
    Rollback(RollbackArgs),
    /// Replace all pods with the same template
    Restart(ManyArgs),
    /// Change the number of pods
    Scale(ScaleArgs),
    /// Suspend rolling out, or the schedule of a CronJob
    #[command(visible_alias = "suspend")]
    Pause(ChangeArgs),
    /// Let rolling out, or the schedule, go on
    Resume(ChangeArgs),
    /// Give a container another image
    SetImage(SetImageArgs),
    /// Edit a workload in $EDITOR; what changed is planned and confirmed
    Edit(ChangeArgs),
    /// Start a Job from a CronJob now
    RunNow(ChangeArgs),
    /// Delete a pod or a Job
    Delete(ManyArgs),
    /// Delete a pod, unless a disruption budget forbids it now
    Evict(ManyArgs),
    /// Take back the last action, where it can be
    Undo(UndoArgs),
    /// Open a port of a pod or service on 127.0.0.1, until ctrl-c
    #[command(visible_alias = "port-forward")]
    Forward(ForwardArgs),
    /// Who did what, and whether the log is whole
    Audit(AuditArgs),
    /// Ask metrics: a Prometheus, or without one the pods themselves
    Query(QueryArgs),
    /// PromQL by itself
    Promql {
        #[command(subcommand)]
        action: PromqlAction,
    },
    /// Alerts of Prometheus and Alertmanager, the loudest first
    Alerts(AlertsArgs),
    /// Keep alerts quiet for a while, in Alertmanager
    Silence {
        #[command(subcommand)]
        action: SilenceAction,
    },
    /// Objectives in files (OpenSLO, Sloth, Pyrra), their numbers, their rules
    Slo {
        #[command(subcommand)]
        action: SloAction,
    },
    /// The service catalogue written in files: Backstage
    Catalog {
        #[command(subcommand)]
        action: CatalogAction,
    },
    /// What the console needs, looked at one by one, each with its remedy
    Doctor,
    /// Paths and effective values, each with where it comes from
    Info,
    /// Completions for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// The manual page
    Man,
}

/// Arguments of `demo`.
#[derive(Clone, Debug, Args)]
pub(super) struct DemoArgs {
    /// How fast the embedded cluster's time runs: 1 is real time
    #[arg(long, default_value_t = 1.0, value_parser = speed)]
    pub(super) speed: f64,
    /// Which story it tells
    #[arg(long)]
    pub(super) scenario: Option<String>,
    /// Only serve, and print the kubeconfig, until ctrl-c
    #[arg(long)]
    pub(super) serve: bool,
    /// Its time stands still once the story has begun: nothing is simulated
    #[arg(long)]
    pub(super) paused: bool,
    /// Seed of everything random in it; none for the scenario's own
    #[arg(long)]
    pub(super) seed: Option<u64>,
}

fn speed(text: &str) -> Result<f64, String> {
    let speed: f64 = text.parse().map_err(|error| format!("{error}"))?;
    if (0.1..=1000.0).contains(&speed) { Ok(speed) } else { Err("between 0.1 and 1000".to_owned()) }
}

/// Arguments of `service`.
#[derive(Debug, Args)]
pub(super) struct ServiceArgs {
    /// Its name, or namespace/name
    pub(super) service: String,
    /// Print its runbook, TechDocs or README instead, or the document named
    #[arg(long, value_name = "PATH", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub(super) docs: Option<String>,
}

/// Arguments of every verb that changes something.
#[derive(Clone, Debug, Args)]
pub(super) struct ChangeArgs {
    /// The service, namespace/service, or an object: deploy/NAME, sts/NAME, cj/NAME, po/NAME
    pub(super) target: String,
    #[command(flatten)]
    pub(super) how: HowArgs,
}

/// Arguments of verbs that may change several things at once.
#[derive(Clone, Debug, Args)]
pub(super) struct ManyArgs {
    /// Services, namespace/service, or objects: deploy/NAME, sts/NAME, po/NAME; at most max-bulk
    #[arg(required = true, value_name = "TARGET")]
    pub(super) targets: Vec<String>,
    #[command(flatten)]
    pub(super) how: HowArgs,
}

/// What is said beforehand about anything that is changed, inside the cluster
/// or beside it.
#[derive(Clone, Debug, Args)]
pub(super) struct AnswerArgs {
    /// Why; goes into the audit log
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(super) reason: String,
    /// Do not ask
    #[arg(long, short = 'y')]
    pub(super) yes: bool,
    /// Print the plan and change nothing; exit 2 if something would change
    #[arg(long)]
    pub(super) dry_run: bool,
}

/// What is said beforehand about any change of an object.
#[derive(Clone, Debug, Args)]
pub(super) struct SayArgs {
    #[command(flatten)]
    pub(super) answer: AnswerArgs,
    /// Write although another tool (Argo CD, Flux, Helm) owns it; needs --reason
    #[arg(long)]
    pub(super) override_owner: bool,
}

/// How anything is changed.
#[derive(Clone, Debug, Args)]
pub(super) struct HowArgs {
    #[command(flatten)]
    pub(super) say: SayArgs,
    /// Do not wait for the end
    #[arg(long)]
    pub(super) no_wait: bool,
    /// Wait at most this long: 90s, 10m, 1h
    #[arg(long, default_value = "10m", value_parser = duration)]
    pub(super) timeout: Duration,
}

/// `90s`, `10m`, `1h30m`; not negative.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let span: jiff::SignedDuration = text.parse().map_err(|error| format!("{error}"))?;
    Duration::try_from(span).map_err(|_negative| "must not be negative".to_owned())
}

/// Arguments of `rollback`.
#[derive(Debug, Args)]
pub(super) struct RollbackArgs {
    #[command(flatten)]
    pub(super) change: ChangeArgs,
    /// The revision; the one before the current if not given
    #[arg(long, value_name = "REVISION")]
    pub(super) to: Option<u64>,
}

/// Arguments of `scale`.
#[derive(Debug, Args)]
pub(super) struct ScaleArgs {
    #[command(flatten)]
    pub(super) change: ChangeArgs,
    /// To how many
    #[arg(long)]
    pub(super) replicas: u32,
}

/// Arguments of `set-image`.
#[derive(Debug, Args)]
pub(super) struct SetImageArgs {
    #[command(flatten)]
    pub(super) change: ChangeArgs,
    /// The container and its image: app=registry/app:v2
    #[arg(value_name = "CONTAINER=IMAGE", value_parser = image)]
    pub(super) image: (String, String),
}

fn image(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((container, image)) if !container.is_empty() && !image.is_empty() => {
            Ok((container.to_owned(), image.to_owned()))
        }
        Some(_) | None => Err("write CONTAINER=IMAGE, such as app=registry/app:v2".to_owned()),
    }
}

/// Arguments of `forward`.
#[derive(Debug, Args)]
pub(super) struct ForwardArgs {
    /// A service, namespace/service, or a pod: po/NAME, namespace/NAME
    pub(super) target: String,
    /// LOCAL:REMOTE; :REMOTE for any free port here. The first port it declares if not given
    #[arg(value_name = "LOCAL:REMOTE")]
    pub(super) ports: Option<ForwardPorts>,
}

/// Arguments of `undo`.
#[derive(Debug, Args)]
pub(super) struct UndoArgs {
    /// Which operation, by its name in the audit log; the last one that can be taken back if not given
    pub(super) operation: Option<String>,
    #[command(flatten)]
    pub(super) how: HowArgs,
}

/// Arguments of `audit`.
#[derive(Debug, Args)]
pub(super) struct AuditArgs {
    #[command(subcommand)]
    pub(super) action: Option<AuditAction>,
    /// At most this many lines, the newest
    #[arg(long, default_value_t = 50)]
    pub(super) limit: usize,
    /// Not older than this: 2h, 7d, or a time
    #[arg(long, value_name = "AGE|TIME")]
    pub(super) since: Option<String>,
    /// Only of this person (a part of the name)
    #[arg(long, value_name = "NAME")]
    pub(super) who: Option<String>,
    /// Only about this (a part of action, target, result or operation)
    #[arg(long, value_name = "TEXT")]
    pub(super) what: Option<String>,
}

/// What else `audit` can do.
#[derive(Clone, Copy, Debug, Subcommand)]
pub(super) enum AuditAction {
    /// Check every link of the chain and its end
    Verify,
}

/// The whole command line, named as it was called.
pub(super) fn command(called: &str) -> Command {
    let command = Cli::command();
    let command = OPTIONS.iter().fold(command, |command, row| command.arg(option(row)));
    // kubectl runs a plugin `kubectl-qd` for `kubectl qd`.
    let plugin = called.rsplit('/').next().is_some_and(|name| name.starts_with("kubectl-"));
    if plugin { command.bin_name("kubectl qd").display_name("kubectl qd") } else { command }
}

fn option(row: &'static OptionRow) -> Arg {
    let arg = Arg::new(row.name)
        .long(row.name)
        .env(row.variable())
        .hide_env(true)
        .global(true)
        .help_heading("Options everywhere")
        .help(row.help)
        .value_parser(ValueParser::from(|text: &str| Ok::<_, String>(text.to_owned())));
    let arg = match row.kind {
        OptionKind::Flag => {
            arg.num_args(0..=1).require_equals(true).default_missing_value("true").value_name("BOOL")
        }
        OptionKind::Number(..) => arg.value_name("N"),
        OptionKind::Choice(words) => arg.value_parser(words.to_vec()).value_name("WORD"),
        OptionKind::Words(_) => arg.value_name("WORDS"),
        OptionKind::Zone => arg.value_name("ZONE"),
        OptionKind::Text => arg.value_name(row.name.to_ascii_uppercase()),
    };
    match row.name {
        "namespace" => arg.short('n'),
        "output" => arg.short('o'),
        "kubeconfig" => arg.value_hint(ValueHint::FilePath),
        _ => arg,
    }
}

/// What flags and variables set.
///
/// Fails with a sentence about the first value its row does not allow.
pub(super) fn settings(matches: &ArgMatches) -> Result<Vec<(&'static OptionRow, Setting)>, String> {
    let mut found = Vec::new();
    for row in &OPTIONS {
        let Some(text) = matches.get_one::<String>(row.name) else { continue };
        let origin = match matches.value_source(row.name) {
            Some(ValueSource::EnvVariable) => Origin::Variable(row.variable()),
            Some(_) | None => Origin::Flag(row.name.to_owned()),
        };
        // An empty variable is an unset one.
        if text.is_empty() && matches!(origin, Origin::Variable(_)) {
            continue;
        }
        let value: Value = row.parse(text).map_err(|why| format!("{origin}: {why}"))?;
        found.push((row, Setting { value, origin }));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::FromArgMatches as _;

    fn parse(args: &[&str]) -> (Cli, ArgMatches) {
        let matches = command("qd").try_get_matches_from(args).unwrap();
        (Cli::from_arg_matches(&matches).unwrap(), matches)
    }

    #[test]
    fn the_command_line_is_consistent() {
        command("qd").debug_assert();
        command("kubectl-qd").debug_assert();
    }

    #[test]
    fn options_are_the_same_before_and_after_the_verb() {
        for args in [["qd", "-n", "shop", "status"], ["qd", "status", "--namespace", "shop"]] {
            let (cli, matches) = parse(&args);
            assert!(matches!(cli.verb, Some(Verb::Status)));
            let settings = settings(&matches).unwrap();
            let (row, setting) = settings.iter().find(|(row, _)| row.name == "namespace").unwrap();
            assert_eq!((row.name, &setting.value), ("namespace", &Value::Text("shop".into())));
            assert_eq!(setting.origin, Origin::Flag("namespace".into()));
        }
    }

    #[test]
    fn a_wrong_value_names_its_flag() {
        let (_, matches) = parse(&["qd", "--write-minutes", "0"]);
        assert_eq!(settings(&matches).unwrap_err(), "--write-minutes: 0 is not between 1 and 240");
        let (_, matches) = parse(&["qd", "--mouse=false", "info"]);
        assert!(settings(&matches).unwrap().iter().any(|(_, s)| s.value == Value::Flag(false)));
    }

    #[test]
    fn durations_are_typed_as_people_type_them() {
        assert_eq!(duration("10m").unwrap(), Duration::from_mins(10));
        assert_eq!(duration("1h30m").unwrap(), Duration::from_mins(90));
        assert!(duration("soon").is_err() && duration("-1s").is_err());
    }
}
