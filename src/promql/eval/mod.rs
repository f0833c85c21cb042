//! The evaluator: one recursive function over the tree, one file per kind of
//! node. Semantics of Prometheus 3.

mod aggregate;
mod binary;
pub(crate) mod frame;
pub(crate) mod group;
pub(crate) mod kahan;
mod matching;
mod ranges;
mod select;
mod top;

use super::error::Error;
use super::limits::Limits;
use super::node::{At, Node, Shift};
use super::parse::Query;
use super::source::{Samples, Series};
use super::stale::is_stale;
use super::value::{Sample, Track, Value};
use super::warn::Warnings;
use frame::{Column, Frame, Grid};

pub(crate) use ranges::Stretch;

/// One evaluation in progress.
pub(crate) struct Eval<'a> {
    pub(crate) source: &'a dyn Series,
    pub(crate) limits: &'a Limits,
    pub(crate) warnings: Warnings,
    /// Start and end of the whole query, for `@ start()` and `@ end()`.
    bounds: (i64, i64),
    /// Samples and cells that may still be used.
    budget: usize,
    /// Whether the query is a range query (where `sort` has no effect).
    pub(crate) ranged: bool,
    /// The node above looks at no metric name, so that its operand need not make
    /// label sets without one. Meant for one node: whoever is asked next takes it.
    names_unseen: bool,
}

/// Times beyond this are refused: ten thousand years of milliseconds, far from
/// overflow when offsets and ranges of the same size are added.
const FAR_MS: i64 = 10_000 * 366 * 86_400_000;

impl Query {
    /// Evaluates the expression at one time.
    ///
    /// # Errors
    /// See [`Error`]; limits and interruption included.
    pub fn instant(
        &self,
        source: &dyn Series,
        at_ms: i64,
        limits: &Limits,
    ) -> Result<(Value, Warnings), Error> {
        let grid = Grid { start_ms: at_ms, step_ms: 1, steps: 1 };
        let mut eval = Eval::new(source, grid, limits, false)?;
        if let Node::Range(range) = &self.root {
            let tracks = eval.range_points(range, grid)?;
            return Ok((Value::Matrix(tracks), eval.warnings));
        }
        let value = match eval.node(&self.root, grid)? {
            Column::Scalar(values) => Value::Scalar(values[0]),
            Column::Text(text) => Value::Text(text),
            Column::Vector(frame) => Value::Vector(to_vector(frame.settle_names()?)),
        };
        Ok((value, eval.warnings))
    }

    /// Evaluates the expression at `start_ms`, `start_ms + step_ms` … up to and
    /// including `end_ms`. The result is a matrix sorted by labels.
    ///
    /// # Errors
    /// See [`Error`]; a step below 1 ms, an end before the start and more than
    /// `limits.max_steps` steps included.
    pub fn range(
        &self,
        source: &dyn Series,
        start_ms: i64,
        end_ms: i64,
        step_ms: i64,
        limits: &Limits,
    ) -> Result<(Value, Warnings), Error> {
        let grid = range_grid(start_ms, end_ms, step_ms, limits)?;
        let mut eval = Eval::new(source, grid, limits, true)?;
        eval.bounds = (start_ms, end_ms);
        if matches!(self.root, Node::Range(_) | Node::Text(_)) {
            return Err(Error::BadRange(
                "a range query needs an expression of type scalar or instant vector".to_owned(),
            ));
        }
        let frame = match eval.node(&self.root, grid)? {
            Column::Vector(frame) => frame.settle_names()?,
            Column::Scalar(values) => {
                let mut frame = Frame::new(grid.steps);
                frame.push(super::Labels::empty(), false).copy_from_slice(&values);
                frame
            }
            Column::Text(_) => Frame::new(grid.steps),
        };
        Ok((Value::Matrix(to_matrix(&frame, grid)), eval.warnings))
    }
}

fn range_grid(start_ms: i64, end_ms: i64, step_ms: i64, limits: &Limits) -> Result<Grid, Error> {
    if step_ms < 1 {
        return Err(Error::BadRange(
            "zero or negative query resolution step widths are not accepted. Try a positive integer"
                .to_owned(),
        ));
    }
    if end_ms < start_ms {
        return Err(Error::BadRange("end timestamp must not be before start time".to_owned()));
    }
    if start_ms < -FAR_MS || end_ms > FAR_MS {
        return Err(Error::BadRange("time out of range".to_owned()));
    }
    let steps = ((end_ms - start_ms) / step_ms) as usize + 1;
    if steps > limits.max_steps {
        return Err(Error::TooManySteps { asked: steps, max: limits.max_steps });
    }
    Ok(Grid { start_ms, step_ms, steps })
}

fn to_vector(frame: Frame) -> Vec<Sample> {
    let values: Vec<f64> = (0..frame.len()).map(|row| frame.row(row)[0]).collect();
    let rows = frame.rows.into_iter().zip(values);
    rows.filter(|(_, value)| !is_stale(*value))
        .map(|(row, value)| Sample { labels: row.labels, value })
        .collect()
}

fn to_matrix(frame: &Frame, grid: Grid) -> Vec<Track> {
    let mut tracks = Vec::with_capacity(frame.len());
    for (row, cells) in frame.iter() {
        let mut points = Samples::default();
        for (step, &value) in cells.iter().enumerate() {
            if !is_stale(value) {
                points.push(grid.time(step), value);
            }
        }
        if !points.is_empty() {
            tracks.push(Track { labels: row.labels.clone(), points });
        }
    }
    tracks.sort_by(|a, b| a.labels.cmp(&b.labels));
    tracks
}

impl<'a> Eval<'a> {
    fn new(source: &'a dyn Series, grid: Grid, limits: &'a Limits, ranged: bool) -> Result<Self, Error> {
        if grid.start_ms.unsigned_abs() > FAR_MS.unsigned_abs() {
            return Err(Error::BadRange("time out of range".to_owned()));
        }
        let bounds = (grid.start_ms, grid.end_ms());
        let budget = limits.max_samples;
        let warnings = Warnings::default();
        Ok(Self { source, limits, warnings, bounds, budget, ranged, names_unseen: false })
    }

    /// Takes `samples` from the budget, and asks whether to go on.
    pub(crate) fn charge(&mut self, samples: usize) -> Result<(), Error> {
        if let Some(reason) = (self.limits.check)() {
            return Err(Error::Interrupted(reason));
        }
        self.budget =
            self.budget.checked_sub(samples).ok_or(Error::TooManySamples(self.limits.max_samples))?;
        Ok(())
    }

    /// The time a selector looks at when the expression is at `at_ms`.
    pub(crate) fn shifted(&self, shift: Shift, at_ms: i64) -> i64 {
        let base = match shift.at {
            None => at_ms,
            Some(At::Ms(fixed)) => fixed,
            Some(At::Start) => self.bounds.0,
            Some(At::End) => self.bounds.1,
        };
        base - shift.offset_ms
    }

    /// Evaluates a node over a grid.
    pub(crate) fn node(&mut self, node: &Node, grid: Grid) -> Result<Column, Error> {
        let names_unseen = std::mem::take(&mut self.names_unseen);
        match node {
            Node::Number(value) => {
                self.charge(grid.steps)?;
                Ok(Column::Scalar(vec![*value; grid.steps]))
            }
            Node::Text(text) => Ok(Column::Text(text.clone())),
            Node::Select(selector) => Ok(Column::Vector(self.select(selector, grid, false)?)),
            Node::Range(_) => Err(Error::execution("a range vector can only be an argument")),
            Node::Call(call) => super::func::call(self, call, grid, names_unseen),
            Node::Aggregate(aggregate) => Ok(Column::Vector(self.aggregate(aggregate, grid)?)),
            Node::Binary(binary) => self.binary(binary, grid),
            Node::Negate(inner) => self.negate(inner, grid),
            Node::Constant(inner) => self.constant(inner, grid),
        }
    }

    pub(crate) fn vector(&mut self, node: &Node, grid: Grid) -> Result<Frame, Error> {
        self.node(node, grid)?.vector()
    }

    pub(crate) fn scalar(&mut self, node: &Node, grid: Grid) -> Result<Vec<f64>, Error> {
        self.node(node, grid)?.scalar()
    }

    /// A vector of whose rows nobody looks at the metric name.
    pub(crate) fn nameless(&mut self, node: &Node, grid: Grid) -> Result<Frame, Error> {
        self.names_unseen = true;
        self.vector(node, grid)
    }

    pub(crate) fn drop_names(&self, frame: Frame) -> Result<Frame, Error> {
        frame.drop_names(self.limits.delayed_name_removal)
    }

    fn negate(&mut self, inner: &Node, grid: Grid) -> Result<Column, Error> {
        match self.node(inner, grid)? {
            Column::Scalar(mut values) => {
                for value in &mut values {
                    *value = -*value;
                }
                Ok(Column::Scalar(values))
            }
            Column::Vector(mut frame) => {
                frame.map(|v| -v);
                Ok(Column::Vector(self.drop_names(frame)?))
            }
            Column::Text(_) => Err(Error::execution("unary minus on a string")),
        }
    }

    fn constant(&mut self, inner: &Node, grid: Grid) -> Result<Column, Error> {
        let once = Grid { steps: 1, ..grid };
        let column = self.node(inner, once)?;
        Ok(match column {
            Column::Scalar(values) => {
                self.charge(grid.steps)?;
                Column::Scalar(vec![values[0]; grid.steps])
            }
            Column::Vector(frame) => {
                self.charge(frame.len() * grid.steps)?;
                Column::Vector(frame.broadcast(grid.steps))
            }
            Column::Text(text) => Column::Text(text),
        })
    }
}
