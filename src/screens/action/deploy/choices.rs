//! How a version comes in: one line for each thing that can be chosen, a few
//! sensible values for each. Anything else is for `qd deploy`.

mod words;

use super::Kept;
use crate::engine::canary::Analysis;
use crate::engine::delivery::{Pace, PaceStep};
use crate::engine::record::{OnDriverLoss, Strategy};
use crate::engine::router::Wish;
use crate::engine::verdict::Importance;

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
    /// Conditions beside the requests.
    Conditions,
    /// How long an old colour is kept.
    Keep,
    /// What a successor does.
    Loss,
}

/// The lines in their order, each with its word.
pub(super) const LINES: [(Choice, &str); 10] = [
    (Choice::Where, "Where"),
    (Choice::How, "Strategy"),
    (Choice::Steps, "Steps"),
    (Choice::Times, "A step takes"),
    (Choice::Promotion, "Promotion"),
    (Choice::Traffic, "Traffic"),
    (Choice::Slow, "Slow"),
    (Choice::Conditions, "Conditions"),
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
    /// What the last deliveries to each had.
    sites: Vec<Kept>,
    /// How it comes in.
    pub strategy: Strategy,
    steps: usize,
    times: usize,
    promotion: Promotion,
    traffic: Wish,
    slow: Option<u32>,
    /// Whether the conditions of the last one hold again.
    again: bool,
    keep: u32,
    /// What a successor does if the driver is lost.
    pub loss: OnDriverLoss,
    /// The line that has the keys.
    pub line: usize,
}

impl Choices {
    /// A canary as usual, to the first of `sites`.
    pub fn new(sites: Vec<Kept>) -> Self {
        Self {
            site: 0,
            sites,
            strategy: Strategy::Canary,
            steps: 0,
            times: 0,
            promotion: Promotion::Verdict,
            traffic: Wish::Auto,
            slow: None,
            again: false,
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
        let (analyses, requests) =
            if self.again { self.last_conditions() } else { (&[][..], Importance::Critical) };
        Pace {
            steps,
            min_s,
            max_s,
            manual: by_hand,
            slow_ms: self.slow.filter(|_| self.matters(Choice::Slow)),
            requests,
            analyses: analyses.to_vec(),
            keep_s: if self.matters(Choice::Keep) { self.keep } else { usual.keep_s },
            ..usual
        }
    }

    fn steps(&self) -> Vec<PaceStep> {
        let steps = STEPS.get(self.steps).copied().unwrap_or_default();
        steps.split(',').filter_map(|step| step.parse().ok()).collect()
    }

    /// Those of the last delivery that came in the same way.
    fn last_conditions(&self) -> (&[Analysis], Importance) {
        let none: (&[Analysis], _) = (&[], Importance::Critical);
        self.sites.get(self.site).map_or(none, |kept| kept.conditions(self.strategy))
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
            Choice::Where => self.site = next(self.site, self.sites.len()),
            Choice::How => self.strategy = pick(&STRATEGIES, &self.strategy, next),
            Choice::Steps => self.steps = next(self.steps, STEPS.len()),
            Choice::Times => self.times = next(self.times, TIMES.len()),
            Choice::Promotion => self.promotion = pick(&PROMOTIONS, &self.promotion, next),
            Choice::Traffic => self.traffic = pick(&TRAFFIC, &self.traffic, next),
            Choice::Slow => self.slow = pick(&SLOW, &self.slow, next),
            Choice::Conditions => self.again = !self.again,
            Choice::Keep => self.keep = pick(&KEPT, &self.keep, next),
            Choice::Loss => self.loss = pick(&LOSSES, &self.loss, next),
        }
        true
    }

    /// Whether there is anything to choose on a line.
    pub fn matters(&self, choice: Choice) -> bool {
        match choice {
            Choice::Where => self.sites.len() > 1,
            Choice::Steps | Choice::Traffic => self.strategy == Strategy::Canary,
            Choice::Slow => self.strategy != Strategy::Rolling,
            Choice::Conditions => !self.last_conditions().0.is_empty(),
            Choice::Keep => self.strategy == Strategy::BlueGreen,
            Choice::How | Choice::Times | Choice::Promotion | Choice::Loss => true,
        }
    }
}

fn pick<T: Copy + PartialEq>(all: &[T], now: &T, next: impl Fn(usize, usize) -> usize) -> T {
    let at = all.iter().position(|one| one == now).unwrap_or(0);
    all.get(next(at, all.len())).copied().unwrap_or(*now)
}

#[cfg(test)]
mod tests;
