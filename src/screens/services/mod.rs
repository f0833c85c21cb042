//! The list of services: everything that runs, what needs a person first.

mod order;
mod view;

pub use order::{Grouping, Ordering};

use super::cockpit::Cockpit;
use super::list::{List, handle_list};
use super::sorting::{self, Key};
use super::{Act, Ctx, Filter, Handler, Route, Screen, Selected};
use crate::command::{Command, Motion, Scope};
use crate::domain::{ServiceKey, ServiceRow};
use crate::msg::ListView;
use crate::ui::{Column, Pen, Role};
use ratatui::layout::Rect;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// From this width on, the selected service stands beside the list.
const WIDE: u16 = 150;

/// Fields a filter may name.
const FIELDS: [&str; 8] = ["ns", "env", "owner", "tier", "health", "name", "version", "system"];

/// A line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    /// A heading.
    Group(String, usize),
    /// A service: its place among all.
    Row(usize),
}

/// State of the list.
#[derive(Debug, Default)]
pub struct Services {
    list: List,
    ordering: Ordering,
    grouping: Grouping,
    marked: BTreeSet<ServiceKey>,
    items: Vec<Item>,
    shown: usize,
    /// What was selected before a filter was typed, or was chosen since. Half a
    /// word passes other lines than the whole: none of them is a choice.
    chosen: Option<String>,
}

const HANDLERS: [Handler<Services>; 5] = [
    (Command::Open, |s, ctx| s.open(ctx)),
    (Command::Back, |s, ctx| s.back(ctx)),
    (Command::Mark, |s, ctx| s.mark(ctx)),
    (Command::Sort, |s, ctx| {
        s.ordering = s.ordering.next();
        s.settle(ctx);
        Vec::new()
    }),
    (Command::Group, |s, ctx| {
        s.grouping = s.grouping.next();
        s.settle(ctx);
        Vec::new()
    }),
];

impl Services {
    fn selected_key(&self, ctx: &Ctx<'_>) -> Option<ServiceKey> {
        self.key_at(self.list.at()?, ctx)
    }

    fn choose(&mut self) {
        self.chosen = self.list.id().map(str::to_owned);
    }

    fn key_at(&self, at: usize, ctx: &Ctx<'_>) -> Option<ServiceKey> {
        match self.items.get(at)? {
            Item::Row(index) => ctx.rows.get(*index).map(|row| row.key.clone()),
            Item::Group(..) => None,
        }
    }

    fn open(&mut self, ctx: &Ctx<'_>) -> Vec<Act> {
        self.selected_key(ctx).map(|key| Act::Go(Route::Cockpit(key))).into_iter().collect()
    }

    fn back(&mut self, ctx: &Ctx<'_>) -> Vec<Act> {
        if !self.list.filter.is_empty() {
            self.choose();
            self.set_filter("", ctx);
        } else if !self.marked.is_empty() {
            self.marked.clear();
        }
        Vec::new()
    }

    fn mark(&mut self, ctx: &Ctx<'_>) -> Vec<Act> {
        if let Some(key) = self.selected_key(ctx)
            && !self.marked.remove(&key)
        {
            self.marked.insert(key);
        }
        self.on_motion(Motion::Lines(1), ctx);
        Vec::new()
    }

    fn rebuild(&mut self, ctx: &Ctx<'_>) {
        let mut order: Vec<usize> = (0..ctx.rows.len())
            .filter(|i| {
                let filter = &self.list.filter;
                filter.is_empty()
                    || ctx.rows.get(*i).is_some_and(|row| filter.holds(&fields(row, &tier(row))))
            })
            .collect();
        self.shown = order.len();
        order.sort_by_cached_key(|i| {
            let named = |row: &ServiceRow| Reverse(self.list.filter.names(row.key.name.as_str()));
            ctx.rows.get(*i).map(|row| (self.grouping.key(row), named(row), self.ordering.key(row), *i))
        });
        if ctx.views.list("services").and_then(ListView::sorted).is_some() {
            sorting::sort(&mut order, ctx.views.list("services"), |i, title| {
                ctx.rows.get(*i).map_or(Key::Absent, |row| order::column(row, title, ctx))
            });
            // Groups stay together: sorting is stable.
            order.sort_by_cached_key(|i| ctx.rows.get(*i).map(|row| self.grouping.key(row)));
        }
        self.items = Vec::with_capacity(order.len());
        let mut group: Option<(String, usize)> = None;
        for index in order {
            let Some(row) = ctx.rows.get(index) else { continue };
            let name = self.grouping.title(row);
            if let Some(name) = name
                && group.as_ref().is_none_or(|(current, _)| *current != name)
            {
                group = Some((name.clone(), self.items.len()));
                self.items.push(Item::Group(name, 0));
            }
            if let Some((_, at)) = &group
                && let Some(Item::Group(_, count)) = self.items.get_mut(*at)
            {
                *count += 1;
            }
            self.items.push(Item::Row(index));
        }
        let id = |item: &Item| match item {
            Item::Row(index) => ctx.rows.get(*index).map(|row| row.key.to_string()).unwrap_or_default(),
            Item::Group(..) => String::new(),
        };
        self.list.ids = self.items.iter().map(id).collect();
    }

    fn first_row(&self) -> usize {
        self.items.iter().position(|item| matches!(item, Item::Row(_))).unwrap_or(0)
    }
}

fn tier(row: &ServiceRow) -> String {
    row.tier.map(|tier| tier.to_string()).unwrap_or_default()
}

fn fields<'a>(row: &'a ServiceRow, tier: &'a str) -> [(&'a str, &'a str); 10] {
    [
        ("name", row.key.name.as_str()),
        ("ns", row.key.namespace.as_str()),
        ("env", row.environment.short()),
        ("owner", &row.owner),
        ("tier", tier),
        ("system", &row.system),
        ("version", &row.version),
        ("version", row.next_version.as_deref().unwrap_or_default()),
        ("health", row.health.word()),
        ("", &row.reason),
    ]
}

impl Screen for Services {
    fn scope(&self) -> Scope {
        Scope::Services
    }

    fn status(&self, ctx: &Ctx<'_>) -> String {
        let all = ctx.rows.len();
        let count = if self.list.filter.is_empty() {
            format!("{all} services")
        } else {
            format!("{} of {all} shown", self.shown)
        };
        let marks =
            if self.marked.is_empty() { String::new() } else { format!("{} marked · ", self.marked.len()) };
        let group = self.grouping.words();
        let sorted = ctx.views.list("services").and_then(ListView::sorted);
        let order = match sorted {
            Some((title, _)) => format!("by {}", title.to_lowercase()),
            None if self.list.filter.has_words() => format!("names first, then {}", self.ordering.words()),
            None => self.ordering.words().to_owned(),
        };
        format!("{marks}{count} · {order}{group}")
    }

    fn settle(&mut self, ctx: &Ctx<'_>) {
        self.rebuild(ctx);
        self.marked.retain(|key| ctx.service(key).is_some());
        if self.list.cursor.id().is_none() {
            let first = self.first_row();
            self.list.find_again(first);
        }
        self.list.cursor.settle(&self.list.ids);
    }

    fn on_motion(&mut self, motion: Motion, _ctx: &Ctx<'_>) {
        self.list.step(motion);
        // Headings are passed over, in the direction of travel.
        let up = matches!(motion, Motion::Lines(n) | Motion::Halves(n) if n < 0);
        if self.list.cursor.id() == Some("") {
            let at = self.list.at().unwrap_or(0);
            let to = if up { at.checked_sub(1).unwrap_or_else(|| self.first_row()) } else { at + 1 };
            self.list.cursor.select_at(&self.list.ids, to);
        }
        self.choose();
    }

    fn on_command(&mut self, command: Command, ctx: &Ctx<'_>) -> Option<Vec<Act>> {
        handle_list(self, &HANDLERS, command, ctx)
    }

    fn on_click(&mut self, _list: u8, id: &str, ctx: &Ctx<'_>) -> Vec<Act> {
        let again = self.list.click(id);
        self.choose();
        if again { self.open(ctx) } else { Vec::new() }
    }

    fn selected(&self, ctx: &Ctx<'_>) -> Option<Selected> {
        self.selected_key(ctx).map(Selected::Service)
    }

    fn marked(&self, _ctx: &Ctx<'_>) -> Vec<Selected> {
        self.marked.iter().cloned().map(Selected::Service).collect()
    }

    fn unmark(&mut self) {
        self.marked.clear();
    }

    fn table(&self) -> Option<(&'static str, &'static [Column])> {
        Some(("services", &view::COLUMNS))
    }

    fn filter(&self) -> &str {
        self.list.filter.text()
    }

    fn set_filter(&mut self, text: &str, ctx: &Ctx<'_>) {
        if self.list.filter.is_empty() {
            self.choose();
        }
        self.list.filter = Filter::parse(text, &FIELDS);
        self.rebuild(ctx);
        let first = self.first_row();
        let is_chosen = |id: &String| self.chosen.as_ref() == Some(id);
        let chosen = self.list.ids.iter().position(is_chosen).unwrap_or(first);
        let named = |at| self.key_at(at, ctx).is_some_and(|key| self.list.filter.names(key.name.as_str()));
        let at = if named(first) && !named(chosen) { first } else { chosen };
        self.list.cursor.select_at(&self.list.ids, at);
    }

    fn draw(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        if !pen.glyphs.side_by_side(area.width, WIDE) {
            return self.draw_list(pen, area, ctx);
        }
        let left = (area.width * 3 / 5).max(WIDE * 3 / 5);
        self.draw_list(pen, Rect { width: left, ..area }, ctx);
        let line = if pen.glyphs.ascii { "|" } else { "│" };
        for y in area.top()..area.bottom() {
            pen.put(area.x + left, y, 1, line, Role::Border);
        }
        if let Some(key) = self.selected_key(ctx) {
            let right = Rect { x: area.x + left + 1, width: area.width - left - 1, ..area };
            Cockpit::preview(key).draw_preview(pen, right, ctx);
        }
    }
}
