//! A silence being made, or ended: what it keeps quiet, for how long, why.
//!
//! The alerts are those of the moment the dialog opened; the gate refuses an
//! answer that comes more than thirty seconds after they were read.

mod view;

use super::Ctx;
use super::action::Reply;
use super::alerts::Chosen;
use crate::command::{Command, Scope};
use crate::domain::{
    Actor, Alert, ClusterUrl, Confirmation, ContextName, Environment, Matcher, Now, SilenceOrder, SilenceVerb,
};
use crate::ui::TextInput;
use crossterm::event::KeyEvent;
use jiff::{SignedDuration, Timestamp};

/// Labels of an alert a silence asks for: what says which alert, about what.
/// Pods, instances and the like come and go; a silence of one of them would
/// not outlive it.
const KEPT: [&str; 10] = [
    "alertname",
    "namespace",
    "service",
    "sloth_service",
    "sloth_slo",
    "app",
    "deployment",
    "statefulset",
    "job",
    "severity",
];

/// Where keys go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    /// For how long.
    Time,
    /// Why.
    Reason,
    /// The word asked for.
    Answer,
    /// Nothing in particular: letters are commands.
    Key,
}

/// The dialog.
#[derive(Debug)]
pub struct Silencing {
    chosen: Chosen,
    matchers: Vec<Matcher>,
    environment: Environment,
    context: ContextName,
    cluster: ClusterUrl,
    field: Field,
    time: TextInput,
    reason: TextInput,
    answer: TextInput,
    refusal: Option<(String, String)>,
}

type Do = fn(&mut Silencing) -> Reply;

const HANDLERS: [(Command, Do); 9] = [
    (Command::Cancel, |_| Reply::Close),
    (Command::Interrupt, |_| Reply::Close),
    (Command::Yes, |_| Reply::Fire("y".to_owned())),
    (Command::Submit, Silencing::submit),
    (Command::GoOn, Silencing::no_enter),
    (Command::NextField, |s| s.turn(1)),
    (Command::PrevField, |s| s.turn(-1)),
    (Command::Reason, |s| {
        s.field = Field::Reason;
        Reply::Stay
    }),
    (Command::Allow, |_| Reply::AllowWriting),
];

impl Silencing {
    /// Opens the dialog for what was chosen.
    pub fn new(chosen: Chosen, environment: Environment, place: (ContextName, ClusterUrl)) -> Self {
        let matchers = match &chosen {
            Chosen::Alert(alert) => {
                let kept = KEPT.iter().filter(|name| !alert.label(name).is_empty());
                kept.map(|name| Matcher::equal(name, alert.label(name))).collect()
            }
            Chosen::Silence(silence) => silence.matchers.clone(),
        };
        let mut time = TextInput::default();
        time.insert("2h");
        Self {
            chosen,
            matchers,
            environment,
            context: place.0,
            cluster: place.1,
            field: Field::Reason,
            time,
            reason: TextInput::default(),
            answer: TextInput::default(),
            refusal: None,
        }
    }

    /// The alerts it keeps quiet, or that will be heard again.
    fn alerts(&self, ctx: &Ctx<'_>) -> Vec<Alert> {
        ctx.alarms.matched(&self.matchers).into_iter().cloned().collect()
    }

    /// How long, in seconds; none if what is typed is no time.
    fn seconds(&self) -> Option<i64> {
        let span: SignedDuration = self.time.text().trim().parse().ok()?;
        Some(span.as_secs()).filter(|seconds| *seconds > 0)
    }

    fn verb(&self, now: Now) -> SilenceVerb {
        match &self.chosen {
            Chosen::Alert(_) => {
                // Whole seconds: what comes back is compared with what was sent.
                let second = |s| Timestamp::from_second(s).unwrap_or(Timestamp::MAX);
                let starts = now.wall.as_second();
                let ends = starts.saturating_add(self.seconds().unwrap_or(0));
                SilenceVerb::Silence {
                    matchers: self.matchers.clone(),
                    starts: second(starts),
                    ends: second(ends),
                }
            }
            Chosen::Silence(silence) => SilenceVerb::Expire { silence: silence.clone() },
        }
    }

    fn confirmation(&self, ctx: &Ctx<'_>) -> Confirmation {
        SilenceOrder::confirmation(&self.verb(ctx.now), &self.alerts(ctx), self.environment)
    }

    /// What the gate decides on; none before the alerts were read.
    ///
    /// # Errors
    /// The time is none, or nothing was read: what and what to do.
    pub fn order(&self, ctx: &Ctx<'_>) -> Result<SilenceOrder, (String, String)> {
        if matches!(self.chosen, Chosen::Alert(_)) && self.seconds().is_none() {
            let text = format!("'{}' is not a time", self.time.text().trim());
            return Err((text, "write 30m, 2h or 8h".to_owned()));
        }
        let read_at = ctx.alarms.at.ok_or_else(|| ("no alerts were read".to_owned(), String::new()))?;
        Ok(SilenceOrder {
            id: format!("silence-{}", ctx.now.wall.as_millisecond()).as_str().into(),
            context: self.context.clone(),
            cluster: self.cluster.clone(),
            verb: self.verb(ctx.now),
            reason: self.reason.text().trim().to_owned(),
            actor: Actor::default(),
            alerts: self.alerts(ctx),
            confirmation: self.confirmation(ctx),
            read_at,
        })
    }

    /// Says why the answer was not taken.
    pub fn refused(&mut self, why: (String, String)) {
        self.refusal = Some(why);
        self.answer.clear();
        if self.reason.text().trim().is_empty() {
            self.field = Field::Reason;
        }
    }

    /// The scope keys are resolved in.
    pub fn scope(&self) -> Scope {
        if self.field == Field::Key { Scope::Confirm } else { Scope::ActionText }
    }

    /// Does a command of the dialog.
    pub fn on_command(&mut self, command: Command) -> Reply {
        match HANDLERS.iter().find(|(c, _)| *c == command) {
            Some((_, handler)) => handler(self),
            None => Reply::Stay,
        }
    }

    fn input(&mut self) -> Option<&mut TextInput> {
        match self.field {
            Field::Time => Some(&mut self.time),
            Field::Reason => Some(&mut self.reason),
            Field::Answer => Some(&mut self.answer),
            Field::Key => None,
        }
    }

    /// Takes a typed key into the field that has the keys.
    pub fn on_key(&mut self, key: KeyEvent) {
        self.refusal = None;
        if let Some(input) = self.input() {
            input.key(key);
        }
    }

    /// Takes pasted text, except for the answer: a confirmation is typed.
    pub fn on_paste(&mut self, text: &str) {
        if self.field == Field::Answer {
            self.refusal = Some(("the answer is to be typed, not pasted".to_owned(), String::new()));
        } else if let Some(input) = self.input() {
            input.insert(text);
        }
    }

    /// Whether one key answers: that is so for ending a silence always, for
    /// making one unless the name is asked for.
    pub fn settle(&mut self, ctx: &Ctx<'_>) {
        let by_key = self.confirmation(ctx) == Confirmation::Key;
        self.field = match self.field {
            Field::Answer if by_key => Field::Key,
            Field::Key if !by_key => Field::Answer,
            field @ (Field::Time | Field::Reason | Field::Answer | Field::Key) => field,
        };
    }

    fn submit(&mut self) -> Reply {
        match self.field {
            Field::Answer => Reply::Fire(self.answer.text().trim().to_owned()),
            Field::Time | Field::Reason | Field::Key => self.turn(1),
        }
    }

    fn no_enter(&mut self) -> Reply {
        self.refusal = Some(("enter never means yes: press y".to_owned(), String::new()));
        Reply::Stay
    }

    /// To the next field and back; ending a silence has no time.
    fn turn(&mut self, by: isize) -> Reply {
        let timed = matches!(self.chosen, Chosen::Alert(_));
        let all = [Field::Time, Field::Reason, Field::Answer];
        let fields = if timed { &all[..] } else { &all[1..] };
        // The last field is the answer, typed or by key.
        let here = if self.field == Field::Key { Field::Answer } else { self.field };
        let at = fields.iter().position(|field| *field == here).unwrap_or(0);
        let next = (at.cast_signed() + by).rem_euclid(fields.len().cast_signed());
        self.field = fields.get(next.unsigned_abs()).copied().unwrap_or(Field::Reason);
        Reply::Stay
    }
}
