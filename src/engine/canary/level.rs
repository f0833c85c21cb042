//! A level of the pods that is compared: memory, the length of a queue.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

use crate::engine::verdict::Importance;
use crate::engine::verdict::input::Worse;

/// Longest name of a metric taken.
const MOST_NAME: usize = 200;
/// A shift smaller than this does not matter, where nothing else is said.
const TOLERANCE: f64 = 0.1;

/// One metric of the pods' own pages whose values are compared by rank.
///
/// Written `METRIC`, `METRIC+20%` (that much more is worse), `METRIC-20%` (that
/// much less is), `METRIC~20%` (either is), each with `:critical` if it may roll
/// back. Advisory otherwise: the values of one pod resemble each other, and a
/// young pod is not like an old one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// Its name, as the pods write it.
    pub metric: String,
    /// Which direction is bad.
    pub worse: Worse,
    /// Smallest relative shift that matters, above 0.
    pub tolerance: f64,
    /// Whether it may roll back, or only hold.
    pub importance: Importance,
}

impl Level {
    /// Ten percent more of it is held against the canary.
    pub fn new(metric: &str) -> Self {
        let (worse, importance) = (Worse::Higher, Importance::Advisory);
        Self { metric: metric.to_owned(), worse, tolerance: TOLERANCE, importance }
    }
}

impl fmt::Display for Level {
    /// As it is typed, what is the default left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.metric)?;
        let usual = Self::new(&self.metric);
        if (self.worse, self.tolerance.to_bits()) != (usual.worse, usual.tolerance.to_bits()) {
            let sign = match self.worse {
                Worse::Higher => '+',
                Worse::Lower => '-',
                Worse::Either => '~',
            };
            // Percents are typed with three decimals at most.
            write!(f, "{sign}{}%", (self.tolerance * 100_000.0).round() / 1_000.0)?;
        }
        f.write_str(if self.importance.is_critical() { ":critical" } else { "" })
    }
}

/// Why a text names no level.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} names no level: {why}; write METRIC, METRIC+20%, METRIC-20%, METRIC~20%, METRIC:critical")]
pub struct NoLevel {
    text: String,
    why: String,
}

impl FromStr for Level {
    type Err = NoLevel;

    fn from_str(text: &str) -> Result<Self, NoLevel> {
        let no = |why: String| NoLevel { text: text.to_owned(), why };
        // A metric's name may have colons of its own.
        let (rest, importance) = match text.strip_suffix(":critical") {
            Some(rest) => (rest, Importance::Critical),
            None => (text.strip_suffix(":advisory").unwrap_or(text), Importance::Advisory),
        };
        let (metric, shift) = match rest.find(['+', '-', '~']).and_then(|at| rest.split_at_checked(at)) {
            Some((metric, shift)) => (metric, Some(shift)),
            None => (rest, None),
        };
        let letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':');
        let starts = metric.starts_with(|c: char| c.is_ascii_digit());
        if metric.is_empty() || metric.len() > MOST_NAME || starts || !metric.chars().all(letter) {
            return Err(no(format!("{metric:?} is no name of a metric")));
        }
        let mut level = Self { importance, ..Self::new(metric) };
        let Some(shift) = shift else { return Ok(level) };
        let (worse, percent) = match (shift.strip_prefix('+'), shift.strip_prefix('-')) {
            (Some(percent), _) => (Worse::Higher, percent),
            (None, Some(percent)) => (Worse::Lower, percent),
            (None, None) => (Worse::Either, shift.trim_start_matches('~')),
        };
        let percent = percent.strip_suffix('%').unwrap_or(percent);
        let number: f64 = percent.parse().map_err(|_not| no(format!("{percent:?} is no percentage")))?;
        if !(0.001..=1_000.0).contains(&number) {
            return Err(no(format!("{percent} % is no shift that could matter")));
        }
        (level.worse, level.tolerance) = (worse, (number * 1_000.0).round() / 100_000.0);
        Ok(level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn level(text: &str) -> Level {
        text.parse().unwrap()
    }

    #[test]
    fn levels_are_advisory_and_ten_percent_unless_said() {
        assert_eq!(level("process_resident_memory_bytes"), Level::new("process_resident_memory_bytes"));
        let hits = level("job:cache_hits:rate-5%:critical");
        assert_eq!((hits.metric.as_str(), hits.worse), ("job:cache_hits:rate", Worse::Lower));
        let told = Level { tolerance: 0.05, importance: Importance::Critical, ..hits.clone() };
        assert_eq!(hits, told);
        assert_eq!(
            level("queue~2.5"),
            Level { worse: Worse::Either, tolerance: 0.025, ..Level::new("queue") }
        );
        assert_eq!(level("queue:advisory").importance, Importance::Advisory);
    }

    #[test]
    fn what_names_no_level_is_quoted_with_the_reason() {
        for (text, expected) in [
            ("", "\"\" is no name"),
            ("+10%", "\"\" is no name"),
            ("9lives", "\"9lives\" is no name"),
            ("memory{pod}", "is no name"),
            ("memory+much", "\"much\" is no percentage"),
            ("memory+0%", "0 % is no shift"),
            ("memory+NaN", "NaN % is no shift"),
        ] {
            let error = text.parse::<Level>().unwrap_err().to_string();
            assert!(error.contains(expected) && error.contains("METRIC+20%"), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_can_be_typed(thousandths in 1_u32..1_000_000, sign in "[+~-]", critical: bool) {
            let end = if critical { ":critical" } else { "" };
            let typed = level(&format!("m{sign}{}%{end}", f64::from(thousandths) / 1_000.0));
            prop_assert_eq!(level(&typed.to_string()), typed);
        }
    }
}
