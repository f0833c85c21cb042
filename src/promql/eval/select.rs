//! Instant selectors: the newest sample of each series that is not older than
//! the lookback, at every step.

use super::Eval;
use super::frame::{Frame, Grid, times};
use crate::promql::error::Error;
use crate::promql::node::Selector;
use crate::promql::source::{Samples, Window};
use crate::promql::stale::is_stale;

impl Eval<'_> {
    /// Selects into a frame; with `own_times`, the cells hold the samples' own
    /// times in seconds (for `timestamp()`) instead of their values.
    pub(crate) fn select(
        &mut self,
        selector: &Selector,
        grid: Grid,
        own_times: bool,
    ) -> Result<Frame, Error> {
        let first = self.shifted(selector.shift, grid.start_ms);
        let last = self.shifted(selector.shift, grid.end_ms());
        let lookback = self.limits.lookback_ms;
        let window = Window { after_ms: first - lookback, until_ms: last };
        // With `@` every step looks at the same time.
        let step_ms = if selector.shift.at.is_some() { 0 } else { grid.step_ms };
        let mut frame = Frame::new(grid.steps);
        let source = self.source;
        source.select(&selector.matchers, window, &mut |labels, samples| {
            self.charge(samples.len() + grid.steps)?;
            let cells = frame.push(labels.clone(), false);
            if !fill(cells, samples, first, step_ms, lookback, own_times) {
                frame.pop();
            }
            Ok(())
        })?;
        Ok(frame)
    }
}

/// Walks steps and samples together; tells whether any cell got a value.
fn fill(
    cells: &mut [f64],
    samples: &Samples,
    first_ms: i64,
    step_ms: i64,
    lookback_ms: i64,
    own_times: bool,
) -> bool {
    let mut next = 0;
    let mut any = false;
    for (step, cell) in cells.iter_mut().enumerate() {
        let at = first_ms + times(step, step_ms);
        while next < samples.len() && samples.times[next] <= at {
            next += 1;
        }
        let Some(newest) = next.checked_sub(1) else {
            continue;
        };
        let (time, value) = (samples.times[newest], samples.values[newest]);
        if time > at - lookback_ms && !is_stale(value) {
            *cell = if own_times { time as f64 / 1000.0 } else { value };
            any = true;
        }
    }
    any
}
