//! Who gets the key, and what the commands of every screen do.

use super::App;
use super::leave::Leaving;
use super::prompt::{LineKind, Prompt};
use crate::command::{Chord, Command, Motion, Scope};
use crate::domain::Now;
use crate::msg::Effect;
use crate::screens::delivery::Wish;
use crate::screens::logs::LogOf;
use crate::screens::menu::{help, palette};
use crate::screens::pages::Page;
use crate::screens::{Act, Route};
use crate::ui::{Hit, TextInput};
use crossterm::event::{KeyCode, KeyEvent, MouseButton, MouseEvent, MouseEventKind};

type Global = fn(&mut App, Now) -> Vec<Effect>;

/// Commands every screen has.
const GLOBALS: &[(Command, Global)] = &[
    (Command::Quit, App::quit),
    (Command::Interrupt, App::quit),
    (Command::QuitYes, |_, _| vec![Effect::Quit]),
    (Command::Suspend, |_, _| vec![Effect::Suspend]),
    (Command::Repaint, |_, _| vec![Effect::Repaint]),
    (Command::SaveScreen, |_, _| vec![Effect::SaveScreen]),
    (Command::Services, |app, now| app.go(Route::Services, now)),
    (Command::Cockpit, App::last_service),
    (Command::Rollouts, |app, now| app.go(Route::Rollouts, now)),
    (Command::Slos, |app, now| app.go(Route::Slos, now)),
    (Command::Alerts, |app, now| app.go(Route::Alerts, now)),
    (Command::Silence, App::aim_silence),
    (Command::Away, |app, now| app.go(Route::Page(Page::Away), now)),
    (Command::Environments, |app, now| app.go(Route::Environments, now)),
    (Command::Approvals, |app, now| app.go(Route::Approvals, now)),
    (Command::Approve, App::aim_approval),
    (Command::Operations, |app, now| app.go(Route::Operations, now)),
    (Command::HistoryBack, |app, now| app.history(false, now)),
    (Command::HistoryForward, |app, now| app.history(true, now)),
    (Command::Back, |app, now| app.history(false, now)),
    (Command::Filter, App::open_filter),
    (Command::Palette, App::open_palette),
    (Command::Help, App::open_help),
    (Command::Columns, App::open_columns),
    (Command::SortNext, |app, now| app.sort_step(true, now)),
    (Command::SortPrev, |app, now| app.sort_step(false, now)),
    (Command::SortReverse, App::sort_reverse),
    (Command::Filters, App::open_filters),
    (Command::SaveFilter, |app, now| app.word(Command::SaveFilter, "", now)),
    (Command::Freeze, App::freeze),
    (Command::Rollback, App::aim_rollback),
    (Command::Deploy, App::aim_deploy),
    (Command::DeployService, App::aim_deploy),
    (Command::Restart, App::aim_restart),
    (Command::Scale, App::aim_scale),
    (Command::Pause, App::aim_pause),
    (Command::SetImage, App::aim_image),
    (Command::RunNow, App::aim_run_now),
    (Command::Lock, |app, now| app.word(Command::Lock, "", now)),
    (Command::Unlock, App::aim_unlock),
    (Command::Delete, App::aim_delete),
    (Command::Evict, App::aim_evict),
    (Command::Promote, |app, now| app.ask_delivery(Wish::Promote, now)),
    (Command::PromoteFull, |app, now| app.ask_delivery(Wish::PromoteFull, now)),
    (Command::Hold, |app, now| app.ask_delivery(Wish::Hold, now)),
    (Command::Abort, |app, now| app.ask_delivery(Wish::Abort, now)),
    (Command::Adopt, |app, now| app.ask_delivery(Wish::Adopt, now)),
    (Command::Undo, App::undo),
    (Command::Edit, App::open_editor),
    (Command::Shell, App::open_shell),
    (Command::K9s, App::open_k9s),
    (Command::Logs, App::open_logs),
    (Command::AllLogs, |app, now| app.open_service(|key| Route::Logs(LogOf::Service(key)), now)),
    (Command::Describe, App::open_describe),
    (Command::Unhealthy, |app, now| app.open_service(|key| Route::Page(Page::Unhealthy(key)), now)),
    (Command::Timeline, |app, now| app.open_service(|key| Route::Page(Page::Timeline(key)), now)),
    (Command::Charts, |app, now| app.open_service(Route::Charts, now)),
    (Command::Graph, |app, now| app.open_service(|key| Route::Page(Page::Graph(key)), now)),
    (Command::Explain, |app, now| app.open_service(|key| Route::Page(Page::Explain(key, "")), now)),
    (Command::Config, |app, now| app.open_service(|key| Route::Page(Page::Config(key, None)), now)),
    (Command::Docs, App::open_documents),
    (Command::Owner, App::open_owner),
    (Command::Yaml, App::open_yaml),
    (Command::Copy, App::copy_name),
    (Command::ReadOnly, App::read_only),
    (Command::Write, |app, now| app.word(Command::Write, "", now)),
    (Command::Context, |app, now| app.word(Command::Context, "", now)),
    (Command::LastContext, App::last_context),
    (Command::Namespace, |app, now| app.word(Command::Namespace, "", now)),
    (Command::Login, |app, now| app.word(Command::Login, "", now)),
    (Command::Catalog, |app, now| app.word(Command::Catalog, "", now)),
    (Command::Forward, |app, now| app.word(Command::Forward, "", now)),
    (Command::Forwards, |app, now| app.go(Route::Forwards, now)),
    (Command::Theme, |app, now| app.word(Command::Theme, "", now)),
    (Command::Note, |app, now| app.word(Command::Note, "", now)),
];

/// What concerns the terminal and not the dialog in front.
const PAST_DIALOGS: [Command; 3] = [Command::Suspend, Command::Repaint, Command::SaveScreen];

impl App {
    /// The inner end of the chain of scopes in force.
    pub(super) fn scope(&self) -> Scope {
        self.prompt.as_ref().map_or_else(|| self.router.screen().scope(), Prompt::scope)
    }

    pub(super) fn key(&mut self, key: KeyEvent, now: Now) -> Vec<Effect> {
        self.notices.read(now);
        let mut effects = Vec::new();
        let known = self.keymap.resolve(self.scope().chain(), Chord::of(key)).is_some();
        let edits = self.scope().takes_text() && TextInput::edits(key);
        match Chord::after_escape(key).filter(|_| !known && !edits) {
            Some(second) => {
                effects.extend(self.stroke(KeyCode::Esc.into(), now));
                effects.extend(self.stroke(second, now));
            }
            None => effects.extend(self.stroke(key, now)),
        }
        effects.extend(self.questions(now));
        effects
    }

    fn stroke(&mut self, key: KeyEvent, now: Now) -> Vec<Effect> {
        let command = self.keymap.resolve(self.scope().chain(), Chord::of(key));
        if self.typed_on(key, command, now) {
            return Vec::new();
        }
        if let Some(command) = command {
            return self.run(command, now);
        }
        self.unknown_key(key, now);
        Vec::new()
    }

    pub(super) fn mouse(&mut self, mouse: MouseEvent, now: Now) -> Vec<Effect> {
        let hit = self.hits.borrow().at(mouse.column, mouse.row).cloned();
        let mut effects = match (mouse.kind, hit) {
            (MouseEventKind::ScrollDown, _) => self.wheel(3, now),
            (MouseEventKind::ScrollUp, _) => self.wheel(-3, now),
            (MouseEventKind::Down(MouseButton::Left), Some(hit)) => self.click(hit, now),
            _ => Vec::new(),
        };
        effects.extend(self.questions(now));
        effects
    }

    fn wheel(&mut self, lines: i32, now: Now) -> Vec<Effect> {
        if !self.prompt_wheel(lines) {
            let ctx = self.session.ctx(now);
            self.router.screen_mut().on_motion(Motion::Lines(lines), &ctx);
        }
        Vec::new()
    }

    fn click(&mut self, hit: Hit, now: Now) -> Vec<Effect> {
        match hit {
            Hit::Run(command) => self.run(command, now),
            Hit::Panel(panel) => {
                self.router.screen_mut().on_panel(panel);
                Vec::new()
            }
            Hit::Title(_) if self.prompt.is_some() => Vec::new(),
            Hit::Title(title) => self.sort_by(title, now),
            Hit::Row(_, id) if !matches!(self.prompt, None | Some(Prompt::Line(..))) => {
                self.prompt_click(&id, now)
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
        let effects = self.carry_out(command, now);
        self.refuse_unless(command, !effects.is_empty(), now);
        effects
    }

    fn carry_out(&mut self, command: Command, now: Now) -> Vec<Effect> {
        let past_dialogs = PAST_DIALOGS.contains(&command);
        if !past_dialogs && let Some(effects) = self.prompt_command(command, now) {
            return effects;
        }
        if let Some(effects) = self.forbidden(command, now) {
            return effects;
        }
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

    fn quit(&mut self, now: Now) -> Vec<Effect> {
        self.started(now);
        if !self.driven(now).is_empty() || !self.session.starting.is_empty() {
            self.prompt = Some(Prompt::Leave(Leaving::Asked));
            return Vec::new();
        }
        if self.session.running() == 0 {
            return vec![Effect::Quit];
        }
        self.prompt = Some(Prompt::Quit);
        Vec::new()
    }

    fn open_filter(&mut self, _now: Now) -> Vec<Effect> {
        let text = self.router.screen().filter().to_owned();
        self.prompt = Some(Prompt::Line(LineKind::Filter, TextInput::with(&text)));
        Vec::new()
    }

    fn open_palette(&mut self, now: Now) -> Vec<Effect> {
        let scope = self.router.screen().scope();
        let objects = self.objects(now);
        let themes = self.settings.theme_names();
        let menu = palette(&self.session.ctx(now), &self.keymap, scope, &objects, &themes);
        self.prompt = Some(Prompt::Menu(menu));
        // The contexts of a kubeconfig may change; the list is there next time.
        if self.session.contexts.is_none() { vec![Effect::LoadContexts] } else { Vec::new() }
    }

    fn open_help(&mut self, now: Now) -> Vec<Effect> {
        let objects = self.objects(now);
        let scope = self.router.screen().scope();
        let menu = help(&self.session.ctx(now), &self.keymap, scope, &objects);
        self.prompt = Some(Prompt::Menu(menu));
        Vec::new()
    }

    fn freeze(&mut self, now: Now) -> Vec<Effect> {
        if self.session.seen.frozen.take().is_none() {
            self.session.seen.frozen = Some((now, Box::new(self.session.seen.world.clone())));
        }
        Vec::new()
    }
}
