//! What a service needs and what needs it, as a tree with health.

use super::{PageLine, Target};
use crate::catalog::{Entity, Way};
use crate::domain::{Health, ServiceKey};
use crate::screens::show::{health_role, health_span};
use crate::screens::{Ctx, Route};
use crate::ui::{Brush, Role, Sign};
use ratatui::text::Line;
use std::collections::HashMap;

/// Lines of each half: a graph of 10,000 is not read on a terminal.
const MOST_LINES: usize = 1_000;
/// Steps away from the service. Deeper trees do not fit a screen's width.
const DEEPEST: usize = 12;

pub(super) fn lines(key: &ServiceKey, brush: Brush<'_>, ctx: &Ctx<'_>) -> Vec<PageLine> {
    if ctx.catalog.entity(key).is_none() {
        let why = if ctx.catalog.catalog().is_some() {
            format!("The catalogue does not know {}.", key.name)
        } else {
            "No catalogue is configured: nobody says what depends on what.".to_owned()
        };
        let hint = "The option `catalog` names files and folders of Backstage entries; :catalog reload reads them again.";
        return vec![PageLine::plain(brush, Role::Dim, why), PageLine::plain(brush, Role::Dim, hint)];
    }
    let mut lines = Vec::new();
    for (way, title) in [(Way::Up, "It needs"), (Way::Down, "Needed by")] {
        if !lines.is_empty() {
            lines.push(PageLine::blank());
        }
        lines.push(PageLine::heading(brush, title));
        Tree::new(key, way, brush, ctx).grow(&mut lines);
    }
    lines
}

/// Where an entity stands in the tree.
struct Node {
    entity: usize,
    /// Whether an ambiguous reference is all that leads there.
    ambiguous: bool,
    /// What is drawn before its name: the branches above it.
    before: String,
    depth: usize,
    last: bool,
}

struct Tree<'a, 'b> {
    way: Way,
    brush: Brush<'b>,
    ctx: &'a Ctx<'a>,
    key: &'a ServiceKey,
    /// Entities whose branch is drawn already, and in which line.
    drawn: HashMap<usize, usize>,
}

impl<'a, 'b> Tree<'a, 'b> {
    fn new(key: &'a ServiceKey, way: Way, brush: Brush<'b>, ctx: &'a Ctx<'a>) -> Self {
        Self { way, brush, ctx, key, drawn: HashMap::new() }
    }

    /// Draws the tree depth first, on a stack of its own. An entity is opened
    /// once: where it comes again, cycles included, it is only named.
    fn grow(&mut self, lines: &mut Vec<PageLine>) {
        let Some(catalog) = self.ctx.catalog.catalog() else { return };
        let Some(root) = self.ctx.catalog.index_of(self.key) else { return };
        self.drawn.insert(root, 0);
        let mut stack = Vec::new();
        push(&mut stack, catalog.beside(root, self.way), "", 1);
        let missing = if self.way == Way::Up { self.ctx.catalog.missing_needs(self.key) } else { Vec::new() };
        for gap in &missing {
            let text = format!("  {} {}: {}", self.brush.sign(Sign::Unknown), gap.reference, gap.why);
            lines.push(PageLine::plain(self.brush, Role::Warn, text));
        }
        if stack.is_empty() && missing.is_empty() {
            lines.push(PageLine::plain(self.brush, Role::Dim, "  nothing, as far as the catalogue says"));
        }
        let mut count = 0;
        while let Some(node) = stack.pop() {
            if count == MOST_LINES {
                let text = format!("  … and more: only {MOST_LINES} lines are drawn");
                lines.push(PageLine::plain(self.brush, Role::Dim, text));
                return;
            }
            count += 1;
            let again = self.drawn.contains_key(&node.entity);
            let below = catalog.beside(node.entity, self.way);
            let cut = node.depth >= DEEPEST && !below.is_empty();
            let Some(entity) = catalog.entities().get(node.entity) else { continue };
            lines.push(self.line(&node, entity, (again && !below.is_empty(), cut)));
            if !again && !cut {
                self.drawn.insert(node.entity, count);
                let bar = if node.last { "   " } else { self.bar() };
                push(&mut stack, below, &format!("{}{bar}", node.before), node.depth + 1);
            }
        }
    }

    fn bar(&self) -> &'static str {
        if self.brush.glyphs.ascii { "|  " } else { "│  " }
    }

    fn line(&self, node: &Node, entity: &Entity, (again, cut): (bool, bool)) -> PageLine {
        let brush = self.brush;
        let branch = match (brush.glyphs.ascii, node.last) {
            (true, _) => "`- ",
            (false, true) => "└─ ",
            (false, false) => "├─ ",
        };
        let mut spans = vec![
            brush.span(Role::Border, format!("  {}{branch}", node.before)),
            brush.span(Role::Strong, format!("{} ", entity.reference.name())),
        ];
        let services = self.ctx.catalog.services(node.entity, self.key, self.ctx.rows);
        let worst = services.iter().max_by_key(|row| row.health);
        if let Some(row) = worst {
            spans.push(health_span(brush, row.health));
            if row.health >= Health::Unknown {
                spans.push(brush.span(health_role(row.health), format!(" {}", row.reason)));
            }
        } else {
            let kind = entity.reference.kind().to_lowercase();
            let text = format!("{} {kind}, not in this cluster", brush.sign(Sign::Unknown));
            spans.push(brush.span(Role::Unknown, text));
        }
        if let Some(tier) = entity.tier() {
            spans.push(brush.span(Role::Dim, format!("  tier {tier}")));
        }
        if node.ambiguous {
            spans.push(brush.span(Role::Warn, "  ambiguous"));
        }
        if again {
            spans.push(brush.span(Role::Dim, "  (see above)"));
        } else if cut {
            spans.push(brush.span(Role::Dim, "  … deeper"));
        }
        let target = worst.map(|row| Target::Go(Route::Cockpit(row.key.clone())));
        PageLine { target, ..PageLine::from(Line::from(spans)) }
    }
}

/// Puts entities on the stack so that the first is taken first.
fn push(stack: &mut Vec<Node>, entities: Vec<(usize, bool)>, before: &str, depth: usize) {
    let count = entities.len();
    for (n, (entity, ambiguous)) in entities.into_iter().enumerate().rev() {
        stack.push(Node { entity, ambiguous, before: before.to_owned(), depth, last: n + 1 == count });
    }
}
