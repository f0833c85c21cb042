//! An alert table played over history: what would it have done?
//!
//! An *incident* is a stretch of burn above 1 (breaks of up to half an hour
//! belong to it) that spent as much of the budget as the fastest row is meant to
//! catch: 2 % of it with Sloth's table. A page within an incident, or within an
//! hour after it, found it; an incident without one was missed.

use super::assess::fires;
use super::assess::unit;
use super::ledger::Ledger;
use super::{Budget, Past, Severity, Slo, burn_table};
use crate::domain::SLOT_S;
use serde::Serialize;
use std::time::Duration;

/// Breaks in an incident that do not end it, in slots.
const BREAK: u32 = 6;
/// A page this many slots after the end of an incident still found it.
const LATE: u32 = 12;

/// A stretch of time, seconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Stretch {
    /// Its beginning.
    pub from: i64,
    /// Its end.
    pub until: i64,
}

/// Something that hurt the budget.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Incident {
    /// When.
    pub when: Stretch,
    /// Share of the budget it spent.
    pub spent: f64,
    /// The page that found it, seconds since the epoch; none if it was missed.
    pub paged: Option<i64>,
}

/// What the table would have done.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Backtest {
    /// How much history there was, in seconds observed.
    pub observed: f64,
    /// Pages: one for each time the table began to page.
    pub pages: Vec<Stretch>,
    /// Tickets, likewise.
    pub tickets: Vec<Stretch>,
    /// What hurt the budget.
    pub incidents: Vec<Incident>,
    /// Share of the history that was made up by the demo.
    pub simulated: f64,
}

impl Backtest {
    /// Incidents without a page.
    pub fn missed(&self) -> usize {
        self.incidents.iter().filter(|incident| incident.paged.is_none()).count()
    }

    /// Pages that belong to no incident: less than 2 % of the budget was at stake.
    pub fn needless(&self) -> usize {
        let found = self.incidents.iter().filter_map(|incident| incident.paged).count();
        self.pages.len().saturating_sub(found)
    }

    /// From the beginning of an incident to its page, the middle one; none
    /// without pages.
    pub fn lead(&self) -> Option<Duration> {
        let after = |incident: &Incident| Some((incident.paged? - incident.when.from).max(0).unsigned_abs());
        let mut all: Vec<u64> = self.incidents.iter().filter_map(after).collect();
        all.sort_unstable();
        all.get(all.len() / 2).map(|seconds| Duration::from_secs(*seconds))
    }
}

/// Plays the table of `slo` over its past, one step for each slot.
pub fn backtest<'a>(slo: &Slo, past: impl Into<Past<'a>>) -> Backtest {
    let past = past.into();
    let Some((first, last)) = past.span() else { return Backtest::default() };
    let ledger = past.ledger(slo, last.ends());
    let unit = unit(slo);
    let rows = burn_table(slo);
    let firing = |severity: Severity, at: i64| {
        rows.iter().filter(|row| row.severity == severity).any(|row| fires(slo, row, unit, &ledger, at))
    };
    let ends = || (first.index..=last.index).map(|index| (i64::from(index) + 1) * i64::from(SLOT_S));
    let pages = stretches(ends().map(|at| (at, firing(Severity::Page, at))));
    let tickets = stretches(ends().map(|at| (at, firing(Severity::Ticket, at))));
    let worth = rows
        .first()
        .map_or(0.02, |row| row.factor * row.long.as_secs_f64() / slo.window.length().as_secs_f64().max(1.0));
    let all = ledger.between(first.begins(), last.ends());
    Backtest {
        observed: all.covered,
        simulated: if all.total > 0.0 { all.simulated / all.total } else { 0.0 },
        incidents: incidents(slo, &ledger, (first.begins(), last.ends()), worth, &pages),
        pages,
        tickets,
    }
}

/// The times from each beginning to its end.
fn stretches(states: impl Iterator<Item = (i64, bool)>) -> Vec<Stretch> {
    let mut found: Vec<Stretch> = Vec::new();
    let mut open = false;
    for (at, on) in states {
        match (on, open, found.last_mut()) {
            (true, true, Some(last)) => last.until = at,
            (true, _, _) => found.push(Stretch { from: at, until: at }),
            (false, _, _) => {}
        }
        open = on;
    }
    found
}

fn incidents(
    slo: &Slo,
    ledger: &Ledger,
    (begins, ends): (i64, i64),
    worth: f64,
    pages: &[Stretch],
) -> Vec<Incident> {
    let step = i64::from(SLOT_S);
    let mut found: Vec<Stretch> = Vec::new();
    let slots = (0..(ends - begins) / step).map(|n| (begins + n * step, begins + (n + 1) * step));
    for (from, until) in slots {
        let ratio = ledger.between(from, until).ratio();
        if ratio.is_none_or(|ratio| Budget::burn_rate(slo.objective, ratio) <= 1.0) {
            continue;
        }
        match found.last_mut() {
            Some(open) if from - open.until <= i64::from(BREAK) * step => open.until = until,
            _ => found.push(Stretch { from, until }),
        }
    }
    let all = ledger.between(ledger.begins(), ledger.frontier());
    // The budget of a whole window at the mean traffic of the history.
    let whole = all.total / all.covered.max(1.0) * slo.window.length().as_secs_f64() * slo.objective.budget();
    let judged = |when: Stretch| {
        let spent = ledger.between(when.from, when.until).bad / whole.max(f64::MIN_POSITIVE);
        let end = when.until + i64::from(LATE) * step;
        let alarm = pages.iter().map(|page| page.from).find(|at| (when.from..=end).contains(at));
        Incident { when, spent, paged: alarm }
    };
    found.into_iter().map(judged).filter(|incident| incident.spent >= worth).collect()
}
