//! `qd environments`: every service in every environment.

use super::status::versions;
use crate::cli::out::{Out, Tone};
use crate::cli::print::print;
use crate::cli::session::Session;
use crate::cli::setup::Setup;
use crate::cli::table::{Cell, plain, table};
use crate::domain::{Environment, Fault, Health, Matrix, MatrixCell, ServiceRow};
use crate::shell::Tasks;
use jiff::Timestamp;
use serde::Serialize;

/// A service, wherever it runs.
#[derive(Debug, Serialize)]
struct Everywhere {
    /// What it is called.
    name: String,
    /// Where it runs: from development to production, then what declares nothing.
    places: Vec<Somewhere>,
}

/// A service in one place.
#[derive(Debug, Serialize)]
struct Somewhere {
    /// `production`, `staging`, `development`, `undeclared`.
    environment: Environment,
    /// Where.
    namespace: String,
    /// The version that serves.
    version: String,
    /// The version on its way; null if none.
    next_version: Option<String>,
    /// Whether production runs another version; false without a production.
    differs: bool,
    /// In a word, as `qd services` has it.
    health: Health,
    /// Why it is not healthy; empty if it is.
    reason: String,
    /// Pods available.
    available: u32,
    /// Pods asked for.
    desired: u32,
    /// When its newest revision appeared.
    changed: Option<Timestamp>,
}

impl Somewhere {
    fn of(cell: MatrixCell, row: &ServiceRow) -> Self {
        Self {
            environment: row.environment,
            namespace: row.key.namespace.to_string(),
            version: row.version.clone(),
            next_version: row.next_version.clone(),
            differs: cell.differs,
            health: row.health,
            reason: row.reason.clone(),
            available: row.ready.0,
            desired: row.ready.1,
            changed: row.changed,
        }
    }
}

/// Prints it.
pub(in crate::cli) async fn run(setup: &Setup, tasks: &Tasks) -> Result<u8, Fault> {
    let session = Session::open(setup, tasks).await?;
    let (rows, _) = session.services();
    let matrix = Matrix::of(&rows);
    let services = everywhere(&matrix, &rows);
    let names = || services.iter().map(|service| service.name.clone()).collect();
    print(setup, &services, names, || text(&setup.out, &session, &matrix, &rows))?;
    Ok(0)
}

fn everywhere(matrix: &Matrix, rows: &[ServiceRow]) -> Vec<Everywhere> {
    let mut services: Vec<Everywhere> = Vec::new();
    for line in &matrix.lines {
        let cells = line.cells.iter().flatten();
        let places = cells.filter_map(|cell| Some(Somewhere::of(*cell, rows.get(cell.row)?)));
        match services.last_mut().filter(|last| last.name == line.name.as_str()) {
            Some(service) => service.places.extend(places),
            None => services.push(Everywhere { name: line.name.to_string(), places: places.collect() }),
        }
    }
    for service in &mut services {
        service.places.sort_by_key(|place| (place.environment == Environment::Undeclared, place.environment));
    }
    services
}

fn text(out: &Out, session: &Session, matrix: &Matrix, rows: &[ServiceRow]) -> String {
    if rows.is_empty() {
        return format!("no services in {} of {}\n", session.scope(), session.link.place.context);
    }
    let titles: Vec<String> = matrix.columns.iter().map(|column| column.to_string().to_uppercase()).collect();
    let headings: Vec<&str> = std::iter::once("SERVICE").chain(titles.iter().map(String::as_str)).collect();
    let lines: Vec<Vec<Cell>> = matrix
        .lines
        .iter()
        .map(|line| {
            let name = if line.nth == 0 { line.name.to_string() } else { String::new() };
            let cells = line.cells.iter().map(|cell| {
                cell.and_then(|cell| Some(written(cell, rows.get(cell.row)?))).unwrap_or_else(|| plain("—"))
            });
            std::iter::once((name, Tone::Strong)).chain(cells).collect()
        })
        .collect();
    let mut text = table(out, &headings, &lines, "");
    let differing = matrix.lines.iter().flat_map(|line| line.cells.iter().flatten());
    if differing.filter(|cell| cell.differs).count() > 0 {
        text.push_str("\n≠ production runs another version\n");
    }
    text
}

/// `≠ v1.9.3 2/3 4d`, with the namespace where there are several, and the
/// health where there is something to say of it.
fn written(cell: MatrixCell, row: &ServiceRow) -> Cell {
    let version = if row.version.is_empty() { "—".to_owned() } else { versions(row) };
    let mut parts = vec![if cell.differs { format!("≠ {version}") } else { version }];
    if cell.named {
        parts.push(row.key.namespace.to_string());
    }
    parts.push(format!("{}/{}", row.ready.0, row.ready.1));
    if row.health != Health::Healthy {
        parts.push(row.health.word().to_owned());
    }
    parts.push(Session::age(row.changed));
    (parts.join(" "), Tone::of(row.health))
}
