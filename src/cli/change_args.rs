//! Arguments of the verbs that change something, and what is said with every
//! change.

use crate::domain::{Environment, typed_duration};
use clap::{Args, ValueEnum};
use std::time::Duration;

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
    #[arg(long, default_value = "10m", value_parser = typed_duration)]
    pub(super) timeout: Duration,
}

/// Arguments of `rollback`.
#[derive(Debug, Args)]
pub(super) struct RollbackArgs {
    #[command(flatten)]
    pub(super) change: ChangeArgs,
    /// The revision; the one before the current if not given
    #[arg(long, value_name = "REVISION")]
    pub(super) to: Option<u64>,
    #[command(flatten)]
    pub(super) place: EnvArgs,
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

/// Arguments of `lock`.
#[derive(Debug, Args)]
pub(super) struct LockArgs {
    #[command(flatten)]
    pub(super) change: ChangeArgs,
    /// What others must know: who to ask, until when
    #[arg(long, short = 'm')]
    pub(super) message: String,
    #[command(flatten)]
    pub(super) place: EnvArgs,
}

/// Arguments of `unlock`.
#[derive(Debug, Args)]
pub(super) struct UnlockArgs {
    #[command(flatten)]
    pub(super) change: ChangeArgs,
    #[command(flatten)]
    pub(super) place: EnvArgs,
}

/// Which of the places a service runs in.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(super) struct EnvArgs {
    /// Of a service that runs in several: the environment of its namespace
    #[arg(long, value_enum, value_name = "ENVIRONMENT")]
    pub(super) env: Option<EnvArg>,
}

impl EnvArgs {
    /// The environment named.
    pub(super) fn environment(self) -> Option<Environment> {
        self.env.map(Environment::from)
    }
}

/// `--env`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum EnvArg {
    /// Users are on it
    Production,
    /// As production, without users
    Staging,
    /// Everything else
    Development,
}

impl From<EnvArg> for Environment {
    fn from(arg: EnvArg) -> Self {
        match arg {
            EnvArg::Production => Self::Production,
            EnvArg::Staging => Self::Staging,
            EnvArg::Development => Self::Development,
        }
    }
}

/// Arguments of `undo`.
#[derive(Debug, Args)]
pub(super) struct UndoArgs {
    /// Which operation, by its name in the audit log; the last one that can be taken back if not given
    pub(super) operation: Option<String>,
    #[command(flatten)]
    pub(super) how: HowArgs,
}
