//! Arguments of the verbs about deliveries.

use super::change_args::{AnswerArgs, EnvArgs, SayArgs};
use crate::domain::typed_duration;
use crate::engine::canary::{Analysis, Level, Request};
use crate::engine::delivery::PaceStep;
use crate::engine::gates::Glass;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

/// Arguments of `deploy`.
#[derive(Clone, Debug, Args)]
pub(super) struct DeployArgs {
    /// The service, namespace/service, or deploy/NAME
    #[arg(required_unless_present = "plan")]
    pub(super) target: Option<String>,
    #[command(flatten)]
    pub(super) place: EnvArgs,
    /// A plan made by qd plan: nothing else is to be said about it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["target", "env", "image", "to_revision", "strategy", "steps",
        "traffic", "mirror_writes", "step_min", "step_max", "keep", "floor", "requests", "slow_ms", "slow", "levels", "conditions", "files", "arguments", "manual", "on_driver_loss", "override_owner"])]
    pub(super) plan: Option<PathBuf>,
    /// The new image: a reference, :TAG, @DIGEST, or CONTAINER=REFERENCE
    #[arg(long, required_unless_present_any = ["to_revision", "plan"], conflicts_with = "to_revision")]
    pub(super) image: Option<String>,
    /// Instead of an image: the template of a kept revision
    #[arg(long, value_name = "REVISION")]
    pub(super) to_revision: Option<u64>,
    /// How it comes in
    #[arg(long, value_enum, default_value_t = HowArg::Canary)]
    pub(super) strategy: HowArg,
    #[command(flatten)]
    pub(super) way: StepsArgs,
    /// What shares the requests out
    #[arg(long, value_enum, default_value_t = TrafficArg::Auto)]
    pub(super) traffic: TrafficArg,
    /// No promotion of a step before, where it has no time of its own; a rolling update is watched so long at least
    #[arg(long, default_value = "5m", value_parser = typed_duration, value_name = "TIME")]
    pub(super) step_min: Duration,
    /// End of a step: one last look, then it is held if still undecided. A rolling update is watched so long at most,
    /// then it stays; 0s: not at all
    #[arg(long, default_value = "10m", value_parser = typed_duration, value_name = "TIME")]
    pub(super) step_max: Duration,
    /// Blue-green: how long the old version is kept after the switch
    #[arg(long, default_value = "15m", value_parser = typed_duration, value_name = "TIME")]
    pub(super) keep: Duration,
    /// Errors that are harmless whatever stable has, in percent; 0.1 if not given
    #[arg(long, value_name = "PERCENT")]
    pub(super) floor: Option<f64>,
    /// What failed requests do to it; advisory, where its pods offer no metrics of requests: the conditions decide
    #[arg(long, value_enum, default_value_t = WeightArg::Critical)]
    pub(super) requests: WeightArg,
    /// Judge requests slower than this as failed ones are judged
    #[arg(long, value_name = "MILLISECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) slow_ms: Option<u32>,
    /// What slow requests do to it
    #[arg(long, value_enum, default_value_t = WeightArg::Critical, requires = "slow_ms")]
    pub(super) slow: WeightArg,
    /// A level of the pods to compare, by the name of its metric: more than 10 % more of it, or what is said, holds
    /// it at the end of a step; with :critical it rolls it back
    #[arg(long = "level", value_name = "METRIC[+PERCENT%][:critical]")]
    pub(super) levels: Vec<Level>,
    #[command(flatten)]
    pub(super) analyses: AnalysisArgs,
    /// Every step waits for a person (qd promote)
    #[arg(long)]
    pub(super) manual: bool,
    /// What whoever takes over does first, if the driver is lost
    #[arg(long, value_enum, default_value_t = LossArg::TakeOver)]
    pub(super) on_driver_loss: LossArg,
    /// Drive it from here and wait for its end (the default)
    #[arg(long, conflicts_with = "no_wait")]
    pub(super) wait: bool,
    #[command(flatten)]
    pub(super) glass: GlassArgs,
    /// Store it and leave; an engine (qd engine) drives it
    #[arg(long)]
    pub(super) no_wait: bool,
    #[command(flatten)]
    pub(super) say: SayArgs,
}

/// Expressions of PromQL and the rules of other tools they are judged by.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct AnalysisArgs {
    /// An expression measured in each step, and the condition it has to keep, in the words of an Argo
    /// AnalysisTemplate: success and failure, count, interval, initialDelay, failureLimit, inconclusiveLimit,
    /// consecutiveErrorLimit, consecutiveSuccessLimit; or in Flagger's: min, max, threshold; with importance:
    /// advisory it holds instead of rolling back
    #[arg(long = "condition", value_name = "NAME: EXPR; success: result[0] >= 0.95; …")]
    pub(super) conditions: Vec<Analysis>,
    /// The same from a file: an Argo AnalysisTemplate as it is, or a Flagger analysis
    #[arg(long = "analysis", value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    /// A value of an argument of that file
    #[arg(long = "arg", value_name = "NAME=VALUE", value_parser = argument, requires = "files")]
    pub(super) arguments: Vec<(String, String)>,
}

fn argument(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(name, _)| !name.is_empty());
    pair.map(|(name, value)| (name.to_owned(), value.to_owned())).ok_or_else(|| "it has no NAME=".to_owned())
}

/// The steps of a canary.
#[derive(Clone, Debug, Args)]
pub(super) struct StepsArgs {
    /// Weights of the steps in percent, rising, each with times and a pause of its own if it needs them:
    /// 10@5m-20m,50@10m+pause,100; the last 100 may be left out. Behind a route the first ones may pick requests
    /// instead: header:X-Canary=always sends those with exactly this header, mirror:10 copies 10 % of all
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "10,50,100",
        value_name = "PERCENT|header:NAME=VALUE|mirror:PERCENT[@MIN[-MAX]][+pause],…"
    )]
    pub(super) steps: Vec<PaceStep>,
    /// Mirror requests that write, too: what they do is done twice
    #[arg(long)]
    pub(super) mirror_writes: bool,
}

/// The way through a freeze.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct GlassArgs {
    /// Although a freeze is in force, for this incident; needs --reason, and is recorded
    #[arg(long, value_name = "INCIDENT", value_parser = glass)]
    pub(super) break_glass: Option<Glass>,
}

fn glass(text: &str) -> Result<Glass, String> {
    Glass::new(text)
}

/// Arguments of `plan`.
#[derive(Clone, Debug, Args)]
pub(super) struct PlanArgs {
    #[command(flatten)]
    pub(super) deploy: DeployArgs,
    /// The file to keep it in
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    /// Keep it in the cluster too, for others to approve by its hash
    #[arg(long)]
    pub(super) ask: bool,
}

/// Arguments of `approve`.
#[derive(Clone, Debug, Args)]
pub(super) struct ApproveArgs {
    /// A plan made by qd plan: its file, or the hash of one that asks for approval in the cluster; lists those if left out
    #[arg(value_name = "FILE|HASH")]
    pub(super) plan: Option<String>,
    #[command(flatten)]
    pub(super) answer: AnswerArgs,
}

/// `--strategy`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum HowArg {
    /// A second Deployment beside stable, raised step by step
    Canary,
    /// The Deployment's own rolling update, then watched; taken back if its pods or its requests fail
    Rolling,
    /// As many new pods as stable has, switched to at once by the Service's selector
    BlueGreen,
}

/// `--traffic`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum TrafficArg {
    /// A prepared HTTPRoute, VirtualService or canary Ingress if there is one, else pods
    Auto,
    /// The ratio of pods
    Pods,
    /// The weights of such a route, or not at all
    Route,
}

/// `--requests` and `--slow`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum WeightArg {
    /// They roll it back
    Critical,
    /// They hold it
    Advisory,
}

/// `--on-driver-loss`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LossArg {
    /// Go on
    TakeOver,
    /// Roll back
    RollBack,
    /// Hold
    Hold,
}

/// Arguments of `promote`.
#[derive(Clone, Debug, Args)]
pub(super) struct PromoteArgs {
    #[command(flatten)]
    pub(super) ask: RequestArgs,
    /// Skip all further steps
    #[arg(long)]
    pub(super) full: bool,
    #[command(flatten)]
    pub(super) glass: GlassArgs,
}

impl PromoteArgs {
    /// What they ask for.
    pub(super) fn request(&self) -> Request {
        if self.full { Request::PromoteFull } else { Request::Promote }
    }
}

/// Arguments of `hold`.
#[derive(Clone, Debug, Args)]
pub(super) struct HoldArgs {
    #[command(flatten)]
    pub(super) ask: RequestArgs,
    /// Let the verdict promote again
    #[arg(long)]
    pub(super) off: bool,
}

impl HoldArgs {
    /// What they ask for.
    pub(super) fn request(&self) -> Request {
        if self.off { Request::Resume } else { Request::Hold }
    }
}

/// Arguments of every verb that asks something of a delivery.
#[derive(Clone, Debug, Args)]
pub(super) struct RequestArgs {
    /// The service, namespace/service, or deploy/NAME
    pub(super) target: String,
    #[command(flatten)]
    pub(super) place: EnvArgs,
    /// Why; goes into the record
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(super) reason: String,
    /// Print what would be asked of which delivery; exit 2
    #[arg(long)]
    pub(super) dry_run: bool,
}

/// Arguments of `engine`.
#[derive(Clone, Debug, Args)]
pub(super) struct EngineArgs {
    /// Answer /healthz, /readyz and /metrics on this address
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(super) listen: Option<std::net::SocketAddr>,
    /// Answer /lists there too: what status, services, rollouts, … print as JSON, for whoever can connect
    #[arg(long, requires = "listen")]
    pub(super) lists: bool,
}

/// What `verdict` can do.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum VerdictAction {
    /// Decide every stored verdict of a delivery again, from its stored inputs
    Replay {
        /// The operation's id, its record's name, or the service (its newest)
        operation: String,
    },
}
