//! An object of any kind the server serves, told or as YAML; it is read once
//! and can only be looked at.

use super::yaml::{self, Yaml};
use super::{PageLine, Pages};
use crate::domain::{Asked, Fault, Thing, Told};
use crate::screens::Ctx;
use crate::ui::{Brush, Role};
use ratatui::text::Line;

/// What was read, ready to be drawn.
#[derive(Debug)]
pub(super) struct Shown {
    thing: Result<Box<Thing>, Fault>,
    yaml: Yaml,
}

impl Shown {
    pub(super) fn of(thing: Result<Box<Thing>, Fault>, managed: bool) -> Self {
        let object = thing.as_ref().map(|thing| Box::new(thing.object.clone())).map_err(Clone::clone);
        let mut yaml = Yaml::of(object);
        yaml.show_managed(managed);
        Self { thing, yaml }
    }

    pub(super) fn show_managed(&mut self, shown: bool) {
        self.yaml.show_managed(shown);
    }
}

/// `widgets/w1`, and once it is there what it really is.
pub(super) fn title(pages: &Pages, asked: &Asked) -> String {
    let there = pages.shown.as_ref().and_then(|shown| shown.thing.as_ref().ok());
    there.map_or_else(|| asked.to_string(), |thing| thing.title())
}

pub(super) fn lines(
    pages: &Pages,
    asked: &Asked,
    as_yaml: bool,
    brush: Brush<'_>,
    ctx: &Ctx<'_>,
) -> Vec<PageLine> {
    let there = pages.shown.as_ref();
    match there.map(|shown| &shown.thing) {
        Some(Ok(thing)) if !as_yaml => {
            thing.told(ctx.now).into_iter().map(|told| line(brush, told)).collect()
        }
        Some(_) | None => {
            yaml::lines(there.map(|shown| &shown.yaml), &asked.to_string(), &pages.folded, brush)
        }
    }
}

fn line(brush: Brush<'_>, told: Told) -> PageLine {
    match told {
        Told::Heading(text) => PageLine::plain(brush, Role::Title, text),
        Told::Text(text) => PageLine::plain(brush, Role::Text, format!("  {text}")),
        Told::Bad(text) => PageLine::plain(brush, Role::Bad, format!("  {text}")),
        Told::Fact(name, value) => PageLine::from(Line::from(vec![
            brush.span(Role::Dim, format!("  {name:<14}")),
            brush.span(Role::Text, value),
        ])),
    }
}
