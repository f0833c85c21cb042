//! The command line: verbs by hand, options from the table of options.

use super::alert_args::{AlertsArgs, SilenceAction};
use super::change_args::{
    ChangeArgs, LockArgs, ManyArgs, RollbackArgs, ScaleArgs, SetImageArgs, UndoArgs, UnlockArgs,
};
use super::deliver_args::{
    ApproveArgs, DeployArgs, EngineArgs, HoldArgs, PlanArgs, PromoteArgs, RequestArgs, VerdictAction,
};
use super::files_args::{CatalogAction, PromqlAction, QueryArgs, SloAction};
use super::options::option;
use crate::domain::ForwardPorts;
use crate::store::OPTIONS;
use clap::{Args, Command, CommandFactory as _, Parser, Subcommand, ValueHint};
use std::path::PathBuf;

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
    /// Every service in every environment, and what is not as in production
    #[command(visible_alias = "envs")]
    Environments,
    /// One service: workloads, revisions, pods with reasons, events
    Service(ServiceArgs),
    /// Any object of any kind the server serves: what it is, its fields, its events
    Describe(ObjectArgs),
    /// The same object as YAML; what must not be shown is masked
    Yaml(ObjectArgs),
    /// ConfigMaps and Secrets of a service by hash, against another environment
    ConfigDiff(ConfigDiffArgs),
    /// What is rolling out, and what waits for a person
    Rollouts,
    /// Deliver a new version: a canary judged by its metrics, or a rolling update
    Deploy(DeployArgs),
    /// Work a delivery out and keep the plan; qd deploy --plan carries it out
    Plan(PlanArgs),
    /// Agree to the plan of another person, where approvals are asked for
    Approve(ApproveArgs),
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
    /// Let nobody deliver to a service, and say why; rollbacks are never held up
    Lock(LockArgs),
    /// Take a lock away
    Unlock(UnlockArgs),
    /// Delete a pod or a Job
    Delete(ManyArgs),
    /// Delete a pod, unless a disruption budget forbids it now
    Evict(ManyArgs),
    /// Take back the last action, where it can be
    Undo(UndoArgs),
    /// Open a port of a pod or service on 127.0.0.1, until ctrl-c
    #[command(visible_alias = "port-forward")]
    Forward(ForwardArgs),
    /// Log in again: runs the exec plugin of the context where it can ask
    Login,
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
    /// The moment the story begins at, such as 2026-03-02T03:12:00Z: its calendar is then always the same; now if not given
    #[arg(long, value_name = "TIME")]
    pub(super) at: Option<jiff::Timestamp>,
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

/// Arguments of `describe` and `yaml`.
#[derive(Debug, Args)]
pub(super) struct ObjectArgs {
    /// KIND/NAME or KIND NAME: plural, singular, short name or kind, as widgets.example.com too
    #[arg(required = true, num_args = 1..=2, value_name = "KIND/NAME")]
    pub(super) object: Vec<String>,
}

/// Arguments of `config-diff`.
#[derive(Debug, Args)]
pub(super) struct ConfigDiffArgs {
    /// Its name, or namespace/name
    pub(super) service: String,
    /// The namespace to compare with; the environment nearest to production if not given
    #[arg(long, value_name = "NAMESPACE")]
    pub(super) with: Option<String>,
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

#[cfg(test)]
mod tests {
    use super::super::options::settings;
    use super::*;
    use crate::store::{Origin, Value};
    use clap::ArgMatches;
    use clap::FromArgMatches as _;

    #[test]
    fn every_verb_the_keys_name_is_one() {
        let qd = command("qd");
        for row in crate::command::TABLE.iter().filter(|row| !row.cli.is_empty()) {
            let words = row.cli.split_whitespace().skip(1).filter(|word| !word.starts_with('-'));
            let found = words.clone().try_fold(&qd, |at, word| at.find_subcommand(word));
            assert!(found.is_some(), "{}: there is no '{}'", row.name, row.cli);
        }
    }

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
}
