//! Range vectors: samples of a selector, or the steps of a subquery read as
//! samples. Both end in the same shape, one series at a time.

use super::Eval;
use super::frame::Grid;
use crate::promql::error::Error;
use crate::promql::labels::Labels;
use crate::promql::node::{Node, Range, RangeOf};
use crate::promql::source::{Samples, Window};
use crate::promql::stale::is_stale;
use crate::promql::value::Track;

/// One series inside a range, markers removed.
pub(crate) struct Stretch<'a> {
    pub(crate) labels: &'a Labels,
    /// The series comes from a subquery that owes a name removal.
    pub(crate) drop_name: bool,
    pub(crate) samples: &'a Samples,
}

impl Eval<'_> {
    /// Calls `visit` for every series of a range vector, with the samples any
    /// step of the grid can need.
    pub(crate) fn each_series(
        &mut self,
        range: &Range,
        grid: Grid,
        visit: &mut dyn FnMut(&mut Self, Stretch<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let first = self.shifted(range.shift, grid.start_ms);
        let last = self.shifted(range.shift, grid.end_ms());
        let window = Window { after_ms: first - range.length_ms, until_ms: last };
        match &range.of {
            RangeOf::Samples(matchers) => {
                let source = self.source;
                let mut clean = Samples::default();
                source.select(matchers, window, &mut |labels, samples| {
                    self.charge(samples.len())?;
                    let samples = without_markers(samples, &mut clean);
                    if samples.is_empty() {
                        return Ok(());
                    }
                    visit(self, Stretch { labels, drop_name: false, samples })
                })
            }
            RangeOf::Subquery { inner, step_ms } => {
                let step_ms = step_ms.filter(|s| *s > 0).unwrap_or(self.limits.subquery_step_ms);
                self.each_of_subquery(inner, window, step_ms.max(1), visit)
            }
        }
    }

    fn each_of_subquery(
        &mut self,
        inner: &Node,
        window: Window,
        step_ms: i64,
        visit: &mut dyn FnMut(&mut Self, Stretch<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        // Steps are multiples of the step since the epoch, not since the query.
        let start_ms = window.after_ms.div_euclid(step_ms) * step_ms + step_ms;
        if start_ms > window.until_ms {
            return Ok(());
        }
        let steps = ((window.until_ms - start_ms) / step_ms) as usize + 1;
        if steps > self.limits.max_samples {
            return Err(Error::TooManySamples(self.limits.max_samples));
        }
        let grid = Grid { start_ms, step_ms, steps };
        let frame = self.vector(inner, grid)?;
        let mut samples = Samples::default();
        for (row, cells) in frame.iter() {
            samples.clear();
            for (step, &value) in cells.iter().enumerate() {
                if !is_stale(value) {
                    samples.push(grid.time(step), value);
                }
            }
            if !samples.is_empty() {
                let drop_name = row.drop_name;
                visit(self, Stretch { labels: &row.labels, drop_name, samples: &samples })?;
            }
        }
        Ok(())
    }

    /// The points themselves, for an instant query that is a range vector.
    pub(crate) fn range_points(&mut self, range: &Range, grid: Grid) -> Result<Vec<Track>, Error> {
        let mut tracks = Vec::new();
        self.each_series(range, grid, &mut |_, stretch| {
            let labels =
                if stretch.drop_name { stretch.labels.without_name() } else { stretch.labels.clone() };
            tracks.push(Track { labels, points: stretch.samples.clone() });
            Ok(())
        })?;
        tracks.sort_by(|a: &Track, b: &Track| a.labels.cmp(&b.labels));
        if tracks.windows(2).any(|pair| pair[0].labels == pair[1].labels) {
            return Err(Error::duplicate_labelset());
        }
        Ok(tracks)
    }
}

/// The samples without staleness markers; copies only when there are any.
fn without_markers<'a>(samples: &'a Samples, clean: &'a mut Samples) -> &'a Samples {
    if !samples.values.iter().any(|v| is_stale(*v)) {
        return samples;
    }
    clean.clear();
    for (&time, &value) in samples.times.iter().zip(&samples.values) {
        if !is_stale(value) {
            clean.push(time, value);
        }
    }
    clean
}
