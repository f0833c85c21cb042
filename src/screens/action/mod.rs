//! An action being looked at: what it is aimed at, what it would change, what
//! was checked, and the answer that lets it happen.
//!
//! The target is frozen when the dialog opens. A plan rests on the object as it
//! was read; changing what is asked asks for another plan. Nothing here writes:
//! an answer goes to the gate, and only the gate's permit lets a plan out.

pub mod deploy;
mod foot;
mod image;
mod keys;
mod parts;
mod subject;
mod view;
mod worked;

pub use subject::{Images, Picker, Subject};
pub use worked::Question;

use crate::domain::{ByIncident, Check, CheckOutcome, Environment, Fault, Now, Plan, Refusal, Target};
use crate::engine::delivery::{DeliveryPlan, SavedPlan};
use crate::engine::gates::APPROVAL;
use crate::msg::Ask;
use crate::screens::dialog::Refused;
use crate::ui::{Cursor, TextInput};
use std::cell::Cell;
use std::time::Duration;
use worked::Worked;

/// The selection must rest this long before another revision is planned: every
/// plan is a read and a dry run on the API server.
const REST: Duration = Duration::from_millis(250);

/// Where keys go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The revision picker, or nothing in particular.
    Pick,
    /// What is typed to say what is wanted: the number of replicas, the image.
    Number,
    /// The incident, where one lets a release through.
    Incident,
    /// Why.
    Reason,
    /// The word asked for.
    Answer,
}

/// How far working the action out has come.
#[derive(Debug)]
enum Planning {
    /// There is nothing to plan yet, for a reason.
    Nothing(String),
    /// Asked for; the ticket of the question once it was sent.
    Waiting(Option<u64>),
    /// It cannot be done.
    Failed(Fault),
    /// Ready to be answered.
    Ready(Worked),
}

/// What an answer to a dialog means.
#[derive(Debug, PartialEq, Eq)]
pub enum Reply {
    /// Nothing yet.
    Stay,
    /// The person left.
    Close,
    /// The person wants writing to be allowed; the page stays.
    AllowWriting,
    /// The person wants others to approve the plan; the page stays.
    AskApproval,
    /// The person answered, with this word.
    Fire(String),
}

/// The dialog.
#[derive(Debug)]
pub struct Action {
    target: Target,
    environment: Environment,
    subject: Subject,
    planning: Planning,
    field: Field,
    reason: TextInput,
    answer: TextInput,
    override_owner: bool,
    /// Whether a freeze stood in the way of the last plan.
    asks_incident: bool,
    /// When to ask for a plan, if one is wanted.
    due: Option<Now>,
    /// Why the last answer was not taken.
    refusal: Option<Refused>,
    /// When a key that means yes was last pressed before there was a plan.
    early: Option<Now>,
    cursor: Cursor,
    scroll: Cell<usize>,
}

impl Action {
    /// Opens the dialog on a frozen target.
    pub fn new(target: Target, environment: Environment, subject: Subject, now: Now) -> Self {
        let guarded = environment.has_users();
        let field = match &subject {
            Subject::Scale { .. } | Subject::Image(_) | Subject::Deploy(_) => Field::Number,
            Subject::Fixed(_) if guarded => Field::Answer,
            Subject::Rollback(_) | Subject::Fixed(_) => Field::Pick,
        };
        let mut action = Self {
            target,
            environment,
            planning: Planning::Nothing(String::new()),
            field,
            reason: TextInput::default(),
            answer: TextInput::default(),
            override_owner: false,
            asks_incident: false,
            due: None,
            refusal: None,
            early: None,
            cursor: Cursor::default(),
            scroll: Cell::new(0),
            subject,
        };
        action.replan(now, Duration::ZERO);
        action
    }

    /// What was worked out, if there is something to answer.
    fn worked(&self) -> Option<&Worked> {
        match &self.planning {
            Planning::Ready(plan) => Some(plan),
            Planning::Nothing(_) | Planning::Waiting(_) | Planning::Failed(_) => None,
        }
    }

    /// The plan of an action, if there is one to answer.
    pub fn plan(&self) -> Option<&Plan> {
        if let Some(Worked::Action(plan)) = self.worked() { Some(plan) } else { None }
    }

    /// The plan of a delivery, if there is one to answer.
    pub fn delivery(&self) -> Option<&DeliveryPlan> {
        if let Some(Worked::Delivery(plan)) = self.worked() { Some(plan) } else { None }
    }

    /// The plan of a delivery as others are to approve it.
    ///
    /// # Errors
    /// There is none, or nobody need be asked.
    pub fn petition(&self) -> Result<SavedPlan, &'static str> {
        let (Subject::Deploy(deploy), Some(plan)) = (&self.subject, self.delivery()) else {
            return Err("there is no plan of a delivery to be approved");
        };
        let wanted = |check: &Check| check.name == APPROVAL && check.outcome == CheckOutcome::Fail;
        if !plan.checks.iter().any(wanted) {
            return Err("nobody need be asked for approval of it");
        }
        let ask = deploy.ask(self.target.clone(), self.reason.text().trim().to_owned(), self.override_owner);
        ask.map(|ask| SavedPlan::new(ask, plan)).ok_or("no version is chosen")
    }

    /// Says that something asked for was not done, and why.
    pub fn told(&mut self, why: (String, String)) {
        self.refusal = Some(why);
    }

    /// The plan of an action, taken out: it can be answered once.
    pub fn into_plan(self) -> Option<Box<Plan>> {
        if let Planning::Ready(Worked::Action(plan)) = self.planning { Some(plan) } else { None }
    }

    /// The plan of a delivery, taken out: it can be answered once.
    pub fn into_delivery(self) -> Option<Box<DeliveryPlan>> {
        if let Planning::Ready(Worked::Delivery(plan)) = self.planning { Some(plan) } else { None }
    }

    /// Whether an incident can be named: what one breaks stands in the way, or one was
    /// named already.
    fn asks_for_an_incident(&self) -> bool {
        let named = |deploy: &deploy::Deploy| !deploy.incident.is_empty();
        self.asks_incident || matches!(&self.subject, Subject::Deploy(deploy) if named(deploy))
    }

    /// Wants another plan, `rest` from now. Whatever was answered is void.
    fn replan(&mut self, now: Now, rest: Duration) {
        self.answer.clear();
        if let Subject::Deploy(deploy) = &self.subject
            && let Some(site) = deploy.site()
        {
            self.target.clone_from(&site.target);
            self.environment = site.environment;
        }
        match self.subject.is_whole() {
            Ok(()) => {
                self.planning = Planning::Waiting(None);
                self.due = Some(now.plus(rest));
            }
            Err(why) => {
                self.planning = Planning::Nothing(why);
                self.due = None;
            }
        }
    }

    /// The question to ask now, if any; [`Self::asked`] must follow.
    pub fn question(&mut self, now: Now) -> Option<Question> {
        if self.due.is_none_or(|due| due.boot > now.boot) {
            return None;
        }
        self.due = None;
        let (target, override_owner) = (self.target.clone(), self.override_owner);
        let reason = self.reason.text().trim().to_owned();
        if let Subject::Deploy(deploy) = &self.subject {
            return Some(Question::Delivery(Box::new(deploy.ask(target, reason, override_owner)?)));
        }
        let verb = self.subject.verb().ok()?;
        Some(Question::Action(Ask { verb, target, reason, override_owner, together: 1 }))
    }

    /// The question went out under this ticket.
    pub fn asked(&mut self, ticket: u64) {
        self.planning = Planning::Waiting(Some(ticket));
    }

    /// An answer came; late ones, to questions that are no longer asked, are dropped.
    pub fn planned(&mut self, ticket: u64, plan: Result<Box<Plan>, Fault>) {
        self.answered(ticket, plan.map(Worked::Action));
    }

    /// The same about a delivery.
    pub fn planned_delivery(&mut self, ticket: u64, plan: Result<Box<DeliveryPlan>, Fault>) {
        self.answered(ticket, plan.map(Worked::Delivery));
    }

    fn answered(&mut self, ticket: u64, worked: Result<Worked, Fault>) {
        let expected = matches!(self.planning, Planning::Waiting(Some(asked)) if asked == ticket);
        if !expected {
            return;
        }
        self.planning = match worked {
            Ok(worked) => {
                // One that the incident typed has let through stays, so that it can be taken back.
                let asks = |check: &Check| check.by_incident != ByIncident::Nothing;
                self.asks_incident = worked.checks().iter().any(asks);
                Planning::Ready(worked)
            }
            Err(fault) => Planning::Failed(fault),
        };
        self.scroll.set(0);
        self.settle_answer();
    }

    /// The gate stayed shut. A stale plan is worked out again by itself.
    pub fn refused(&mut self, refusal: &Refusal, now: Now) {
        self.refusal = Some((refusal.to_string(), refusal.remedy()));
        if let Refusal::Stale(_) = refusal {
            self.replan(now, Duration::ZERO);
        }
        if let Refusal::NeedsReason = refusal {
            self.field = Field::Reason;
        }
    }

    /// When the dialog changes by itself: a question falls due, a plan grows stale.
    pub fn next_wake(&self, now: Now) -> Option<Now> {
        let stale = self.worked().map(|plan| plan.read_at().plus(Plan::MAX_AGE + Duration::from_millis(1)));
        self.due.into_iter().chain(stale.filter(|at| at.boot > now.boot)).min_by_key(|at| at.boot)
    }
}
