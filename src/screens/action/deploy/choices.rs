//! How a version comes in: one line for each thing that can be chosen, a few
//! sensible values for each. Anything else is for `qd deploy`.

use crate::domain::short_duration;
use crate::engine::delivery::{Pace, PaceStep};
use crate::engine::record::{OnDriverLoss, Strategy};
use crate::engine::router::Wish;
use std::time::Duration;

/// Steps as `qd deploy --steps` takes them; the first are the usual ones. Copies
/// are not offered: they take a word on what writes, which is for `qd deploy`.
const STEPS: [&str; 6] =
    ["10,50,100", "25,50,100", "50,100", "5,25,50,100", "1,5,25,50,100", "header:X-Canary=always,10,50,100"];

/// Least and most time of a step in seconds; the first are the usual ones.
const TIMES: [(u32, u32); 5] = [(300, 600), (60, 300), (120, 600), (600, 1800), (1800, 3600)];

const STRATEGIES: [Strategy; 3] = [Strategy::Canary, Strategy::BlueGreen, Strategy::Rolling];

const PROMOTIONS: [Promotion; 3] = [Promotion::Verdict, Promotion::Hand, Promotion::Last];

const TRAFFIC: [Wish; 3] = [Wish::Auto, Wish::Pods, Wish::Route];

/// Milliseconds from which a request is slow.
const SLOW: [Option<u32>; 6] = [None, Some(100), Some(300), Some(500), Some(1_000), Some(3_000)];

/// Seconds an old colour is kept; the first are the usual ones.
const KEPT: [u32; 5] = [900, 300, 1_800, 3_600, 14_400];

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
    /// What shares requests out.
    Traffic,
    /// From when on a request is slow.
    Slow,
    /// How long an old colour is kept.
    Keep,
    /// What a successor does.
    Loss,
}

/// The lines in their order, each with its word.
pub(super) const LINES: [(Choice, &str); 9] = [
    (Choice::Where, "Where"),
    (Choice::How, "Strategy"),
    (Choice::Steps, "Steps"),
    (Choice::Times, "A step takes"),
    (Choice::Promotion, "Promotion"),
    (Choice::Traffic, "Traffic"),
    (Choice::Slow, "Slow"),
    (Choice::Keep, "Old is kept"),
    (Choice::Loss, "Driver lost"),
];

/// Who promotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Promotion {
    /// The verdict.
    Verdict,
    /// The verdict, but in the last step a person.
    Last,
    /// A person, in every step.
    Hand,
}

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
    promotion: Promotion,
    traffic: Wish,
    slow: Option<u32>,
    keep: u32,
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
            promotion: Promotion::Verdict,
            traffic: Wish::Auto,
            slow: None,
            keep: KEPT[0],
            loss: OnDriverLoss::TakeOver,
            line: 1,
        }
    }

    /// Weights and times, as far as they matter.
    pub fn pace(&self) -> Pace {
        let mut steps = self.steps();
        let (min_s, max_s) = TIMES.get(self.times).copied().unwrap_or((300, 600));
        let canary = self.strategy == Strategy::Canary;
        let last = steps.iter_mut().rev().find(|step| step.percent < 100);
        if let Some(last) = last.filter(|_| canary && self.promotion == Promotion::Last) {
            last.pause = true;
        }
        // A switch is the only thing there is to promote.
        let by_hand = self.promotion == Promotion::Hand || !canary && self.promotion == Promotion::Last;
        let usual = Pace::default();
        Pace {
            steps,
            min_s,
            max_s,
            manual: by_hand,
            slow_ms: self.slow.filter(|_| self.matters(Choice::Slow)),
            keep_s: if self.matters(Choice::Keep) { self.keep } else { usual.keep_s },
            ..usual
        }
    }

    fn steps(&self) -> Vec<PaceStep> {
        let steps = STEPS.get(self.steps).copied().unwrap_or_default();
        steps.split(',').filter_map(|step| step.parse().ok()).collect()
    }

    /// What the requests are to be shared out by.
    pub fn traffic(&self) -> Wish {
        if self.matters(Choice::Traffic) { self.traffic } else { Wish::Auto }
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
            Choice::Promotion => self.promotion = pick(&PROMOTIONS, &self.promotion, next),
            Choice::Traffic => self.traffic = pick(&TRAFFIC, &self.traffic, next),
            Choice::Slow => self.slow = pick(&SLOW, &self.slow, next),
            Choice::Keep => self.keep = pick(&KEPT, &self.keep, next),
            Choice::Loss => self.loss = pick(&LOSSES, &self.loss, next),
        }
        true
    }

    /// Whether there is anything to choose on a line.
    pub fn matters(&self, choice: Choice) -> bool {
        match choice {
            Choice::Where => self.sites > 1,
            Choice::Steps | Choice::Traffic => self.strategy == Strategy::Canary,
            Choice::Slow => self.strategy != Strategy::Rolling,
            Choice::Keep => self.strategy == Strategy::BlueGreen,
            Choice::How | Choice::Times | Choice::Promotion | Choice::Loss => true,
        }
    }

    /// The value of a line, in words; where it goes is said by the site.
    pub fn words(&self, choice: Choice) -> String {
        if !self.matters(choice) {
            return match choice {
                Choice::Where => "",
                Choice::Steps | Choice::Traffic => "of a canary only",
                Choice::Keep => "of blue/green only",
                Choice::Times | Choice::Promotion | Choice::Slow | Choice::How | Choice::Loss => {
                    "not of a rolling update"
                }
            }
            .to_owned();
        }
        match choice {
            Choice::Where => String::new(),
            Choice::How => match self.strategy {
                Strategy::Canary => "canary: a second Deployment, judged step by step",
                Strategy::BlueGreen => "blue/green: switched at once, the old version is kept for a while",
                Strategy::Rolling => "rolling: its own rolling update, then watched",
            }
            .to_owned(),
            Choice::Steps => {
                let (picks, weights): (Vec<_>, Vec<_>) =
                    self.steps().into_iter().partition(|step| step.pick.is_some());
                let first: Vec<String> = picks
                    .iter()
                    .filter_map(|step| Some(format!("{}, then ", step.pick.as_ref()?.words())))
                    .collect();
                let weights: Vec<String> = weights.iter().map(|step| step.percent.to_string()).collect();
                format!("{}{} % of the requests", first.concat(), weights.join(", "))
            }
            Choice::Times => {
                let pace = self.pace();
                let watched = if self.strategy == Strategy::Rolling { "watched for " } else { "" };
                format!("{watched}{} to {}", span(pace.min_s), span(pace.max_s))
            }
            Choice::Promotion => self.promotion_words().to_owned(),
            Choice::Traffic => match self.traffic {
                Wish::Auto | Wish::Selector => "by a route if one is prepared, else by pods",
                Wish::Pods => "by the ratio of pods",
                Wish::Route => "by the weights of a route, or not at all",
            }
            .to_owned(),
            Choice::Slow => match self.slow {
                Some(limit) => format!("requests over {limit} ms condemn it as failed ones do"),
                None => "only failed requests condemn it".to_owned(),
            },
            Choice::Keep => format!("{} after the switch", span(self.keep)),
            Choice::Loss => match self.loss {
                OnDriverLoss::TakeOver => "whoever takes over goes on",
                OnDriverLoss::RollBack => "whoever takes over rolls back",
                OnDriverLoss::Hold => "whoever takes over holds it",
            }
            .to_owned(),
        }
    }

    fn promotion_words(&self) -> &'static str {
        match (self.promotion, self.strategy) {
            (Promotion::Verdict, _) => "by the verdict; by hand at any time",
            (_, Strategy::BlueGreen) => "by hand: a person switches to it",
            (_, Strategy::Rolling) => "by hand: it is watched until a person says so",
            (Promotion::Last, _) => "by the verdict; the last step waits for a person",
            (Promotion::Hand, _) => "by hand: every step waits for a person",
        }
    }

    /// All of it on one line.
    pub fn summary(&self) -> String {
        let manual = match self.promotion {
            Promotion::Verdict => "",
            Promotion::Last if self.strategy == Strategy::Canary => ", the last step promoted by hand",
            Promotion::Last | Promotion::Hand => ", promoted by hand",
        };
        match self.strategy {
            Strategy::Rolling => return format!("rolling update, {}{manual}", self.words(Choice::Times)),
            Strategy::BlueGreen => {
                return format!("blue/green, looked at for {}{manual}", self.words(Choice::Times));
            }
            Strategy::Canary => {}
        }
        format!("canary, {}, {} a step{manual}", self.words(Choice::Steps), self.words(Choice::Times))
    }
}

fn span(seconds: u32) -> String {
    short_duration(Duration::from_secs(u64::from(seconds)))
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
        for (line, (choice, _)) in LINES.iter().enumerate() {
            let mut choices = Choices::new(3);
            choices.go(line);
            let chosen =
                |strategy: &&Strategy| Choices { strategy: **strategy, ..choices.clone() }.matters(*choice);
            choices.strategy = *STRATEGIES.iter().find(chosen).unwrap();
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
    fn all_steps_offered_can_be_read() {
        for (steps, text) in STEPS.iter().enumerate() {
            let read = Choices { steps, ..Choices::new(1) }.steps();
            assert_eq!(read.iter().map(PaceStep::to_string).collect::<Vec<_>>().join(","), *text);
        }
    }

    #[test]
    fn those_with_a_header_can_come_first() {
        let mut choices = Choices::new(1);
        choices.go(2);
        choices.turn(false);
        let steps: Vec<String> = choices.pace().steps.iter().map(PaceStep::to_string).collect();
        assert_eq!(steps.join(","), "header:X-Canary=always,10,50,100");
        assert_eq!(
            choices.words(Choice::Steps),
            "requests with X-Canary: always, then 10, 50, 100 % of the requests"
        );
        assert!(choices.pace().plan().is_ok());
    }

    #[test]
    fn the_last_step_waits_for_a_person() {
        let mut choices = Choices { promotion: Promotion::Last, ..Choices::new(1) };
        let steps: Vec<String> = choices.pace().steps.iter().map(PaceStep::to_string).collect();
        assert_eq!((steps.join(",").as_str(), choices.pace().manual), ("10,50+pause,100", false));
        choices.strategy = Strategy::BlueGreen;
        assert!(choices.pace().manual && choices.pace().steps == Pace::default().steps);
    }

    #[test]
    fn what_does_not_matter_is_not_asked_for() {
        let all = Choices { traffic: Wish::Route, slow: Some(300), keep: 300, ..Choices::new(1) };
        assert_eq!((all.traffic(), all.pace().slow_ms, all.pace().keep_s), (Wish::Route, Some(300), 900));
        let colours = Choices { strategy: Strategy::BlueGreen, ..all.clone() };
        assert_eq!(
            (colours.traffic(), colours.pace().slow_ms, colours.pace().keep_s),
            (Wish::Auto, Some(300), 300)
        );
        let rolling = Choices { strategy: Strategy::Rolling, ..all };
        assert_eq!(
            (rolling.traffic(), rolling.pace().slow_ms, rolling.pace().keep_s),
            (Wish::Auto, None, 900)
        );
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
