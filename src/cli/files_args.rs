//! Arguments of the verbs that look at files and metrics.

use clap::{Args, Subcommand, ValueEnum, ValueHint};
use jiff::{Span, SpanRelativeTo};
use std::path::PathBuf;
use std::time::Duration;

/// Arguments of `query`.
#[derive(Clone, Debug, Args)]
pub(super) struct QueryArgs {
    /// The expression: PromQL
    pub(super) expr: String,
    /// When, instead of now: 2h ago, or 2026-01-31T12:00:00Z; needs a Prometheus
    #[arg(long, value_name = "AGE|TIME")]
    pub(super) time: Option<String>,
    /// Over the time before: 1h, 7d; needs a Prometheus
    #[arg(long, value_parser = span)]
    pub(super) range: Option<Duration>,
    /// From point to point of a range; about 40 points if not given
    #[arg(long, requires = "range", value_parser = span)]
    pub(super) step: Option<Duration>,
    /// Without a Prometheus: from the first reading of the pods to the second, 1s to 5m
    #[arg(long, default_value = "15s", value_parser = gap)]
    pub(super) gap: Duration,
}

/// `90s`, `1h30m`, `7d`; a day has 24 hours.
pub(super) fn span(text: &str) -> Result<Duration, String> {
    let span: Span = text.parse().map_err(|error| format!("{error}"))?;
    let span = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|error| format!("{error}"))?;
    let span = Duration::try_from(span).map_err(|_negative| "must not be negative".to_owned())?;
    if span.is_zero() { Err("must be more than nothing".to_owned()) } else { Ok(span) }
}

fn gap(text: &str) -> Result<Duration, String> {
    let gap = span(text)?;
    let fits = (Duration::from_secs(1)..=Duration::from_mins(5)).contains(&gap);
    if fits { Ok(gap) } else { Err("between 1s and 5m".to_owned()) }
}

/// What `promql` does.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum PromqlAction {
    /// Run promqltest scripts: load, eval, expect; exit 1 if one fails
    Test {
        /// Scripts
        #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
        files: Vec<PathBuf>,
    },
}

/// Where to look for files.
#[derive(Clone, Debug, Args)]
pub(super) struct Paths {
    /// Files, or folders: every *.yaml and *.yml below them
    #[arg(value_name = "PATH", default_value = ".", value_hint = ValueHint::AnyPath)]
    pub(super) paths: Vec<PathBuf>,
}

/// What `slo` does.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum SloAction {
    /// Every objective with its window and where it stands
    List(Paths),
    /// All of each: budget, alerts, the query of its error ratio
    Show {
        #[command(flatten)]
        paths: Paths,
        /// Only this one, as `slo list` calls it
        #[arg(long)]
        id: Option<String>,
    },
    /// Everything wrong, by file and line; exit 1 if one cannot be used
    Validate(Paths),
    /// What the alerts would have done in the history there is
    Backtest {
        #[command(flatten)]
        paths: Paths,
        /// Only this one, as `slo list` calls it
        #[arg(long)]
        id: Option<String>,
    },
    /// Prometheus rules, or a Grafana dashboard; exit 1 if one was left out
    Export {
        #[command(flatten)]
        paths: Paths,
        /// Under whose names
        #[arg(long = "as", value_name = "FORM", default_value = "sloth")]
        form: ExportForm,
        /// Only this one, as `slo list` calls it
        #[arg(long)]
        id: Option<String>,
    },
}

/// What `slo export` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ExportForm {
    /// Prometheus rules as Sloth writes them
    Sloth,
    /// Prometheus rules as Pyrra writes them; bare selectors only
    Pyrra,
    /// A dashboard over what Sloth's rules record
    Grafana,
}

/// Where a catalogue is.
#[derive(Clone, Debug, Args)]
pub(super) struct CatalogPaths {
    /// Files, or folders: every *.yaml and *.yml below them; the option catalog, else this folder, if not set
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(super) paths: Vec<PathBuf>,
}

/// What `catalog` does.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum CatalogAction {
    /// Everything wrong, by file and line; exit 1 if something cannot be used
    Lint(CatalogPaths),
    /// Entities with owner, lifecycle and where they stand
    List {
        #[command(flatten)]
        paths: CatalogPaths,
        /// Only what has all these words in name, owner, tags, description, documents …
        #[arg(long, value_name = "WORDS")]
        search: Option<String>,
    },
    /// One entity: relations both ways, its people, links, runbook
    Show {
        /// Its name, or kind:namespace/name
        name: String,
        #[command(flatten)]
        paths: CatalogPaths,
    },
    /// Who suffers when it breaks, nearest first
    Impact {
        /// Its name, or kind:namespace/name
        name: String,
        #[command(flatten)]
        paths: CatalogPaths,
    },
    /// Write a first entry of services that have none, from what the cluster says
    Draft {
        /// Services; all without an entry if none is named
        #[arg(value_name = "SERVICE")]
        services: Vec<String>,
    },
    /// Drop an entry whose source is gone before its month is over
    Forget {
        /// Its name, or kind:namespace/name
        name: String,
    },
}

impl CatalogAction {
    /// Whether files alone do not answer it.
    pub(super) fn asks_cluster(&self) -> bool {
        matches!(self, Self::Draft { .. })
    }
}
