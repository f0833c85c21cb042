//! What is looked at on this machine: terminal, files, audit log.

use super::failed;
use crate::cli::setup::Setup;
use crate::command::Keymap;
use crate::domain::{Check, CheckOutcome};
use std::io::IsTerminal as _;

fn set(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

pub(super) fn terminal(setup: &Setup) -> Check {
    let source = "$TERM, $COLORTERM";
    let term = set("TERM").unwrap_or_default();
    if !std::io::stdout().is_terminal() {
        return Check::new("terminal", CheckOutcome::NotApplicable, "standard output is a pipe", source);
    }
    if term.is_empty() || term == "dumb" {
        return Check::new("terminal", CheckOutcome::Fail, format!("TERM is '{term}'"), source)
            .remedy("set TERM to what the terminal is, such as xterm-256color");
    }
    let (columns, rows) = crossterm::terminal::size().unwrap_or((0, 0));
    let size = format!("{columns}x{rows}");
    let colours = match set("COLORTERM").as_deref() {
        _ if setup.env.no_color => "no colour (NO_COLOR)",
        Some("truecolor" | "24bit") => "24-bit colour",
        Some(_) | None => "24-bit colour not announced",
    };
    let observed = format!("{term}, {size}, {colours}");
    if columns < 80 || rows < 24 {
        return Check::new("terminal", CheckOutcome::Warn, observed, source)
            .remedy("80x24 is the smallest that shows everything");
    }
    if !setup.env.no_color && colours.ends_with("announced") {
        return Check::new("terminal", CheckOutcome::Warn, observed, source).remedy(
            "if colours look wrong take --theme terminal, or set COLORTERM=truecolor if the terminal has it",
        );
    }
    Check::new("terminal", CheckOutcome::Pass, observed, source)
}

pub(super) fn words(setup: &Setup) -> Check {
    let source = "$LC_ALL, $LC_CTYPE, $LANG";
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| set(name)).unwrap_or_default();
    let utf8 = locale.to_ascii_lowercase().replace('-', "").contains("utf8");
    if setup.config.flag("ascii") {
        return Check::new(
            "unicode",
            CheckOutcome::NotApplicable,
            "only ASCII is shown (option ascii)",
            source,
        );
    }
    if utf8 {
        return Check::new("unicode", CheckOutcome::Pass, locale, source);
    }
    Check::new("unicode", CheckOutcome::Warn, format!("the locale '{locale}' does not say UTF-8"), source)
        .remedy("set LANG to a UTF-8 locale, or --ascii if signs and lines look wrong")
}

pub(super) fn files(setup: &Setup) -> Check {
    let (settings, more) = setup.settings();
    let (_, keys) = Keymap::parse(&settings.keys, "keys.toml");
    let (_, theme) = settings.load_theme(&settings.theme);
    let said = setup.warnings.iter().chain(&more).map(ToString::to_string);
    let said: Vec<String> = said.chain(keys.into_iter().chain(theme).map(|notice| notice.text)).collect();
    let source = setup.folders.config.display().to_string();
    match said.len() {
        0 => Check::new("files", CheckOutcome::Pass, "settings, keys and themes are right", source),
        n => Check::new("files", CheckOutcome::Warn, said.join("; "), source)
            .remedy(format!("correct what is named; the rest holds ({n} not used)")),
    }
}

pub(super) fn state(setup: &Setup) -> Check {
    let folder = &setup.folders.state;
    let probe = folder.join(".doctor");
    let written = crate::store::write_private(&probe, b"").map(|()| drop(std::fs::remove_file(&probe)));
    let source = folder.display().to_string();
    match written {
        Ok(()) => Check::new("state", CheckOutcome::Pass, "can be written", source),
        Err(fault) => failed("state", &fault, &source)
            .remedy("without it nothing can be changed: name a folder with --state-dir"),
    }
}

pub(super) fn audit(setup: &Setup) -> Check {
    let source = setup.folders.audit_file().display().to_string();
    match setup.audit().verify() {
        Ok(log) => {
            Check::new("audit", CheckOutcome::Pass, format!("{} lines, whole", log.entries.len()), source)
        }
        Err(fault) => failed("audit", &fault, &source)
            .remedy("keep the file for whoever asks; move it away to begin a new one"),
    }
}
