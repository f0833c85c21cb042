//! The dialog in front of the screen, if there is one, and who in it gets the key.

use super::App;
use super::leave::{self, Leaving};
use crate::command::{Command, Motion, Scope};
use crate::domain::{ContextName, Now};
use crate::msg::{Effect, Level, Notice};
use crate::screens::action::{Action, Reply};
use crate::screens::approvals::Approving;
use crate::screens::bulk::Bulk;
use crate::screens::delivery::Delivery;
use crate::screens::menu::{Choice, Menu};
use crate::screens::pages::{Page, Subject};
use crate::screens::request::Asking;
use crate::screens::silence::Silencing;
use crate::screens::{Ctx, Route};
use crate::ui::{Pen, Role, TextInput, centred};
use crossterm::event::KeyEvent;
use ratatui::layout::Rect;
use ratatui::text::Line;

/// What a typed line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineKind {
    Filter,
    FilterName,
    Note,
    Forward,
}

/// A dialog. There is one at a time: a question on top of a question helps nobody.
#[derive(Debug)]
pub(super) enum Prompt {
    Line(LineKind, TextInput),
    Quit,
    Menu(Menu),
    Action(Box<Action>),
    Asking(Box<Asking>),
    Silencing(Box<Silencing>),
    Approving(Box<Approving>),
    Bulk(Box<Bulk>),
    Leave(Leaving),
}

/// What quitting would leave behind.
pub(super) struct UnderWay {
    /// Operations that have not ended.
    pub(super) running: usize,
    /// Deliveries driven from here.
    pub(super) driven: Vec<(ContextName, Delivery)>,
}

impl Prompt {
    pub(super) fn scope(&self) -> Scope {
        match self {
            Self::Line(..) => Scope::Line,
            Self::Quit => Scope::Ask,
            Self::Menu(_) => Scope::Menu,
            Self::Action(action) => action.scope(),
            Self::Asking(asking) => asking.scope(),
            Self::Silencing(silencing) => silencing.scope(),
            Self::Approving(approving) => approving.scope(),
            Self::Bulk(bulk) => bulk.scope(),
            Self::Leave(_) => Scope::Leave,
        }
    }

    pub(super) fn next_wake(&self, now: Now) -> Option<Now> {
        match self {
            Self::Action(action) => action.next_wake(now),
            Self::Bulk(bulk) => bulk.next_wake(now),
            Self::Line(..)
            | Self::Quit
            | Self::Menu(_)
            | Self::Asking(_)
            | Self::Silencing(_)
            | Self::Approving(_)
            | Self::Leave(_) => None,
        }
    }

    pub(super) fn draw(&self, pen: &mut Pen<'_>, body: Rect, ctx: &Ctx<'_>, under_way: &UnderWay) {
        match self {
            Self::Line(kind, input) => draw_line(pen, body, *kind, input),
            Self::Menu(menu) => {
                pen.hits.clear();
                menu.draw(pen, body);
            }
            Self::Action(action) => {
                pen.hits.clear();
                action.draw(pen, body, ctx);
            }
            Self::Asking(asking) => {
                pen.hits.clear();
                asking.draw(pen, body, ctx);
            }
            Self::Silencing(silencing) => {
                pen.hits.clear();
                silencing.draw(pen, body, ctx);
            }
            Self::Approving(approving) => {
                pen.hits.clear();
                approving.draw(pen, body, ctx);
            }
            Self::Bulk(bulk) => {
                pen.hits.clear();
                bulk.draw(pen, body, ctx);
            }
            Self::Leave(leaving) => {
                pen.hits.clear();
                leave::draw(pen, body, *leaving, &under_way.driven, ctx);
            }
            Self::Quit => {
                pen.hits.clear();
                draw_quit(pen, body, under_way.running);
            }
        }
    }
}

fn draw_line(pen: &mut Pen<'_>, body: Rect, kind: LineKind, input: &TextInput) {
    let label = match kind {
        LineKind::Filter => " /",
        LineKind::FilterName => " save the filter as: ",
        LineKind::Note => " note: ",
        LineKind::Forward => " forward: ",
    };
    if body.is_empty() {
        return;
    }
    let y = body.bottom() - 1;
    let used = pen.put(body.x + 2, y, body.width.saturating_sub(4), label, Role::Title);
    let room = body.width.saturating_sub(5 + used).min(60);
    pen.clear(Rect::new(body.x + 2 + used, y, room, 1), Role::Input);
    pen.input(body.x + 2 + used, y, room, input, true);
}

fn draw_quit(pen: &mut Pen<'_>, body: Rect, running: usize) {
    let area = centred(body, 62, 7);
    pen.clear(area, Role::Dialog);
    let inner = pen.frame(area, &Line::from(pen.span(Role::Title, " Quit? ")), Role::BorderFocus);
    let what = if running == 1 {
        "An operation is still running.".to_owned()
    } else {
        format!("{running} operations are still running.")
    };
    let lines = [
        Line::from(pen.span(Role::Warn, what)),
        Line::from(pen.span(Role::Text, "What was written stays written; nobody watches it to its end.")),
        Line::default(),
        Line::from(vec![
            pen.span(Role::Key, "y"),
            pen.span(Role::Text, " quit   "),
            pen.span(Role::Key, "esc"),
            pen.span(Role::Text, " stay"),
        ]),
    ];
    pen.lines(Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner }, &lines);
}

impl App {
    /// A key that is no command goes into the text field in front.
    pub(super) fn prompt_key(&mut self, key: KeyEvent, now: Now) {
        match &mut self.prompt {
            Some(Prompt::Line(LineKind::Filter, input)) => {
                input.key(key);
                let text = input.text();
                self.filter(&text, now);
            }
            Some(Prompt::Line(LineKind::Note | LineKind::FilterName | LineKind::Forward, input)) => {
                input.key(key);
            }
            Some(Prompt::Menu(menu)) => menu.on_key(key),
            Some(Prompt::Action(action)) => action.on_key(key, now),
            Some(Prompt::Asking(asking)) => asking.on_key(key),
            Some(Prompt::Silencing(silencing)) => silencing.on_key(key),
            Some(Prompt::Approving(approving)) => approving.on_key(key),
            Some(Prompt::Bulk(bulk)) => bulk.on_key(key, now),
            Some(Prompt::Quit | Prompt::Leave(_)) | None => {}
        }
    }

    pub(super) fn paste(&mut self, text: &str, now: Now) -> Vec<Effect> {
        let text = crate::domain::clean(text);
        match &mut self.prompt {
            Some(Prompt::Line(kind, input)) => {
                input.insert(&text);
                let (kind, text) = (*kind, input.text());
                if kind == LineKind::Filter {
                    self.filter(&text, now);
                }
            }
            Some(Prompt::Menu(menu)) => menu.on_paste(&text),
            Some(Prompt::Action(action)) => action.on_paste(&text, now),
            Some(Prompt::Asking(asking)) => asking.on_paste(&text),
            Some(Prompt::Silencing(silencing)) => silencing.on_paste(&text),
            Some(Prompt::Approving(approving)) => approving.on_paste(&text),
            Some(Prompt::Bulk(bulk)) => bulk.on_paste(&text, now),
            Some(Prompt::Quit | Prompt::Leave(_)) | None => {}
        }
        self.questions(now)
    }

    fn filter(&mut self, text: &str, now: Now) {
        let ctx = self.session.ctx(now);
        self.router.screen_mut().set_filter(text, &ctx);
    }

    /// Gives a command to the dialog in front; `None` if there is none, or it
    /// is none of its commands.
    pub(super) fn prompt_command(&mut self, command: Command, now: Now) -> Option<Vec<Effect>> {
        let prompt = self.prompt.as_mut()?;
        match prompt {
            Prompt::Quit => {
                self.prompt = None;
                (command != Command::QuitYes).then(Vec::new)
            }
            Prompt::Leave(_) => {
                let (leaving, effects) = self.leave(command, now);
                self.prompt = leaving.map(Prompt::Leave);
                Some(effects)
            }
            Prompt::Line(kind, input) => {
                let (kind, text) = (*kind, input.text());
                self.prompt = None;
                Some(self.line_done(command, kind, &text, now))
            }
            Prompt::Menu(menu) => {
                let motion = menu_motion(command);
                if let Some(motion) = motion {
                    menu.on_motion(motion);
                    return Some(Vec::new());
                }
                let chosen = menu.chosen().filter(|_| command == Command::Accept);
                self.prompt = None;
                Some(chosen.map(|choice| self.choose(choice, now)).unwrap_or_default())
            }
            Prompt::Bulk(bulk) => match bulk.on_command(command, now) {
                Reply::Stay | Reply::AllowWriting | Reply::AskApproval => Some(Vec::new()),
                Reply::Close => {
                    self.prompt = None;
                    Some(Vec::new())
                }
                Reply::Fire(answer) => Some(self.fire_all(&answer, now)),
            },
            Prompt::Action(action) => {
                let reply = action.on_command(command, now);
                Some(self.replied(reply, Self::fire, now))
            }
            Prompt::Asking(asking) => {
                let reply = asking.on_command(command);
                Some(self.replied(reply, Self::fire_request, now))
            }
            Prompt::Silencing(silencing) => {
                let reply = silencing.on_command(command);
                silencing.settle(&self.session.ctx(now));
                Some(self.replied(reply, Self::fire_silence, now))
            }
            Prompt::Approving(approving) => {
                let reply = approving.on_command(command);
                Some(self.replied(reply, Self::fire_approval, now))
            }
        }
    }

    /// What a dialog with a confirmation answered; `fire` takes it to the gate.
    fn replied(
        &mut self,
        reply: Reply,
        fire: fn(&mut Self, &str, Now) -> Vec<Effect>,
        now: Now,
    ) -> Vec<Effect> {
        match reply {
            Reply::Stay => Vec::new(),
            Reply::Close => {
                self.prompt = None;
                Vec::new()
            }
            Reply::AllowWriting => self.word(Command::Write, "", now),
            Reply::AskApproval => self.ask_approval(now),
            Reply::Fire(answer) => fire(self, &answer, now),
        }
    }

    fn line_done(&mut self, command: Command, kind: LineKind, text: &str, now: Now) -> Vec<Effect> {
        let accepted = command == Command::Accept;
        match kind {
            LineKind::Filter if !accepted => self.filter("", now),
            LineKind::Note if accepted && !text.trim().is_empty() => {
                self.notices.push(Notice::new(Level::Success, "noted in the audit log"), now);
                return vec![Effect::RecordNote(text.trim().to_owned()), Effect::LoadAudit];
            }
            LineKind::Forward if accepted => return self.open_forward(text.trim(), now),
            LineKind::FilterName if accepted && !text.trim().is_empty() => {
                return self.save_filter(text.trim(), now);
            }
            LineKind::Filter | LineKind::FilterName | LineKind::Note | LineKind::Forward => {}
        }
        Vec::new()
    }

    pub(super) fn prompt_click(&mut self, id: &str, now: Now) -> Vec<Effect> {
        match &mut self.prompt {
            Some(Prompt::Menu(menu)) => {
                if menu.on_click(id) {
                    return self.run(Command::Accept, now);
                }
            }
            Some(Prompt::Action(action)) => action.on_click(id, now),
            Some(
                Prompt::Line(..)
                | Prompt::Quit
                | Prompt::Asking(_)
                | Prompt::Silencing(_)
                | Prompt::Approving(_)
                | Prompt::Bulk(_)
                | Prompt::Leave(_),
            )
            | None => {}
        }
        Vec::new()
    }

    pub(super) fn prompt_wheel(&mut self, lines: i32) -> bool {
        match &mut self.prompt {
            Some(Prompt::Menu(menu)) => menu.on_motion(Motion::Lines(lines)),
            Some(Prompt::Action(action)) => action.scroll_lines(lines),
            Some(
                Prompt::Quit
                | Prompt::Asking(_)
                | Prompt::Silencing(_)
                | Prompt::Approving(_)
                | Prompt::Leave(_),
            ) => {}
            Some(Prompt::Bulk(bulk)) => bulk.scroll_by(isize::try_from(lines).unwrap_or(0)),
            Some(Prompt::Line(..)) | None => return false,
        }
        true
    }

    /// Does what a line of palette or help stands for.
    fn choose(&mut self, choice: Choice, now: Now) -> Vec<Effect> {
        match choice {
            Choice::Run(command) => self.run(command, now),
            Choice::Word(command, args) => self.word(command, &args, now),
            Choice::Service(key) => self.go(Route::Cockpit(key), now),
            Choice::Entity(reference) => self.go(Route::Page(Page::Entity(reference)), now),
            Choice::Document(reference, path) => {
                self.go(Route::Page(Page::Docs(Subject::Entry(reference), path)), now)
            }
            Choice::Context(context) => self.connect(context, None, now),
            Choice::Namespace(namespace) => self.look_at(namespace, now),
            Choice::Theme(name) => self.word(Command::Theme, &name, now),
            Choice::Column(title) => self.toggle_column(&title, now),
            Choice::SortBy(title) => self.sort_by(&title, now),
            Choice::Filter(text) => self.apply_filter(&text, now),
        }
    }
}

fn menu_motion(command: Command) -> Option<Motion> {
    const MOTIONS: [(Command, Motion); 4] = [
        (Command::Next, Motion::Lines(1)),
        (Command::Prev, Motion::Lines(-1)),
        (Command::MenuPageDown, Motion::Halves(2)),
        (Command::MenuPageUp, Motion::Halves(-2)),
    ];
    MOTIONS.iter().find(|(c, _)| *c == command).map(|(_, motion)| *motion)
}
