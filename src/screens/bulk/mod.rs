//! One answer for several objects: each with a plan of its own, all confirmed
//! by typing how many they are.
//!
//! Every object was frozen when the key was pressed. All plans pass the gate,
//! or none is carried out.

mod view;

use crate::command::{Command, Scope};
use crate::domain::{Confirmation, Fault, Now, Plan, Refusal, Target, Verb};
use crate::msg::Ask;
use crate::screens::action::Reply;
use crate::screens::dialog::{Refused, not_pasted};
use crate::ui::TextInput;
use crossterm::event::KeyEvent;
use std::cell::Cell;

/// Typing a reason must rest this long before the plans are made again.
const REST: std::time::Duration = std::time::Duration::from_millis(750);

/// One of the objects.
#[derive(Debug)]
struct Piece {
    target: Target,
    planning: Planning,
}

/// How far working one of them out has come.
#[derive(Debug)]
enum Planning {
    /// To be asked.
    Due,
    /// Asked under this ticket.
    Asked(u64),
    /// It cannot be done.
    Failed(Fault),
    /// Ready to be answered.
    Ready(Box<Plan>),
}

/// Where keys go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Answer,
    Reason,
}

/// The dialog.
#[derive(Debug)]
pub struct Bulk {
    verb: Verb,
    pieces: Vec<Piece>,
    field: Field,
    answer: TextInput,
    reason: TextInput,
    /// When to ask for the plans.
    due: Option<Now>,
    refusal: Option<Refused>,
    scroll: Cell<usize>,
}

impl Bulk {
    /// Opens the dialog on frozen targets.
    pub fn new(verb: Verb, targets: Vec<Target>, now: Now) -> Self {
        let pieces = targets.into_iter().map(|target| Piece { target, planning: Planning::Due }).collect();
        Self {
            verb,
            pieces,
            field: Field::Answer,
            answer: TextInput::default(),
            reason: TextInput::default(),
            due: Some(now),
            refusal: None,
            scroll: Cell::new(0),
        }
    }

    /// The scope keys are resolved in: both fields are text.
    pub fn scope(&self) -> Scope {
        Scope::ActionText
    }

    /// The questions to ask now, each with its ticket from `ticket`.
    pub fn questions(&mut self, mut ticket: impl FnMut() -> u64, now: Now) -> Vec<(u64, Ask)> {
        if self.due.is_none_or(|due| due.boot > now.boot) {
            return Vec::new();
        }
        self.due = None;
        let (together, reason) = (self.pieces.len(), self.reason.text().trim().to_owned());
        let asked = self.pieces.iter_mut().map(|piece| {
            let ticket = ticket();
            piece.planning = Planning::Asked(ticket);
            let (verb, target) = (self.verb.clone(), piece.target.clone());
            (ticket, Ask { verb, target, reason: reason.clone(), override_owner: false, together })
        });
        asked.collect()
    }

    /// An answer came; late ones are dropped.
    pub fn planned(&mut self, ticket: u64, plan: Result<Box<Plan>, Fault>) {
        let asked = |piece: &&mut Piece| matches!(piece.planning, Planning::Asked(asked) if asked == ticket);
        let Some(piece) = self.pieces.iter_mut().find(asked) else { return };
        piece.planning = match plan {
            Ok(plan) => Planning::Ready(plan),
            Err(fault) => Planning::Failed(fault),
        };
    }

    /// The plans, if all are ready.
    pub fn plans(&self) -> Option<Vec<&Plan>> {
        let ready = self.pieces.iter().map(|piece| match &piece.planning {
            Planning::Ready(plan) => Some(&**plan),
            Planning::Due | Planning::Asked(_) | Planning::Failed(_) => None,
        });
        ready.collect()
    }

    /// The plans, taken out: they can be answered once.
    pub fn into_plans(self) -> Vec<Box<Plan>> {
        let ready = self.pieces.into_iter().filter_map(|piece| match piece.planning {
            Planning::Ready(plan) => Some(plan),
            Planning::Due | Planning::Asked(_) | Planning::Failed(_) => None,
        });
        ready.collect()
    }

    /// The word to type; none while there is nothing to confirm.
    fn word(&self) -> Option<&str> {
        match &self.plans()?.first()?.confirmation {
            Confirmation::Key => Some("y"),
            Confirmation::Type(word) => Some(word),
        }
    }

    /// The gate stayed shut. Stale plans are worked out again by themselves.
    pub fn refused(&mut self, refusal: &Refusal, now: Now) {
        self.refusal = Some((refusal.to_string(), refusal.remedy()));
        self.answer.clear();
        if let Refusal::Stale(_) = refusal {
            self.due = Some(now);
        }
    }

    /// Does a command of the dialog.
    pub fn on_command(&mut self, command: Command, now: Now) -> Reply {
        if matches!(command, Command::Cancel | Command::Interrupt) {
            return Reply::Close;
        }
        if command == Command::Submit {
            return self.submit(now);
        }
        if matches!(command, Command::NextField | Command::PrevField) {
            self.turn();
        }
        let lines = [(Command::PlanDown, 5), (Command::PlanUp, -5)];
        if let Some((_, by)) = lines.iter().find(|(c, _)| *c == command) {
            self.scroll_by(*by);
        }
        Reply::Stay
    }

    fn submit(&mut self, now: Now) -> Reply {
        if self.field == Field::Reason {
            if let Some(due) = &mut self.due {
                *due = now;
            }
            self.turn();
            return Reply::Stay;
        }
        if self.plans().is_some() {
            return Reply::Fire(self.answer.text().trim().to_owned());
        }
        self.refusal = Some(("not every plan is ready: nothing to confirm yet".to_owned(), String::new()));
        Reply::Stay
    }

    fn turn(&mut self) {
        self.field = if self.field == Field::Answer { Field::Reason } else { Field::Answer };
    }

    /// Scrolls the list.
    pub fn scroll_by(&mut self, lines: isize) {
        self.scroll.set(self.scroll.get().saturating_add_signed(lines));
    }

    /// Takes a typed key into the field that has the keys.
    pub fn on_key(&mut self, key: KeyEvent, now: Now) {
        self.refusal = None;
        if self.field == Field::Answer {
            self.answer.key(key);
            return;
        }
        let before = self.reason.text();
        self.reason.key(key);
        if self.reason.text() != before {
            // The reason is part of what is recorded: other plans, once typing rests.
            self.due = Some(now.plus(REST));
        }
    }

    /// Takes pasted text, except for the answer: that is typed.
    pub fn on_paste(&mut self, text: &str, now: Now) {
        if self.field == Field::Answer {
            self.refusal = Some(not_pasted());
            return;
        }
        self.reason.insert(text);
        self.due = Some(now.plus(REST));
    }

    /// When the dialog changes by itself: questions fall due, a plan grows stale.
    pub fn next_wake(&self, now: Now) -> Option<Now> {
        let stale = self
            .plans()
            .into_iter()
            .flatten()
            .map(|plan| plan.read_at.plus(Plan::MAX_AGE + std::time::Duration::from_millis(1)));
        self.due.into_iter().chain(stale.filter(|at| at.boot > now.boot)).min_by_key(|at| at.boot)
    }
}
