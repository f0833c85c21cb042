//! Something about to be asked of an operation under way: promote, hold, abort,
//! take over. It says what will happen, to what, against which verdict.
//!
//! The operation and its step are frozen when the dialog opens; an answer given
//! after the step is over is refused. Going back takes one key and `y`, and
//! waits for nothing; promoting in production takes the name.

mod view;

use super::Ctx;
use super::delivery::{Delivery, Wish, why_not};
use super::dialog::{Asks, Form, INCIDENT};
use crate::domain::{Check, CheckOutcome, Confirmation, Environment, ObjectKey, Target};
use crate::engine::canary::Request;
use crate::engine::gates::Glass;
use crate::ui::Pen;
use ratatui::layout::Rect;

/// The dialog.
#[derive(Debug)]
pub struct Asking {
    id: String,
    record: ObjectKey,
    target: Target,
    environment: Environment,
    wish: Wish,
    /// The step its author looked at.
    step: Option<usize>,
    confirmation: Confirmation,
    form: Form,
}

impl Asking {
    /// Opens the dialog for a wish about an operation as it is now.
    pub fn new(delivery: &Delivery, target: Target, environment: Environment, wish: Wish) -> Self {
        let guarded = environment.has_users() && wish.promotes();
        let confirmation = Confirmation::of(delivery.workload.name.as_str(), guarded);
        Self {
            id: delivery.id.clone(),
            record: delivery.record.key(),
            step: delivery.step(),
            // Only what brings a version to more users is ever frozen.
            form: Form::new(confirmation.clone()).and(wish.promotes().then_some((INCIDENT, ""))),
            target,
            environment,
            wish,
            confirmation,
        }
    }

    /// The operation it is about.
    pub fn operation(&self) -> &str {
        &self.id
    }

    /// The record's ConfigMap.
    pub fn record(&self) -> &ObjectKey {
        &self.record
    }

    /// The Deployment, frozen.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Why, in the person's words.
    pub fn reason(&self) -> String {
        self.form.reason()
    }

    /// The incident that makes it necessary although releases are frozen; none
    /// if none is named.
    ///
    /// # Errors
    /// What is typed can be none.
    pub fn glass(&self) -> Result<Option<Glass>, String> {
        Glass::typed(&self.form.own())
    }

    /// What is asked of the engine; none for taking over.
    pub fn request(&self, delivery: &Delivery) -> Option<Request> {
        self.wish.request(delivery.held)
    }

    /// What the service's error budgets say of promoting. Holding and going back
    /// are never held up.
    pub fn budget(&self, delivery: &Delivery, ctx: &Ctx<'_>) -> Option<Check> {
        self.wish.promotes().then(|| ctx.slos.release(&delivery.service, &self.reason()))
    }

    /// Whether the answer may go on; else why not and what to do.
    ///
    /// # Errors
    /// The answer is not the one asked for, or the operation has moved on.
    pub fn settled(&self, answer: &str, ctx: &Ctx<'_>) -> Result<(), (String, String)> {
        let Some(delivery) = ctx.delivery(&self.id) else {
            return Err(("the operation is gone".to_owned(), "esc leaves".to_owned()));
        };
        let off = why_not(delivery, self.wish, ctx);
        if !off.is_empty() {
            return Err((off, String::new()));
        }
        if self.wish == Wish::Promote && delivery.step() != self.step {
            let text = "the step it was asked in is over".to_owned();
            return Err((text, "leave with esc and look at the new step first".to_owned()));
        }
        if let Some(check) = self.budget(delivery, ctx).filter(|check| check.outcome == CheckOutcome::Fail) {
            return Err((check.observed, check.remedy));
        }
        if let Err(why) = self.glass() {
            return Err((why, "leave it empty if there is none".to_owned()));
        }
        match &self.confirmation {
            Confirmation::Key if answer == "y" => Ok(()),
            Confirmation::Key => Err(("not confirmed: press y".to_owned(), String::new())),
            Confirmation::Type(word) if answer == word => Ok(()),
            Confirmation::Type(word) => Err((
                format!("not confirmed: type {word}"),
                "type exactly what is asked for, or esc to leave".to_owned(),
            )),
        }
    }
}

impl Asks for Asking {
    fn form(&self) -> &Form {
        &self.form
    }

    fn form_mut(&mut self) -> &mut Form {
        &mut self.form
    }

    fn draw(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        let delivery = ctx.delivery(&self.id);
        let title =
            format!(" {} {} ", self.wish.word(delivery.is_some_and(|d| d.held)), self.target.key.name);
        let lines = self.lines(pen.brush(), delivery, ctx, Form::room(area));
        self.form.draw(pen, area, (title, self.environment.is_production()), lines);
    }
}
