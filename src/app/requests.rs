//! Asking something of an operation under way, through the gate.

use super::App;
use super::prompt::Prompt;
use crate::domain::{Now, OperationId, WarrantInput, admit_request};
use crate::msg::{Effect, Level, Notice};
use crate::screens::delivery::{Wish, request_word, why_not};
use crate::screens::dialog::Asks;
use crate::screens::request::Asking;

impl App {
    /// Freezes the operation in front of the person and opens the dialog.
    pub(super) fn ask_delivery(&mut self, wish: Wish, now: Now) -> Vec<Effect> {
        let ctx = self.session.ctx(now);
        let name = wish.command().row().name;
        let shown = self.router.screen().delivery(&ctx);
        let Some(delivery) = shown.and_then(|id| ctx.delivery(&id)) else {
            let text = format!("{name}: no operation is selected");
            self.notices.push(Notice::new(Level::Warning, text), now);
            return Vec::new();
        };
        let off = why_not(delivery, wish, &ctx);
        if !off.is_empty() {
            let text = format!("{name} of {}: {off}", delivery.service.name);
            self.notices.push(Notice::new(Level::Warning, text), now);
            return Vec::new();
        }
        let Some(place) = &self.session.place else { return Vec::new() };
        let target = place.target(delivery.workload.clone(), delivery.uid.clone(), "".into());
        let environment = self.environment_of(&delivery.workload.namespace, now);
        self.prompt = Some(Prompt::Asking(Box::new(Asking::new(delivery, target, environment, wish))));
        Vec::new()
    }

    /// Takes an answer to the gate. Only its warrant lets the request out.
    pub(super) fn fire_request(&mut self, answer: &str, now: Now) -> Vec<Effect> {
        let Some(Prompt::Asking(asking)) = &self.prompt else { return Vec::new() };
        let ctx = self.session.ctx(now);
        let admitted = asking.settled(answer, &ctx).and_then(|()| {
            let (Some(delivery), Some(place)) = (ctx.delivery(asking.operation()), ctx.place) else {
                return Err(("the operation is gone".to_owned(), String::new()));
            };
            let input = WarrantInput {
                operation: &OperationId::from(asking.operation()),
                target: asking.target(),
                objects: delivery.record.objects(),
                here: place.here(ctx.mode, now),
            };
            let warrant = admit_request(input).map_err(|refusal| (refusal.to_string(), refusal.remedy()))?;
            let budget = asking.budget(delivery, &ctx).map(Box::new);
            Ok((asking.request(delivery), warrant, delivery.service.name.to_string(), budget))
        });
        let (request, warrant, name, budget) = match admitted {
            Ok(admitted) => admitted,
            Err(why) => {
                if let Some(Prompt::Asking(asking)) = &mut self.prompt {
                    asking.refused(why);
                }
                return Vec::new();
            }
        };
        let (record, reason) = (asking.record().clone(), asking.reason());
        let glass = asking.glass().unwrap_or_default();
        let asked = request.map_or("taking over", request_word);
        self.prompt = None;
        self.deaf = true;
        let text = format!("{asked} of {name} asked for");
        self.notices.push(Notice::new(Level::Info, text), now);
        vec![match request {
            Some(request) => Effect::Request { record, request, reason, glass, budget, warrant },
            None => Effect::TakeOver { record, warrant },
        }]
    }
}
