//! The rule for one request metric, against the baseline or, when there is
//! none left to compare with, against the objective alone.
//!
//! Only numbers here; sentences are made in [`super::explain`].

use super::absolute::Bars;
use super::input::{Bad, Counts, Interval, Requests, StepClock, totals};
use super::number::rounded;
use super::outcome::Finding;
use super::policy::Policy;
use super::{absolute, beta, burst, eprocess, recent};

/// The statistics of one request metric at one look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// Canary totals.
    pub canary: Counts,
    /// Baseline totals.
    pub baseline: Counts,
    /// Intervals in which the canary had requests.
    pub intervals: usize,
    /// Intervals in which it had bad ones.
    pub bad_intervals: usize,
    /// Burst factor.
    pub phi: f64,
    /// Evidence for "worse", of the whole step or of its last moments,
    /// whichever says more.
    pub e: f64,
    /// Whether the last moments say more ([`super::recent`]).
    pub sudden: bool,
    /// Evidence for "fine".
    pub e_prime: f64,
}

/// How a metric is judged in this verdict.
#[derive(Debug, Clone, Copy)]
pub struct Rule<'a> {
    /// The policy in force.
    pub policy: &'a Policy,
    /// The step's clock.
    pub clock: StepClock,
    /// How many critical request metrics share the error probability.
    pub critical: usize,
    /// Whether there is a baseline to compare with.
    pub compared: bool,
}

impl Rule<'_> {
    /// The evidence that rolls back: `m/alpha` for m critical metrics.
    pub fn e_needed(&self) -> f64 {
        self.policy.rollback_evidence * self.critical.max(1) as f64
    }

    /// Statistics of `intervals` of this metric.
    pub fn read(&self, requests: &Requests, intervals: &[Interval]) -> Reading {
        let phi = rounded(burst::phi(intervals));
        let (whole, e_prime) = if self.compared {
            (eprocess::WORSE.evidence(intervals, phi), eprocess::FINE.evidence(intervals, phi))
        } else {
            absolute::evidence(intervals, requests.bars(), phi)
        };
        let newest = if self.compared { recent::evidence(intervals, self.policy) } else { 0.0 };
        let (canary, baseline) = if self.compared {
            totals(intervals)
        } else {
            let canary = intervals.iter().filter_map(|i| i.canary);
            (canary.fold(Counts::default(), |a, b| a + b), Counts::default())
        };
        let seen = |f: fn(Counts) -> bool| {
            let sides = intervals.iter().filter_map(|i| i.canary);
            sides.filter(|c| f(*c)).count()
        };
        Reading {
            canary,
            baseline,
            intervals: seen(|c| c.n > 0),
            bad_intervals: seen(|c| c.e > 0),
            phi,
            e: rounded(whole.max(newest)),
            sudden: newest > whole,
            e_prime: rounded(e_prime),
        }
    }

    /// What the metric says, given its reading of all intervals so far.
    pub fn finding(&self, requests: &Requests, reading: &Reading) -> Finding {
        if self.is_worse(requests, reading) {
            return Finding::Worse;
        }
        if self.is_fine(requests, reading) {
            return Finding::Fine;
        }
        if self.clock.elapsed_s >= self.clock.max_s && self.compared {
            return self.at_end(requests);
        }
        Finding::Open
    }

    fn is_worse(&self, requests: &Requests, r: &Reading) -> bool {
        let p = self.policy;
        r.intervals >= p.warmup_intervals
            && r.canary.e >= p.min_errors
            && (r.sudden || r.phi <= 1.0 || events(r) >= p.min_events)
            && r.bad_intervals >= p.min_bad_intervals
            && r.e >= self.e_needed()
            && above_floor(requests, r.canary)
    }

    /// Whether more is bad than is fine, where nobody stands beside the new
    /// version: too little may have been counted before to condemn it, yet it
    /// is not a matter of too few requests now. Held to the geometric middle of
    /// both bars: at the lower one every service would be doubted that was
    /// lucky in its few requests before.
    pub(super) fn above_fine(&self, requests: &Requests, r: &Reading) -> bool {
        if self.compared {
            return false;
        }
        let bars = match (requests.bars(), requests.bad) {
            (Some(bars), _) => bars,
            (None, Bad::Failed) => Bars { fine: requests.floor, worse: 1.0 },
            // Without a past nobody knows how slow is usual.
            (None, Bad::SlowerThanMs(_)) => return false,
        };
        let middle = (bars.fine * bars.worse).sqrt();
        let bars = Some(Bars { fine: middle, worse: middle });
        let e = rounded(absolute::evidence(&requests.intervals, bars, r.phi).0);
        self.is_worse(requests, &Reading { e, ..*r })
    }

    fn is_fine(&self, requests: &Requests, r: &Reading) -> bool {
        if r.intervals < self.policy.promote_intervals || r.canary.n == 0 {
            return false;
        }
        r.e_prime >= self.policy.promote_evidence || self.below_floor(requests, r)
    }

    /// The upper bound of the canary's rate is at most the floor. Bursty
    /// counts are worth fewer independent requests.
    pub(super) fn below_floor(&self, requests: &Requests, r: &Reading) -> bool {
        let (n, e) = (r.canary.n as f64 / r.phi, r.canary.e as f64 / r.phi);
        r.intervals >= self.policy.floor_intervals
            && beta::rate_at_most(requests.floor, n, e, self.policy.floor_alpha)
    }

    /// The reading of the single look at the end of the step. It uses only
    /// what was seen until then, so it stays one look however long the hold
    /// lasts.
    pub fn read_end(&self, requests: &Requests) -> Reading {
        let intervals = &requests.intervals;
        let until = intervals.partition_point(|i| i.to_s <= self.clock.max_s);
        self.read(requests, intervals.get(..until).unwrap_or(intervals))
    }

    fn at_end(&self, requests: &Requests) -> Finding {
        let p = self.policy;
        let r = self.read_end(requests);
        let posterior = self.posterior(&r);
        let both = (r.canary.e + r.baseline.e) as f64 / r.phi;
        if posterior >= p.rollback_posterior
            && events(&r) >= p.min_events
            && r.bad_intervals >= p.min_bad_intervals
            && above_floor(requests, r.canary)
        {
            Finding::WorseAtEnd
        } else if posterior <= p.promote_posterior && both >= 5.0 && r.intervals >= p.promote_intervals {
            Finding::Fine
        } else {
            Finding::Open
        }
    }

    /// Posterior probability that the ratio is above the null ratio; 0.5
    /// without a baseline.
    pub fn posterior(&self, r: &Reading) -> f64 {
        if !self.compared {
            return 0.5;
        }
        let pair = |c: Counts| (c.n as f64, c.e as f64);
        let (canary, baseline) = (pair(r.canary), pair(r.baseline));
        rounded(beta::ratio_above(eprocess::NULL_RATIO, canary, baseline, r.phi))
    }
}

/// Independent events the canary's errors are worth.
fn events(r: &Reading) -> f64 {
    r.canary.e as f64 / r.phi
}

/// The shrunk rate is above the floor: "ten times nothing" is harmless.
fn above_floor(requests: &Requests, canary: Counts) -> bool {
    (canary.e as f64 + 0.5) / (canary.n as f64 + 1.0) > requests.floor
}
