//! The pages of `docs/` about the command line, held against the tables they
//! describe.

use super::args::command;
use crate::demo::scenario::parse::EMBEDDED;
use crate::store::{OPTIONS, OptionKind};
use clap::Command;

const CLI: &str = include_str!("../../docs/cli.md");
const CONFIGURATION: &str = include_str!("../../docs/configuration.md");
const DEMO: &str = include_str!("../../docs/demo.md");

/// The table of options as `docs/configuration.md` holds it.
fn options() -> String {
    let mut text = String::from(
        "| option | variable | may be | default | per context | what |\n|---|---|---|---|---|---|\n",
    );
    for row in &OPTIONS {
        let may_be = match row.kind {
            OptionKind::Text => "text".to_owned(),
            OptionKind::Flag => "true, false".to_owned(),
            OptionKind::Number(least, most) => format!("{least} to {most}"),
            OptionKind::Choice(words) => words.join(", "),
            OptionKind::Words(words) => format!("any of {}", words.join(", ")),
            OptionKind::Zone => "a time zone".to_owned(),
        };
        let default = if row.default.is_empty() { String::new() } else { format!("`{}`", row.default) };
        let own = if row.per_context { "yes" } else { "" };
        let variable = row.variable();
        let cells = [
            format!("`{}`", row.name),
            format!("`{variable}`"),
            may_be,
            default,
            own.to_owned(),
            row.help.to_owned(),
        ];
        text.extend(["| ", &cells.join(" | "), " |\n"]);
    }
    text
}

/// Every verb as it is typed, with those below it: `slo list`.
fn verbs(of: &Command, before: &str) -> Vec<(String, Command)> {
    let mut found = Vec::new();
    for verb in of.get_subcommands().filter(|verb| verb.get_name() != "help") {
        let name = format!("{before}{}", verb.get_name());
        let below = verbs(verb, &format!("{name} "));
        found.push((name, verb.clone()));
        found.extend(below);
    }
    found
}

#[test]
fn every_option_is_in_the_table() {
    let table = options();
    assert!(CONFIGURATION.contains(&table), "docs/configuration.md must hold exactly:\n{table}");
}

#[test]
fn every_verb_and_every_flag_of_its_own_is_on_the_page() {
    for (name, verb) in verbs(&command("qd"), "") {
        assert!(CLI.contains(&format!("qd {name}")), "docs/cli.md says nothing about `qd {name}`");
        for flag in verb.get_arguments().filter_map(clap::Arg::get_long) {
            let everywhere = OPTIONS.iter().any(|row| row.name == flag);
            assert!(everywhere || CLI.contains(&format!("--{flag}")), "docs/cli.md: `qd {name} --{flag}`");
        }
    }
}

#[test]
fn no_page_shows_a_verb_or_flag_that_is_not_there() {
    let all = verbs(&command("qd"), "");
    let commands: Vec<String> = [CLI, CONFIGURATION, DEMO]
        .iter()
        .flat_map(|page| page.lines())
        .filter_map(|line| line.strip_prefix("$ qd "))
        // Flags before the verb are shown once, and tested in `args`.
        .filter(|line| !line.starts_with('-'))
        .map(|line| line.split(" #").next().unwrap_or(line).trim().to_owned())
        .collect();
    assert!(commands.len() > 15, "{commands:?}");
    for typed in commands {
        let words: Vec<&str> = typed.split(['|', '>']).next().unwrap().split_whitespace().collect();
        let (_, verb) = all
            .iter()
            .filter(|(name, _)| typed == *name || typed.starts_with(&format!("{name} ")))
            .max_by_key(|(name, _)| name.len())
            .unwrap_or_else(|| panic!("`qd {typed}`: no such verb"));
        for flag in words.iter().filter_map(|word| word.strip_prefix("--")) {
            let flag = flag.split('=').next().unwrap();
            let own = verb.get_arguments().any(|arg| arg.get_long() == Some(flag));
            assert!(own || OPTIONS.iter().any(|row| row.name == flag), "`qd {typed}`: --{flag}");
        }
    }
}

#[test]
fn every_scenario_is_told() {
    for (name, _) in EMBEDDED {
        assert!(DEMO.contains(&format!("| `{name}` |")), "docs/demo.md says nothing about {name}");
    }
}

/// The example of the page is a scenario.
#[test]
fn the_example_scenario_is_one() {
    let example = DEMO.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let scenario = crate::demo::scenario::parse::parse("example.toml", example);
    assert!(scenario.is_ok(), "{scenario:?}");
}

#[test]
fn the_packages_are_of_this_version_and_name_files_that_are_there() {
    let krew = include_str!("../../packaging/krew.yaml");
    assert!(krew.contains(&format!("version: v{}\n", env!("CARGO_PKG_VERSION"))), "packaging/krew.yaml");
    assert!(include_str!("../../packaging/kubectl-qd").contains("exec -a kubectl-qd qd"));
    let deb = include_str!("../../Cargo.toml");
    for file in ["packaging/kubectl-qd", "README.md", "CHANGELOG.md"] {
        assert!(deb.contains(&format!("[\"{file}\"")), "{file} is in the package");
    }
}
