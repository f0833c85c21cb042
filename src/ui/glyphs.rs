//! Signs, in a Unicode and an ASCII set. All are one column wide in every
//! terminal: nothing here is an emoji, and nothing needs a patched font.

use crate::domain::{CheckOutcome, Health, Phase};
use crate::msg::Level;
use ratatui::buffer::Buffer;

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
    /// The picture is read aloud line by line: nothing may stand beside anything
    /// else, for a line would say both.
    pub linear: bool,
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
    /// Whether `width` columns are enough to put two areas side by side; `from`
    /// is how many the two need.
    pub fn side_by_side(self, width: u16, from: u16) -> bool {
        width >= from && !self.linear
    }

    /// The sign as text.
    pub fn get(self, sign: Sign) -> &'static str {
        let found = SIGNS.iter().find(|(s, _, _)| *s == sign);
        found.map_or("?", |(_, unicode, ascii)| if self.ascii { ascii } else { unicode })
    }
}

/// What stands for the lines and dashes that are no signs, where only ASCII is
/// shown: first and last of a range, and the character.
const FOLDED: [(char, char, char); 16] = [
    ('\u{2010}', '\u{2015}', '-'),
    ('\u{2018}', '\u{2019}', '\''),
    ('\u{201c}', '\u{201d}', '"'),
    ('\u{2500}', '\u{2501}', '-'),
    ('\u{2502}', '\u{2503}', '|'),
    ('\u{2504}', '\u{2505}', '-'),
    ('\u{2506}', '\u{2507}', '|'),
    ('\u{250c}', '\u{254b}', '+'),
    ('\u{254c}', '\u{254d}', '-'),
    ('\u{2550}', '\u{2550}', '='),
    ('\u{2551}', '\u{2551}', '|'),
    ('\u{2552}', '\u{2570}', '+'),
    ('\u{2580}', '\u{259f}', '#'),
    ('\u{2800}', '\u{28ff}', '*'),
    ('≥', '≥', '>'),
    ('≤', '≤', '<'),
];

/// Makes a drawn picture ASCII, cell by cell: whatever drew it, a terminal that
/// cannot do more gets nothing else from us. Letters are left as they are: they
/// are the names and texts of others.
pub fn fold(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        let mut chars = cell.symbol().chars();
        if let (Some(c), None) = (chars.next(), chars.next())
            && !c.is_ascii()
            && !c.is_alphanumeric()
        {
            cell.set_char(folded(c));
        }
    }
}

fn folded(c: char) -> char {
    let sign = SIGNS.iter().find(|(_, unicode, _)| unicode.chars().eq([c]));
    // Of `->` the head: there is one column.
    let sign = sign.and_then(|(_, _, ascii)| ascii.chars().last());
    let range = || FOLDED.iter().find(|(first, last, _)| (*first..=*last).contains(&c));
    sign.or_else(|| range().map(|(_, _, ascii)| *ascii)).unwrap_or('?')
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
