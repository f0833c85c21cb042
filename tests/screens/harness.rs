//! A console with a clock that only tests move.

use crate::fixture;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use quarterdeck::app::{App, Settings};
use quarterdeck::command::Chord;
use quarterdeck::domain::{Fact, Now};
use quarterdeck::msg::{Effect, Event};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::time::Duration;

pub(crate) struct Desk {
    pub(crate) app: App,
    pub(crate) now: Now,
    pub(crate) effects: Vec<Effect>,
    pub(crate) size: (u16, u16),
}

impl Desk {
    /// A console that is not connected yet.
    pub(crate) fn blank(settings: Settings) -> Self {
        let now = fixture::now();
        Self { app: App::new(settings, now), now, effects: Vec::new(), size: (120, 40) }
    }

    /// A console connected to the fixture's cluster, `context` by name.
    pub(crate) fn connected(context: &str, facts: Vec<Fact>) -> Self {
        let mut desk = Self::blank(Settings::default());
        desk.send(Event::Connected(fixture::place(context)));
        desk.send(Event::Facts(facts));
        desk
    }

    /// Sends an event; its effects are kept.
    pub(crate) fn send(&mut self, event: Event) -> &mut Self {
        let effects = self.app.update(event, self.now);
        self.effects.extend(effects);
        self
    }

    /// Takes the effects kept so far.
    pub(crate) fn take(&mut self) -> Vec<Effect> {
        // Whoever looks at what came of it has seen a frame, as a person has.
        self.app.take_dirty();
        std::mem::take(&mut self.effects)
    }

    /// Presses keys, written as in `docs/keys.md` and separated by spaces.
    pub(crate) fn press(&mut self, keys: &str) -> &mut Self {
        for key in keys.split_whitespace() {
            self.send(Event::Key(event_of(key)));
        }
        self
    }

    /// Types text, letter by letter.
    pub(crate) fn type_text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            self.send(Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)));
        }
        self
    }

    /// Lets time pass and wakes the console as the shell would.
    pub(crate) fn wait(&mut self, time: Duration) -> &mut Self {
        let end = self.now.plus(time);
        while let Some(due) = self.app.next_wake(self.now).filter(|due| due.boot <= end.boot) {
            self.now = due;
            self.send(Event::Wake);
        }
        self.now = end;
        self
    }

    /// The screen as text.
    pub(crate) fn screen(&mut self) -> String {
        let (width, height) = self.size;
        let buffer = self.buffer(width, height);
        let mut out = String::new();
        for y in 0..height {
            let mut line = String::new();
            let mut skip = 0;
            for x in 0..width {
                let symbol = buffer[(x, y)].symbol();
                if skip > 0 {
                    skip -= 1;
                    continue;
                }
                line.push_str(symbol);
                skip = unicode_width::UnicodeWidthStr::width(symbol).saturating_sub(1);
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out
    }

    pub(crate) fn buffer(&mut self, width: u16, height: u16) -> ratatui::buffer::Buffer {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let frame = terminal.draw(|frame| self.app.view(frame, self.now)).unwrap();
        frame.buffer.clone()
    }

    /// The screen at a size, for a snapshot.
    pub(crate) fn at(&mut self, width: u16, height: u16) -> String {
        self.size = (width, height);
        self.send(Event::Resize(width, height));
        self.screen()
    }

    /// Clicks a place of the screen as last drawn.
    pub(crate) fn click_at(&mut self, column: u16, row: u16) -> &mut Self {
        let kind = MouseEventKind::Down(MouseButton::Left);
        self.send(Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }))
    }
}

/// The event of a key written as in `docs/keys.md`.
pub(crate) fn event_of(key: &str) -> KeyEvent {
    Chord::parse(key).unwrap().event()
}
