//! Numbers of objectives for the command line: from the slots the console
//! keeps for this context, or asked of a Prometheus where one is configured.
//!
//! Absent on purpose: reading the pods. A burn needs minutes of samples; what
//! the console saw is on disk.

use crate::cli::setup::Setup;
use crate::domain::{Fault, FaultKind, SignalSource};
use crate::metrics::Access;
use crate::metrics::prometheus::Asking;
use crate::shell::slos::{Definitions, Keeper, digest};
use crate::shell::{clock, open_server};
use crate::slo::{Board, Contributors, Exhaustion, Past, RowState, Severity, Slo, SloStatus, recorded};
use crate::store::SlotStore;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A question of thirty days may take a server a while.
const PATIENCE: Duration = Duration::from_mins(1);

/// Somebody who waits for a plan is not held up longer by one question; the
/// plan itself waits no longer for all of them.
const PATIENCE_OF_PLANS: Duration = Duration::from_secs(4);

/// Where the numbers come from.
#[derive(Debug)]
pub(super) enum Source {
    /// A Prometheus, and how it is reached.
    Prometheus { access: Box<Access>, url: String },
    /// What the console keeps.
    Slots(PathBuf),
}

/// What is known of the objectives now.
pub(super) struct Live {
    keeper: Keeper,
    board: Board,
    /// Why there may be more: what others record could not be read.
    unread: Option<String>,
    /// What the server said besides.
    warnings: Vec<String>,
}

/// One objective's numbers.
#[derive(Debug, Serialize)]
pub(super) struct Numbers {
    /// `counted`, `no-errors`, `no-traffic`, `stale`, …
    pub(super) standing: &'static str,
    /// Share of the budget left; below zero when overdrawn, null without one.
    pub(super) budget_left: Option<f64>,
    /// Bad events in the window so far.
    pub(super) bad: f64,
    /// All events in the window so far.
    pub(super) total: f64,
    /// Share of the window that was observed.
    pub(super) coverage: f64,
    /// Times sustainable, over the long window of the most urgent alert.
    pub(super) burn: Option<f64>,
    /// `page`, `ticket`, or null.
    pub(super) firing: Option<Severity>,
    /// When the budget is gone at this burn.
    pub(super) exhaustion: Exhaustion,
    /// Who burns it, by label; null where no source was asked.
    pub(super) contributors: Option<Arc<Vec<Contributors>>>,
}

/// Numbers of `slos`, if there are any; a server that fails is a fault.
pub(super) fn read(setup: &Setup, slos: &[Slo]) -> Result<Option<Live>, Fault> {
    let definitions = Definitions { slos: slos.to_vec(), ..Definitions::default() };
    let live = Source::of(setup)?.read(definitions, None)?;
    live.iter().for_each(Live::warn);
    Ok(live)
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Prometheus { url, .. } => f.write_str(url),
            Self::Slots(folder) => write!(f, "{}", folder.display()),
        }
    }
}

impl Source {
    /// As the settings say.
    pub(super) fn of(setup: &Setup) -> Result<Self, Fault> {
        let access = setup.access()?;
        Ok(match access.prometheus.clone() {
            Some(url) => Self::Prometheus { access: Box::new(access), url },
            None => Self::Slots(setup.folders.slots(&setup.context())),
        })
    }

    /// The numbers of whole definitions; for a plan about a service, what others
    /// record of that one only. Needs a thread where no runtime is.
    pub(super) fn read(self, definitions: Definitions, only: Option<&str>) -> Result<Option<Live>, Fault> {
        let now = clock::now().wall.as_second();
        let folder = match self {
            Self::Prometheus { access, url } => {
                return asked(&access, &url, definitions, only, now).map(Some);
            }
            Self::Slots(folder) => folder,
        };
        if !folder.is_dir() {
            return Ok(None);
        }
        let store = SlotStore::reader(&folder);
        let mut keeper = Keeper::reading(folder.display().to_string(), store);
        keeper.define(definitions, now);
        let board = keeper.board(Some(SignalSource::Scraper), now);
        let any = board.slos.iter().any(|status| status.budget.coverage > 0.0);
        Ok(any.then_some(Live { keeper, board, unread: None, warnings: Vec::new() }))
    }
}

fn asked(
    access: &Access,
    url: &str,
    mut definitions: Definitions,
    only: Option<&str>,
    now: i64,
) -> Result<Live, Fault> {
    let patience = if only.is_some() { PATIENCE_OF_PLANS } else { PATIENCE };
    let client = open_server(access, url, patience)
        .map_err(|error| Fault::new(FaultKind::Config, format!("the Prometheus of the settings: {error}")))?;
    let runtime = crate::cli::runtime()?;
    let asking = Asking::new(&client, runtime.handle().clone());
    let mut keeper = Keeper::new(url.to_owned(), None, None, true);
    let unread = match recorded(&asking, now) {
        Ok(found) => {
            definitions.take_recorded(found);
            None
        }
        Err(error) => Some(format!("objectives recorded in {url} cannot be read: {error}")),
    };
    if let Some(service) = only {
        definitions.slos.retain(|slo| slo.service == service);
    }
    keeper.define(definitions, now);
    let board = keeper.round(&asking, SignalSource::Prometheus(url.to_owned()), now);
    let warnings = unread.iter().chain(&board.warnings).cloned().chain(asking.warnings()).collect();
    Ok(Live { keeper, board, unread, warnings })
}

impl Live {
    /// Says what the server said besides.
    pub(super) fn warn(&self) {
        self.warnings.iter().for_each(|warning| crate::cli::out::aside(&format!("qd: {warning}")));
    }

    /// All of them.
    pub(super) fn board(&self) -> &Board {
        &self.board
    }

    /// Why there may be objectives that are not among them.
    pub(super) fn unread(&self) -> Option<String> {
        self.unread.clone()
    }

    /// How an objective stands.
    pub(super) fn of(&self, slo: &Slo) -> Option<&SloStatus> {
        self.board.slos.iter().find(|status| status.slo.id == slo.id).map(AsRef::as_ref)
    }

    /// The objectives as they are counted: split ones as what they are split into,
    /// and after those of files what others record.
    pub(super) fn split(&self, slos: Vec<Slo>) -> Vec<Slo> {
        let parts = |slo: Slo| -> Vec<Slo> {
            let of =
                |status: &&Arc<SloStatus>| status.slo.origin == slo.origin && status.slo.is_part_of(&slo.id);
            let mut parts: Vec<Slo> =
                self.board.slos.iter().filter(of).map(|status| (*status.slo).clone()).collect();
            parts.sort_by(|a, b| a.id.cmp(&b.id));
            if parts.is_empty() || self.of(&slo).is_some() {
                parts.insert(0, slo);
            }
            parts
        };
        let written: Vec<Slo> = slos.into_iter().flat_map(parts).collect();
        let recorded = self.board.slos.iter().filter(|status| status.slo.origin.line == 0);
        let mut recorded: Vec<Slo> = recorded.map(|status| (*status.slo).clone()).collect();
        recorded.sort_by(|a, b| a.id.cmp(&b.id));
        written.into_iter().chain(recorded).collect()
    }

    /// Its history.
    pub(super) fn history(&self, slo: &Slo) -> Past<'_> {
        self.keeper.history(&slo.id)
    }
}

impl Numbers {
    pub(super) fn of(status: &SloStatus) -> Self {
        let round = |value: f64| (value * 1e6).round() / 1e6;
        Self {
            standing: match status.standing.word() {
                "" => "counted",
                word => word,
            },
            budget_left: status.left().map(round),
            bad: round(status.budget.bad),
            total: round(status.budget.total),
            coverage: round(status.budget.coverage),
            burn: status.burn().map(round),
            firing: status.firing(),
            exhaustion: status.exhaustion,
            contributors: status.contributors.clone(),
        }
    }
}

/// `FIRING page`, `page in 7m`, `no traffic`, `—`
pub(super) fn alert_words(status: &SloStatus) -> String {
    if let Some(severity) = status.firing() {
        return format!("FIRING {}", word(severity));
    }
    let soon = status.rows.iter().find_map(|row| match row.state {
        RowState::Rising { fires_in } | RowState::Pending { fires_in } => Some((row.row.severity, fires_in)),
        RowState::Quiet
        | RowState::Firing { .. }
        | RowState::TooFew
        | RowState::CannotFire
        | RowState::NoData => None,
    });
    match (soon, status.standing.word()) {
        (Some((severity, left)), _) => {
            format!("{} in {}", word(severity), crate::domain::short_duration(left))
        }
        (None, "") => "—".to_owned(),
        (None, word) => word.to_owned(),
    }
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Page => "page",
        Severity::Ticket => "ticket",
    }
}

/// The slots' identity, for messages.
pub(super) fn known_as(slo: &Slo) -> String {
    format!("{} ({:016x})", slo.id, digest(slo))
}
