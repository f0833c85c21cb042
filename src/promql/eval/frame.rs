//! The columnar middle of an evaluation: a time grid and rows of cells.
//!
//! A whole range query is evaluated operator by operator over all steps, not
//! step by step over the tree: labels are matched and grouped once per row,
//! and the inner loops run over plain slices of floats.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::promql::error::Error;
use crate::promql::labels::{Labels, NAME};
use crate::promql::stale::{STALE, is_stale};

/// `count` steps in milliseconds. Counts are bounded by the limits, far below
/// what could overflow.
#[expect(clippy::cast_possible_wrap, reason = "bounded by Limits::max_steps and max_samples")]
pub(crate) fn times(count: usize, step_ms: i64) -> i64 {
    count as i64 * step_ms
}

/// The times an expression is evaluated at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Grid {
    pub(crate) start_ms: i64,
    pub(crate) step_ms: i64,
    pub(crate) steps: usize,
}

impl Grid {
    pub(crate) fn time(&self, step: usize) -> i64 {
        self.start_ms + times(step, self.step_ms)
    }

    pub(crate) fn end_ms(&self) -> i64 {
        self.time(self.steps.saturating_sub(1))
    }

    pub(crate) fn times(self) -> impl Iterator<Item = i64> {
        (0..self.steps).map(move |step| self.time(step))
    }
}

/// The head of a row.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) labels: Labels,
    /// With delayed name removal: the name is to go at the end.
    pub(crate) drop_name: bool,
}

/// An instant vector at every step of a grid. A cell without value holds the
/// staleness marker.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) steps: usize,
    pub(crate) rows: Vec<Row>,
    cells: Vec<f64>,
}

impl Frame {
    pub(crate) fn new(steps: usize) -> Self {
        Self { steps, rows: Vec::new(), cells: Vec::new() }
    }

    /// Adds a row without values and returns its cells.
    pub(crate) fn push(&mut self, labels: Labels, drop_name: bool) -> &mut [f64] {
        self.rows.push(Row { labels, drop_name });
        let from = self.cells.len();
        self.cells.resize(from + self.steps, STALE);
        &mut self.cells[from..]
    }

    pub(crate) fn push_row(&mut self, row: Row, cells: &[f64]) {
        self.rows.push(row);
        self.cells.extend_from_slice(cells);
    }

    /// Takes the newest row away again.
    pub(crate) fn pop(&mut self) {
        self.rows.pop();
        self.cells.truncate(self.rows.len() * self.steps);
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn row(&self, row: usize) -> &[f64] {
        &self.cells[row * self.steps..(row + 1) * self.steps]
    }

    pub(crate) fn row_mut(&mut self, row: usize) -> &mut [f64] {
        &mut self.cells[row * self.steps..(row + 1) * self.steps]
    }

    /// The value of a cell.
    pub(crate) fn get(&self, row: usize, step: usize) -> Option<f64> {
        let value = self.cells[row * self.steps + step];
        (!is_stale(value)).then_some(value)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Row, &[f64])> {
        self.rows.iter().zip(self.cells.chunks_exact(self.steps.max(1)))
    }

    /// Whether any row has a value, per step.
    pub(crate) fn any(&self) -> Vec<bool> {
        let mut any = vec![false; self.steps];
        for (_, cells) in self.iter() {
            for (seen, value) in any.iter_mut().zip(cells) {
                *seen |= !is_stale(*value);
            }
        }
        any
    }

    /// Replaces every value.
    pub(crate) fn map(&mut self, f: impl Fn(f64) -> f64) {
        for value in &mut self.cells {
            if !is_stale(*value) {
                *value = f(*value);
            }
        }
    }

    /// The same rows over a longer grid, each with its one value repeated.
    pub(crate) fn broadcast(self, steps: usize) -> Self {
        let mut wide = Self::new(steps);
        wide.cells.reserve(self.rows.len() * steps);
        for (row, value) in self.rows.into_iter().zip(self.cells) {
            wide.rows.push(row);
            wide.cells.resize(wide.cells.len() + steps, value);
        }
        wide
    }

    /// Whether all rows have the same metric name.
    pub(crate) fn has_one_name(&self) -> bool {
        self.rows.windows(2).all(|w| w[0].labels.name() == w[1].labels.name())
    }

    /// Drops the metric name of every row: at once, or marked for the end.
    pub(crate) fn drop_names(mut self, delayed: bool) -> Result<Self, Error> {
        if delayed {
            for row in &mut self.rows {
                row.drop_name = true;
            }
            return Ok(self);
        }
        let one_name = self.has_one_name();
        for row in &mut self.rows {
            row.labels = row.labels.without_name();
        }
        // Rows that were unique under one name stay unique without it.
        if one_name { Ok(self) } else { self.merge_duplicates() }
    }

    /// Carries out the name removals that were put off.
    pub(crate) fn settle_names(mut self) -> Result<Self, Error> {
        let mut changed = false;
        for row in &mut self.rows {
            if std::mem::take(&mut row.drop_name) && !row.labels.get(NAME).is_empty() {
                row.labels = row.labels.without_name();
                changed = true;
            }
        }
        if changed { self.merge_duplicates() } else { Ok(self) }
    }

    /// Joins rows with equal labels.
    ///
    /// # Errors
    /// Two of them have a value at the same step.
    pub(crate) fn merge_duplicates(self) -> Result<Self, Error> {
        let mut first: HashMap<&Labels, usize> = HashMap::with_capacity(self.rows.len());
        if self.rows.iter().enumerate().all(|(i, row)| first.insert(&row.labels, i).is_none()) {
            return Ok(self);
        }
        let mut merged = Self::new(self.steps);
        let mut place: HashMap<Labels, usize> = HashMap::new();
        for (row, cells) in self.iter() {
            match place.entry(row.labels.clone()) {
                Entry::Vacant(free) => {
                    free.insert(merged.len());
                    merged.push_row(row.clone(), cells);
                }
                Entry::Occupied(taken) => {
                    for (into, value) in merged.row_mut(*taken.get()).iter_mut().zip(cells) {
                        if is_stale(*value) {
                            continue;
                        }
                        if !is_stale(*into) {
                            return Err(Error::duplicate_labelset());
                        }
                        *into = *value;
                    }
                }
            }
        }
        Ok(merged)
    }
}

/// The result of a node over a grid.
#[derive(Debug, Clone)]
pub(crate) enum Column {
    /// One number per step.
    Scalar(Vec<f64>),
    /// A string literal.
    Text(String),
    /// A vector per step.
    Vector(Frame),
}

impl Column {
    /// The numbers of a scalar; the parser guarantees the type.
    pub(crate) fn scalar(self) -> Result<Vec<f64>, Error> {
        match self {
            Self::Scalar(values) => Ok(values),
            Self::Text(_) | Self::Vector(_) => Err(Error::execution("expected a scalar")),
        }
    }

    /// The vector; the parser guarantees the type.
    pub(crate) fn vector(self) -> Result<Frame, Error> {
        match self {
            Self::Vector(frame) => Ok(frame),
            Self::Scalar(_) | Self::Text(_) => Err(Error::execution("expected an instant vector")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two(a: [f64; 2], b: [f64; 2]) -> Frame {
        let mut frame = Frame::new(2);
        frame.push(Labels::from_pairs([(NAME, "a")]), false).copy_from_slice(&a);
        frame.push(Labels::from_pairs([(NAME, "b")]), false).copy_from_slice(&b);
        frame
    }

    #[test]
    fn rows_that_do_not_overlap_merge() {
        let merged = two([1.0, STALE], [STALE, 2.0]).drop_names(false).unwrap();
        assert_eq!(merged.len(), 1);
        assert_eq!(merged.row(0), [1.0, 2.0]);
    }

    #[test]
    fn rows_that_overlap_are_an_error() {
        let error = two([1.0, 1.0], [STALE, 2.0]).drop_names(false).unwrap_err();
        assert_eq!(error, Error::duplicate_labelset());
        let late = two([1.0, 1.0], [STALE, 2.0]).drop_names(true).unwrap();
        assert_eq!(late.len(), 2);
        assert!(late.settle_names().is_err());
    }
}
