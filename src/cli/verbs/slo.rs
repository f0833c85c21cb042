//! `qd slo`: objectives written in files.

mod backtest;
mod export;
mod live;
mod release;
mod show;

pub(in crate::cli) use release::release_check;

use crate::cli::files_args::{Paths, SloAction};
use crate::cli::findings::{Checked, mention};
use crate::cli::out::{Out, Tone};
use crate::cli::print::print;
use crate::cli::setup::Setup;
use crate::cli::table::{plain, table};
use crate::domain::{Fault, Finding};
use crate::slo::{self, Policy, Sli, Slo, Window, promql_duration};
use crate::store::{Files, read_all};
use live::Live;
use serde::Serialize;
use std::collections::BTreeMap;

/// An objective in a list.
#[derive(Debug, Serialize)]
struct Row {
    /// Unique unless `validate` says otherwise: `service/name`.
    id: String,
    service: String,
    /// 99.9
    objective_percent: f64,
    /// `28d`
    window: String,
    /// `rolling` or `calendar`.
    window_kind: &'static str,
    /// How it is measured: `bad-of-total`, `threshold`, …
    kind: &'static str,
    /// `OpenSLO`, `Sloth`, `Pyrra`
    format: &'static str,
    file: String,
    line: usize,
}

/// What the files held.
struct Loaded {
    files: usize,
    slos: Vec<Slo>,
    policies: Vec<Policy>,
    findings: Vec<Finding>,
}

/// Does it; `validate` is 1 if an objective cannot be used.
pub(in crate::cli) fn run(setup: &Setup, action: &SloAction) -> Result<u8, Fault> {
    match action {
        SloAction::List(paths) => list(setup, load(paths)?),
        SloAction::Show { paths, id } => show::run(setup, load(paths)?, id.as_deref()),
        SloAction::Backtest { paths, id } => backtest::run(setup, load(paths)?, id.as_deref()),
        SloAction::Export { paths, form, id } => export::run(setup, &load(paths)?, *form, id.as_deref()),
        SloAction::Validate(paths) => {
            let mut loaded = load(paths)?;
            loaded.findings.extend(loaded.slos.iter().flat_map(slo::lint));
            loaded.findings.extend(twice(&loaded.slos));
            Checked::new(loaded.files, loaded.slos.len(), loaded.findings).report(setup, "SLO")
        }
    }
}

fn load(paths: &Paths) -> Result<Loaded, Fault> {
    let mut files = Files::find(&paths.paths)?;
    let texts = read_all(&mut files);
    let mut loaded =
        Loaded { files: files.paths.len(), slos: Vec::new(), policies: Vec::new(), findings: files.findings };
    for (path, text) in texts {
        let read = slo::read(&path.display().to_string(), &text);
        loaded.slos.extend(read.slos);
        loaded.policies.extend(read.policies);
        loaded.findings.extend(read.findings);
    }
    Ok(loaded)
}

/// Objectives that another file already calls so: nobody can tell them apart.
fn twice(slos: &[Slo]) -> Vec<Finding> {
    let mut first: BTreeMap<&str, &Slo> = BTreeMap::new();
    let mut findings = Vec::new();
    for slo in slos {
        if let Some(other) = first.get(slo.id.as_str()) {
            let text = format!("SLO '{}' stands already at {}", slo.id, other.origin);
            let (file, line) = (slo.origin.file.clone(), slo.origin.line);
            findings.push(Finding { file, line, fatal: true, text });
        } else {
            first.insert(&slo.id, slo);
        }
    }
    findings
}

/// The numbers there are, with split objectives as what they are split into.
fn counted(setup: &Setup, loaded: Loaded) -> Result<(Loaded, Option<Live>), Fault> {
    mention(&loaded.findings);
    let live = live::read(setup, &loaded.slos)?;
    let slos = match &live {
        Some(live) => live.split(loaded.slos),
        None => loaded.slos,
    };
    Ok((Loaded { slos, ..loaded }, live))
}

fn list(setup: &Setup, loaded: Loaded) -> Result<u8, Fault> {
    let (loaded, live) = counted(setup, loaded)?;
    let rows: Vec<_> = loaded
        .slos
        .iter()
        .map(|slo| {
            let now = live.as_ref().and_then(|live| live.of(slo)).map(live::Numbers::of);
            Listed { row: row(slo), now }
        })
        .collect();
    let names = || rows.iter().map(|listed| listed.row.id.clone()).collect();
    print(setup, &rows, names, || text(&setup.out, &loaded, live.as_ref()))?;
    Ok(0)
}

/// An objective in a list, and its numbers if there are any.
#[derive(Debug, Serialize)]
struct Listed {
    #[serde(flatten)]
    row: Row,
    now: Option<live::Numbers>,
}

/// With numbers: what is left comes before where it was written.
fn text_now(out: &Out, loaded: &Loaded, live: &Live) -> String {
    let headings = ["ID", "OBJECTIVE", "WINDOW", "LEFT", "BURN", "ALERT", "SEEN", "ORIGIN"];
    let cells = |slo: &Slo| {
        let status = live.of(slo);
        let number = |text: Option<String>| plain(text.unwrap_or_else(|| "—".to_owned()));
        let left = status.and_then(crate::slo::SloStatus::left);
        let firing = status.is_some_and(|status| status.firing().is_some());
        let tone = if firing || left.is_some_and(|left| left <= 0.0) { Tone::Bad } else { Tone::Plain };
        vec![
            (slo.id.clone(), Tone::Strong),
            plain(slo.objective.to_string()),
            plain(window(slo)),
            (left.map_or_else(|| "—".to_owned(), |left| format!("{:.1}%", left * 100.0)), tone),
            number(status.and_then(crate::slo::SloStatus::burn).map(|burn| format!("{burn:.2}x"))),
            (status.map_or_else(|| "—".to_owned(), live::alert_words), tone),
            number(status.map(|status| format!("{:.1}%", status.budget.coverage * 100.0))),
            plain(slo.origin.to_string()),
        ]
    };
    table(out, &headings, &loaded.slos.iter().map(cells).collect::<Vec<_>>(), "")
}

fn text(out: &Out, loaded: &Loaded, live: Option<&Live>) -> String {
    if loaded.slos.is_empty() {
        return format!("no SLOs in {}\n", crate::domain::count_of(loaded.files, "file"));
    }
    if let Some(live) = live {
        return text_now(out, loaded, live);
    }
    let headings = ["ID", "SERVICE", "OBJECTIVE", "WINDOW", "KIND", "FORMAT", "ORIGIN"];
    let lines: Vec<_> = loaded
        .slos
        .iter()
        .map(|slo| {
            vec![
                (slo.id.clone(), Tone::Strong),
                plain(slo.service.clone()),
                plain(slo.objective.to_string()),
                plain(window(slo)),
                plain(kind(&slo.sli)),
                plain(slo.origin.format.name()),
                plain(slo.origin.to_string()),
            ]
        })
        .collect();
    table(out, &headings, &lines, "")
}

fn row(slo: &Slo) -> Row {
    Row {
        id: slo.id.clone(),
        service: slo.service.clone(),
        objective_percent: percent(slo),
        window: promql_duration(slo.window.length()),
        window_kind: window_kind(slo.window),
        kind: kind(&slo.sli),
        format: slo.origin.format.name(),
        file: slo.origin.file.clone(),
        line: slo.origin.line,
    }
}

/// Without the noise of floats: 99.9, not 99.90000000000001.
fn percent(slo: &Slo) -> f64 {
    slo.objective.to_string().trim_end_matches('%').parse().unwrap_or(slo.objective.ratio() * 100.0)
}

fn window(slo: &Slo) -> String {
    format!("{} {}", promql_duration(slo.window.length()), window_kind(slo.window))
}

fn window_kind(window: Window) -> &'static str {
    match window {
        Window::Rolling(_) => "rolling",
        Window::Calendar(_) => "calendar",
    }
}

fn kind(sli: &Sli) -> &'static str {
    match sli {
        Sli::BadOfTotal { .. } => "bad-of-total",
        Sli::GoodOfTotal { .. } => "good-of-total",
        Sli::Raw { .. } => "raw",
        Sli::BoolGauge { .. } => "bool-gauge",
        Sli::Threshold { .. } => "threshold",
        Sli::Composite { .. } => "composite",
    }
}
