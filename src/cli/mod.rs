//! The command line: one file per verb; the same planner, gate, engine and
//! audit log as the screen.
//!
//! Absent on purpose: a second way to change anything. A verb that writes
//! builds the same [`Ask`](crate::msg::Ask), shows the same plan, passes the
//! same gate and is carried out by the same engine task.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a doing module: this is where the crate touches the outside world"
)]

mod alert_args;
mod args;
mod change_args;
mod deliver_args;
mod deliveries;
#[cfg(test)]
mod docs;
mod env;
mod farewell;
mod files_args;
mod find;
mod findings;
mod json;
mod options;
mod out;
mod print;
mod session;
mod setup;
mod table;
mod verbs;

use crate::domain::{Fault, FaultKind};
use crate::engine::canary::Request;
use crate::shell::Tasks;
use args::{Cli, Verb};
use clap::FromArgMatches as _;
use clap::error::ErrorKind;
use deliver_args::VerdictAction;
use deliver_args::{GlassArgs, RequestArgs};
use env::Env;
use farewell::farewell;
use files_args::CatalogAction;
use out::{CLOSED, complain};
use setup::Setup;
use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the program; the exit code.
pub fn main(args: impl Iterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.collect();
    let called = args.first().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let command = args::command(&called);
    let matches = match command.try_get_matches_from(&args) {
        Ok(matches) => matches,
        Err(error) => return usage(&error),
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    // One provider for every TLS client in the process; a second call would
    // only say that there is one.
    let _already = rustls::crypto::ring::default_provider().install_default();
    let done = Setup::new(&cli, &matches, Env::read()).and_then(|setup| dispatch(cli, &setup, &called));
    match done {
        Ok(code) => ExitCode::from(code),
        Err(fault) if fault.text == CLOSED => ExitCode::SUCCESS,
        Err(fault) => {
            complain(&fault);
            ExitCode::from(fault.kind.exit_code())
        }
    }
}

/// Help and version go to standard output and are no failure; a wrong command
/// line is one.
fn usage(error: &clap::Error) -> ExitCode {
    let _closed_pipe = error.print();
    let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if asked { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn dispatch(cli: Cli, setup: &Setup, called: &str) -> Result<u8, Fault> {
    match cli.verb {
        None => {
            let runtime = runtime()?;
            verbs::console::run(&runtime, setup)
        }
        Some(Verb::Demo(args)) => {
            let runtime = runtime()?;
            verbs::demo::run(&runtime, setup, &args)
        }
        Some(Verb::Info) => verbs::info::run(setup),
        Some(Verb::Audit(args)) => verbs::audit::run(setup, &args),
        Some(Verb::Promql { action }) => verbs::promql::run(setup, &action),
        Some(Verb::Slo { action }) => verbs::slo::run(setup, &action),
        Some(Verb::Catalog { action }) if !action.asks_cluster() => verbs::catalog::run(setup, &action),
        Some(Verb::Completions { shell }) => {
            verbs::man::completions(&setup.out, args::command(called), shell)
        }
        Some(Verb::Man) => verbs::man::man(&setup.out, &args::command(called)),
        Some(verb) => {
            for warning in &setup.warnings {
                out::aside(&format!("qd: {warning}"));
            }
            runtime()?.block_on(ask_cluster(verb, setup))
        }
    }
}

/// Verbs that talk to a cluster and print.
async fn ask_cluster(verb: Verb, setup: &Setup) -> Result<u8, Fault> {
    let (tasks, _panics) = Tasks::new();
    let done = match verb {
        Verb::Status => verbs::status::run(setup, &tasks).await,
        Verb::Services => verbs::services::run(setup, &tasks).await,
        Verb::ConfigDiff(args) => verbs::config_diff::run(setup, &tasks, &args).await,
        Verb::Environments => verbs::environments::run(setup, &tasks).await,
        Verb::Service(args) => verbs::service::run(setup, &tasks, &args).await,
        Verb::Query(args) => Box::pin(verbs::query::run(setup, &tasks, &args)).await,
        Verb::Login => Box::pin(verbs::login::run(setup)).await,
        Verb::Doctor => Box::pin(verbs::doctor::run(setup)).await,
        Verb::Describe(args) => Box::pin(verbs::object::describe(setup, &args)).await,
        Verb::Yaml(args) => Box::pin(verbs::object::yaml(setup, &args)).await,
        Verb::Rollouts => verbs::rollouts::run(setup, &tasks).await,
        Verb::Forward(args) => Box::pin(verbs::forward::run(setup, &tasks, &args)).await,
        Verb::Rollback(_)
        | Verb::Restart(_)
        | Verb::Scale(_)
        | Verb::Pause(_)
        | Verb::Resume(_)
        | Verb::SetImage(_)
        | Verb::RunNow(_)
        | Verb::Lock(_)
        | Verb::Unlock(_)
        | Verb::Edit(_)
        | Verb::Delete(_)
        | Verb::Evict(_)
        | Verb::Undo(_) => Box::pin(verbs::change::run(setup, &tasks, verb)).await,
        Verb::Deploy(args) => Box::pin(verbs::deploy::run(setup, &tasks, &args)).await,
        Verb::Approve(args) => Box::pin(verbs::approve::run(setup, &tasks, &args)).await,
        Verb::Plan(args) => Box::pin(verbs::plan::run(setup, &tasks, &args)).await,
        Verb::Promote(args) => {
            request_of(setup, &tasks, (&args.ask, args.request()), Some(&args.glass)).await
        }
        Verb::Hold(args) => request_of(setup, &tasks, (&args.ask, args.request()), None).await,
        Verb::Abort(args) => request_of(setup, &tasks, (&args, Request::Abort), None).await,
        Verb::Engine(args) => Box::pin(verbs::engine::run(setup, &tasks, &args)).await,
        Verb::Alerts(args) => Box::pin(verbs::alerts::run(setup, &args)).await,
        Verb::Silence { action } => Box::pin(verbs::silence::run(setup, &action)).await,
        Verb::Verdict { action: VerdictAction::Replay { operation } } => {
            verbs::verdict::replay(setup, &tasks, &operation).await
        }
        Verb::Catalog { action: CatalogAction::Draft { services } } => {
            verbs::catalog::draft::run(setup, &tasks, &services).await
        }
        Verb::Demo(_)
        | Verb::Info
        | Verb::Audit(_)
        | Verb::Promql { .. }
        | Verb::Slo { .. }
        | Verb::Catalog { .. }
        | Verb::Completions { .. }
        | Verb::Man => Err(Fault::new(FaultKind::Internal, "this verb needs no cluster")),
    };
    farewell(&tasks).await;
    done
}

async fn request_of(
    setup: &Setup,
    tasks: &Tasks,
    (args, request): (&RequestArgs, Request),
    glass: Option<&GlassArgs>,
) -> Result<u8, Fault> {
    let glass = glass.and_then(|args| args.break_glass.as_ref());
    Box::pin(verbs::request::run(setup, tasks, args, request, glass)).await
}

fn runtime() -> Result<tokio::runtime::Runtime, Fault> {
    tokio::runtime::Builder::new_multi_thread()
        // The loop has a thread of its own; two carry watches and the embedded cluster.
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Fault::new(FaultKind::Internal, format!("cannot start: {error}")))
}
