//! One key with its modifiers, as typed and as written.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::fmt;

/// A key press: `ctrl-f`, `G`, `space`, `shift-tab`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chord {
    code: KeyCode,
    mods: KeyModifiers,
}

const NAMED: [(&str, KeyCode); 17] = [
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("shift-tab", KeyCode::BackTab),
    ("space", KeyCode::Char(' ')),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pgup", KeyCode::PageUp),
    ("pgdn", KeyCode::PageDown),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("minus", KeyCode::Char('-')),
];

impl Chord {
    /// The chord of an event. Terminals disagree on whether shift is reported
    /// beside a capital letter; here the letter alone counts.
    pub fn of(event: KeyEvent) -> Self {
        let mut mods = event.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT);
        let shift = event.modifiers.contains(KeyModifiers::SHIFT);
        let mut code = event.code;
        if let (true, KeyCode::Char(c)) = (shift, code) {
            code = KeyCode::Char(c.to_uppercase().next().unwrap_or(c));
        } else if shift && code == KeyCode::Tab {
            code = KeyCode::BackTab;
        }
        if let (KeyCode::Char(c), true) = (code, mods.contains(KeyModifiers::CONTROL)) {
            return Self { code: KeyCode::Char(c.to_ascii_lowercase()), mods };
        }
        if code == KeyCode::BackTab {
            mods = KeyModifiers::NONE;
        }
        Self { code, mods }
    }

    /// The plain key of an alt chord. A terminal without the newer key protocol
    /// sends `esc` and `x` typed quickly exactly as it sends `alt-x`, so an alt
    /// chord that means nothing is taken for the two keys it was made of.
    pub fn after_escape(event: KeyEvent) -> Option<KeyEvent> {
        let alt = event.modifiers.contains(KeyModifiers::ALT) && matches!(event.code, KeyCode::Char(_));
        alt.then(|| KeyEvent { modifiers: event.modifiers - KeyModifiers::ALT, ..event })
    }

    /// The chord written as `text`, or what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some((_, code)) = NAMED.iter().find(|(name, _)| *name == text) {
            return Ok(Self { code: *code, mods: KeyModifiers::NONE });
        }
        for (prefix, modifier) in [("ctrl-", KeyModifiers::CONTROL), ("alt-", KeyModifiers::ALT)] {
            if let Some(rest) = text.strip_prefix(prefix) {
                let inner = Self::parse(rest)?;
                return Ok(Self { code: inner.code, mods: inner.mods | modifier });
            }
        }
        if let Some(n) =
            text.strip_prefix('f').and_then(|n| n.parse::<u8>().ok()).filter(|n| (1..=12).contains(n))
        {
            return Ok(Self { code: KeyCode::F(n), mods: KeyModifiers::NONE });
        }
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (Some(c), None) if !c.is_control() => {
                Ok(Self { code: KeyCode::Char(c), mods: KeyModifiers::NONE })
            }
            _ => Err(format!(
                "'{text}' is not a key: write `x`, `X`, `ctrl-x`, `alt-x`, `f5`, `space`, `pgdn`"
            )),
        }
    }

    /// The event a terminal would send for it.
    pub fn event(self) -> KeyEvent {
        KeyEvent::new(self.code, self.mods)
    }

    /// Whether it is Enter alone.
    pub fn is_enter(self) -> bool {
        self.code == KeyCode::Enter && self.mods.is_empty()
    }

    /// The character it types, if it is plain text.
    pub fn text(self) -> Option<char> {
        if let KeyCode::Char(c) = self.code { Some(c).filter(|_| self.mods.is_empty()) } else { None }
    }
}

impl fmt::Display for Chord {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "crossterm's keys; those without a name cannot be bound"
    )]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.mods.contains(KeyModifiers::CONTROL) {
            f.write_str("ctrl-")?;
        }
        if self.mods.contains(KeyModifiers::ALT) {
            f.write_str("alt-")?;
        }
        if let Some((name, _)) = NAMED.iter().find(|(_, code)| *code == self.code) {
            return f.write_str(name.strip_prefix("minus").map_or(name, |_| "-"));
        }
        match self.code {
            KeyCode::Char(c) => write!(f, "{c}"),
            KeyCode::F(n) => write!(f, "f{n}"),
            _ => f.write_str("?"),
        }
    }
}
