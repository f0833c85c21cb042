//! `qd rollouts`: what rolls out, and what waits for a person.

use super::status::versions;
use crate::cli::json::Service;
use crate::cli::out::{Out, Tone, aside};
use crate::cli::print::print;
use crate::cli::session::Session;
use crate::cli::setup::Setup;
use crate::cli::table::{plain, table};
use crate::domain::{Fault, ServiceRow};
use crate::engine::record::decode;
use crate::shell::Tasks;

/// Prints it: what waits for a person first.
pub(in crate::cli) async fn run(setup: &Setup, tasks: &Tasks) -> Result<u8, Fault> {
    let session = Session::open(setup, tasks).await?;
    let mut rows = session.world.services();
    rows.retain(|row| row.rollout.is_moving() || row.rollout.needs_a_person());
    rows.sort_by_key(|row| (!row.rollout.needs_a_person(), std::cmp::Reverse(row.changed)));
    for text in session.world.records() {
        if let Err(fault) = decode(&text.text) {
            aside(&format!("{} cannot be read: {fault}; {}", text.key, fault.remedy()));
        }
    }
    let services: Vec<_> = rows.iter().map(Service::from).collect();
    let names = || rows.iter().map(|row| row.key.to_string()).collect();
    print(setup, &services, names, || text(&setup.out, &session, &rows))?;
    Ok(0)
}

fn text(out: &Out, session: &Session, rows: &[ServiceRow]) -> String {
    if rows.is_empty() {
        return format!("nothing rolls out in {} of {}\n", session.scope(), session.link.place.context);
    }
    let headings = ["STATE", "SERVICE", "VERSION", "SINCE", "PROGRESS"];
    let lines: Vec<_> = rows
        .iter()
        .map(|row| {
            let tone = if row.rollout.needs_a_person() { Tone::Bad } else { Tone::Warn };
            vec![
                (row.rollout.word().to_owned(), tone),
                (row.key.to_string(), Tone::Strong),
                plain(versions(row)),
                plain(Session::age(row.changed)),
                plain(row.rollout.sentence()),
            ]
        })
        .collect();
    table(out, &headings, &lines, "")
}
