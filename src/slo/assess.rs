//! From slots to how an objective stands.

use super::ledger::{Counts, Ledger};
use super::status::{Measured, RowState, RowStatus, SloStatus, Standing, Unit};
use super::{
    Budget, Budgeting, BurnRow, Exhaustion, Past, Sli, Slo, Window, burn_table, error_ratio, period,
    promql_duration,
};
use crate::domain::{Explained, Reading, SLOT_S};
use std::sync::Arc;
use std::time::Duration;

/// Points of the burndown.
const POINTS: usize = 160;
/// The same, for dividing seconds.
const STEPS: i64 = 160;

/// Numbers older than this are stale: two slots.
const STALE_S: i64 = 2 * SLOT_S as i64;

/// No traffic for this long is no traffic.
const QUIET_S: u64 = 3_600;

/// How far back the beginning of an alert is looked for: two days.
const SINCE_SLOTS: i64 = 576;

/// What else is known when assessing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sight<'a> {
    /// The present, seconds since the epoch.
    pub now: i64,
    /// Up to when events were counted, seconds since the epoch.
    pub frontier: i64,
    /// Why counting failed the last time, if it did.
    pub trouble: Option<&'a str>,
}

/// Works out how `slo` stands from its past.
pub fn assess<'a>(slo: &Arc<Slo>, past: impl Into<Past<'a>>, sight: Sight<'_>) -> SloStatus {
    let ledger = past.into().ledger(slo, sight.frontier);
    let begins = period::begin(slo.window, slo.calendar.as_ref(), sight.frontier);
    let sum = ledger.between(begins, sight.frontier);
    let standing = standing(&ledger, &sum, begins, sight);
    let length = slo.window.length();
    let seen = (sum.covered / (sight.frontier - begins).max(1) as f64).clamp(0.0, 1.0);
    // Of a calendar period, what has not come yet was not observed either.
    let elapsed = (sight.frontier - begins) as f64 / length.as_secs_f64().max(1.0);
    let coverage = seen * elapsed.min(1.0);
    let budget =
        Budget { objective: slo.objective, window: length, bad: sum.bad, total: sum.total, coverage };
    let unit = unit(slo);
    let rows: Vec<_> = burn_table(slo).iter().map(|row| row_status(slo, *row, unit, &ledger)).collect();
    let now = rows.first().map(|row| row.long).unwrap_or_default();
    let burning = now.burn.unwrap_or(0.0);
    let exhaustion_net = net(slo, &budget, &ledger, begins, &now);
    SloStatus {
        namespace: namespace(&slo.sli),
        standing,
        exhaustion: budget.exhaustion(burning),
        exhaustion_net,
        burndown: burndown(&budget, &ledger, begins),
        simulated: if sum.total > 0.0 { sum.simulated / sum.total } else { 0.0 },
        backtest: None,
        contributors: None,
        explained: explained(slo, &budget, &rows),
        slo: slo.clone(),
        budget,
        unit,
        rows,
        begins,
        until: sight.frontier,
    }
}

fn standing(ledger: &Ledger, sum: &Counts, begins: i64, sight: Sight<'_>) -> Standing {
    let failed = sight.trouble.map(|why| Standing::Failed { why: why.to_owned() });
    if sum.covered <= 0.0 {
        return failed.unwrap_or(Standing::Absent);
    }
    if ledger.is_contradictory(begins, sight.frontier) {
        return Standing::Inconsistent;
    }
    let lately = ledger.over(STALE_S.unsigned_abs(), sight.now);
    if lately.covered <= 0.0 {
        return Standing::Stale { since: last_covered(ledger) };
    }
    if sum.covered < 60.0 {
        return Standing::Collecting;
    }
    if ledger.over(QUIET_S, sight.frontier).total <= 0.0 {
        return Standing::NoTraffic;
    }
    if sum.bad <= 0.0 { Standing::NoErrors } else { Standing::Counted }
}

/// The end of the last stretch that was observed.
fn last_covered(ledger: &Ledger) -> i64 {
    let step = i64::from(SLOT_S);
    let mut until = ledger.frontier();
    while until > ledger.begins() && ledger.between(until - step, until).covered <= 0.0 {
        until -= step;
    }
    until
}

pub(super) fn unit(slo: &Slo) -> Unit {
    match (slo.budgeting, &slo.sli) {
        (Budgeting::Timeslices { .. } | Budgeting::RatioTimeslices { .. }, _) => Unit::Slices,
        (Budgeting::Occurrences, Sli::Raw { .. } | Sli::Threshold { .. }) => Unit::Seconds,
        (Budgeting::Occurrences, Sli::Composite { .. }) => Unit::Weighted,
        (Budgeting::Occurrences, _) => Unit::Events,
    }
}

fn measured(slo: &Slo, window: Duration, ledger: &Ledger, at: i64) -> Measured {
    let counts = ledger.over(window.as_secs(), at);
    let burn = counts.ratio().map(|ratio| Budget::burn_rate(slo.objective, ratio));
    Measured { window, bad: counts.bad, total: counts.total, burn }
}

pub(super) fn fires(slo: &Slo, row: &BurnRow, unit: Unit, ledger: &Ledger, at: i64) -> bool {
    let long = measured(slo, row.long, ledger, at);
    let short = measured(slo, row.short, ledger, at);
    row.fires(long.burn, short.burn) && is_heard(slo, row, unit, &long)
}

/// Whether there were enough events to believe the row.
fn is_heard(slo: &Slo, row: &BurnRow, unit: Unit, long: &Measured) -> bool {
    !matches!(unit, Unit::Events | Unit::Weighted) || long.total >= row.needs_events(slo.objective) - 1e-6
}

fn row_status(slo: &Slo, row: BurnRow, unit: Unit, ledger: &Ledger) -> RowStatus {
    let at = ledger.frontier();
    let long = measured(slo, row.long, ledger, at);
    let short = measured(slo, row.short, ledger, at);
    let state = if !row.can_fire(slo.objective) {
        RowState::CannotFire
    } else if long.burn.is_none() {
        RowState::NoData
    } else if !is_heard(slo, &row, unit, &long) {
        RowState::TooFew
    } else if row.fires(long.burn, short.burn) {
        let since = since(slo, &row, unit, ledger);
        let held = Duration::from_secs((at - since).unsigned_abs());
        match row.hold.checked_sub(held) {
            Some(fires_in) if !fires_in.is_zero() => RowState::Pending { fires_in },
            Some(_) | None => RowState::Firing { since },
        }
    } else {
        let rising = fires_in(slo, &row, ledger, &short);
        rising.map_or(RowState::Quiet, |fires_in| RowState::Rising { fires_in: fires_in + row.hold })
    };
    RowStatus { row, long, short, state }
}

/// Since when the row has held without a break, to the grain of a slot.
fn since(slo: &Slo, row: &BurnRow, unit: Unit, ledger: &Ledger) -> i64 {
    let step = i64::from(SLOT_S);
    let frontier = ledger.frontier();
    let ends = (0..SINCE_SLOTS).map(|back| (frontier - 1).div_euclid(step) * step - back * step);
    ends.take_while(|at| fires(slo, row, unit, ledger, *at)).last().unwrap_or(frontier)
}

/// When the long window will be above the threshold too, if errors and traffic
/// stay as they are in the short one.
fn fires_in(slo: &Slo, row: &BurnRow, ledger: &Ledger, short: &Measured) -> Option<Duration> {
    let threshold = row.factor * slo.objective.budget();
    let ratio = (short.total > 0.0).then(|| short.bad / short.total).filter(|ratio| *ratio > threshold)?;
    let rate = short.total / row.short.as_secs_f64().max(1.0);
    let (at, long) = (ledger.frontier(), i64::try_from(row.long.as_secs()).unwrap_or(i64::MAX));
    let above = |ahead: i64| {
        let kept = ledger.between(at - long + ahead, at);
        let new = rate * ahead as f64;
        (kept.bad + ratio * new) / (kept.total + new).max(f64::MIN_POSITIVE) > threshold
    };
    // A binary search will not do: what leaves the window may be better or worse.
    let step = (long / 240).max(10);
    let ahead = (1..=240).map(|n| n * step).find(|ahead| above(*ahead))?;
    Some(Duration::from_secs(ahead.unsigned_abs()))
}

/// The smallest time after which nothing is left, with what leaves the window
/// counted out and events as in `now` counted in.
fn net(slo: &Slo, budget: &Budget, ledger: &Ledger, begins: i64, now: &Measured) -> Exhaustion {
    if budget.remaining() <= 0.0 {
        return Exhaustion::Already;
    }
    if now.total <= 0.0 || now.bad <= 0.0 {
        return Exhaustion::Never;
    }
    let ratio = now.bad / now.total;
    let rate = now.total / now.window.as_secs_f64().max(1.0);
    let length = i64::try_from(slo.window.length().as_secs()).unwrap_or(i64::MAX);
    let (rolls, end) = match slo.window {
        Window::Rolling(_) => (true, length),
        Window::Calendar(_) => (false, begins + length - ledger.frontier()),
    };
    let step = i64::from(SLOT_S);
    let gone = |ahead: i64| {
        let kept = ledger.between(if rolls { begins + ahead } else { begins }, ledger.frontier());
        let new = rate * ahead as f64;
        kept.bad + ratio * new >= slo.objective.budget() * (kept.total + new)
    };
    let ahead = (1..=end / step).map(|n| n * step).find(|ahead| gone(*ahead));
    ahead.map_or(Exhaustion::Never, |ahead| Exhaustion::In(Duration::from_secs(ahead.unsigned_abs())))
}

fn burndown(budget: &Budget, ledger: &Ledger, begins: i64) -> Vec<Option<f32>> {
    let span = ledger.frontier() - begins;
    let at = |point: usize| begins + span * i64::try_from(point).unwrap_or(0) / STEPS;
    let left = |point: usize| {
        let here = ledger.between(at(point), at(point + 1));
        let spent = ledger.spent(begins, at(point + 1), ledger.frontier())?;
        (here.covered > 0.0).then(|| (1.0 - spent / budget.objective.budget()) as f32)
    };
    (0..POINTS).map(left).collect()
}

/// The namespace that queries are matched on.
fn namespace(sli: &Sli) -> Option<String> {
    let text = match sli {
        Sli::BadOfTotal { total, .. } | Sli::GoodOfTotal { total, .. } => total.text(),
        Sli::Raw { ratio, .. } => ratio.text(),
        Sli::BoolGauge { metric } | Sli::Threshold { metric, .. } => metric.text(),
        Sli::Composite { parts } => {
            let mut all = parts.iter().map(|part| namespace(&part.sli));
            let first = all.next()?;
            return if all.all(|other| other == first) { first } else { None };
        }
    };
    let (_, after) = text.split_once("namespace=\"")?;
    after.split_once('"').map(|(name, _)| name.to_owned())
}

/// Names of the alert rows' numbers: long and short window.
const BURNS: [[&str; 2]; 4] = [
    ["burn, first alert, long window", "burn, first alert, short window"],
    ["burn, second alert, long window", "burn, second alert, short window"],
    ["burn, third alert, long window", "burn, third alert, short window"],
    ["burn, fourth alert, long window", "burn, fourth alert, short window"],
];

fn explained(slo: &Slo, budget: &Budget, rows: &[RowStatus]) -> Vec<Explained> {
    let allowed = format!("(1 - {})", slo.objective.ratio());
    let whole = error_ratio(&slo.sli, &promql_duration(slo.window.length()));
    let left = if budget.total > 0.0 { Reading::Value(budget.remaining()) } else { Reading::NoTraffic };
    let mut all = vec![Explained {
        name: "budget left",
        formula: "1 - (bad / all) / (1 - objective), over the whole window",
        promql: format!("1 - ({whole}) / {allowed}"),
        reading: left,
        unit: "ratio",
    }];
    for (row, names) in rows.iter().zip(BURNS) {
        for (measured, name) in [row.long, row.short].iter().zip(names) {
            let ratio = error_ratio(&slo.sli, &promql_duration(measured.window));
            all.push(Explained {
                name,
                formula: "(bad / all) / (1 - objective): 1 spends exactly the budget over the window",
                promql: format!("({ratio}) / {allowed}"),
                reading: measured.burn.map_or(Reading::NoTraffic, Reading::Value),
                unit: "x",
            });
        }
    }
    all
}
