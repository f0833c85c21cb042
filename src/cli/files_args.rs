//! Arguments of the verbs that look at files and metrics.

use clap::{Args, Subcommand, ValueHint};
use std::path::PathBuf;

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
}

/// What `catalog` does.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum CatalogAction {
    /// Everything wrong, by file and line; exit 1 if something cannot be used
    Lint(Paths),
    /// Entities with owner, lifecycle and where they stand
    List {
        #[command(flatten)]
        paths: Paths,
        /// Only what has all these words in name, owner, tags, description …
        #[arg(long, value_name = "WORDS")]
        search: Option<String>,
    },
    /// One entity: relations both ways, its people, links, runbook
    Show {
        /// Its name, or kind:namespace/name
        name: String,
        #[command(flatten)]
        paths: Paths,
    },
    /// Who suffers when it breaks, nearest first
    Impact {
        /// Its name, or kind:namespace/name
        name: String,
        #[command(flatten)]
        paths: Paths,
    },
}
