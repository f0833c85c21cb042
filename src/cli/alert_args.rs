//! Arguments of the verbs about alerts.

use super::change_args::AnswerArgs;
use super::files_args::span;
use crate::domain::Matcher;
use clap::{Args, Subcommand};
use std::time::Duration;

/// Arguments of `alerts`.
#[derive(Clone, Debug, Args)]
pub(super) struct AlertsArgs {
    /// Only those about this service: its name, or namespace/name
    pub(super) service: Option<String>,
}

/// What `silence` does.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum SilenceAction {
    /// Silences in force or to come
    List,
    /// Keep alerts quiet for a while
    Add(SilenceArgs),
    /// End a silence now
    Expire(ExpireArgs),
}

/// Arguments of `silence add`.
#[derive(Clone, Debug, Args)]
pub(super) struct SilenceArgs {
    /// Labels that must hold: alertname=X, severity!=page, pod=~cart-.*
    #[arg(required = true, value_name = "MATCHER", value_parser = Matcher::parse)]
    pub(super) matchers: Vec<Matcher>,
    /// For how long: 30m, 2h; at most 30d
    #[arg(long = "for", default_value = "2h", value_name = "TIME", value_parser = span)]
    pub(super) time: Duration,
    #[command(flatten)]
    pub(super) how: AnswerArgs,
}

/// Arguments of `silence expire`.
#[derive(Clone, Debug, Args)]
pub(super) struct ExpireArgs {
    /// Its id, or the beginning of it
    pub(super) id: String,
    #[command(flatten)]
    pub(super) how: AnswerArgs,
}
