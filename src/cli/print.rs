//! The four forms of output.

use super::setup::Setup;
use crate::domain::{Fault, FaultKind};
use serde::Serialize;

/// Prints `value` as `-o` asks: the whole of it for programs, `names` one a
/// line, or the table, which is only made if it is wanted.
pub(super) fn print<T: Serialize>(
    setup: &Setup,
    value: &T,
    names: impl FnOnce() -> Vec<String>,
    table: impl FnOnce() -> String,
) -> Result<(), Fault> {
    match setup.output() {
        "json" => setup.out.line(&json(value)?),
        "yaml" => setup.out.text(&yaml(value)?),
        "name" => setup.out.text(&lines(&names())),
        _ => setup.out.text(&table()),
    }
}

fn lines(names: &[String]) -> String {
    names.iter().flat_map(|name| [name.as_str(), "\n"]).collect()
}

fn json<T: Serialize>(value: &T) -> Result<String, Fault> {
    serde_json::to_string_pretty(value).map_err(|error| unprintable(&error.to_string()))
}

fn yaml<T: Serialize>(value: &T) -> Result<String, Fault> {
    serde_saphyr::to_string(value).map_err(|error| unprintable(&error.to_string()))
}

fn unprintable(error: &str) -> Fault {
    Fault::new(FaultKind::Internal, format!("cannot print the result: {error}"))
}
