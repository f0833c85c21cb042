//! `qd services`: the catalogue.

use super::status::versions;
use crate::cli::json::Service;
use crate::cli::out::{Out, Tone};
use crate::cli::print::print;
use crate::cli::session::Session;
use crate::cli::setup::Setup;
use crate::cli::table::{plain, table};
use crate::domain::{Fault, ServiceRow};
use crate::shell::Tasks;

/// Prints it.
pub(in crate::cli) async fn run(setup: &Setup, tasks: &Tasks) -> Result<u8, Fault> {
    let session = Session::open(setup, tasks).await?;
    let (rows, _) = session.services();
    let services: Vec<_> = rows.iter().map(Service::from).collect();
    let names = || rows.iter().map(|row| row.key.to_string()).collect();
    print(setup, &services, names, || text(&setup.out, &session, &rows))?;
    Ok(0)
}

fn text(out: &Out, session: &Session, rows: &[ServiceRow]) -> String {
    if rows.is_empty() {
        return format!("no services in {} of {}\n", session.scope(), session.link.place.context);
    }
    let headings =
        ["NAMESPACE", "SERVICE", "ENV", "OWNER", "TIER", "VERSION", "READY", "HEALTH", "CHANGED", "WHY"];
    let lines: Vec<_> = rows
        .iter()
        .map(|row| {
            let (owner, trouble) = row.owner_words();
            vec![
                plain(row.key.namespace.as_str()),
                (row.key.name.to_string(), Tone::Strong),
                plain(row.environment.short()),
                (owner, if trouble { Tone::Bad } else { Tone::Plain }),
                plain(row.tier.map_or_else(|| "—".to_owned(), |tier| tier.to_string())),
                plain(versions(row)),
                plain(format!("{}/{}", row.ready.0, row.ready.1)),
                (row.health.word().to_owned(), Tone::of(row.health)),
                plain(Session::age(row.changed)),
                plain(row.reason.clone()),
            ]
        })
        .collect();
    table(out, &headings, &lines, "")
}
