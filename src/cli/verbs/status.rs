//! `qd status`: what burns, what moves, who am I, where.

use crate::cli::json::{Hidden, Service, Status};
use crate::cli::out::{Out, Tone};
use crate::cli::print::print;
use crate::cli::session::Session;
use crate::cli::setup::Setup;
use crate::cli::table::{Cell, plain, table};
use crate::domain::{Fault, Health, ServiceRow, count_of};
use crate::shell::Tasks;

/// Prints it.
pub(in crate::cli) async fn run(setup: &Setup, tasks: &Tasks) -> Result<u8, Fault> {
    let session = Session::open(setup, tasks).await?;
    let mut rows = session.world.services();
    rows.sort_by_key(|row| (std::cmp::Reverse(row.health), row.key.clone()));
    let burning: Vec<_> = rows.iter().filter(|row| row.health.is_trouble()).collect();
    let moving: Vec<_> = rows.iter().filter(|row| moves(row) && !row.health.is_trouble()).collect();
    let (available, desired) = rows.iter().fold((0, 0), |(a, d), row| (a + row.ready.0, d + row.ready.1));
    let place = &session.link.place;
    let status = Status {
        context: place.context.to_string(),
        cluster: place.cluster.to_string(),
        namespace: place.namespace.as_ref().map(ToString::to_string),
        user: place.user.clone(),
        services: rows.len(),
        available,
        desired,
        burning: burning.iter().copied().map(Service::from).collect(),
        moving: moving.iter().copied().map(Service::from).collect(),
        hidden: hidden(&session),
    };
    let names = || burning.iter().chain(&moving).map(|row| row.key.to_string()).collect();
    print(setup, &status, names, || text(&setup.out, &session, &status, &burning, &moving))?;
    Ok(0)
}

fn moves(row: &ServiceRow) -> bool {
    row.rollout.is_moving() || row.rollout.needs_a_person()
}

fn hidden(session: &Session) -> Vec<Hidden> {
    session.hidden.iter().map(|(kind, why)| Hidden { kind: kind.plural(), why: why.text.clone() }).collect()
}

fn text(
    out: &Out,
    session: &Session,
    status: &Status,
    burning: &[&ServiceRow],
    moving: &[&ServiceRow],
) -> String {
    let user = if status.user.is_empty() { "unknown to the server" } else { &status.user };
    let mut text = format!(
        "{} ▸ {}   {}\nyou are {user}\n{}, {}/{} pods available\n",
        out.paint(&status.context, Tone::Strong),
        session.scope(),
        out.paint(&status.cluster, Tone::Faint),
        count_of(status.services, "service"),
        status.available,
        status.desired,
    );
    section(out, &mut text, "BURNING", burning);
    section(out, &mut text, "MOVING", moving);
    if status.services == 0 {
        text.push_str("\nno services: nothing is deployed here, or not where you may look\n");
    } else if burning.is_empty() {
        text.push_str(&format!("\n{}\n", out.paint("nothing burns", Tone::Good)));
    }
    for hidden in &status.hidden {
        text.push_str(&format!("\n{} {}\n", out.paint("not seen:", Tone::Warn), hidden.why));
    }
    text
}

fn section(out: &Out, text: &mut String, title: &str, rows: &[&ServiceRow]) {
    if rows.is_empty() {
        return;
    }
    text.push_str(&format!("\n{}\n", out.paint(&format!("{title} ({})", rows.len()), Tone::Strong)));
    let lines: Vec<_> = rows.iter().map(|row| line(row)).collect();
    text.push_str(&table(out, &[""; 7], &lines, "  "));
}

fn line(row: &ServiceRow) -> Vec<Cell> {
    vec![
        (glyph(row.health).to_owned(), Tone::of(row.health)),
        (row.health.word().to_owned(), Tone::of(row.health)),
        (row.key.to_string(), Tone::Strong),
        plain(versions(row)),
        plain(format!("{}/{}", row.ready.0, row.ready.1)),
        plain(format!("{} ago", Session::age(row.changed))),
        plain(why(row)),
    ]
}

/// A sign that does not need colour.
pub(in crate::cli) fn glyph(health: Health) -> &'static str {
    match health {
        Health::Idle => "○",
        Health::Healthy => "●",
        Health::Moving => "◐",
        Health::Paused => "‖",
        Health::Unknown => "?",
        Health::Degraded => "▲",
        Health::Down => "✗",
    }
}

/// `v1.2`, or `v1.2 → v1.3` on the way.
pub(in crate::cli) fn versions(row: &ServiceRow) -> String {
    match &row.next_version {
        Some(next) => format!("{} → {next}", row.version),
        None => row.version.clone(),
    }
}

fn why(row: &ServiceRow) -> String {
    if row.reason.is_empty() && moves(row) { row.rollout.sentence() } else { row.reason.clone() }
}
