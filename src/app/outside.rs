//! Lending the terminal: k9s, a shell, an editor.

use super::App;
use crate::domain::{Now, ObjectKey, Target, Verb};
use crate::msg::{Edited, Effect, Level, Notice, Outside};
use crate::screens::Selected;
use crate::screens::action::Subject;

impl App {
    /// Hands the selection to k9s, which may write only where this console may.
    pub(super) fn open_k9s(&mut self, now: Now) -> Vec<Effect> {
        let (Some(object), Some(place)) = (self.objects(now).into_iter().next(), &self.session.place) else {
            return self.not_begun("nothing is selected", now);
        };
        let may_write = self.session.ctx(now).may_write();
        vec![Effect::Outside(Outside::K9s { context: place.context.clone(), object, may_write })]
    }

    /// A shell in the selected pod, else in the first pod of the workload that is ready.
    pub(super) fn open_shell(&mut self, now: Now) -> Vec<Effect> {
        let ctx = self.session.ctx(now);
        let pod: Option<ObjectKey> = match self.router.screen().selected(&ctx) {
            Some(Selected::Pod(key)) => Some(key),
            Some(Selected::Service(_) | Selected::Workload(_)) | None => {
                let workload = self.aimed_at("restart", now).ok();
                let pods = workload.map(|w| ctx.world.pods_of_workload(&w)).unwrap_or_default();
                pods.iter().find(|pod| pod.is_ready()).map(|pod| pod.key.clone())
            }
        };
        match pod {
            Some(pod) => vec![Effect::Outside(Outside::Shell { pod, container: None })],
            None => self.not_begun("there is no pod that is ready", now),
        }
    }

    /// Opens the workload that is selected in the person's editor.
    pub(super) fn open_editor(&mut self, now: Now) -> Vec<Effect> {
        let workload = match self.aimed_at("edit", now) {
            Ok(workload) => workload,
            Err(text) => return self.not_begun(text, now),
        };
        if let Err(kinds) = crate::domain::Right::to("edit", workload.key.kind) {
            return self.not_begun(format!("edit is {kinds}, not for a {}", workload.key.kind), now);
        }
        let Some(place) = &self.session.place else { return Vec::new() };
        vec![Effect::Outside(Outside::Edit { target: place.workload(&workload) })]
    }

    /// What was edited becomes a plan like any other.
    pub(super) fn edited(&mut self, edited: Edited, now: Now) -> Vec<Effect> {
        let text = format!("your text is kept in {}", edited.file.display());
        self.notices.push(Notice::new(Level::Info, text), now);
        let Target { key, uid, resource_version, .. } = edited.target;
        let subject = Subject::Fixed(Verb::Edit { ops: edited.ops });
        let mut effects = self.open_action(key, uid, resource_version, subject, now);
        effects.extend(self.questions(now));
        effects
    }
}
