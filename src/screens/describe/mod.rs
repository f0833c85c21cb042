//! Everything known about one object, as a text to read.

mod pod;
mod workload;

use super::{Act, Ctx, Handler, Screen, Selected, handle};
use crate::command::{Command, Motion, Scope};
use crate::domain::{Going, Kind, ObjectKey, finalizer_words};
use crate::ui::{Brush, Pen, Role, Scroll};
use ratatui::layout::Rect;
use ratatui::text::Line;

/// State of the screen.
#[derive(Debug, Default)]
pub struct Describe {
    key: Option<ObjectKey>,
    scroll: Scroll,
}

const HANDLERS: [Handler<Describe>; 1] = [(Command::Open, |_, _| Vec::new())];

impl Describe {
    /// Shows another object.
    pub fn open(&mut self, key: ObjectKey) {
        if self.key.as_ref() != Some(&key) {
            self.scroll = Scroll::default();
            self.key = Some(key);
        }
    }

    fn lines(&self, brush: Brush<'_>, ctx: &Ctx<'_>) -> Option<Vec<Line<'static>>> {
        let key = self.key.as_ref()?;
        if key.kind == Kind::Pod {
            let workloads = ctx.world.workloads().cloned();
            let found = workloads.into_iter().find_map(|workload| {
                let pod = ctx.world.pods_of_workload(&workload).into_iter().find(|pod| pod.key == *key)?;
                Some((workload, pod))
            });
            return found.map(|(workload, pod)| pod::lines(brush, &pod, &workload, ctx));
        }
        ctx.world.workload(key).map(|workload| workload::lines(brush, workload, ctx))
    }
}

impl Screen for Describe {
    fn scope(&self) -> Scope {
        Scope::Describe
    }

    fn status(&self, _ctx: &Ctx<'_>) -> String {
        self.key
            .as_ref()
            .map(|key| format!("{} {}/{}", key.kind, key.namespace, key.name))
            .unwrap_or_default()
    }

    fn settle(&mut self, _ctx: &Ctx<'_>) {}

    fn on_motion(&mut self, motion: Motion, _ctx: &Ctx<'_>) {
        self.scroll.step(motion);
    }

    fn on_command(&mut self, command: Command, ctx: &Ctx<'_>) -> Option<Vec<Act>> {
        handle(self, &HANDLERS, command, ctx)
    }

    fn on_click(&mut self, _list: u8, _id: &str, _ctx: &Ctx<'_>) -> Vec<Act> {
        Vec::new()
    }

    fn selected(&self, _ctx: &Ctx<'_>) -> Option<Selected> {
        let key = self.key.clone()?;
        Some(if key.kind == Kind::Pod { Selected::Pod(key) } else { Selected::Workload(key) })
    }

    fn draw(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
        let Some(lines) = self.lines(pen.brush(), ctx) else {
            let text = self.key.as_ref().map(|key| format!("{key} is gone.")).unwrap_or_default();
            pen.empty(area, Role::Warn, &text, "esc goes back; its replacement has another name.");
            return;
        };
        let offset = self.scroll.window(lines.len(), usize::from(inner.height));
        pen.lines(inner, lines.get(offset..).unwrap_or_default());
        pen.scrollbar(area, lines.len(), offset);
    }
}

/// A heading within the text.
fn heading(brush: Brush<'_>, text: &str) -> Line<'static> {
    Line::from(brush.span(Role::Title, text.to_owned()))
}

/// Since when it is to go, and what it waits for; a line for each finalizer.
fn going(brush: Brush<'_>, going: Option<&Going>, ctx: &Ctx<'_>) -> Vec<Line<'static>> {
    let Some(going) = going else { return Vec::new() };
    let since = format!("Terminating, deleted {} ago", ctx.age(going.since));
    let mut lines = vec![fact(brush, "deletion", Role::Warn, since)];
    if going.finalizers.is_empty() {
        lines.push(fact(brush, "waits for", Role::Text, going.waits_for()));
    }
    let held = going.finalizers.iter().map(|name| fact(brush, "held by", Role::Warn, finalizer_words(name)));
    lines.extend(held);
    lines
}

/// A name and its value.
fn fact(brush: Brush<'_>, name: &str, role: Role, value: impl Into<String>) -> Line<'static> {
    Line::from(vec![brush.span(Role::Dim, format!("  {name:<14}")), brush.span(role, value.into())])
}
