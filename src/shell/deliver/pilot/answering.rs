//! What others asked for, told to the run and acknowledged.

use super::{Pilot, Shore};
use crate::engine::canary::{Input, Intent, Request};

impl<S: Shore> Pilot<S> {
    pub(super) fn answer_requests(&mut self) -> Option<Intent> {
        let now = self.shore.now();
        for asked in self.record.unanswered() {
            let mut intent = None;
            let answer = self.record.still_meant(&asked).and_then(|()| {
                let by = if asked.reason.is_empty() {
                    asked.by.clone()
                } else {
                    format!("{} ({})", asked.by, asked.reason)
                };
                let before = self.record.run.phase.clone();
                intent = self.record.run.step(Input::Asked { request: asked.verb, by }, now);
                let promotion = matches!(asked.verb, Request::Promote | Request::PromoteFull);
                let stayed = promotion && self.record.run.phase == before;
                let said = self.record.run.progress.clone();
                if stayed { Err(said) } else { Ok(said) }
            });
            let (done, note) = match answer {
                Ok(said) => (true, said),
                Err(why) => (false, why),
            };
            self.record.note(&format!("{} asked to {}: {note}", asked.by, asked.verb.word()), now);
            self.record.acknowledge(&asked.id, done, &note, now);
            if intent.is_some() {
                return intent;
            }
        }
        None
    }
}
