//! Freeze windows, and the way through one in an incident.

use super::{Book, Scope, Site, Window};
use crate::domain::{Actor, ByIncident, Check, CheckOutcome, short_duration};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Windows one after the other that are looked through for the end.
const MOST_IN_A_ROW: usize = 400;
/// Longest incident id.
const MOST_ID: usize = 64;
/// What to do in an incident, in the console and on the command line.
pub const BREAK_GLASS: &str = "name it (--break-glass INCIDENT) and say why";
/// What the check is called.
pub const FREEZE: &str = "freeze";

/// A window in which nothing is released, or outside of which nothing is.
#[derive(Clone, Debug, PartialEq)]
pub struct Freeze {
    /// What it is called.
    pub name: String,
    /// Releases are allowed in it, and nowhere else; else forbidden.
    pub allows: bool,
    /// When.
    pub window: Window,
    /// For which releases.
    pub scope: Scope,
    /// Why, for those it stops.
    pub reason: String,
    /// Who may break it in an incident; none for everybody.
    pub break_glass: Option<Vec<String>>,
    /// `gates/2026.yaml:3`
    pub origin: String,
}

/// The way through a freeze: an incident, and who goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Glass {
    /// The incident's id, as the incident tool has it.
    pub incident: String,
}

impl Glass {
    /// Takes an incident's id.
    ///
    /// # Errors
    /// It can be none.
    pub fn new(incident: &str) -> Result<Self, String> {
        let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '#' | '/');
        if incident.is_empty() || incident.len() > MOST_ID || !incident.chars().all(fine) {
            return Err(format!("'{incident}' is no id of an incident, such as INC-412"));
        }
        if !incident.chars().any(|c| c.is_ascii_digit()) {
            return Err(format!("'{incident}' names no incident: its id has a number, such as INC-412"));
        }
        Ok(Self { incident: incident.to_owned() })
    }

    /// The same where nothing need be typed.
    ///
    /// # Errors
    /// Something is, and it can be no incident's id.
    pub fn typed(incident: &str) -> Result<Option<Self>, String> {
        if incident.is_empty() { Ok(None) } else { Self::new(incident).map(Some) }
    }

    /// What is to be recorded of a check if only this incident let it through.
    pub fn broke(&self, check: &Check) -> Option<String> {
        let told = || format!("{} broken for incident {}: {}", check.name, self.incident, check.observed);
        (check.by_incident == ByIncident::LetThrough).then(told)
    }
}

/// Who would release, why, and with which incident.
#[derive(Clone, Copy, Debug)]
pub struct Release<'a> {
    /// Who.
    pub actor: &'a Actor,
    /// Why, in their words.
    pub reason: &'a str,
    /// The incident that makes it necessary now.
    pub glass: Option<&'a Glass>,
}

/// What stops a release now.
struct Stop<'a> {
    by: Vec<&'a Freeze>,
    /// When all of it is over; none if nobody can say.
    until: Option<Timestamp>,
}

impl Book {
    /// What the freezes say of a release at this moment.
    pub fn freeze(&self, site: &Site, at: Timestamp, release: Release<'_>) -> Check {
        if let Some(fault) = self.faults.first() {
            let text = format!("cannot be told, so it counts as in force: {fault}");
            let check = Check::new(FREEZE, CheckOutcome::Fail, text, "freeze windows");
            let way = "correct the file";
            return broken(check, &[], release, way);
        }
        let ours: Vec<&Freeze> = self.freezes.iter().filter(|freeze| freeze.scope.covers(site)).collect();
        if ours.is_empty() {
            return Check::new(
                FREEZE,
                CheckOutcome::NotApplicable,
                "none is configured for it",
                "freeze windows",
            );
        }
        let Some(stop) = stopped(&ours, at) else {
            let source = ours.iter().map(|freeze| freeze.origin.as_str()).collect::<Vec<_>>().join(", ");
            return Check::new(FREEZE, CheckOutcome::Pass, open_words(&ours, at), source);
        };
        let source = stop.by.iter().map(|freeze| freeze.origin.as_str()).collect::<Vec<_>>().join(", ");
        let check = Check::new(FREEZE, CheckOutcome::Fail, stop.words(at), source);
        broken(check, &stop.by, release, "wait until then")
    }
}

/// The check as the incident leaves it: let through and said so, or with the way
/// through it.
fn broken(check: Check, by: &[&Freeze], release: Release<'_>, else_: &str) -> Check {
    let who = release.actor.to_string();
    let roles: Vec<&Vec<String>> = by.iter().filter_map(|freeze| freeze.break_glass.as_ref()).collect();
    let never_held = "a rollback is never held up";
    let Some(glass) = release.glass else {
        let people = match roles.first() {
            Some(names) if names.is_empty() => {
                return check.remedy(format!("{else_}; nobody may break it; {never_held}"));
            }
            Some(names) => format!(" ({})", names.join(", ")),
            None => String::new(),
        };
        return check
            .could_pass()
            .remedy(format!("{else_}; in an incident{people}: {BREAK_GLASS}; {never_held}"));
    };
    if release.reason.trim().is_empty() {
        return check.could_pass().remedy("breaking a freeze needs a reason too (--reason)");
    }
    if let Some(names) = roles.iter().find(|names| !names.contains(&who)) {
        let who = if who.is_empty() { "somebody the server does not name" } else { who.as_str() };
        let text = format!("{}; {who} may not break it", check.observed);
        let people = if names.is_empty() { "nobody may".to_owned() } else { names.join(", ") };
        let check = Check { observed: text, ..check };
        let check = if names.is_empty() { check } else { check.could_pass() };
        return check.remedy(format!("ask one who may: {people}; {never_held}"));
    }
    let text =
        format!("{}; broken by {who} for incident {}, which nobody verified", check.observed, glass.incident);
    check.let_through(text).remedy("it stands in the audit log and in the delivery's record")
}

/// What stops at a moment: every window that forbids and is open, or that no
/// window that allows is. Forbidding beats allowing.
fn stopping<'a>(ours: &[&'a Freeze], at: Timestamp) -> (Vec<&'a Freeze>, Option<Timestamp>) {
    let open = |freeze: &&&'a Freeze| freeze.window.end(at).is_some();
    let forbids: Vec<&Freeze> = ours.iter().filter(|f| !f.allows).filter(open).copied().collect();
    if !forbids.is_empty() {
        let end = forbids.iter().filter_map(|freeze| freeze.window.end(at)).max();
        return (forbids, end);
    }
    let allows: Vec<&Freeze> = ours.iter().filter(|f| f.allows).copied().collect();
    if allows.is_empty() || allows.iter().any(|freeze| freeze.window.end(at).is_some()) {
        return (Vec::new(), None);
    }
    let next = allows.iter().filter_map(|freeze| freeze.window.next(at)).min();
    (allows, next)
}

fn stopped<'a>(ours: &[&'a Freeze], at: Timestamp) -> Option<Stop<'a>> {
    let (by, mut until) = stopping(ours, at);
    if by.is_empty() {
        return None;
    }
    // Where one ends another may go on: weekends behind a holiday.
    for _ in 0..MOST_IN_A_ROW {
        let Some(end) = until else { break };
        let (next, later) = stopping(ours, end);
        if next.is_empty() {
            return Some(Stop { by, until });
        }
        until = later;
    }
    Some(Stop { by, until: None })
}

impl Stop<'_> {
    fn words(&self, at: Timestamp) -> String {
        let names: Vec<String> = self.by.iter().map(|freeze| freeze.title()).collect();
        let what = if self.by.iter().any(|freeze| freeze.allows) { "outside of" } else { "frozen by" };
        let Some(freeze) = self.by.first() else { return String::new() };
        let end = self.until.map_or_else(
            || "with no end in sight".to_owned(),
            |until| {
                let left = Duration::try_from(until.duration_since(at)).unwrap_or_default();
                format!("until {}, in {}", freeze.on_the_wall(until), short_duration(left))
            },
        );
        format!("{what} {} {end}", names.join(" and "))
    }
}

impl Freeze {
    fn title(&self) -> String {
        let why = if self.reason.is_empty() { String::new() } else { format!(" ({})", self.reason) };
        format!("'{}'{why}", self.name)
    }

    /// `2026-11-30 06:00 CET`
    fn on_the_wall(&self, at: Timestamp) -> String {
        at.to_zoned(self.window.zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string()
    }
}

fn open_words(ours: &[&Freeze], at: Timestamp) -> String {
    let next =
        ours.iter().filter(|f| !f.allows).filter_map(|freeze| Some((freeze.window.next(at)?, *freeze)));
    match next.min_by_key(|(from, _)| *from) {
        Some((from, freeze)) => format!("open; next {} from {}", freeze.title(), freeze.on_the_wall(from)),
        None => "open".to_owned(),
    }
}
