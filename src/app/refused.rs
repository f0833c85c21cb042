//! What is typed on after a key that was refused.
//!
//! A key that opens a dialog may be refused: read-only, nothing selected. Who
//! did not look goes on typing what the dialog would have asked for, `yes` or
//! the name of a service, and every letter of it is a command of the screen.
//! So what would have been an answer is not taken until there is a pause; keys
//! no answer is made of (`:`, `/`, `?`, arrows, ctrl) are keys at once.

use super::App;
use super::prompt::Prompt;
use crate::command::Command;
use crate::domain::Now;
use crate::msg::{Level, Notice};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::time::Duration;

/// People who type a word pause for less than this between its letters.
const PAUSE: Duration = Duration::from_secs(1);

/// No answer is longer: 253 letters of the longest name, and enter. A key that
/// is held down is a command again after as many repeats.
const MOST: u8 = 254;

/// Commands without a risk of their own that open a question.
const OPEN_QUESTIONS: [Command; 5] =
    [Command::Rollback, Command::Deploy, Command::DeployService, Command::Forward, Command::SaveFilter];

/// Keys that answer a question.
const ANSWERS: [Command; 3] = [Command::Yes, Command::QuitHold, Command::QuitRollBack];

/// A key was refused.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refused {
    /// When it, or the last key that was not taken, was pressed.
    at: Now,
    /// Keys not taken since.
    keys: u8,
    /// What it meant, if it meant something. The same again is no word begun:
    /// it is heard, and a dialog tells a held key from another answer.
    command: Option<Command>,
}

/// Whether an answer is made of such keys.
fn answers(key: KeyEvent) -> bool {
    let plain = !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
    let letter = matches!(key.code, KeyCode::Char(c) if c.is_alphanumeric() || " -._".contains(c));
    plain && (letter || matches!(key.code, KeyCode::Enter | KeyCode::Backspace | KeyCode::Esc))
}

impl App {
    /// Notes that a key was refused.
    pub(super) fn refuse(&mut self, command: Option<Command>, now: Now) {
        self.refused = Some(Refused { at: now, keys: 0, command });
    }

    /// Notes it if `command` was to open a question and none is open, or was to
    /// answer one and did not. `done` is what came of it.
    pub(super) fn refuse_unless(&mut self, command: Command, done: bool, now: Now) {
        let asks = command.row().risk.mutates() || OPEN_QUESTIONS.contains(&command);
        let stuck = match &self.prompt {
            None => true,
            Some(prompt) => ANSWERS.contains(&command) && !prompt.scope().takes_text(),
        };
        if asks && stuck && !done {
            self.refuse(Some(command), now);
        }
    }

    /// Whether a key was typed on after one that was refused, and is not taken.
    /// Escape is what closes a dialog: where there is none it leaves nothing else.
    pub(super) fn typed_on(&mut self, key: KeyEvent, command: Option<Command>, now: Now) -> bool {
        let Some(refused) = self.refused.take() else { return false };
        if command.is_some() && command == refused.command {
            return false;
        }
        let over = now.elapsed(refused.at) >= PAUSE || refused.keys >= MOST;
        if over || !answers(key) || self.scope().takes_text() {
            return false;
        }
        if key.code == KeyCode::Esc {
            return self.prompt.is_none();
        }
        if refused.keys == 0 {
            self.tell_ignored(now);
        }
        self.refused = Some(Refused { at: now, keys: refused.keys + 1, ..refused });
        true
    }

    /// Says so once, beside why the key was refused.
    fn tell_ignored(&mut self, now: Now) {
        const WHAT: &str = "what is typed on is not taken until a pause";
        let mut notice = match self.notices.current(now) {
            Some(notice) if self.prompt.is_none() => notice.clone(),
            Some(_) | None => Notice::new(Level::Info, ""),
        };
        notice.text =
            if notice.text.is_empty() { WHAT.to_owned() } else { format!("{}; {WHAT}", notice.text) };
        self.notices.push(notice, now);
    }

    /// A key that is no command. In a dialog without a text field it may be the
    /// first letter of an answer.
    pub(super) fn unknown_key(&mut self, key: KeyEvent, now: Now) {
        let asked = !matches!(self.prompt, None | Some(Prompt::Line(..) | Prompt::Menu(_)));
        if asked && answers(key) && !self.scope().takes_text() {
            self.refuse(None, now);
        }
        self.prompt_key(key, now);
    }
}
