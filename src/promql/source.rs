//! Where samples come from: the one trait the evaluator asks.

use super::error::Error;
use super::labels::Labels;
use super::matcher::{Matcher, all_match};

/// Samples of one series, oldest first; two columns of equal length.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Samples {
    /// Milliseconds since the epoch, strictly rising.
    pub times: Vec<i64>,
    /// Values; a staleness marker stands where a series ended.
    pub values: Vec<f64>,
}

impl Samples {
    /// Appends one sample.
    pub fn push(&mut self, at_ms: i64, value: f64) {
        self.times.push(at_ms);
        self.values.push(value);
    }

    /// Forgets all samples, keeps the memory.
    pub fn clear(&mut self) {
        self.times.clear();
        self.values.clear();
    }

    /// How many samples there are.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }
}

/// A stretch of time, open on the left as all of Prometheus 3:
/// `after_ms < t <= until_ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Exclusive start, milliseconds since the epoch.
    pub after_ms: i64,
    /// Inclusive end, milliseconds since the epoch.
    pub until_ms: i64,
}

/// What the evaluator calls for each selected series.
pub type Visit<'a> = dyn FnMut(&Labels, &Samples) -> Result<(), Error> + 'a;

/// A source of series.
pub trait Series: Sync {
    /// Calls `visit` once for every series that satisfies all `matchers` and
    /// has samples inside `window`, with those samples (markers included).
    /// The order of series is free; no series comes twice.
    ///
    /// # Errors
    /// Whatever `visit` returns, at once; and `Error::Source` when reading
    /// fails.
    fn select(&self, matchers: &[Matcher], window: Window, visit: &mut Visit<'_>) -> Result<(), Error>;
}

/// The plainest source: a list in memory. For tests, files and small imports;
/// every select looks at every series.
#[derive(Debug, Clone, Default)]
pub struct MemorySeries {
    series: Vec<(Labels, Samples)>,
}

impl MemorySeries {
    /// Adds samples of a series, later than those it has.
    pub fn append(&mut self, labels: &Labels, samples: &Samples) {
        let at = self.series.iter().position(|(have, _)| have == labels).unwrap_or_else(|| {
            self.series.push((labels.clone(), Samples::default()));
            self.series.len() - 1
        });
        let into = &mut self.series[at].1;
        for (&time, &value) in samples.times.iter().zip(&samples.values) {
            match into.times.binary_search(&time) {
                Ok(found) => into.values[found] = value,
                Err(place) => {
                    into.times.insert(place, time);
                    into.values.insert(place, value);
                }
            }
        }
    }

    /// All series with their samples.
    pub fn iter(&self) -> impl Iterator<Item = (&Labels, &Samples)> {
        self.series.iter().map(|(labels, samples)| (labels, samples))
    }
}

impl Series for MemorySeries {
    fn select(&self, matchers: &[Matcher], window: Window, visit: &mut Visit<'_>) -> Result<(), Error> {
        let mut inside = Samples::default();
        for (labels, samples) in &self.series {
            if !all_match(matchers, labels) {
                continue;
            }
            let from = samples.times.partition_point(|&t| t <= window.after_ms);
            let until = samples.times.partition_point(|&t| t <= window.until_ms);
            if from >= until {
                continue;
            }
            inside.clear();
            inside.times.extend_from_slice(&samples.times[from..until]);
            inside.values.extend_from_slice(&samples.values[from..until]);
            visit(labels, &inside)?;
        }
        Ok(())
    }
}
