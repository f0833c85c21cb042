//! `qd verdict replay`: the stored verdicts of a delivery, decided again.

use super::request::unreadable;
use crate::cli::find;
use crate::cli::json::Replayed;
use crate::cli::out::Tone;
use crate::cli::print::print;
use crate::cli::session::Session;
use crate::cli::setup::Setup;
use crate::cli::table::{plain, table};
use crate::domain::{Fault, FaultKind};
use crate::engine::record::{OperationRecord, decode};
use crate::engine::verdict::{Decision, verdict};
use crate::shell::Tasks;

/// Decides every stored verdict again from its stored inputs; exit 1 if one
/// comes out differently.
pub(in crate::cli) async fn replay(setup: &Setup, tasks: &Tasks, operation: &str) -> Result<u8, Fault> {
    let session = Session::open(setup, tasks).await?;
    let record = find_record(&session, operation)?;
    let rows: Vec<Replayed> = record
        .verdicts
        .iter()
        .map(|kept| {
            let again = verdict(&kept.inputs);
            Replayed {
                at: kept.at,
                elapsed_s: kept.inputs.clock.elapsed_s,
                decision: kept.verdict.decision.words(),
                reason: kept.verdict.reason.clone(),
                same: again.agrees(&kept.verdict),
                again: again.reason,
            }
        })
        .collect();
    let different = rows.iter().any(|row| !row.same);
    let text = || {
        let lines: Vec<_> = record
            .verdicts
            .iter()
            .zip(&rows)
            .map(|(kept, row)| {
                let tone = match kept.verdict.decision {
                    Decision::Promote => Tone::Good,
                    Decision::Rollback => Tone::Bad,
                    Decision::Hold | Decision::Environment => Tone::Warn,
                };
                let same = if row.same {
                    ("same".to_owned(), Tone::Faint)
                } else {
                    ("DIFFERENT".to_owned(), Tone::Bad)
                };
                vec![
                    plain(kept.at.strftime("%H:%M:%S").to_string()),
                    plain(format!("{} s", row.elapsed_s)),
                    (row.decision.to_owned(), tone),
                    same,
                    plain(row.reason.clone()),
                ]
            })
            .collect();
        let head = format!("{} {} to {}\n", record.key().name, record.from.version, record.to.version);
        head + &table(&setup.out, &["AT (UTC)", "IN STEP", "VERDICT", "REPLAY", "REASON"], &lines, "")
    };
    print(setup, &rows, || vec![record.key().name.to_string()], text)?;
    Ok(u8::from(different))
}

fn find_record(session: &Session, typed: &str) -> Result<OperationRecord, Fault> {
    for text in session.world.records() {
        let named = text.key.name.as_str() == typed;
        match decode(&text.text) {
            Ok(record) if named || record.id.as_str() == typed => return Ok(record),
            Err(fault) if named => return Err(unreadable(&text.key, &fault)),
            Ok(_) | Err(_) => {}
        }
    }
    let nothing = || {
        Fault::new(FaultKind::NotFound, format!("no delivery '{typed}'"))
            .hint("the id or record name of one, or a service that had one")
    };
    let workload = find::workload(&session.world, typed, "verdict replay").map_err(|_none| nothing())?;
    let records = session.world.records().filter_map(|text| decode(&text.text).ok());
    records
        .filter(|record| record.target.uid == workload.uid)
        .max_by_key(|record| record.seq)
        .ok_or_else(nothing)
}
