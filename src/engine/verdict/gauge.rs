//! The rule for one gauge metric.

use super::input::{Gauge, StepClock, Worse};
use super::mann_whitney;
use super::number::rounded;
use super::outcome::{Finding, Shift};

/// Fewest points per side; below, ranks say little (Spinnaker's advice).
pub const MIN_POINTS: usize = 50;

impl Gauge {
    /// Samples of both sides. Values that are not finite are dropped, the
    /// rest is kept to six digits so that a stored verdict replays exactly.
    pub fn new(canary: &[f64], baseline: &[f64]) -> Self {
        let clean = |values: &[f64]| {
            let finite = values.iter().filter(|v| v.is_finite());
            finite.map(|v| rounded(*v)).collect()
        };
        Self { canary: clean(canary), baseline: clean(baseline), worse: Worse::default(), tolerance: 0.1 }
    }
}

/// What a gauge says. A shift rolls back only at the end of the step, where
/// it is looked at once; before, it keeps the metric open and so holds.
pub fn judge(gauge: &Gauge, clock: StepClock) -> (Finding, Option<Shift>) {
    let points = gauge.canary.len().min(gauge.baseline.len());
    if points == 0 {
        return (Finding::NoData, None);
    }
    let Some(location) = mann_whitney::shift(&gauge.canary, &gauge.baseline) else {
        return (Finding::NoData, None);
    };
    let mut baseline = gauge.baseline.clone();
    baseline.sort_by(f64::total_cmp);
    let shift = Shift {
        canary: gauge.canary.len(),
        baseline: gauge.baseline.len(),
        estimate: rounded(location.estimate),
        low: rounded(location.low),
        high: rounded(location.high),
        median: rounded(mann_whitney::median(&baseline)),
    };
    let finding = if points < MIN_POINTS {
        Finding::Open
    } else if !is_worse(&shift, gauge) {
        Finding::Fine
    } else if clock.elapsed_s >= clock.max_s {
        Finding::WorseAtEnd
    } else {
        Finding::Open
    };
    (finding, Some(shift))
}

/// The whole interval lies on the bad side of zero, and the shift is large
/// enough to matter.
fn is_worse(shift: &Shift, gauge: &Gauge) -> bool {
    let matters = shift.estimate.abs() >= gauge.tolerance * shift.median.abs();
    let up = shift.low > 0.0;
    let down = shift.high < 0.0;
    matters
        && match gauge.worse {
            Worse::Higher => up,
            Worse::Lower => down,
            Worse::Either => up || down,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUNNING: StepClock = StepClock { elapsed_s: 300, min_s: 300, max_s: 600 };
    const ENDED: StepClock = StepClock { elapsed_s: 600, min_s: 300, max_s: 600 };

    fn level(around: f64, n: usize) -> Vec<f64> {
        let mut rng = fastrand::Rng::with_seed(around.to_bits());
        (0..n).map(|_| around * (0.95 + 0.1 * rng.f64())).collect()
    }

    #[test]
    fn a_leak_holds_and_at_the_end_condemns() {
        let leak = Gauge::new(&level(150.0, 80), &level(100.0, 80));
        assert_eq!(judge(&leak, RUNNING).0, Finding::Open);
        assert_eq!(judge(&leak, ENDED).0, Finding::WorseAtEnd);
        let less = Gauge::new(&level(60.0, 80), &level(100.0, 80));
        assert_eq!(judge(&less, ENDED).0, Finding::Fine, "less memory is fine");
        let fewer_hits = Gauge { worse: Worse::Lower, ..less };
        assert_eq!(judge(&fewer_hits, ENDED).0, Finding::WorseAtEnd);
    }

    #[test]
    fn small_shifts_and_small_samples_do_not() {
        let slight = Gauge::new(&level(104.0, 300), &level(100.0, 300));
        assert_eq!(judge(&slight, ENDED).0, Finding::Fine);
        let few = Gauge::new(&level(150.0, 49), &level(100.0, 80));
        assert_eq!(judge(&few, ENDED).0, Finding::Open);
        let none = Gauge::new(&[f64::NAN], &level(100.0, 80));
        assert_eq!(judge(&none, ENDED).0, Finding::NoData);
    }
}
