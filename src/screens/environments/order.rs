//! In which order services stand; the lines of one stay together.

use crate::domain::{Health, MatrixLine, Name};
use crate::screens::Ctx;
use std::cmp::Reverse;
use std::collections::HashMap;

/// What comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Ordering {
    /// By name: a comparison is looked up, and stays where it was.
    #[default]
    Name,
    /// What is ill somewhere.
    Trouble,
    /// What is not everywhere as in production.
    Differs,
    /// What changed last, wherever.
    Changed,
}

impl Ordering {
    /// The order after this one.
    pub(super) fn next(self) -> Self {
        match self {
            Self::Name => Self::Trouble,
            Self::Trouble => Self::Differs,
            Self::Differs => Self::Changed,
            Self::Changed => Self::Name,
        }
    }

    /// `by name`
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Name => "by name",
            Self::Trouble => "trouble first",
            Self::Differs => "differing first",
            Self::Changed => "last change first",
        }
    }
}

/// Sorts lines, which come by name.
pub(super) fn sort(lines: &mut [MatrixLine], ordering: Ordering, ctx: &Ctx<'_>) {
    let key = |line: &MatrixLine| -> Reverse<i64> {
        let rows = line.cells.iter().flatten().filter_map(|cell| ctx.rows.get(cell.row));
        Reverse(match ordering {
            Ordering::Name => 0,
            Ordering::Trouble => rows.map(|row| trouble(row.health)).max().unwrap_or(0),
            Ordering::Differs => {
                i64::try_from(line.cells.iter().flatten().filter(|cell| cell.differs).count()).unwrap_or(0)
            }
            Ordering::Changed => {
                rows.filter_map(|row| row.changed).map(jiff::Timestamp::as_second).max().unwrap_or(0)
            }
        })
    };
    let mut best: HashMap<Name, Reverse<i64>> = HashMap::new();
    for line in lines.iter() {
        let key = key(line);
        best.entry(line.name.clone()).and_modify(|known| *known = (*known).min(key)).or_insert(key);
    }
    lines.sort_by_key(|line| best.get(&line.name).copied());
}

fn trouble(health: Health) -> i64 {
    match health {
        Health::Down => 3,
        Health::Degraded => 2,
        Health::Unknown => 1,
        Health::Paused | Health::Moving | Health::Healthy | Health::Idle => 0,
    }
}
