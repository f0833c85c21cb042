//! What dialogs that ask have in common: a frame with the look of the place,
//! why an answer was not taken, and a form of reason and answer at the foot.
//!
//! Whether an answer counts is decided by the gate, not here.

use super::action::Reply;
use crate::command::{Command, Scope};
use crate::domain::Confirmation;
use crate::ui::{Brush, Pen, Role, Sign, TextInput, centred, width, wrap};
use crossterm::event::KeyEvent;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// Why an answer was not taken, and what to do about it; that may be empty.
pub(super) type Refused = (String, String);

/// Draws the frame of a dialog over `area`. Gives the room inside, or says that
/// there is less of it than `least` columns and rows.
pub(super) fn frame(
    pen: &mut Pen<'_>,
    area: Rect,
    (title, production): (String, bool),
    least: (u16, u16),
) -> Option<Rect> {
    pen.clear(area, Role::Dialog);
    let role = if production { Role::BorderProd } else { Role::BorderFocus };
    let inner = pen.frame(area, &Line::from(pen.span(Role::Title, title)), role);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    if inner.width < least.0 || inner.height < least.1 {
        pen.put(inner.x, inner.y, inner.width, "enlarge the terminal to act", Role::Warn);
        return None;
    }
    Some(inner)
}

/// The word for production, with a space behind it; nothing elsewhere.
pub(super) fn badge(brush: Brush<'_>, production: bool) -> Vec<Span<'static>> {
    let badge = || vec![brush.span(Role::BadgeProd, " PROD "), Span::raw(" ")];
    if production { badge() } else { Vec::new() }
}

/// Why the last answer was not taken, in lines of `room` columns.
pub(super) fn refusal_lines(brush: Brush<'_>, refusal: Option<&Refused>, room: usize) -> Vec<Line<'static>> {
    let Some((text, remedy)) = refusal else { return Vec::new() };
    let arrow = brush.sign(Sign::Arrow);
    let remedy = if remedy.is_empty() { String::new() } else { format!(" {arrow} {remedy}") };
    let parts = wrap(&format!("{} {text}{remedy}", brush.sign(Sign::Warn)), room);
    parts.into_iter().map(|part| Line::from(brush.span(Role::Warn, part))).collect()
}

/// Said when an answer is pasted: one that is typed was read.
pub(super) fn not_pasted() -> Refused {
    ("the answer is to be typed, not pasted".to_owned(), String::new())
}

/// Draws the field for the reason; while it is empty, how to get there (`by`).
pub(super) fn draw_reason(pen: &mut Pen<'_>, row: Rect, reason: &TextInput, focused: bool, by: Command) {
    let role = if focused { Role::Strong } else { Role::Dim };
    let used = pen.put(row.x, row.y, row.width, REASON, role);
    let room = row.width.saturating_sub(used);
    if reason.is_empty() && !focused {
        let text = format!("none given ({} to say why)", pen.keymap.key(by));
        pen.put(row.x + used, row.y, room, &text, Role::Dim);
    } else {
        pen.input(row.x + used, row.y, room, reason, focused);
    }
}

/// What the field for the reason is called.
const REASON: &str = "Reason ";

/// The line that asks for a word. [`draw_word`] draws the field over its end.
pub(super) fn word_line(brush: Brush<'_>, word: &str) -> Line<'static> {
    Line::from(vec![
        brush.span(Role::Text, TYPE),
        brush.span(Role::Strong, word.to_owned()),
        brush.span(Role::Text, AND_ENTER),
    ])
}

const TYPE: &str = "Type ";
const AND_ENTER: &str = " and enter to do it: ";

/// Draws the field behind [`word_line`], if there is room for it.
pub(super) fn draw_word(pen: &mut Pen<'_>, row: Rect, word: &str, answer: &TextInput, focused: bool) {
    let start = u16::try_from(width(TYPE) + width(word) + width(AND_ENTER)).unwrap_or(u16::MAX);
    if row.width > start {
        pen.input(row.x + start, row.y, row.width - start, answer, focused);
    }
}

/// Where keys go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
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
pub(super) struct Form {
    confirmation: Confirmation,
    field: Field,
    /// Its name, as wide as `Reason `, and what is typed there.
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
    pub(super) fn new(confirmation: Confirmation) -> Self {
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
    pub(super) fn with(confirmation: Confirmation, own: Option<(&'static str, &str)>) -> Self {
        let own = own.map(|(label, text)| {
            let mut input = TextInput::default();
            input.insert(text);
            (label, input)
        });
        Self { own, field: Field::Reason, ..Self::new(confirmation) }
    }

    /// What must be answered now.
    pub(super) fn ask(&mut self, confirmation: Confirmation) {
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
    pub(super) fn reason(&self) -> String {
        self.reason.text().trim().to_owned()
    }

    /// What is in the dialog's own field.
    pub(super) fn own(&self) -> String {
        self.own.as_ref().map(|(_, input)| input.text().trim().to_owned()).unwrap_or_default()
    }

    /// Says why the answer was not taken.
    pub(super) fn refuse(&mut self, why: Refused) {
        self.refusal = Some(why);
        self.answer.clear();
    }

    /// Gives the keys to the reason.
    pub(super) fn want_reason(&mut self) {
        self.field = Field::Reason;
    }

    /// The scope keys are resolved in.
    pub(super) fn scope(&self) -> Scope {
        if self.field == Field::Key { Scope::Confirm } else { Scope::ActionText }
    }

    /// Does a command.
    pub(super) fn on_command(&mut self, command: Command) -> Reply {
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
    pub(super) fn on_key(&mut self, key: KeyEvent) {
        self.refusal = None;
        if let Some(input) = self.input() {
            input.key(key);
        }
    }

    /// Takes pasted text, except for the answer.
    pub(super) fn on_paste(&mut self, text: &str) {
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
        self.refusal = Some(("enter never means yes: press y".to_owned(), String::new()));
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
    pub(super) fn room(area: Rect) -> usize {
        usize::from(wide(area).saturating_sub(4))
    }

    /// Draws a dialog of these lines with the form at its foot over `area`.
    pub(super) fn draw(
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
            pen.input(row.x + used, row.y, row.width.saturating_sub(used), input, focused);
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
