//! Who in the dialog in front gets a key, a click or a word, and what comes of it.

use super::App;
use super::prompt::{LineKind, Prompt};
use crate::command::{Command, Motion};
use crate::domain::Now;
use crate::msg::{Effect, Level, Notice};
use crate::screens::Route;
use crate::screens::action::Reply;
use crate::screens::dialog::Asks;
use crate::screens::menu::Choice;
use crate::screens::pages::{Page, Subject};
use crossterm::event::KeyEvent;

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
            Some(Prompt::Bulk(bulk)) => bulk.on_key(key, now),
            Some(prompt) => {
                if let Some(dialog) = prompt.asks_mut() {
                    dialog.on_key(key);
                }
            }
            None => {}
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
            Some(Prompt::Bulk(bulk)) => bulk.on_paste(&text, now),
            Some(prompt) => {
                if let Some(dialog) = prompt.asks_mut() {
                    dialog.on_paste(&text);
                }
            }
            None => {}
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
