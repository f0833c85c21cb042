//! Flags and variables from the table of options.

use crate::store::{OPTIONS, OptionKind, OptionRow, Origin, Setting, Value};
use clap::builder::ValueParser;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, ValueHint};

/// The flag of an option, valid before and after the verb.
pub(super) fn option(row: &'static OptionRow) -> Arg {
    let arg = Arg::new(row.name)
        .long(row.name)
        .env(row.variable())
        .hide_env(true)
        .global(true)
        .help_heading("Options everywhere")
        .help(row.help)
        .value_parser(ValueParser::from(|text: &str| Ok::<_, String>(text.to_owned())));
    let arg = match row.kind {
        OptionKind::Flag => {
            arg.num_args(0..=1).require_equals(true).default_missing_value("true").value_name("BOOL")
        }
        OptionKind::Number(..) => arg.value_name("N"),
        OptionKind::Choice(words) => arg.value_parser(words.to_vec()).value_name("WORD"),
        OptionKind::Words(_) => arg.value_name("WORDS"),
        OptionKind::Zone => arg.value_name("ZONE"),
        OptionKind::Text => arg.value_name(row.name.to_ascii_uppercase()),
    };
    match row.name {
        "namespace" => arg.short('n'),
        "output" => arg.short('o'),
        "kubeconfig" => arg.value_hint(ValueHint::FilePath),
        _ => arg,
    }
}

/// What flags and variables set.
///
/// Fails with a sentence about the first value its row does not allow.
pub(super) fn settings(matches: &ArgMatches) -> Result<Vec<(&'static OptionRow, Setting)>, String> {
    let mut found = Vec::new();
    for row in &OPTIONS {
        let Some(text) = matches.get_one::<String>(row.name) else { continue };
        let origin = match matches.value_source(row.name) {
            Some(ValueSource::EnvVariable) => Origin::Variable(row.variable()),
            Some(_) | None => Origin::Flag(row.name.to_owned()),
        };
        // An empty variable is an unset one.
        if text.is_empty() && matches!(origin, Origin::Variable(_)) {
            continue;
        }
        let value: Value = row.parse(text).map_err(|why| format!("{origin}: {why}"))?;
        found.push((row, Setting { value, origin }));
    }
    Ok(found)
}
