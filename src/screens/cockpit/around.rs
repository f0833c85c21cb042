//! What is around a service: what it needs, what needs it, where to read on.

use super::Cockpit;
use crate::catalog::{Entity, Neighbour, Way};
use crate::domain::ServiceKey;
use crate::msg::{Effect, Level, Notice};
use crate::screens::pages::Page;
use crate::screens::show::{health_role, health_span};
use crate::screens::{Act, Ctx, Route};
use crate::ui::{Brush, Pen, Role, Sign, pad, width};
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// Neighbours listed on each side; the graph (`v`) has all.
const MOST: usize = 50;

/// What a link is called, in the column of the words before neighbours.
fn titled(title: &str) -> String {
    format!("{:<10} ", title.to_lowercase())
}

/// A line of the panel.
pub(super) enum Around {
    /// A neighbour.
    Beside(Way, Box<Beside>),
    /// What it says it needs and nothing in the catalogue is called, and why.
    Missing(String, String),
    /// Who owns it, with the people, and the entry of that; why nobody is known
    /// if nobody is.
    Owner(Result<(String, String), String>),
    /// A name and where it leads or who it is.
    Link(String, String),
}

/// A neighbour, told apart from the catalogue it came from.
pub(super) struct Beside {
    reference: String,
    name: String,
    kind: String,
    tier: Option<u8>,
    /// Whether an ambiguous reference is all that leads to it.
    ambiguous: bool,
    services: Vec<(ServiceKey, crate::domain::Health, String)>,
}

impl Around {
    pub(super) fn id(&self) -> String {
        match self {
            Self::Beside(way, beside) => format!("{way:?} {} {}", beside.kind, beside.name),
            Self::Missing(reference, _) => format!("missing {reference}"),
            Self::Owner(_) => "owner".to_owned(),
            Self::Link(title, url) => format!("{title} {url}"),
        }
    }

    pub(super) fn line(&self, brush: Brush<'_>, room: usize) -> Line<'static> {
        match self {
            Self::Link(title, url) => {
                Line::from(vec![brush.span(Role::Dim, titled(title)), brush.span(Role::Text, url.clone())])
            }
            Self::Missing(reference, why) => Line::from(vec![
                brush.span(Role::Dim, format!("{:<11}", "needs")),
                brush.span(Role::Strong, format!("{reference} ")),
                brush.span(Role::Warn, format!("{} {why}", brush.sign(Sign::Unknown))),
            ]),
            Self::Owner(owner) => {
                let (role, text) = match owner {
                    Ok((text, _)) => (Role::Text, text.clone()),
                    Err(why) => (Role::Bad, format!("{} {why}", brush.sign(Sign::Unknown))),
                };
                Line::from(vec![brush.span(Role::Dim, titled("owner")), brush.span(role, text)])
            }
            Self::Beside(way, beside) => {
                let word = if *way == Way::Up { "needs" } else { "needed by" };
                let wide = room.saturating_sub(34).clamp(12, 30);
                let mut spans = vec![
                    brush.span(Role::Dim, format!("{word:<11}")),
                    brush.span(Role::Strong, pad(&beside.name, wide)),
                    Span::raw(" "),
                ];
                spans.extend(beside.state(brush));
                Line::from(spans)
            }
        }
    }
}

/// Makes the addresses that were drawn links of the terminal.
pub(super) fn link(pen: &mut Pen<'_>, list: u8, lines: &[Around]) {
    for line in lines {
        if let Around::Link(title, url) = line
            && let Some(row) = pen.hits.row(list, &line.id())
        {
            // One column for the cursor, one between, then the title.
            let x = row.x + 2 + u16::try_from(width(&titled(title))).unwrap_or(0);
            let room = row.right().saturating_sub(x + 1);
            let said = u16::try_from(width(url)).unwrap_or(u16::MAX).min(room);
            pen.hits.link(Rect { x, width: said, ..row }, url);
        }
    }
}

impl Beside {
    fn of(found: &Neighbour<'_>) -> Self {
        let mut services: Vec<_> =
            found.services.iter().map(|row| (row.key.clone(), row.health, row.reason.clone())).collect();
        services.sort_by_key(|(key, health, _)| (std::cmp::Reverse(*health), key.clone()));
        Self {
            reference: found.entity.reference.to_string(),
            name: found.entity.reference.name().to_owned(),
            kind: found.entity.reference.kind().to_lowercase(),
            tier: found.entity.tier(),
            ambiguous: found.ambiguous,
            services,
        }
    }

    /// How it is doing: its worst service, else that nothing of it runs here.
    fn state(&self, brush: Brush<'_>) -> Vec<Span<'static>> {
        let doubt = if self.ambiguous { "  ambiguous" } else { "" };
        let tier = self.tier.map(|tier| format!("  tier {tier}")).unwrap_or_default() + doubt;
        let Some((_, health, reason)) = self.services.first() else {
            return vec![
                brush.span(Role::Unknown, format!("{} not in this cluster", brush.sign(Sign::Unknown))),
                brush.span(Role::Dim, tier),
            ];
        };
        let reason = if reason.is_empty() { String::new() } else { format!("  {reason}") };
        vec![
            health_span(brush, *health),
            brush.span(Role::Dim, tier),
            brush.span(health_role(*health), reason),
        ]
    }
}

/// The owner of an entry with its people, and the owner's own entry.
fn owner(ctx: &Ctx<'_>, entity: &Entity) -> Result<(String, String), String> {
    let Some(catalog) = ctx.catalog.catalog() else { return Err("there is no catalogue".to_owned()) };
    let owner = catalog.owner_or_why(entity)?;
    let people: Vec<_> = catalog.people(owner).into_iter().map(Entity::shown).collect();
    let people = if people.is_empty() { String::new() } else { format!("  {}", people.join(", ")) };
    Ok((format!("{}{people}", owner.shown()), owner.reference.to_string()))
}

impl Cockpit {
    /// The lines: what it needs, what needs it, people, runbook and links.
    pub(super) fn around(&self, ctx: &Ctx<'_>) -> Vec<Around> {
        let Some(key) = &self.key else { return Vec::new() };
        let Some(entity) = ctx.catalog.entity(key) else { return Vec::new() };
        let mut lines = Vec::new();
        for way in [Way::Up, Way::Down] {
            let mut found: Vec<_> =
                ctx.catalog.around(key, way, (1, MOST), ctx.rows).iter().map(Beside::of).collect();
            found.sort_by_key(|b| {
                let health = b.services.first().map(|(_, health, _)| *health);
                (std::cmp::Reverse(health.filter(|h| h.is_trouble())), b.tier.unwrap_or(u8::MAX))
            });
            lines.extend(found.into_iter().map(|beside| Around::Beside(way, Box::new(beside))));
            if way == Way::Up {
                let missing = ctx.catalog.missing_needs(key).into_iter().take(MOST);
                lines.extend(missing.map(|gap| Around::Missing(gap.reference.to_string(), gap.why.clone())));
            }
        }
        lines.push(Around::Owner(owner(ctx, entity)));
        let mut link = |title: &str, text: &str| {
            let known = lines.iter().any(|line| matches!(line, Around::Link(_, url) if url == text));
            if !known {
                lines.push(Around::Link(title.to_owned(), text.to_owned()));
            }
        };
        let chat = ctx.catalog.chat(key);
        for (title, text) in [("runbook", entity.runbook()), ("chat", chat)] {
            if let Some(text) = text {
                link(title, text);
            }
        }
        entity.links.iter().for_each(|l| link(&l.title, &l.url));
        lines
    }

    /// Goes to the neighbour, or copies the link.
    pub(super) fn open_around(&self, ctx: &Ctx<'_>) -> Vec<Act> {
        let id = self.cursor(super::Panel::Around).id().unwrap_or_default();
        let Some(line) = self.around(ctx).into_iter().find(|line| line.id() == id) else { return Vec::new() };
        match line {
            Around::Beside(_, beside) => {
                if let Some((key, ..)) = beside.services.into_iter().next() {
                    return vec![Act::Go(Route::Cockpit(key))];
                }
                // It runs elsewhere: what the catalogue says of it.
                vec![Act::Go(Route::Page(Page::Entity(beside.reference)))]
            }
            Around::Missing(reference, why) => {
                let text = format!("{reference}: {why}; `qd catalog lint` names the line to correct");
                vec![Act::Tell(Notice::new(Level::Info, text))]
            }
            Around::Owner(Ok((_, reference))) => vec![Act::Go(Route::Page(Page::Entity(reference)))],
            Around::Owner(Err(why)) => vec![Act::Tell(Notice::new(Level::Info, why))],
            Around::Link(_, url) => {
                let told = Notice::new(Level::Info, format!("copied {url}"));
                vec![Act::Do(Effect::Copy(url)), Act::Tell(told)]
            }
        }
    }
}
