//! Who gets the key, and what the commands of every screen do.

use super::App;
use crate::command::{Chord, Command, Scope};
use crate::domain::Now;
use crate::msg::{Effect, Level, Notice};
use crate::screens::{Act, Route};
use crate::ui::Hit;
use crossterm::event::{KeyEvent, MouseButton, MouseEvent, MouseEventKind};

type Global = fn(&mut App, Now) -> Vec<Effect>;

/// Commands every screen has.
const GLOBALS: &[(Command, Global)] = &[
    (Command::Quit, App::quit),
    (Command::Interrupt, App::quit),
    (Command::QuitYes, |_, _| vec![Effect::Quit]),
    (Command::Repaint, |_, _| vec![Effect::Repaint]),
    (Command::SaveScreen, |_, _| vec![Effect::SaveScreen]),
    (Command::Services, |app, now| app.go(Route::Services, now)),
    (Command::HistoryBack, |app, now| app.history(false, now)),
    (Command::HistoryForward, |app, now| app.history(true, now)),
    (Command::Back, |app, now| app.history(false, now)),
];

impl App {
    /// The inner end of the chain of scopes in force.
    pub(super) fn scope(&self) -> Scope {
        self.router.screen().scope()
    }

    pub(super) fn key(&mut self, key: KeyEvent, now: Now) -> Vec<Effect> {
        self.notices.read(now);
        match self.keymap.resolve(self.scope().chain(), Chord::of(key)) {
            Some(command) => self.run(command, now),
            None => Vec::new(),
        }
    }

    pub(super) fn paste(&mut self, _text: &str, _now: Now) -> Vec<Effect> {
        Vec::new()
    }

    pub(super) fn mouse(&mut self, mouse: MouseEvent, now: Now) -> Vec<Effect> {
        let hit = self.hits.borrow().at(mouse.column, mouse.row).cloned();
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "crossterm's events: movement and other buttons mean nothing"
        )]
        match (mouse.kind, hit) {
            (MouseEventKind::ScrollDown, _) => self.wheel(3, now),
            (MouseEventKind::ScrollUp, _) => self.wheel(-3, now),
            (MouseEventKind::Down(MouseButton::Left), Some(hit)) => self.click(hit, now),
            _ => Vec::new(),
        }
    }

    fn wheel(&mut self, lines: i32, now: Now) -> Vec<Effect> {
        let ctx = self.session.ctx(now);
        self.router.screen_mut().on_motion(crate::command::Motion::Lines(lines), &ctx);
        Vec::new()
    }

    fn click(&mut self, hit: Hit, now: Now) -> Vec<Effect> {
        match hit {
            Hit::Run(command) => self.run(command, now),
            Hit::Panel(panel) => {
                self.router.screen_mut().on_panel(panel);
                Vec::new()
            }
            Hit::Row(list, id) => {
                let ctx = self.session.ctx(now);
                let acts = self.router.screen_mut().on_click(list, &id, &ctx);
                self.perform(acts, now)
            }
        }
    }

    /// Does a command, wherever it came from: key, click, palette or help.
    pub(super) fn run(&mut self, command: Command, now: Now) -> Vec<Effect> {
        if let Some(acts) = self.screen_command(command, now) {
            return self.perform(acts, now);
        }
        match GLOBALS.iter().find(|(c, _)| *c == command) {
            Some((_, handler)) => handler(self, now),
            None => Vec::new(),
        }
    }

    fn screen_command(&mut self, command: Command, now: Now) -> Option<Vec<Act>> {
        let ctx = self.session.ctx(now);
        let screen = self.router.screen_mut();
        if let Some(motion) = command.motion() {
            screen.on_motion(motion, &ctx);
            return Some(Vec::new());
        }
        screen.on_command(command, &ctx)
    }

    pub(super) fn go(&mut self, route: Route, now: Now) -> Vec<Effect> {
        let ctx = self.session.ctx(now);
        self.router.go(route, &ctx);
        Vec::new()
    }

    fn history(&mut self, forward: bool, now: Now) -> Vec<Effect> {
        let ctx = self.session.ctx(now);
        let _moved = if forward { self.router.forward(&ctx) } else { self.router.back(&ctx) };
        Vec::new()
    }

    fn quit(&mut self, now: Now) -> Vec<Effect> {
        if self.session.running() == 0 {
            return vec![Effect::Quit];
        }
        self.notices.push(Notice::new(Level::Warning, "an operation is still running"), now);
        Vec::new()
    }

    pub(super) fn planned(
        &mut self,
        _ticket: u64,
        _plan: Result<Box<crate::domain::Plan>, crate::domain::Fault>,
        _now: Now,
    ) -> Vec<Effect> {
        Vec::new()
    }

    pub(super) fn logged(&mut self, _update: crate::msg::LogUpdate) -> Vec<Effect> {
        Vec::new()
    }

    pub(super) fn follow(&mut self, query: crate::msg::LogQuery) -> Vec<Effect> {
        vec![Effect::FollowLogs(query)]
    }
}
