//! Making and ending silences, through the gate.

use super::App;
use super::prompt::Prompt;
use crate::domain::{Namespace, Now, SilenceGate, admit_silence};
use crate::msg::{Effect, Level, Notice};
use crate::screens::alerts::Chosen;
use crate::screens::dialog::Asks;
use crate::screens::silence::Silencing;

impl App {
    /// Freezes the alert or silence in front of the person and opens the dialog.
    pub(super) fn aim_silence(&mut self, now: Now) -> Vec<Effect> {
        let ctx = self.session.ctx(now);
        let Some(chosen) = self.router.alerts.chosen(&ctx) else {
            return self.not_begun("silence: no alert and no silence is selected", now);
        };
        if !ctx.alarms.silences_possible {
            let text = "silence: no Alertmanager is known".to_owned();
            let hint = "name one with the option alertmanager".to_owned();
            self.notices.push(Notice { level: Level::Warning, text, hint }, now);
            return Vec::new();
        }
        let namespace = match &chosen {
            Chosen::Alert(alert) => alert.label("namespace").to_owned(),
            Chosen::Silence(_) => String::new(),
        };
        // Of no namespace nothing is declared.
        let environment = self.environment_of(&Namespace::from(namespace.as_str()), now);
        let Some(place) = ctx.place else { return Vec::new() };
        let place = (place.context.clone(), place.cluster.clone());
        let mut silencing = Silencing::new(chosen, environment, place);
        silencing.settle(&ctx);
        self.prompt = Some(Prompt::Silencing(Box::new(silencing)));
        Vec::new()
    }

    /// Takes an answer to the gate. Only its permit lets the silence out.
    pub(super) fn fire_silence(&mut self, answer: &str, now: Now) -> Vec<Effect> {
        let Some(Prompt::Silencing(silencing)) = &self.prompt else { return Vec::new() };
        let ctx = self.session.ctx(now);
        let admitted = silencing.order(&ctx).and_then(|order| {
            let Some(place) = ctx.place else { return Err(("not connected".to_owned(), String::new())) };
            let here = place.here(ctx.mode, now);
            let permit = admit_silence(&SilenceGate { order: &order, here, answer })
                .map_err(|refusal| (refusal.to_string(), refusal.remedy()))?;
            Ok((order, permit))
        });
        match admitted {
            Ok((order, permit)) => {
                self.prompt = None;
                self.deaf = true;
                self.notices.push(Notice::new(Level::Info, format!("{}: asked for", order.phrase())), now);
                vec![Effect::Silence { order: Box::new(order), permit }, Effect::LoadAudit]
            }
            Err(why) => {
                if let Some(Prompt::Silencing(silencing)) = &mut self.prompt {
                    silencing.refused(why);
                }
                Vec::new()
            }
        }
    }
}
