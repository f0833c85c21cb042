//! `qd slo export`: objectives as rules and dashboards.

use super::Loaded;
use crate::cli::files_args::ExportForm;
use crate::cli::findings::mention;
use crate::cli::out::aside;
use crate::cli::setup::Setup;
use crate::domain::{Fault, FaultKind};
use crate::slo::{self, Exported, Slo};

/// Prints the file; 1 if an objective could not be put into it.
pub(super) fn run(setup: &Setup, loaded: &Loaded, form: ExportForm, id: Option<&str>) -> Result<u8, Fault> {
    mention(&loaded.findings);
    let mut slos: Vec<Slo> =
        loaded.slos.iter().filter(|slo| id.is_none_or(|id| slo.id == id)).cloned().collect();
    if slos.is_empty() {
        return Err(match id {
            Some(id) => super::show::nothing(loaded, id),
            None => Fault::new(FaultKind::NotFound, "no SLOs to export"),
        });
    }
    // The same files in another order give the same bytes.
    slos.sort_by(|a, b| a.id.cmp(&b.id));
    let Exported { text, left_out } = match form {
        ExportForm::Sloth => slo::sloth(&slos),
        ExportForm::Pyrra => slo::pyrra(&slos),
        ExportForm::Grafana => slo::grafana(&slos),
    };
    setup.out.text(&text)?;
    for (id, why) in &left_out {
        aside(&format!("qd: {id} was left out: {why}"));
    }
    Ok(u8::from(!left_out.is_empty()))
}
