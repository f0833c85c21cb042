//! How a version comes in: one line for each thing that can be chosen, a few
//! sensible values for each. Anything else is for `qd deploy`.

use crate::domain::short_duration;
use crate::engine::delivery::Pace;
use crate::engine::record::{OnDriverLoss, Strategy};
use std::time::Duration;

/// Weights in percent; the first are the usual ones.
const STEPS: [&[u32]; 5] =
    [&[10, 50, 100], &[25, 50, 100], &[50, 100], &[5, 25, 50, 100], &[1, 5, 25, 50, 100]];

/// Least and most time of a step in seconds; the first are the usual ones.
const TIMES: [(u32, u32); 5] = [(300, 600), (60, 300), (120, 600), (600, 1800), (1800, 3600)];

const STRATEGIES: [Strategy; 3] = [Strategy::Canary, Strategy::BlueGreen, Strategy::Rolling];

const LOSSES: [OnDriverLoss; 3] = [OnDriverLoss::TakeOver, OnDriverLoss::RollBack, OnDriverLoss::Hold];

/// A line of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Which environment.
    Where,
    /// Canary or rolling update.
    How,
    /// Weights of the steps.
    Steps,
    /// Time of a step.
    Times,
    /// By verdict, or by hand.
    Promotion,
    /// What a successor does.
    Loss,
}

/// The lines in their order, each with its word.
pub(super) const LINES: [(Choice, &str); 6] = [
    (Choice::Where, "Where"),
    (Choice::How, "Strategy"),
    (Choice::Steps, "Steps"),
    (Choice::Times, "A step takes"),
    (Choice::Promotion, "Promotion"),
    (Choice::Loss, "Driver lost"),
];

/// What is chosen.
#[derive(Clone, Debug)]
pub struct Choices {
    /// Which site, of how many.
    pub site: usize,
    sites: usize,
    /// How it comes in.
    pub strategy: Strategy,
    steps: usize,
    times: usize,
    manual: bool,
    /// What a successor does if the driver is lost.
    pub loss: OnDriverLoss,
    /// The line that has the keys.
    pub line: usize,
}

impl Choices {
    /// A canary as usual, to the first of `sites`.
    pub fn new(sites: usize) -> Self {
        Self {
            site: 0,
            sites,
            strategy: Strategy::Canary,
            steps: 0,
            times: 0,
            manual: false,
            loss: OnDriverLoss::TakeOver,
            line: 1,
        }
    }

    /// Weights and times.
    pub fn pace(&self) -> Pace {
        let steps = STEPS.get(self.steps).copied().unwrap_or_default().to_vec();
        let (min_s, max_s) = TIMES.get(self.times).copied().unwrap_or((300, 600));
        Pace { steps, min_s, max_s, manual: self.manual, ..Pace::default() }
    }

    /// Goes to another line.
    pub fn go(&mut self, line: usize) {
        self.line = line.min(LINES.len() - 1);
    }

    /// Takes the next value of the line, or the one before; whether it is another one.
    pub fn turn(&mut self, forward: bool) -> bool {
        let next = |at: usize, len: usize| {
            let len = len.max(1);
            if forward { (at + 1) % len } else { (at + len - 1) % len }
        };
        let Some((choice, _)) = LINES.get(self.line) else { return false };
        if !self.matters(*choice) {
            return false;
        }
        match choice {
            Choice::Where => self.site = next(self.site, self.sites),
            Choice::How => self.strategy = pick(&STRATEGIES, &self.strategy, next),
            Choice::Steps => self.steps = next(self.steps, STEPS.len()),
            Choice::Times => self.times = next(self.times, TIMES.len()),
            Choice::Promotion => self.manual = !self.manual,
            Choice::Loss => self.loss = pick(&LOSSES, &self.loss, next),
        }
        true
    }

    /// Whether there is anything to choose on a line.
    pub fn matters(&self, choice: Choice) -> bool {
        match choice {
            Choice::Where => self.sites > 1,
            Choice::Steps => self.strategy == Strategy::Canary,
            Choice::Times | Choice::Promotion => self.strategy != Strategy::Rolling,
            Choice::How | Choice::Loss => true,
        }
    }

    /// The value of a line, in words; where it goes is said by the site.
    pub fn words(&self, choice: Choice) -> String {
        let (canary, rolling) = (self.strategy == Strategy::Canary, self.strategy == Strategy::Rolling);
        match choice {
            Choice::Where => String::new(),
            Choice::How if canary => "canary: a second Deployment, judged step by step".to_owned(),
            Choice::How if !rolling => {
                "blue/green: switched at once, the old version is kept for 15m".to_owned()
            }
            Choice::How => "rolling: its own rolling update, taken back if pods fail".to_owned(),
            Choice::Steps if !canary => "of a canary only".to_owned(),
            Choice::Times | Choice::Promotion if rolling => "not of a rolling update".to_owned(),
            Choice::Steps => {
                let steps: Vec<String> = self.pace().steps.iter().map(u32::to_string).collect();
                format!("{} % of the pods", steps.join(", "))
            }
            Choice::Times => {
                let pace = self.pace();
                let span = |seconds: u32| short_duration(Duration::from_secs(u64::from(seconds)));
                format!("{} to {}", span(pace.min_s), span(pace.max_s))
            }
            Choice::Promotion if self.manual => "by hand: every step waits for a person".to_owned(),
            Choice::Promotion => "by the verdict; by hand at any time".to_owned(),
            Choice::Loss => match self.loss {
                OnDriverLoss::TakeOver => "whoever takes over goes on",
                OnDriverLoss::RollBack => "whoever takes over rolls back",
                OnDriverLoss::Hold => "whoever takes over holds it",
            }
            .to_owned(),
        }
    }

    /// All of it on one line.
    pub fn summary(&self) -> String {
        if self.strategy == Strategy::Rolling {
            return "rolling update".to_owned();
        }
        let manual = if self.manual { ", promoted by hand" } else { "" };
        if self.strategy == Strategy::BlueGreen {
            return format!("blue/green, looked at for {}{manual}", self.words(Choice::Times));
        }
        format!("canary, {}, {} a step{manual}", self.words(Choice::Steps), self.words(Choice::Times))
    }
}

fn pick<T: Copy + PartialEq>(all: &[T], now: &T, next: impl Fn(usize, usize) -> usize) -> T {
    let at = all.iter().position(|one| one == now).unwrap_or(0);
    all.get(next(at, all.len())).copied().unwrap_or(*now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_values_are_those_of_the_command_line() {
        assert_eq!(Choices::new(1).pace(), Pace::default());
    }

    #[test]
    fn every_line_turns_through_its_values_and_back() {
        for line in 0..LINES.len() {
            let mut choices = Choices::new(3);
            choices.go(line);
            let first = format!("{choices:?}");
            let mut turns = 0;
            loop {
                assert!(choices.turn(true), "line {line}");
                turns += 1;
                if format!("{choices:?}") == first {
                    break;
                }
                assert!(turns < 10, "line {line} never comes back");
            }
            choices.turn(true);
            choices.turn(false);
            assert_eq!(format!("{choices:?}"), first, "line {line}");
        }
    }

    #[test]
    fn a_rolling_update_has_no_steps_to_choose() {
        let mut choices = Choices::new(1);
        choices.go(1);
        choices.turn(true);
        choices.go(2);
        assert!(!choices.turn(true));
        choices.go(0);
        assert!(!choices.turn(true), "one environment only");
    }
}
