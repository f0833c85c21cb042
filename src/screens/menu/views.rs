//! Menus about how a list looks: its columns, its saved filters.

use super::{Choice, Entry, Menu};
use crate::msg::ListView;
use crate::ui::Column;
use std::collections::BTreeMap;

/// Every column, to be shown or hidden, then every column to sort by.
pub fn columns(all: &[Column], view: Option<&ListView>) -> Menu {
    let named = || all.iter().filter(|column| !column.title.is_empty());
    let hidden = |title: &str| view.is_some_and(|view| view.hidden.contains(title));
    let show = named().map(|column| Entry {
        choice: Choice::Column(column.title.to_owned()),
        label: column.title.to_owned(),
        detail: if hidden(column.title) { "show it again" } else { "hide it" }.to_owned(),
        tag: if hidden(column.title) { "hidden" } else { "shown" }.to_owned(),
        off: if column.yields == 0 { "the list needs it".to_owned() } else { String::new() },
    });
    let sorted = view.and_then(ListView::sorted);
    let sort = named().map(|column| {
        let now = sorted.filter(|(title, _)| *title == column.title);
        let detail = match now {
            Some((_, true)) => "sorted by now, largest first; again turns it round or ends it",
            Some((_, false)) => "sorted by now, least first; again turns it round or ends it",
            None => "sort by it",
        };
        Entry {
            choice: Choice::SortBy(column.title.to_owned()),
            label: format!("sort by {}", column.title),
            detail: detail.to_owned(),
            tag: if now.is_some() { "order *" } else { "order" }.to_owned(),
            off: String::new(),
        }
    });
    Menu::new("Columns", show.chain(sort).collect(), false)
}

/// The filters saved for a list.
pub fn filters(saved: &BTreeMap<String, String>) -> Menu {
    let entries = saved.iter().map(|(name, text)| Entry {
        choice: Choice::Filter(text.clone()),
        label: name.clone(),
        detail: text.clone(),
        tag: "filter".to_owned(),
        off: String::new(),
    });
    Menu::new("Saved filters", entries.collect(), false)
}
