//! `qd audit`: who did what, and whether the log is whole.

use crate::cli::args::{AuditAction, AuditArgs};
use crate::cli::out::{Out, Tone};
use crate::cli::print::print;
use crate::cli::setup::Setup;
use crate::cli::table::{Cell, plain, table};
use crate::domain::{Actor, AuditEntry, AuditKind, Fault, FaultKind};
use crate::shell::clock;
use crate::store::AuditFilter;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use serde::Serialize;

/// The answer of `qd audit verify`.
#[derive(Debug, Serialize)]
struct Verdict {
    /// Entries that verify.
    entries: usize,
    /// The last line was torn by a crash; the next entry will say so.
    torn: bool,
    /// Hash of the last entry: note it elsewhere to prove later that nothing
    /// before it was changed.
    head: String,
    /// The log file.
    path: String,
}

/// Prints it.
pub(in crate::cli) fn run(setup: &Setup, args: &AuditArgs) -> Result<u8, Fault> {
    if matches!(args.action, Some(AuditAction::Verify)) {
        return verify(setup);
    }
    let filter = AuditFilter {
        since: args.since.as_deref().map(|text| since("since", text, clock::now().wall)).transpose()?,
        who: args.who.clone(),
        what: args.what.clone(),
    };
    let entries = setup.audit().newest(args.limit, &filter)?;
    let names = || entries.iter().map(|entry| entry.operation.to_string()).collect();
    print(setup, &entries, names, || text(setup, &entries))?;
    Ok(0)
}

fn verify(setup: &Setup) -> Result<u8, Fault> {
    let audit = setup.audit();
    let verified = audit.verify()?;
    let head = verified.entries.last().map(|entry| entry.hash.clone()).unwrap_or_default();
    let verdict = Verdict {
        entries: verified.entries.len(),
        torn: verified.torn,
        head,
        path: audit.path().display().to_string(),
    };
    print(setup, &verdict, || vec![verdict.head.clone()], || verdict_text(&setup.out, &verdict))?;
    Ok(0)
}

fn verdict_text(out: &Out, verdict: &Verdict) -> String {
    let word =
        if verdict.entries == 1 { "1 entry".to_owned() } else { format!("{} entries", verdict.entries) };
    let mut text = format!("{} {word} in {}\n", out.paint("verified:", Tone::Good), verdict.path);
    if !verdict.head.is_empty() {
        text.push_str(&format!("  head {}\n", verdict.head));
    }
    if verdict.torn {
        text.push_str("  the last line was torn by a crash; the next entry will say so\n");
    }
    text
}

/// A moment given to `--flag`: an age like `2h` or `7d`, or a time.
pub(super) fn since(flag: &str, text: &str, now: Timestamp) -> Result<Timestamp, Fault> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment);
    }
    let age =
        text.parse::<Span>().ok().and_then(|span| SignedDuration::try_from(span.days_are_24_hours()).ok());
    let moment = age.and_then(|age| now.checked_sub(age.abs()).ok());
    moment.ok_or_else(|| {
        Fault::new(FaultKind::Config, format!("--{flag}: '{text}' is neither an age nor a time"))
            .hint("for instance 30m, 2h, 7d or 2026-01-31T12:00:00Z")
    })
}

trait Days {
    fn days_are_24_hours(self) -> Span;
}

impl Days for Span {
    fn days_are_24_hours(self) -> Span {
        let days = i64::from(self.get_days()) + 7 * i64::from(self.get_weeks());
        self.days(0).weeks(0).hours(i64::from(self.get_hours()) + 24 * days)
    }
}

fn text(setup: &Setup, entries: &[AuditEntry]) -> String {
    if entries.is_empty() {
        return format!("no entries in {}\n", setup.audit().path().display());
    }
    let zone = setup.timezone();
    let headings = ["WHEN", "WHO", "WHAT", "TARGET", "WHERE", "RESULT", "DETAIL"];
    let lines: Vec<_> = entries.iter().map(|entry| line(entry, &zone)).collect();
    table(&setup.out, &headings, &lines, "")
}

fn line(entry: &AuditEntry, zone: &TimeZone) -> Vec<Cell> {
    let result = match entry.kind {
        AuditKind::Intent => ("about to".to_owned(), Tone::Faint),
        AuditKind::Written | AuditKind::Mode | AuditKind::Note | AuditKind::Repair => {
            (entry.result.clone(), Tone::Plain)
        }
        AuditKind::Outcome => (entry.result.clone(), tone(&entry.result)),
    };
    let target = entry.target.as_ref().map(ToString::to_string).unwrap_or_default();
    let why = if entry.kind == AuditKind::Intent || entry.detail.is_empty() {
        &entry.reason
    } else {
        &entry.detail
    };
    vec![
        plain(entry.at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()),
        plain(who(&entry.actor)),
        plain(entry.action.clone()),
        plain(target),
        plain(entry.context.as_str()),
        result,
        plain(why.clone()),
    ]
}

fn tone(result: &str) -> Tone {
    if result == "succeeded" { Tone::Good } else { Tone::Bad }
}

/// The cluster's name for the person, and the person at the machine.
fn who(actor: &Actor) -> String {
    let here = format!("{}@{}", actor.os_user, actor.host);
    if actor.cluster_user.is_empty() { here } else { format!("{} ({here})", actor.cluster_user) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_and_times_are_understood() {
        let now = crate::domain::Now::at(1_000_000).wall;
        let week = since("since", "7d", now).unwrap();
        assert_eq!(now.duration_since(week).as_hours(), 168);
        assert_eq!(since("since", "2026-01-31T12:00:00Z", now).unwrap().to_string(), "2026-01-31T12:00:00Z");
        assert!(since("since", "yesterday-ish", now).unwrap_err().text.contains("neither an age nor a time"));
    }
}
