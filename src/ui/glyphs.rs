//! Signs, in a Unicode and an ASCII set. All are one column wide in every
//! terminal: nothing here is an emoji, and nothing needs a patched font.

use crate::domain::{CheckOutcome, Health, Phase};
use crate::msg::Level;

/// What a sign says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// Fine.
    Good,
    /// On its way.
    Moving,
    /// Stopped by a person.
    Paused,
    /// Look at it.
    Warn,
    /// Broken.
    Bad,
    /// Not known.
    Unknown,
    /// Nothing asked for.
    Idle,
    /// Marked by the person.
    Mark,
    /// Where the cursor is.
    Cursor,
    /// From here to there.
    Arrow,
    /// Within: context ▸ namespace.
    Within,
    /// A filled piece of a bar.
    Full,
    /// An empty piece of a bar.
    Empty,
    /// The scrollbar's handle.
    Thumb,
    /// More text than fits.
    More,
    /// Between words of one line.
    Dot,
    /// How often: `×12`.
    Times,
    /// Behind us.
    Done,
    /// Where we are.
    Here,
    /// Least first.
    Up,
    /// Largest first.
    Down,
    /// Not the same.
    Differs,
}

/// A set of signs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Glyphs {
    /// Only ASCII, for terminals that cannot do more.
    pub ascii: bool,
}

const SIGNS: [(Sign, &str, &str); 22] = [
    (Sign::Differs, "≠", "#"),
    (Sign::Up, "↑", "^"),
    (Sign::Down, "↓", "v"),
    (Sign::Good, "●", "+"),
    (Sign::Moving, "◐", "~"),
    (Sign::Paused, "‖", "="),
    (Sign::Warn, "▲", "!"),
    (Sign::Bad, "✖", "X"),
    (Sign::Unknown, "?", "?"),
    (Sign::Idle, "○", "o"),
    (Sign::Mark, "▪", "*"),
    (Sign::Cursor, "▌", ">"),
    (Sign::Arrow, "→", "->"),
    (Sign::Within, "▸", ">"),
    (Sign::Full, "█", "#"),
    (Sign::Empty, "░", "."),
    (Sign::Thumb, "┃", "#"),
    (Sign::More, "…", "~"),
    (Sign::Dot, "·", "-"),
    (Sign::Times, "×", "x"),
    (Sign::Done, "✔", "v"),
    (Sign::Here, "▶", ">"),
];

impl Glyphs {
    /// The sign as text.
    pub fn get(self, sign: Sign) -> &'static str {
        let found = SIGNS.iter().find(|(s, _, _)| *s == sign);
        found.map_or("?", |(_, unicode, ascii)| if self.ascii { ascii } else { unicode })
    }
}

impl Sign {
    /// The sign of a health.
    pub fn of_health(health: Health) -> Self {
        match health {
            Health::Idle => Self::Idle,
            Health::Healthy => Self::Good,
            Health::Moving => Self::Moving,
            Health::Paused => Self::Paused,
            Health::Unknown => Self::Unknown,
            Health::Degraded => Self::Warn,
            Health::Down => Self::Bad,
        }
    }

    /// The sign of a check's outcome.
    pub fn of_check(outcome: CheckOutcome) -> Self {
        match outcome {
            CheckOutcome::NotApplicable => Self::Idle,
            CheckOutcome::Pass => Self::Good,
            CheckOutcome::Warn => Self::Warn,
            CheckOutcome::Unknown => Self::Unknown,
            CheckOutcome::Fail => Self::Bad,
        }
    }

    /// The sign of an operation's phase.
    pub fn of_phase(phase: &Phase) -> Self {
        match phase {
            Phase::Asked | Phase::Writing | Phase::Watching => Self::Moving,
            Phase::Succeeded => Self::Good,
            Phase::Refused(_) => Self::Warn,
            Phase::Failed(_) => Self::Bad,
            Phase::Unknown(_) => Self::Unknown,
        }
    }

    /// The sign of a notice.
    pub fn of_level(level: Level) -> Self {
        match level {
            Level::Info => Self::Dot,
            Level::Success => Self::Good,
            Level::Warning => Self::Warn,
            Level::Error => Self::Bad,
        }
    }
}
