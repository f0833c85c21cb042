//! `qd slo backtest`: the alert tables played over the history there is.

use super::live::known_as;
use super::show::named;
use super::{Loaded, counted};
use crate::cli::out::Tone;
use crate::cli::print::print;
use crate::cli::setup::Setup;
use crate::cli::table::{plain, table};
use crate::domain::{Fault, FaultKind, short_duration};
use crate::slo::{Backtest, Slo, backtest};
use serde::Serialize;
use std::time::Duration;

/// One objective's result.
#[derive(Debug, Serialize)]
struct Played {
    id: String,
    /// Incidents without a page.
    missed: usize,
    /// Pages without an incident.
    needless: usize,
    /// Seconds from the beginning of an incident to its page, the middle one.
    lead_seconds: Option<u64>,
    #[serde(flatten)]
    table: Backtest,
}

/// Prints what the tables would have done.
pub(super) fn run(setup: &Setup, loaded: Loaded, id: Option<&str>) -> Result<u8, Fault> {
    let (loaded, live) = counted(setup, loaded)?;
    let shown = named(&loaded, id)?;
    let Some(live) = live else { return Err(nothing_kept(setup, shown.first().copied())) };
    let played: Vec<Played> = shown
        .iter()
        .map(|slo| {
            let played = backtest(slo, live.history(slo));
            Played {
                id: slo.id.clone(),
                missed: played.missed(),
                needless: played.needless(),
                lead_seconds: played.lead().map(|lead| lead.as_secs()),
                table: played,
            }
        })
        .collect();
    let names = || played.iter().map(|one| one.id.clone()).collect();
    print(setup, &played, names, || {
        let lines: Vec<_> =
            played.iter().map(|one| vec![(one.id.clone(), Tone::Strong), plain(sentence(one))]).collect();
        table(&setup.out, &["ID", "ITS ALERTS WOULD HAVE"], &lines, "")
    })?;
    Ok(0)
}

/// `paged 3 times, missed 0 of 3 incidents, lead time 6m, 2 tickets (30d seen)`
fn sentence(one: &Played) -> String {
    let seen = short_duration(Duration::from_secs(one.table.observed as u64));
    let lead = one.lead_seconds.map_or(String::new(), |seconds| {
        format!(", {} after the beginning", short_duration(Duration::from_secs(seconds)))
    });
    let needless = if one.needless > 0 { format!(", {} for little", one.needless) } else { String::new() };
    format!(
        "paged {} times{lead}{needless}; missed {} of {} incidents; {} tickets ({seen} seen)",
        one.table.pages.len(),
        one.missed,
        one.table.incidents.len(),
        one.table.tickets.len()
    )
}

fn nothing_kept(setup: &Setup, slo: Option<&Slo>) -> Fault {
    let context = setup.context();
    let what = slo.map_or(String::new(), |slo| format!(" of {}", known_as(slo)));
    Fault::new(FaultKind::NotFound, format!("no history{what} is kept for the context '{context}'"))
        .hint("the console writes it down while it runs with these objectives (option `slos`)")
        .hint("or name a Prometheus that has it: --prometheus URL")
}
