//! Simulated canaries, drawn from fixed seeds: the bench prints the whole
//! table, the test asserts the targets with fewer runs.
//!
//! One run is the default plan: a step at 10 % and one at 50 %, each 5 to 10
//! minutes, looked at every 30 s. A step without a decision holds for up to
//! 20 minutes and then counts as held, because a person would be asked.

pub(crate) mod draws;

use draws::{binomial, bursty, poisson};
use fastrand::Rng;
use quarterdeck::engine::verdict::argo::{Answer, Phase, Template};
use quarterdeck::engine::verdict::condition::Condition;
use quarterdeck::engine::verdict::flagger::{Check, Flagger, Range, Tick};
use quarterdeck::engine::verdict::input::Bad;
use quarterdeck::engine::verdict::ratio::Rule;
use quarterdeck::engine::verdict::{Counts, Finding, Interval, Policy, Requests, StepClock, guards};

/// Seconds between looks, and the length of an interval.
pub(crate) const LOOK_S: u32 = 30;
/// Looks per step at most: 20 minutes.
const LOOKS: u32 = 40;
/// Looks of a step's planned duration: 10 minutes.
const PLANNED: u32 = 20;
/// Weights of the analysed steps.
const WEIGHTS: [f64; 2] = [0.1, 0.5];

/// One cell of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell {
    /// Requests per second of the whole service.
    pub(crate) rps: f64,
    /// Error rate of the stable version.
    pub(crate) base: f64,
    /// The canary's error rate as a multiple of it.
    pub(crate) ratio: f64,
    /// Correlation of errors within one interval and side (beta-binomial);
    /// 0 for independent errors.
    pub(crate) correlation: f64,
}

/// One drawn rollout.
pub(crate) struct Rollout {
    /// The counts of each step, 20 minutes of them.
    pub(crate) steps: [Requests; 2],
}

/// How a rollout ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Rolled back after this many seconds.
    RolledBack(u32),
    /// Passed every step.
    Promoted,
    /// Waits for a person.
    Held,
}

impl Cell {
    /// Draws one rollout. Equal seeds give equal rollouts.
    pub(crate) fn draw(&self, seed: u64) -> Rollout {
        let id = (self.rps * 7.0 + self.base * 1e7 + self.ratio * 1e3) as u64;
        let mut rng = Rng::with_seed(seed.wrapping_mul(1_000_003).wrapping_add(id));
        let steps = WEIGHTS.map(|w| Requests {
            bad: Bad::Failed,
            floor: 0.001,
            limit: None,
            fine: None,
            intervals: (0..LOOKS).map(|i| self.interval(&mut rng, w, i)).collect(),
        });
        Rollout { steps }
    }

    fn interval(&self, rng: &mut Rng, weight: f64, i: u32) -> Interval {
        let requests = self.rps * f64::from(LOOK_S);
        let mut side = |share: f64, rate: f64| {
            let n = poisson(rng, requests * share);
            let p = bursty(rng, rate, self.correlation);
            Some(Counts { n, e: binomial(rng, n, p) })
        };
        Interval {
            from_s: i * LOOK_S,
            to_s: (i + 1) * LOOK_S,
            canary: side(weight, (self.base * self.ratio).min(0.95)),
            baseline: side(1.0 - weight, self.base),
        }
    }
}

/// Runs `judge` over the looks of each step until it ends the rollout.
/// `judge` gets the step and how many of its intervals have passed.
fn walk(rollout: &Rollout, mut judge: impl FnMut(&Requests, u32) -> Option<bool>) -> End {
    let mut seconds = 0;
    for step in &rollout.steps {
        let mut passed = None;
        for look in 1..=LOOKS {
            seconds += LOOK_S;
            passed = judge(step, look);
            if passed.is_some() {
                break;
            }
        }
        match passed {
            Some(true) => {}
            Some(false) => return End::RolledBack(seconds),
            None => return End::Held,
        }
    }
    End::Promoted
}

fn seen(step: &Requests, look: u32) -> &[Interval] {
    &step.intervals[..look as usize]
}

/// Quarterdeck's rule with its default policy. `verdict` itself would also
/// write sentences; the test checks that both agree.
pub(crate) fn quarterdeck(rollout: &Rollout) -> End {
    let policy = Policy::default();
    walk(rollout, |step, look| {
        let rule = Rule { policy: &policy, clock: clock(look), critical: 1, compared: true };
        let newest =
            Requests { intervals: seen(step, look)[look.saturating_sub(2) as usize..].to_vec(), ..*step };
        if guards::ceiling(&newest, &policy.guards).is_some() {
            return Some(false);
        }
        let reading = rule.read(step, seen(step, look));
        match rule.finding(step, &reading) {
            Finding::Worse | Finding::WorseAtEnd | Finding::Failed => Some(false),
            Finding::Fine if rule.clock.elapsed_s >= rule.clock.min_s => Some(true),
            Finding::Fine | Finding::Open | Finding::Inconclusive | Finding::NoData => None,
        }
    })
}

/// The clock at a look.
pub(crate) fn clock(look: u32) -> StepClock {
    StepClock { elapsed_s: look * LOOK_S, min_s: 300, max_s: PLANNED * LOOK_S }
}

/// "The canary's error rate of the last minute must stay below twice the
/// baseline's."
pub(crate) fn naive(rollout: &Rollout) -> End {
    walk(rollout, |step, look| {
        let (canary, baseline) = window(seen(step, look), 2);
        let worse = canary.e > 0 && canary.e * baseline.n > 2 * baseline.e * canary.n;
        if worse { Some(false) } else { (look >= PLANNED).then_some(true) }
    })
}

/// Flagger as its documentation starts: every minute, success rate of the
/// last minute at least 99 %, five failed checks.
pub(crate) fn flagger(rollout: &Rollout) -> End {
    let mut state = Flagger::new(5);
    walk(rollout, |step, look| {
        if look % 2 == 1 {
            return None;
        }
        let (canary, _) = window(seen(step, look), 2);
        let check = Check {
            name: String::new(),
            range: Range { min: Some(99.0), max: None },
            value: canary.rate().map(|r| 100.0 * (1.0 - r)),
        };
        match state.tick(&[check]) {
            Tick::Rollback(_) => Some(false),
            Tick::Advance | Tick::Halt(_) => (look >= PLANNED).then_some(true),
        }
    })
}

/// Argo Rollouts with its default limits and the success-rate condition of
/// its documentation: every minute, at least 95 % over the last 5 minutes.
pub(crate) fn argo(rollout: &Rollout) -> End {
    let template = Template {
        success: Condition::parse("result[0] >= 0.95").ok(),
        count: Some(PLANNED / 2),
        ..Template::default()
    };
    let mut measured = Vec::new();
    walk(rollout, |step, look| {
        if look == 1 {
            measured.clear();
        }
        if look % 2 == 1 {
            return None;
        }
        let (canary, _) = window(seen(step, look), 10);
        let answer = Answer::Value(canary.rate().map_or(f64::NAN, |r| 1.0 - r));
        measured.push(template.measure(&answer));
        match template.assess(&measured) {
            Phase::Running => None,
            Phase::Successful => Some(true),
            Phase::Failed | Phase::Inconclusive | Phase::Error => Some(false),
        }
    })
}

fn window(intervals: &[Interval], newest: usize) -> (Counts, Counts) {
    let from = intervals.len().saturating_sub(newest);
    quarterdeck::engine::verdict::input::totals(&intervals[from..])
}

/// The 50 % step of a canary that is healthy for `healthy` looks and then
/// errs at the cell's ratio.
pub(crate) fn late(cell: Cell, healthy: usize, seed: u64) -> Requests {
    let well = Cell { ratio: 1.0, ..cell };
    let [_, mut step] = well.draw(seed).steps;
    let [_, bad] = cell.draw(seed + 1_000_000).steps;
    for (i, b) in step.intervals.iter_mut().zip(bad.intervals).skip(healthy) {
        i.canary = b.canary;
    }
    step
}

/// Seconds after which quarterdeck's rule rolls a step back, if it does.
pub(crate) fn caught(step: &Requests) -> Option<u32> {
    let both = Rollout { steps: [step.clone(), step.clone()] };
    match quarterdeck(&both) {
        End::RolledBack(seconds) => Some(seconds),
        End::Promoted | End::Held => None,
    }
}

/// What became of many rollouts of one cell.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    runs: u32,
    promoted: u32,
    /// Seconds to rollback, sorted.
    times: Vec<u32>,
}

impl Tally {
    /// Draws `runs` rollouts and judges each with every judge.
    pub(crate) fn of<const N: usize>(cell: Cell, runs: u32, judges: [fn(&Rollout) -> End; N]) -> [Self; N] {
        let mut tallies = std::array::from_fn(|_| Self::default());
        for seed in 0..runs {
            let rollout = cell.draw(u64::from(seed));
            for (tally, judge) in tallies.iter_mut().zip(judges) {
                tally.add(judge(&rollout));
            }
        }
        for tally in &mut tallies {
            tally.times.sort_unstable();
        }
        tallies
    }

    fn add(&mut self, end: End) {
        self.runs += 1;
        match end {
            End::RolledBack(seconds) => self.times.push(seconds),
            End::Promoted => self.promoted += 1,
            End::Held => {}
        }
    }

    /// Share rolled back, in percent.
    pub(crate) fn rolled_back(&self) -> f64 {
        100.0 * self.times.len() as f64 / f64::from(self.runs)
    }

    /// Share promoted through every step, in percent.
    pub(crate) fn promoted(&self) -> f64 {
        100.0 * f64::from(self.promoted) / f64::from(self.runs)
    }

    /// Median minutes to rollback, of those rolled back.
    pub(crate) fn median_minutes(&self) -> Option<f64> {
        let middle = self.times.get(self.times.len() / 2)?;
        Some(f64::from(*middle) / 60.0)
    }
}
