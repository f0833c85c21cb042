//! Reason and answer at the foot of a dialog, and before them a field of its own.

use super::{Refused, draw_reason, draw_word, frame, not_pasted, refusal_lines, word_line};
use crate::command::{Command, Scope};
use crate::domain::Confirmation;
use crate::screens::action::Reply;
use crate::ui::{Pen, Role, TextInput, centred};
use crossterm::event::KeyEvent;
use ratatui::layout::Rect;
use ratatui::text::Line;

/// Where keys go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    /// Nothing in particular: letters are commands.
    Key,
    /// What the dialog itself asks for.
    Own,
    /// Why.
    Reason,
    /// The word asked for.
    Answer,
}

/// Reason and answer, and before them a field of the dialog's own.
#[derive(Debug)]
pub struct Form {
    confirmation: Confirmation,
    field: Field,
    /// Its name with a space behind it, and what is typed there.
    own: Option<(&'static str, TextInput)>,
    reason: TextInput,
    answer: TextInput,
    refusal: Option<Refused>,
}

type Do = fn(&mut Form) -> Reply;

const HANDLERS: [(Command, Do); 9] = [
    (Command::Cancel, |_| Reply::Close),
    (Command::Interrupt, |_| Reply::Close),
    (Command::Yes, Form::yes),
    (Command::Submit, Form::submit),
    (Command::GoOn, Form::go_on),
    (Command::NextField, |form| form.turn(1)),
    (Command::PrevField, |form| form.turn(-1)),
    (Command::Reason, |form| {
        form.field = Field::Reason;
        Reply::Stay
    }),
    (Command::Allow, |_| Reply::AllowWriting),
];

impl Form {
    /// Begins at the answer.
    pub(in crate::screens) fn new(confirmation: Confirmation) -> Self {
        let mut form = Self {
            confirmation,
            field: Field::Answer,
            own: None,
            reason: TextInput::default(),
            answer: TextInput::default(),
            refusal: None,
        };
        form.settle();
        form
    }

    /// Begins at the reason, with a field of the dialog's own that holds `text`.
    pub(in crate::screens) fn with(confirmation: Confirmation, own: Option<(&'static str, &str)>) -> Self {
        Self { field: Field::Reason, ..Self::new(confirmation).and(own) }
    }

    /// The same with a field of the dialog's own that holds `text`, before the reason.
    #[must_use]
    pub(in crate::screens) fn and(self, own: Option<(&'static str, &str)>) -> Self {
        Self { own: own.map(|(label, text)| (label, TextInput::with(text))), ..self }
    }

    /// What must be answered now.
    pub(in crate::screens) fn ask(&mut self, confirmation: Confirmation) {
        self.confirmation = confirmation;
        self.settle();
    }

    /// Where one key answers, the answer is no text field: `y` would be typed.
    fn settle(&mut self) {
        let by_key = self.confirmation == Confirmation::Key;
        self.field = match self.field {
            Field::Answer if by_key => Field::Key,
            Field::Key if !by_key => Field::Answer,
            field @ (Field::Key | Field::Own | Field::Reason | Field::Answer) => field,
        };
    }

    /// Why, in the person's words.
    pub(in crate::screens) fn reason(&self) -> String {
        self.reason.text().trim().to_owned()
    }

    /// What is in the dialog's own field.
    pub(in crate::screens) fn own(&self) -> String {
        self.own.as_ref().map(|(_, input)| input.text().trim().to_owned()).unwrap_or_default()
    }

    /// Says why the answer was not taken.
    pub(in crate::screens) fn refuse(&mut self, why: Refused) {
        self.refusal = Some(why);
        self.answer.clear();
    }

    /// Gives the keys to the reason.
    pub(in crate::screens) fn want_reason(&mut self) {
        self.field = Field::Reason;
    }

    /// The scope keys are resolved in.
    pub(in crate::screens) fn scope(&self) -> Scope {
        if self.field == Field::Key { Scope::Confirm } else { Scope::ActionText }
    }

    /// Does a command.
    pub(in crate::screens) fn on_command(&mut self, command: Command) -> Reply {
        match HANDLERS.iter().find(|(c, _)| *c == command) {
            Some((_, handler)) => handler(self),
            None => Reply::Stay,
        }
    }

    fn input(&mut self) -> Option<&mut TextInput> {
        match self.field {
            Field::Key => None,
            Field::Own => self.own.as_mut().map(|(_, input)| input),
            Field::Reason => Some(&mut self.reason),
            Field::Answer => Some(&mut self.answer),
        }
    }

    /// Takes a typed key into the field that has the keys.
    pub(in crate::screens) fn on_key(&mut self, key: KeyEvent) {
        self.refusal = None;
        if let Some(input) = self.input() {
            input.key(key);
        }
    }

    /// Takes pasted text, except for the answer.
    pub(in crate::screens) fn on_paste(&mut self, text: &str) {
        if self.field == Field::Answer {
            self.refusal = Some(not_pasted());
        } else if let Some(input) = self.input() {
            input.insert(text);
        }
    }

    fn yes(&mut self) -> Reply {
        match &self.confirmation {
            Confirmation::Key => return Reply::Fire("y".to_owned()),
            Confirmation::Type(word) => {
                self.refusal = Some((format!("this needs more than a key: type {word}"), String::new()));
                self.field = Field::Answer;
            }
        }
        Reply::Stay
    }

    fn submit(&mut self) -> Reply {
        match self.field {
            Field::Answer => Reply::Fire(self.answer.text().trim().to_owned()),
            Field::Key | Field::Own | Field::Reason => self.turn(1),
        }
    }

    fn go_on(&mut self) -> Reply {
        self.refusal = Some(("enter never means yes".to_owned(), String::new()));
        Reply::Stay
    }

    /// To the next field and back.
    fn turn(&mut self, by: isize) -> Reply {
        let all = [Field::Own, Field::Reason, Field::Answer];
        let fields = if self.own.is_some() { &all[..] } else { &all[1..] };
        let here = if self.field == Field::Key { Field::Answer } else { self.field };
        let at = fields.iter().position(|field| *field == here).unwrap_or(0);
        let next = (at.cast_signed() + by).rem_euclid(fields.len().cast_signed());
        self.field = fields.get(next.unsigned_abs()).copied().unwrap_or(Field::Reason);
        self.settle();
        Reply::Stay
    }

    /// Columns for the lines of a dialog drawn over `area`.
    pub(in crate::screens) fn room(area: Rect) -> usize {
        usize::from(wide(area).saturating_sub(4))
    }

    /// Draws a dialog of these lines with the form at its foot over `area`.
    pub(in crate::screens) fn draw(
        &self,
        pen: &mut Pen<'_>,
        area: Rect,
        head: (String, bool),
        mut lines: Vec<Line<'static>>,
    ) {
        if self.refusal.is_some() {
            lines.push(Line::default());
            lines.extend(refusal_lines(pen.brush(), self.refusal.as_ref(), Self::room(area)));
        }
        let foot = if self.own.is_some() { 4 } else { 3 };
        let rows = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(foot + 2);
        let area = centred(area, wide(area), rows.min(area.height));
        let Some(inner) = frame(pen, area, head, (20, foot + 2)) else { return };
        pen.lines(Rect { height: inner.height - foot, ..inner }, &lines);
        let foot = Rect { y: inner.bottom() - foot, height: foot, ..inner };
        pen.rule(Rect { height: 1, ..foot }, &Line::default(), Role::Border);
        if let Some((label, input)) = &self.own {
            let row = Rect { y: foot.y + 1, height: 1, ..foot };
            let focused = self.field == Field::Own;
            let used =
                pen.put(row.x, row.y, row.width, label, if focused { Role::Strong } else { Role::Dim });
            let room = row.width.saturating_sub(used);
            if input.is_empty() && !focused {
                pen.put(row.x + used, row.y, room, "none named", Role::Dim);
            } else {
                pen.input(row.x + used, row.y, room, input, focused);
            }
        }
        let by = if self.field == Field::Key { Command::Reason } else { Command::PrevField };
        let row = Rect { y: foot.bottom() - 2, height: 1, ..foot };
        draw_reason(pen, row, &self.reason, self.field == Field::Reason, by);
        self.draw_answer(pen, Rect { y: foot.bottom() - 1, height: 1, ..foot });
    }

    fn draw_answer(&self, pen: &mut Pen<'_>, row: Rect) {
        match &self.confirmation {
            Confirmation::Key if self.field == Field::Key => {
                let line = Line::from(vec![
                    pen.span(Role::Text, "Press "),
                    pen.span(Role::Key, pen.keymap.key(Command::Yes)),
                    pen.span(Role::Text, " to do it, esc to leave."),
                ]);
                pen.line(row.x, row.y, row.width, &line);
            }
            Confirmation::Key => {
                pen.put(row.x, row.y, row.width, "enter goes on; esc leaves", Role::Dim);
            }
            Confirmation::Type(word) => {
                let line = word_line(pen.brush(), word);
                pen.line(row.x, row.y, row.width, &line);
                draw_word(pen, row, word, &self.answer, self.field == Field::Answer);
            }
        }
    }
}

fn wide(area: Rect) -> u16 {
    area.width.saturating_sub(4).clamp(20, 84)
}
