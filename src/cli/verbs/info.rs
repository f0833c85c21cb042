//! `qd info`: where our files are, what holds and why.

use crate::cli::out::Tone;
use crate::cli::print::print;
use crate::cli::setup::Setup;
use crate::cli::table::{plain, table};
use crate::command::Keymap;
use crate::domain::Fault;
use crate::store::OPTIONS;
use serde::Serialize;

/// Columns from which each option has its sentence beside it.
const HELPED: usize = 110;

#[derive(Debug, Serialize)]
struct Info {
    version: &'static str,
    paths: Vec<Place>,
    options: Vec<Row>,
    /// What the files say that was not used, as `file:line:column: what`.
    warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Place {
    what: &'static str,
    path: String,
    exists: bool,
}

#[derive(Debug, Serialize)]
struct Row {
    name: &'static str,
    /// Null if it has no value.
    value: Option<String>,
    /// `default`, `file:line`, `$VARIABLE` or `--flag`.
    origin: String,
    variable: String,
    help: &'static str,
}

/// Prints it.
pub(in crate::cli) fn run(setup: &Setup) -> Result<u8, Fault> {
    let (settings, more) = setup.settings();
    let (_, keys) = Keymap::parse(&settings.keys, "keys.toml");
    let (_, theme) = settings.load_theme(&settings.theme);
    let said = setup.warnings.iter().chain(&more).map(ToString::to_string);
    let info = Info {
        version: env!("CARGO_PKG_VERSION"),
        paths: places(setup),
        options: OPTIONS
            .iter()
            .map(|row| {
                let setting = setup.config.get(row.name);
                Row {
                    name: row.name,
                    value: setting.map(|setting| setting.value.to_string()),
                    origin: setting.map(|setting| setting.origin.to_string()).unwrap_or_default(),
                    variable: row.variable(),
                    help: row.help,
                }
            })
            .collect(),
        warnings: said.chain(keys.into_iter().chain(theme).map(|notice| notice.text)).collect(),
    };
    let names = || info.options.iter().map(|row| row.name.to_owned()).collect();
    print(setup, &info, names, || text(setup, &info))?;
    Ok(0)
}

fn places(setup: &Setup) -> Vec<Place> {
    let folders = &setup.folders;
    [
        ("settings", folders.config_file()),
        ("contexts", folders.config.join("contexts")),
        ("keys", folders.keys_file()),
        ("themes", folders.config.join("themes")),
        ("audit log", folders.audit_file()),
        ("under way", folders.running()),
        ("log", folders.logs().join("qd.log")),
        ("screens", folders.screens()),
    ]
    .map(|(what, path)| Place { what, exists: path.exists(), path: path.display().to_string() })
    .into()
}

fn text(setup: &Setup, info: &Info) -> String {
    let out = &setup.out;
    let mut text = format!("quarterdeck {}\n\n", info.version);
    let lines: Vec<_> = info
        .paths
        .iter()
        .map(|place| {
            let note = if place.exists { "" } else { "(not there)" };
            vec![plain(place.what), plain(place.path.clone()), (note.to_owned(), Tone::Faint)]
        })
        .collect();
    text.push_str(&table(out, &["", "", ""], &lines, ""));
    text.push('\n');
    // `--help` has the sentences as well; a narrow terminal shows what holds and why.
    let helped = out.columns().is_none_or(|columns| columns >= HELPED);
    let lines: Vec<_> = info
        .options
        .iter()
        .map(|row| {
            let value = row.value.clone().unwrap_or_else(|| "—".to_owned());
            let help = if helped { row.help } else { "" };
            vec![(row.name.to_owned(), Tone::Strong), plain(value), plain(row.origin.clone()), plain(help)]
        })
        .collect();
    text.push_str(&table(out, &["OPTION", "VALUE", "FROM", ""], &lines, ""));
    for warning in &info.warnings {
        text.push_str(&format!("\n{} {warning}\n", out.paint("warning:", Tone::Warn)));
    }
    text
}
