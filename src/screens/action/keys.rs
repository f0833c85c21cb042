//! What keys do in the dialog.

use super::{Action, Field, Images, REST, Reply, Subject};
use crate::command::{Command, Scope};
use crate::domain::{Confirmation, Now};
use crate::screens::dialog::not_pasted;
use crossterm::event::KeyEvent;
use std::time::Duration;

/// A key pressed again within this time may be the same press: terminals
/// repeat a held key 10 to 40 times a second, after up to half a second.
const HELD: Duration = Duration::from_millis(600);

type Do = fn(&mut Action, Now) -> Reply;

const HANDLERS: [(Command, Do); 20] = [
    (Command::Cancel, |_, _| Reply::Close),
    (Command::Yes, |a, now| a.yes(now)),
    (Command::Submit, |a, now| a.submit(now)),
    (Command::GoOn, |a, _| a.turn(1)),
    (Command::NextField, |a, _| a.turn(1)),
    (Command::PrevField, |a, _| a.turn(-1)),
    (Command::PickDown, |a, now| a.pick(1, now)),
    (Command::PickUp, |a, now| a.pick(-1, now)),
    (Command::PickBelow, |a, now| a.pick_version(1, now)),
    (Command::PickAbove, |a, now| a.pick_version(-1, now)),
    (Command::NextValue, |a, now| a.turn_value(true, now)),
    (Command::PrevValue, |a, now| a.turn_value(false, now)),
    (Command::PlanDown, |a, _| a.scroll_by(5)),
    (Command::PlanUp, |a, _| a.scroll_by(-5)),
    (Command::Reason, |a, _| {
        a.field = Field::Reason;
        Reply::Stay
    }),
    (Command::Override, |a, now| {
        a.override_owner = !a.override_owner;
        a.refusal = None;
        if a.override_owner && a.reason.is_empty() {
            a.field = Field::Reason;
        }
        a.replan(now, Duration::ZERO);
        Reply::Stay
    }),
    (Command::Allow, |a, _| {
        // The page goes on to ask for the answer: what is typed next is it.
        a.field = Field::Answer;
        a.settle_answer();
        Reply::AllowWriting
    }),
    (Command::Reread, |a, now| {
        a.refusal = None;
        a.replan(now, Duration::ZERO);
        Reply::Stay
    }),
    (Command::AskApproval, |_, _| Reply::AskApproval),
    (Command::Interrupt, |_, _| Reply::Close),
];

impl Action {
    /// The scope keys are resolved in: text fields keep letters to themselves.
    pub fn scope(&self) -> Scope {
        if self.field == Field::Pick { Scope::Action } else { Scope::ActionText }
    }

    /// Does a command of the dialog.
    pub fn on_command(&mut self, command: Command, now: Now) -> Reply {
        match HANDLERS.iter().find(|(c, _)| *c == command) {
            Some((_, handler)) => handler(self, now),
            None => Reply::Stay,
        }
    }

    /// Takes a typed key into the field that has the keys.
    pub fn on_key(&mut self, key: KeyEvent, now: Now) {
        self.edit(now, |input| {
            input.key(key);
        });
    }

    /// Takes pasted text into the field that has the keys, except for the
    /// answer: a confirmation is typed, not pasted.
    pub fn on_paste(&mut self, text: &str, now: Now) {
        if self.field == Field::Answer {
            self.refusal = Some(not_pasted());
            return;
        }
        self.edit(now, |input| input.insert(text));
    }

    fn edit(&mut self, now: Now, edit: impl FnOnce(&mut crate::ui::TextInput)) {
        self.refusal = None;
        match self.field {
            Field::Pick => {}
            Field::Answer => edit(&mut self.answer),
            Field::Reason => {
                let before = self.reason.text();
                edit(&mut self.reason);
                if self.reason.text() != before {
                    // The reason is part of what is written: another plan, once typing rests.
                    self.replan(now, REST * 3);
                }
            }
            Field::Incident => {
                if let Subject::Deploy(deploy) = &mut self.subject {
                    edit(&mut deploy.incident);
                }
                self.replan(now, REST * 3);
            }
            Field::Number => {
                match &mut self.subject {
                    Subject::Scale { input, .. } | Subject::Image(Images { input, .. }) => edit(input),
                    Subject::Deploy(deploy) => {
                        edit(&mut deploy.input);
                        deploy.search();
                    }
                    Subject::Rollback(_) | Subject::Fixed(_) => {}
                }
                self.replan(now, REST * 3);
            }
        }
    }

    /// A click on a line of the picker.
    pub fn on_click(&mut self, id: &str, now: Now) {
        if let Subject::Deploy(deploy) = &mut self.subject {
            let Some((field, changed)) = deploy.click(id) else { return };
            self.field = field;
            if changed {
                self.refusal = None;
                self.replan(now, Duration::ZERO);
            }
            return;
        }
        if let (Subject::Image(images), Ok(at)) = (&mut self.subject, id.parse::<usize>())
            && at < images.containers.len()
            && at != images.at
        {
            images.choose(at);
            self.refusal = None;
            self.replan(now, Duration::ZERO);
        }
        if let (Subject::Rollback(picker), Ok(at)) = (&mut self.subject, id.parse::<usize>())
            && at < picker.revisions.len()
            && at != picker.at
        {
            picker.at = at;
            self.refusal = None;
            self.replan(now, Duration::ZERO);
        }
        self.field = Field::Pick;
    }

    fn fields(&self) -> Vec<Field> {
        let first: &[Field] = match &self.subject {
            Subject::Rollback(_) | Subject::Fixed(_) => &[Field::Pick],
            Subject::Scale { .. } => &[Field::Number],
            Subject::Image(_) => &[Field::Pick, Field::Number],
            Subject::Deploy(_) => &[Field::Number, Field::Pick],
        };
        let incident: &[Field] = if self.asks_for_an_incident() { &[Field::Incident] } else { &[] };
        [first, incident, &[Field::Reason, Field::Answer]].concat()
    }

    fn turn(&mut self, by: isize) -> Reply {
        let fields = self.fields();
        let len = fields.len();
        let here = fields.iter().position(|field| *field == self.field).unwrap_or(0);
        let to = here.saturating_add(len).saturating_add_signed(by) % len;
        // Enter goes from the picker straight to the answer: saying why is a key of its own.
        let more = matches!(self.subject, Subject::Image(_)) || self.asks_for_an_incident();
        let skip = by > 0 && self.field == Field::Pick && !self.override_owner && !more;
        self.field = if skip { Field::Answer } else { fields.get(to).copied().unwrap_or(Field::Pick) };
        self.settle_answer();
        Reply::Stay
    }

    /// Where one key is asked for, the answer is not a text field: `y` would be typed.
    pub(super) fn settle_answer(&mut self) {
        let by_key = self.worked().is_some_and(|plan| *plan.confirmation() == Confirmation::Key);
        if self.field == Field::Answer && by_key {
            self.field = Field::Pick;
        }
    }

    /// Chooses another version while one is searched.
    fn pick_version(&mut self, by: isize, now: Now) -> Reply {
        if let (Subject::Deploy(deploy), Field::Number) = (&mut self.subject, self.field)
            && deploy.step(by)
        {
            self.refusal = None;
            self.replan(now, REST);
        }
        Reply::Stay
    }

    /// Takes another value for the line of the form that has the keys.
    fn turn_value(&mut self, forward: bool, now: Now) -> Reply {
        if let Subject::Deploy(deploy) = &mut self.subject
            && deploy.choices.turn(forward)
        {
            // Another place knows other versions.
            deploy.search();
            self.refusal = None;
            self.replan(now, REST);
        }
        Reply::Stay
    }

    fn pick(&mut self, by: isize, now: Now) -> Reply {
        if let Subject::Deploy(deploy) = &mut self.subject {
            deploy.choices.go(deploy.choices.line.saturating_add_signed(by));
            return Reply::Stay;
        }
        if let Subject::Image(images) = &mut self.subject {
            let to = images.at.saturating_add_signed(by).min(images.containers.len().saturating_sub(1));
            if to != images.at {
                images.choose(to);
                self.refusal = None;
                self.replan(now, REST);
            }
            return Reply::Stay;
        }
        let Subject::Rollback(picker) = &mut self.subject else { return self.scroll_by(by) };
        let most = picker.revisions.len().saturating_sub(1);
        let to = picker.at.saturating_add_signed(by).min(most);
        if to != picker.at {
            picker.at = to;
            self.refusal = None;
            self.replan(now, REST);
        }
        Reply::Stay
    }

    /// Scrolls the plan.
    pub fn scroll_lines(&mut self, lines: i32) {
        let by = isize::try_from(lines).unwrap_or(0);
        self.scroll_by(by);
    }

    fn scroll_by(&mut self, by: isize) -> Reply {
        self.scroll.set(self.scroll.get().saturating_add_signed(by));
        Reply::Stay
    }

    fn yes(&mut self, now: Now) -> Reply {
        let held = self.early.is_some_and(|before| now.elapsed(before) < HELD);
        match self.worked().map(|plan| plan.confirmation().clone()) {
            Some(_) if held => {
                // The key was held down since before there was anything to read.
                self.early = Some(now);
                self.refusal = Some(("let go of the key and read it first".to_owned(), String::new()));
            }
            Some(Confirmation::Key) => return Reply::Fire("y".to_owned()),
            Some(Confirmation::Type(word)) => {
                self.refusal = Some((format!("this needs more than a key: type {word}"), String::new()));
                self.field = Field::Answer;
            }
            None => {
                self.early = Some(now);
                self.refusal = Some(("there is nothing to confirm yet".to_owned(), String::new()));
            }
        }
        Reply::Stay
    }

    fn submit(&mut self, now: Now) -> Reply {
        match self.field {
            Field::Answer if self.worked().is_some() => {
                let text = self.answer.text();
                Reply::Fire(text.trim().to_owned())
            }
            Field::Answer => {
                self.refusal = Some(("there is nothing to confirm yet".to_owned(), String::new()));
                Reply::Stay
            }
            Field::Incident | Field::Reason | Field::Number => {
                if let Some(due) = &mut self.due {
                    *due = now;
                }
                self.field = Field::Answer;
                self.settle_answer();
                Reply::Stay
            }
            Field::Pick => self.turn(1),
        }
    }
}
