//! The table as a page of the documentation.

use super::{Row, Scope, TABLE};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// `docs/keys.md`. A test keeps the file equal to this.
pub fn markdown() -> String {
    let mut out = String::from(
        "# Keys and commands\n\n\
         This page is made from the command table (`src/command/table.rs`); a test keeps it so. The same rows are\n\
         in the console under `?`, where they can be searched and run, and in the palette under `:`.\n\n\
         To change keys write `keys.toml` in the configuration folder (`qd info` prints where): lines like\n\
         `logs = [\"l\", \"f3\"]`. A key that would mean two things at one place is reported and left out.\n\n\
         Risk: *look* changes nothing, *mode* switches writing on or off and is recorded, *reversible* and\n\
         *disruptive* change the cluster: they are refused while the console is read-only, and pass one gate.\n",
    );
    let mut groups: BTreeMap<Scope, Vec<&Row>> = BTreeMap::new();
    for row in TABLE {
        for scope in row.scopes {
            groups.entry(*scope).or_default().push(row);
        }
    }
    for (scope, rows) in groups {
        let _infallible = write!(
            out,
            "\n## {}\n\n| keys | name | what | risk | command line |\n|---|---|---|---|---|\n",
            scope.title()
        );
        for row in rows {
            let keys: Vec<_> = row.keys.iter().map(|key| format!("`{key}`")).collect();
            let args = if row.args.is_empty() { String::new() } else { format!(" {}", row.args) };
            let cli = if row.cli.is_empty() { String::new() } else { format!("`{}`", row.cli) };
            let name = format!("{}{args}", row.name).replace('|', "\\|");
            let _infallible = writeln!(
                out,
                "| {} | `{name}` | {} | {} | {cli} |",
                keys.join(" "),
                row.title,
                row.risk.word()
            );
        }
    }
    out
}
