//! The cockpit as a screen: who gets the key, what is selected.

use super::{Cockpit, HANDLERS, PANELS, Panel};
use crate::command::{Command, Motion, Scope};
use crate::domain::{Now, ServiceRow};
use crate::screens::list::handle_list;
use crate::screens::{Act, Ctx, Screen, Selected};
use crate::ui::Pen;
use ratatui::layout::Rect;
use std::collections::BTreeSet;

impl Screen for Cockpit {
    fn scope(&self) -> Scope {
        // On a pod or a workload keys mean that object, elsewhere the service.
        let object = matches!(self.focus, Panel::Pods | Panel::Workloads);
        match (self.delivering, object) {
            (false, false) => Scope::Cockpit,
            (false, true) => Scope::CockpitObject,
            (true, false) => Scope::Delivery,
            (true, true) => Scope::DeliveryObject,
        }
    }

    fn status(&self, ctx: &Ctx<'_>) -> String {
        let Some(key) = &self.key else { return "no service chosen".to_owned() };
        let row = ctx.service(key);
        let mut parts = Vec::new();
        if !self.marked.is_empty() {
            parts.push(format!("{} marked", self.marked.len()));
        }
        parts.extend([key.name.to_string(), key.namespace.to_string()]);
        parts.push(owner_words(row));
        parts.extend(row.and_then(|row| row.tier).map(|tier| format!("tier {tier}")));
        parts.extend(ctx.catalog.on_call(key).map(|who| format!("on call: {who}")));
        parts.join(" ─ ")
    }

    fn alarm(&self, ctx: &Ctx<'_>) -> Option<String> {
        let row = ctx.service(self.key.as_ref()?)?;
        row.owner_doubt.is_some().then(|| owner_words(Some(row)))
    }

    fn settle(&mut self, ctx: &Ctx<'_>) {
        if !self.marked.is_empty() {
            let there: BTreeSet<String> = self.pods(ctx).iter().map(|pod| pod.uid.to_string()).collect();
            self.marked.retain(|uid| there.contains(uid));
        }
        self.delivering = self.running(ctx).is_some();
        for panel in self.panels(ctx) {
            let ids = self.ids(panel, ctx);
            if let Some(cursor) = self.cursors.get_mut(usize::from(panel.number())) {
                cursor.settle(&ids);
            }
        }
    }

    fn on_motion(&mut self, motion: Motion, ctx: &Ctx<'_>) {
        let ids = self.ids(self.focus, ctx);
        if let Some(cursor) = self.cursors.get_mut(usize::from(self.focus.number())) {
            cursor.step(&ids, motion);
        }
    }

    fn on_command(&mut self, command: Command, ctx: &Ctx<'_>) -> Option<Vec<Act>> {
        handle_list(self, &HANDLERS, command, ctx)
    }

    fn on_click(&mut self, list: u8, id: &str, ctx: &Ctx<'_>) -> Vec<Act> {
        let Some(panel) = PANELS.get(usize::from(list)).copied() else { return Vec::new() };
        let again = self.focus == panel && self.cursor(panel).id() == Some(id);
        self.focus = panel;
        if again {
            return self.open_selected(ctx);
        }
        let ids = self.ids(panel, ctx);
        if let Some(cursor) = self.cursors.get_mut(usize::from(list)) {
            cursor.select(&ids, id);
        }
        Vec::new()
    }

    fn on_panel(&mut self, panel: u8) {
        self.focus = PANELS.get(usize::from(panel)).copied().unwrap_or_default();
    }

    fn selected(&self, ctx: &Ctx<'_>) -> Option<Selected> {
        if self.focus == Panel::Pods {
            let id = self.cursor(Panel::Pods).id().unwrap_or_default();
            let pods = self.pods(ctx);
            if let Some(pod) = pods.iter().find(|pod| pod.uid.as_str() == id) {
                return Some(Selected::Pod(pod.key.clone()));
            }
        }
        self.workload(ctx).map(|workload| Selected::Workload(workload.key.clone()))
    }

    fn marked(&self, ctx: &Ctx<'_>) -> Vec<Selected> {
        let pods = self.pods(ctx).into_iter().filter(|pod| self.marked.contains(pod.uid.as_str()));
        pods.map(|pod| Selected::Pod(pod.key.clone())).collect()
    }

    fn unmark(&mut self) {
        self.marked.clear();
    }

    fn delivery(&self, ctx: &Ctx<'_>) -> Option<String> {
        self.running(ctx).map(|delivery| delivery.id.clone())
    }

    fn draw(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        self.draw_all(pen, area, ctx);
    }

    fn next_wake(&self, ctx: &Ctx<'_>) -> Option<Now> {
        self.delivery_wake(ctx)
    }
}

/// Who owns a service, in the words of the frame.
fn owner_words(row: Option<&ServiceRow>) -> String {
    match row.filter(|row| !row.owner.is_empty()) {
        Some(row) => row.owner_words().0,
        None => "nobody says who owns it".to_owned(),
    }
}
