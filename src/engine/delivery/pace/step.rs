//! A step as a person asks for it.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

use super::Pace;
use crate::domain::typed_duration;
use crate::engine::canary::Step;
use crate::engine::router::Pick;

/// A step as asked for: its weight, and what is different from the others.
///
/// Written `10`, `10@5m` (no promotion before), `10@5m-20m` (that, and its
/// end), each with `+pause` if it waits for a person. Instead of a weight it may
/// pick requests: `header:X-Canary=always@10m`, `mirror:10@10m+pause`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct PaceStep {
    /// Percent.
    pub percent: u32,
    /// No promotion before, in seconds.
    pub min_s: Option<u32>,
    /// Its end, in seconds.
    pub max_s: Option<u32>,
    /// It waits for a person.
    pub pause: bool,
    /// What goes to the canary instead of a weight, which is 0 then.
    pub pick: Option<Pick>,
}

impl From<u32> for PaceStep {
    fn from(percent: u32) -> Self {
        Self { percent, min_s: None, max_s: None, pause: false, pick: None }
    }
}

impl PaceStep {
    /// With the times of the others where it has none. One that may not be
    /// promoted for longer than the others last, lasts twice as long as that.
    pub(super) fn of(&self, pace: &Pace) -> Step {
        let min_s = self.min_s.unwrap_or(pace.min_s);
        let usual = if self.min_s.is_some() { pace.max_s.max(min_s.saturating_mul(2)) } else { pace.max_s };
        let max_s = self.max_s.unwrap_or(usual);
        let manual = pace.manual || self.pause;
        Step { percent: self.percent, min_s, max_s, manual, pick: self.pick.clone() }
    }
}

/// A step in a kept plan: a number if it has no time of its own, as ever. One
/// that picks requests is kept as it is typed, which an older program refuses
/// to read.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Plain(u32),
    Whole { percent: u32, min_s: Option<u32>, max_s: Option<u32>, pause: bool },
    Typed(String),
}

impl TryFrom<Written> for PaceStep {
    type Error = NoStep;

    fn try_from(written: Written) -> Result<Self, NoStep> {
        match written {
            Written::Plain(percent) => Ok(percent.into()),
            Written::Whole { percent, min_s, max_s, pause } => {
                Ok(Self { percent, min_s, max_s, pause, pick: None })
            }
            Written::Typed(text) => text.parse(),
        }
    }
}

impl From<PaceStep> for Written {
    fn from(step: PaceStep) -> Self {
        if step.pick.is_some() {
            return Self::Typed(step.to_string());
        }
        let PaceStep { percent, min_s, max_s, pause, pick: _ } = step;
        if (min_s, max_s, pause) == (None, None, false) {
            Self::Plain(percent)
        } else {
            Self::Whole { percent, min_s, max_s, pause }
        }
    }
}

impl fmt::Display for PaceStep {
    /// As it is typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.pick {
            Some(pick) => write!(f, "{pick}")?,
            None => write!(f, "{}", self.percent)?,
        }
        match (self.min_s, self.max_s) {
            (None, None) => {}
            (Some(min), None) => write!(f, "@{}", time(min))?,
            (min, Some(max)) => write!(f, "@{}-{}", min.map(time).unwrap_or_default(), time(max))?,
        }
        f.write_str(if self.pause { "+pause" } else { "" })
    }
}

/// Seconds in the largest unit that says them exactly.
fn time(seconds: u32) -> String {
    match seconds {
        s if s > 0 && s.is_multiple_of(3600) => format!("{}h", s / 3600),
        s if s > 0 && s.is_multiple_of(60) => format!("{}m", s / 60),
        s => format!("{s}s"),
    }
}

/// Why a text is no step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is no step: {why}; write 10, 10@5m, 10@5m-20m, 50+pause, header:NAME=VALUE@10m, mirror:10@10m"
)]
pub struct NoStep {
    text: String,
    why: String,
}

impl FromStr for PaceStep {
    type Err = NoStep;

    fn from_str(text: &str) -> Result<Self, NoStep> {
        let no = |why: String| NoStep { text: text.to_owned(), why };
        let (rest, pause) = match text.split_once('+') {
            None => (text, false),
            Some((rest, "pause")) => (rest, true),
            Some((_, other)) => return Err(no(format!("{other:?} is unknown, behind + stands pause"))),
        };
        let (percent, times) = match rest.split_once('@') {
            Some((percent, times)) => (percent, Some(times)),
            None => (rest, None),
        };
        let pick = Pick::typed(percent.trim()).transpose().map_err(no)?;
        let percent = match &pick {
            Some(_) => 0,
            None => percent.trim().parse().map_err(|_not| no(format!("{percent:?} is no percentage")))?,
        };
        let seconds = |time: &str| -> Result<Option<u32>, NoStep> {
            if time.is_empty() {
                return Ok(None);
            }
            let span =
                typed_duration(time).map_err(|_not| no(format!("{time:?} is no time such as 90s or 5m")))?;
            u32::try_from(span.as_secs())
                .map(Some)
                .map_err(|_not| no(format!("{time:?} is no time of a step")))
        };
        let (min_s, max_s) = match times.map(|times| times.split_once('-').unwrap_or((times, ""))) {
            None => (None, None),
            Some(("", "")) => return Err(no("there is no time behind @".to_owned())),
            Some((min, max)) => (seconds(min)?, seconds(max)?),
        };
        Ok(Self { percent, min_s, max_s, pause, pick })
    }
}
