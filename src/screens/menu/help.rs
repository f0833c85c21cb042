//! What help lists: the commands valid where it was opened.

use super::{Choice, Entry, Menu};
use crate::command::{Command, Keymap, Scope};
use crate::domain::ObjectKey;
use crate::screens::{Ctx, show};

/// A menu of the commands of `scope`'s chain, each with its keys and sentence.
pub fn help(ctx: &Ctx<'_>, keymap: &Keymap, scope: Scope, objects: &[ObjectKey]) -> Menu {
    let rows = keymap.valid(scope.chain()).filter(|row| row.command != Command::Help);
    let entries = rows.map(|row| {
        let keys: Vec<String> = keymap.keys(row.command).iter().map(ToString::to_string).collect();
        Entry {
            choice: if row.args.is_empty() {
                Choice::Run(row.command)
            } else {
                Choice::Word(row.command, String::new())
            },
            label: row.name.to_owned(),
            detail: row.title.to_owned(),
            tag: if keys.is_empty() { format!(":{}", row.name) } else { keys.join(" ") },
            off: show::why_off(row, objects, ctx),
        }
    });
    Menu::new("Help", entries.collect(), false)
}
