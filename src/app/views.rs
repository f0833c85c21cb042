//! How lists look: columns, the column sorted by, filters with a name.

use super::App;
use super::prompt::{LineKind, Prompt};
use crate::domain::Now;
use crate::msg::{Effect, Level, ListView, MOST_FILTERS, Notice};
use crate::screens::menu::{columns, filters};
use crate::ui::{Align, TextInput};

impl App {
    /// Changes how the list in front looks, and has it remembered.
    fn change_view(&mut self, now: Now, change: impl FnOnce(&mut ListView)) -> Vec<Effect> {
        let Some((name, _)) = self.router.screen().table() else { return Vec::new() };
        change(self.session.views.change(name));
        self.settle(now);
        vec![Effect::KeepViews(self.session.views.clone())]
    }

    /// Sorts by a column, whether its title was clicked or chosen.
    pub(super) fn sort_by(&mut self, title: &str, now: Now) -> Vec<Effect> {
        let Some((_, all)) = self.router.screen().table() else { return Vec::new() };
        let Some(column) = all.iter().find(|column| column.title == title) else { return Vec::new() };
        self.change_view(now, |view| view.sort_by(title, column.align == Align::Right))
    }

    /// Sorts by the next column that is shown, or the one before.
    pub(super) fn sort_step(&mut self, forward: bool, now: Now) -> Vec<Effect> {
        let Some((name, all)) = self.router.screen().table() else { return Vec::new() };
        let view = self.session.views.list(name);
        let shown: Vec<_> =
            all.iter().filter(|c| view.is_none_or(|view| !view.hidden.contains(c.title))).collect();
        let here = view.and_then(ListView::sorted).map(|(title, _)| title.to_owned());
        let here = here.and_then(|title| shown.iter().position(|column| column.title == title));
        let to = match (here, forward) {
            (Some(at), true) => at + 1,
            (None, true) => 0,
            (Some(at), false) => at.wrapping_sub(1),
            (None, false) => shown.len().wrapping_sub(1),
        };
        // Beyond the last column is the list's own order.
        let next = shown.get(to).map(|column| (column.title, column.align == Align::Right));
        self.change_view(now, |view| {
            view.sort.clear();
            if let Some((title, number)) = next {
                view.sort_by(title, number);
            }
        })
    }

    /// Turns the order round.
    pub(super) fn sort_reverse(&mut self, now: Now) -> Vec<Effect> {
        self.change_view(now, ListView::reverse)
    }

    /// Lists the columns: to show, to hide, to sort by.
    pub(super) fn open_columns(&mut self, _now: Now) -> Vec<Effect> {
        let Some((name, all)) = self.router.screen().table() else { return Vec::new() };
        self.prompt = Some(Prompt::Menu(columns(all, self.session.views.list(name))));
        Vec::new()
    }

    /// Shows a column or hides it; the list of columns stays for the next one.
    pub(super) fn toggle_column(&mut self, title: &str, now: Now) -> Vec<Effect> {
        let effects = self.change_view(now, |view| view.toggle(title));
        self.open_columns(now);
        if let Some(Prompt::Menu(menu)) = &mut self.prompt {
            menu.select(|choice| *choice == crate::screens::menu::Choice::Column(title.to_owned()));
        }
        effects
    }

    /// Lists the filters saved for this list.
    pub(super) fn open_filters(&mut self, now: Now) -> Vec<Effect> {
        let Some((name, _)) = self.router.screen().table() else { return Vec::new() };
        let saved = self.session.views.list(name).map(|view| &view.filters);
        let Some(saved) = saved.filter(|saved| !saved.is_empty()) else {
            let hint = "/ types a filter, :save-filter NAME saves it".to_owned();
            let text = "no filter is saved for this list".to_owned();
            self.notices.push(Notice { level: Level::Info, text, hint }, now);
            return Vec::new();
        };
        self.prompt = Some(Prompt::Menu(filters(saved)));
        Vec::new()
    }

    /// Applies a filter.
    pub(super) fn apply_filter(&mut self, text: &str, now: Now) -> Vec<Effect> {
        let ctx = self.session.ctx(now);
        self.router.screen_mut().set_filter(text, &ctx);
        Vec::new()
    }

    /// Saves the filter in force under a name; asks for the name if none is given.
    pub(super) fn save_filter(&mut self, name: &str, now: Now) -> Vec<Effect> {
        let filter = self.router.screen().filter().to_owned();
        let Some((list, _)) = self.router.screen().table() else {
            return self.not_begun("filters are saved on Services, Rollouts and SLOs", now);
        };
        if filter.trim().is_empty() {
            return self.not_begun("there is no filter to save: / types one", now);
        }
        if name.is_empty() {
            self.prompt = Some(Prompt::Line(LineKind::FilterName, TextInput::default()));
            return Vec::new();
        }
        let full = self.session.views.list(list).is_some_and(|view| view.filters.len() >= MOST_FILTERS);
        if full {
            return self
                .not_begun(format!("{MOST_FILTERS} filters are saved already: :forget-filter NAME"), now);
        }
        self.notices.push(Notice::new(Level::Success, format!("filter {name} saved: {filter}")), now);
        self.change_view(now, |view| {
            view.filters.insert(name.to_owned(), filter);
        })
    }

    /// Forgets a filter.
    pub(super) fn forget_filter(&mut self, name: &str, now: Now) -> Vec<Effect> {
        let Some((list, _)) = self.router.screen().table() else { return Vec::new() };
        let saved =
            self.session.views.list(list).map(|view| view.filters.keys().cloned().collect::<Vec<_>>());
        let saved = saved.unwrap_or_default();
        if !saved.iter().any(|known| known == name) {
            let known = if saved.is_empty() { "none is".to_owned() } else { saved.join(", ") };
            return self.not_begun(format!("no filter '{name}' is saved for this list; {known}"), now);
        }
        self.notices.push(Notice::new(Level::Success, format!("filter {name} forgotten")), now);
        self.change_view(now, |view| {
            view.filters.remove(name);
        })
    }
}
