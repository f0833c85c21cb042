//! Weights and times of a delivery, as a person asks for them.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

use crate::domain::{Fault, FaultKind, typed_duration};
use crate::engine::canary::{Level, Plan, Step};
use crate::engine::verdict::policy::OnInconclusive;
use crate::engine::verdict::{Importance, Policy};
use crate::engine::weights::Routing;

/// Levels compared at most: the samples of each are stored with every verdict.
const MOST_LEVELS: usize = 4;

/// Weights and times of a canary.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pace {
    /// The steps, of which a last 100 may be left out.
    pub steps: Vec<PaceStep>,
    /// No promotion before, per step that says nothing else, in seconds.
    pub min_s: u32,
    /// End of such a step, in seconds.
    pub max_s: u32,
    /// Every step waits for a person.
    pub manual: bool,
    /// Error share that is harmless whatever stable's is, 0..=1; 0.1 % if none.
    pub floor: Option<f64>,
    /// Requests slower than so many milliseconds are judged like failed ones.
    #[serde(default)]
    pub slow_ms: Option<u32>,
    /// Whether slow requests may roll back, or only hold.
    #[serde(default, skip_serializing_if = "Importance::is_critical")]
    pub slow: Importance,
    /// Levels of the pods that are compared besides the requests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<Level>,
    /// Blue/green: how long the old colour is kept after the switch, in seconds.
    pub keep_s: u32,
}

impl Default for Pace {
    /// 10, 50, 100 %; 5 to 10 minutes a step; an old colour kept for 15.
    fn default() -> Self {
        Self {
            steps: [10, 50, 100].map(PaceStep::from).to_vec(),
            min_s: 300,
            max_s: 600,
            manual: false,
            floor: None,
            slow_ms: None,
            slow: Importance::Critical,
            levels: Vec::new(),
            keep_s: 900,
        }
    }
}

impl Pace {
    /// As the plan of a switch: the new colour is made and looked at, then
    /// everybody goes to it, and the old one is kept. What nothing condemned in
    /// that time is promoted: everybody uses it already.
    pub fn switch(&self) -> Plan {
        let step = |percent, min_s, manual| Step { percent, min_s, max_s: min_s, manual };
        let standard = self.watched(Plan::standard());
        let policy = Policy { on_inconclusive: OnInconclusive::Promote, ..standard.policy };
        let steps = vec![step(0, self.min_s, self.manual), step(100, self.keep_s, false)];
        // Everybody has gone to the new colour: there is nobody left to compare levels with.
        Plan { steps, policy, routing: Routing::Switch, levels: Vec::new(), ..standard }
    }

    /// With what is measured.
    fn watched(&self, plan: Plan) -> Plan {
        let (floor, slow_ms, slow) = (self.floor, self.slow_ms, self.slow);
        Plan { floor, slow_ms, slow, levels: self.levels.clone(), ..plan }
    }

    /// As the plan of a run.
    ///
    /// # Errors
    /// Names the first step that makes no sense.
    pub fn plan(&self) -> Result<Plan, Fault> {
        let invalid = |text: String| Fault::new(FaultKind::Invalid, text);
        if let Some(floor) = self.floor.filter(|floor| !(0.0..1.0).contains(floor)) {
            return Err(invalid(format!("{floor} is no error share; it lies between 0 and 1")));
        }
        if let Some(end) = self.steps.last().filter(|step| step.percent == 100 && **step != 100.into()) {
            let text =
                format!("the last step is {end}: 100 % is the promotion, which has no time and no pause");
            return Err(invalid(text).hint("let the step before it wait: 50+pause,100"));
        }
        if self.levels.len() > MOST_LEVELS {
            let text =
                format!("{} levels are asked for; at most {MOST_LEVELS} are compared", self.levels.len());
            return Err(invalid(text).hint("take those that tell most: memory, the length of a queue"));
        }
        let plan =
            self.watched(Plan::standard()).with_steps(self.steps.iter().map(|step| step.of(self)).collect());
        plan.map_err(|error| invalid(error.to_string()).hint("for example: --steps 10,50,100"))
    }
}

/// A step as asked for: its weight, and what is different from the others.
///
/// Written `10`, `10@5m` (no promotion before), `10@5m-20m` (that, and its
/// end), each with `+pause` if it waits for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct PaceStep {
    /// Percent.
    pub percent: u32,
    /// No promotion before, in seconds.
    pub min_s: Option<u32>,
    /// Its end, in seconds.
    pub max_s: Option<u32>,
    /// It waits for a person.
    pub pause: bool,
}

impl From<u32> for PaceStep {
    fn from(percent: u32) -> Self {
        Self { percent, min_s: None, max_s: None, pause: false }
    }
}

impl PaceStep {
    /// With the times of the others where it has none. One that may not be
    /// promoted for longer than the others last, lasts twice as long as that.
    fn of(&self, pace: &Pace) -> Step {
        let min_s = self.min_s.unwrap_or(pace.min_s);
        let usual = if self.min_s.is_some() { pace.max_s.max(min_s.saturating_mul(2)) } else { pace.max_s };
        let max_s = self.max_s.unwrap_or(usual);
        Step { percent: self.percent, min_s, max_s, manual: pace.manual || self.pause }
    }
}

/// A step in a kept plan: a number if it has no time of its own, as ever.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Plain(u32),
    Whole { percent: u32, min_s: Option<u32>, max_s: Option<u32>, pause: bool },
}

impl From<Written> for PaceStep {
    fn from(written: Written) -> Self {
        match written {
            Written::Plain(percent) => percent.into(),
            Written::Whole { percent, min_s, max_s, pause } => Self { percent, min_s, max_s, pause },
        }
    }
}

impl From<PaceStep> for Written {
    fn from(step: PaceStep) -> Self {
        let PaceStep { percent, min_s, max_s, pause } = step;
        if step == percent.into() {
            Self::Plain(percent)
        } else {
            Self::Whole { percent, min_s, max_s, pause }
        }
    }
}

impl fmt::Display for PaceStep {
    /// As it is typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.percent)?;
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
#[error("{text:?} is no step: {why}; write 10, 10@5m, 10@5m-20m, 50+pause")]
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
        let percent = percent.trim().parse().map_err(|_not| no(format!("{percent:?} is no percentage")))?;
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
        Ok(Self { percent, min_s, max_s, pause })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn typed(text: &str) -> Vec<PaceStep> {
        text.split(',').map(|step| step.parse().unwrap()).collect()
    }

    fn planned(text: &str) -> Vec<Step> {
        Pace { steps: typed(text), ..Pace::default() }.plan().unwrap().steps
    }

    #[test]
    fn each_step_has_its_own_weight_times_and_pause() {
        let step = |percent, min_s, max_s, manual| Step { percent, min_s, max_s, manual };
        assert_eq!(
            planned("5@2m,10@10m+pause,25@1m-3m,50+pause,75@-20m,100"),
            [
                step(5, 120, 600, false),
                // Longer than the usual end: it lasts twice its least time.
                step(10, 600, 1_200, true),
                step(25, 60, 180, false),
                step(50, 300, 600, true),
                step(75, 300, 1_200, false),
            ]
        );
        let by_hand = Pace { steps: typed("10,50@1h"), manual: true, ..Pace::default() };
        assert!(by_hand.plan().unwrap().steps.iter().all(|step| step.manual));
    }

    #[test]
    fn what_is_no_step_is_quoted_with_the_reason() {
        for (text, expected) in [
            ("", "\"\" is no percentage"),
            ("ten", "\"ten\" is no percentage"),
            ("-5", "\"-5\" is no percentage"),
            ("10@", "no time behind @"),
            ("10@-", "no time behind @"),
            ("10@soon", "\"soon\" is no time"),
            ("10@5m-later", "\"later\" is no time"),
            ("10@5m+hold", "\"hold\" is unknown"),
            ("10+", "\"\" is unknown"),
        ] {
            let error = text.parse::<PaceStep>().unwrap_err().to_string();
            assert!(error.contains(expected) && error.contains("10@5m-20m"), "{text}: {error}");
        }
        for (text, expected) in [
            ("10,100+pause", "100 % is the promotion"),
            ("10,100@5m", "100 % is the promotion"),
            ("10@9m-3m", "ends after 180 s"),
            ("50,10", "must rise"),
        ] {
            let fault = Pace { steps: typed(text), ..Pace::default() }.plan().unwrap_err();
            assert!(fault.text.contains(expected), "{text}: {fault}");
        }
    }

    #[test]
    fn steps_kept_as_numbers_are_read() {
        assert_eq!(serde_json::from_str::<PaceStep>("25").unwrap(), PaceStep::from(25));
        assert_eq!(serde_json::to_string(&PaceStep::from(25)).unwrap(), "25");
    }

    proptest! {
        #[test]
        fn what_is_shown_can_be_typed_and_kept(
            percent: u32,
            min_s: Option<u32>,
            max_s: Option<u32>,
            pause: bool,
        ) {
            let step = PaceStep { percent, min_s, max_s, pause };
            prop_assert_eq!(step.to_string().parse::<PaceStep>().unwrap(), step);
            let kept = serde_json::to_string(&step).unwrap();
            prop_assert_eq!(serde_json::from_str::<PaceStep>(&kept).unwrap(), step);
        }

        #[test]
        fn whatever_is_typed_is_a_step_or_a_sentence(text in ".{0,20}") {
            let _answer = text.parse::<PaceStep>();
        }
    }
}
