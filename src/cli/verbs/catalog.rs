//! `qd catalog`: the service catalogue written in files.

pub(in crate::cli) mod draft;
mod list;
mod repository;
mod show;

use crate::cli::files_args::{CatalogAction, CatalogPaths};
use crate::cli::findings::{Checked, mention};
use crate::cli::setup::Setup;
use crate::domain::{Fault, FaultKind};
use crate::shell::catalogue::{Source, forget};
use crate::store::Folders;

/// Does it; `lint` is 1 if something cannot be used.
pub(in crate::cli) fn run(setup: &Setup, action: &CatalogAction) -> Result<u8, Fault> {
    let (CatalogAction::Lint(paths)
    | CatalogAction::List { paths, .. }
    | CatalogAction::Show { paths, .. }
    | CatalogAction::Impact { paths, .. }) = action
    else {
        return dropped(setup, action);
    };
    let (source, memory) = source(setup, paths);
    // Documents are many; only a search looks into them.
    let searching = matches!(action, CatalogAction::List { search: Some(_), .. });
    let loaded = if searching { source.load_whole(memory)? } else { source.load(memory)? };
    if !matches!(action, CatalogAction::Lint(_)) {
        mention(&loaded.findings);
    }
    match action {
        CatalogAction::Lint(_) => {
            let findings = loaded.findings.into_iter().chain(loaded.catalog.findings().iter().cloned());
            let usable = loaded.catalog.entities().len();
            Checked::new(loaded.files, usable, findings.collect()).report(setup, "catalogue entry")
        }
        CatalogAction::List { search, .. } => list::run(setup, &loaded.catalog, search.as_deref()),
        CatalogAction::Show { name, .. } => show::run(setup, &loaded.catalog, name),
        CatalogAction::Impact { name, .. } => show::impact(setup, &loaded.catalog, name),
        CatalogAction::Forget { .. } | CatalogAction::Draft { .. } => Ok(0),
    }
}

/// What was typed, else what is configured, else this folder. Only what is
/// configured has a memory: what somebody looks at once has no past.
fn source<'a>(setup: &'a Setup, paths: &CatalogPaths) -> (Source, Option<&'a Folders>) {
    if !paths.paths.is_empty() {
        return (Source::Paths(paths.paths.clone()), None);
    }
    match configured(setup) {
        Some(source) => (source, Some(&setup.folders)),
        None => (Source::Paths(vec![".".into()]), None),
    }
}

fn configured(setup: &Setup) -> Option<Source> {
    setup.config.text("catalog").and_then(Source::of_setting)
}

fn dropped(setup: &Setup, action: &CatalogAction) -> Result<u8, Fault> {
    let CatalogAction::Forget { name } = action else { return Ok(0) };
    let source = configured(setup).ok_or_else(|| {
        Fault::new(FaultKind::Config, "no catalogue is configured: nothing is remembered")
            .hint("the option catalog, --catalog or QD_CATALOG names its files")
    })?;
    let reference = forget(&source, name, &setup.folders)?;
    setup.out.line(&format!("{reference} is forgotten"))?;
    Ok(0)
}
