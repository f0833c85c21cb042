//! Asking for approval of a plan, and giving it, through the gate.

use super::App;
use super::prompt::Prompt;
use crate::domain::{
    Check, CheckOutcome, Confirmation, Now, OperationId, Shown, Target, Warrant, WarrantInput, admit_delivery,
};
use crate::engine::delivery::SavedPlan;
use crate::engine::gates::{Petition, short_hash};
use crate::msg::{Effect, Level, Notice};
use crate::screens::approvals::Approving;
use crate::screens::dialog::Asks;

impl App {
    /// Freezes the plan in front of the person and opens the dialog.
    pub(super) fn aim_approval(&mut self, now: Now) -> Vec<Effect> {
        let ctx = self.session.ctx(now);
        let Some(pending) = self.router.approvals.chosen(&ctx) else {
            return self.not_begun("approve: no plan is selected", now);
        };
        let (petition, target) = match pending.here(&ctx) {
            Ok((petition, target)) => (petition.clone(), target),
            Err((text, hint)) => {
                let text = format!("approve: {text}");
                self.notices.push(Notice { level: Level::Warning, text, hint }, now);
                return Vec::new();
            }
        };
        let environment = self.environment_of(&target.key.namespace, now);
        let approving = Approving::new(petition, target, environment);
        self.prompt = Some(Prompt::Approving(Box::new(approving)));
        Vec::new()
    }

    /// Takes an answer to the gate. Only its warrant lets the approval out.
    pub(super) fn fire_approval(&mut self, answer: &str, now: Now) -> Vec<Effect> {
        let Some(Prompt::Approving(approving)) = &self.prompt else { return Vec::new() };
        let shown = (approving.confirmation(), answer);
        match self.admitted((approving.plan(), approving.target()), shown, now) {
            Ok(warrant) => {
                let (plan, target) = (Box::new(approving.plan().clone()), approving.target().clone());
                let note = Some(approving.note());
                self.prompt = None;
                self.deaf = true;
                vec![Effect::Approve { plan, target, note, warrant }, Effect::LoadAudit]
            }
            Err(why) => {
                if let Some(Prompt::Approving(approving)) = &mut self.prompt {
                    approving.refused(why);
                }
                Vec::new()
            }
        }
    }

    /// Keeps the plan of the deploy page for others to approve. Nothing that
    /// runs is changed by it: the key is the answer.
    pub(super) fn ask_approval(&mut self, now: Now) -> Vec<Effect> {
        let Some(Prompt::Action(action)) = &self.prompt else { return Vec::new() };
        let admitted = action.petition().map_err(|why| (why.to_owned(), String::new())).and_then(|plan| {
            let target = plan.ask.target.clone();
            let warrant = self.admitted((&plan, &target), (&Confirmation::Key, "y"), now)?;
            Ok((plan, target, warrant))
        });
        match admitted {
            Ok((plan, target, warrant)) => {
                let text = format!("approval of plan {} asked for", short_hash(&plan.hash));
                self.notices.push(Notice::new(Level::Info, text), now);
                vec![Effect::Approve { plan: Box::new(plan), target, note: None, warrant }, Effect::LoadAudit]
            }
            Err(why) => {
                if let Some(Prompt::Action(action)) = &mut self.prompt {
                    action.told(why);
                }
                Vec::new()
            }
        }
    }

    fn admitted(
        &self,
        (plan, target): (&SavedPlan, &Target),
        (confirmation, answer): (&Confirmation, &str),
        now: Now,
    ) -> Result<Warrant, (String, String)> {
        let Some(place) = &self.session.place else {
            return Err(("not connected".to_owned(), String::new()));
        };
        let hash = short_hash(&plan.hash);
        let operation = OperationId::from(format!("approve-{hash}-{}", now.wall.as_millisecond()).as_str());
        let input = WarrantInput {
            operation: &operation,
            target,
            objects: vec![Petition::key(&target.key.namespace, &plan.hash)],
            here: place.here(&self.session.mode, now),
        };
        let fine =
            Check::new("asking", CheckOutcome::Pass, "it changes nothing that runs", "the plan itself");
        let shown = Shown {
            checks: std::slice::from_ref(&fine),
            confirmation,
            // The plan is frozen by its hash: it cannot grow old.
            read_at: now,
            override_owner: false,
            reason: "",
            running: None,
            answer,
        };
        admit_delivery(input, &shown).map_err(|refusal| (refusal.to_string(), refusal.remedy()))
    }
}
