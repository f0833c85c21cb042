//! Aggregations: rows are put into groups once, then folded column by column.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::Eval;
use super::frame::{Frame, Grid};
use super::group::Grouper;
use super::kahan::{Kahan, Mean, quantile};
use crate::promql::error::Error;
use crate::promql::labels::{Labels, NAME};
use crate::promql::node::{Aggregate, AggregateOp, Grouping, Node};
use crate::promql::stale::is_stale;

/// Which group each row belongs to.
pub(super) struct Groups {
    pub(super) of_row: Vec<usize>,
    pub(super) labels: Vec<Labels>,
}

impl Groups {
    pub(super) fn of(frame: &Frame, grouping: &Grouping) -> Self {
        let mut grouper = Grouper::default();
        let keeps = |name: &str| grouping.keeps(name);
        let of_row = frame.rows.iter().map(|row| grouper.of(&row.labels, keeps)).collect();
        Self { of_row, labels: grouper.into_labels() }
    }
}

/// What a group knows at one step.
#[derive(Clone, Copy, Default)]
struct Cell {
    count: f64,
    sum: Kahan,
    mean: f64,
}

impl Eval<'_> {
    pub(super) fn aggregate(&mut self, node: &Aggregate, grid: Grid) -> Result<Frame, Error> {
        if node.op == AggregateOp::CountValues {
            return self.count_values(node, grid);
        }
        let keeps_rows = matches!(node.op, AggregateOp::TopK | AggregateOp::BottomK | AggregateOp::LimitK);
        let frame = if keeps_rows || node.grouping.keeps(NAME) {
            self.vector(&node.inner, grid)?
        } else {
            self.nameless(&node.inner, grid)?
        };
        let param = match &node.param {
            Some(param) => self.scalar(param, grid)?,
            None => Vec::new(),
        };
        let groups = Groups::of(&frame, &node.grouping);
        match node.op {
            AggregateOp::TopK | AggregateOp::BottomK | AggregateOp::LimitK => {
                self.top(node.op, &param, &frame, &groups)
            }
            AggregateOp::Quantile => {
                self.check_quantiles(&param);
                self.quantiles(&param, &frame, &groups)
            }
            AggregateOp::Avg => self.averages(&frame, &groups),
            AggregateOp::Sum
            | AggregateOp::Min
            | AggregateOp::Max
            | AggregateOp::Count
            | AggregateOp::Group
            | AggregateOp::Stddev
            | AggregateOp::Stdvar
            | AggregateOp::CountValues => self.fold(node.op, &frame, &groups),
        }
    }

    pub(crate) fn check_quantiles(&mut self, values: &[f64]) {
        let outside = |q: &&f64| q.is_nan() || **q < 0.0 || **q > 1.0;
        if let Some(q) = values.iter().find(outside) {
            let shown = show(*q);
            self.warnings.warn(format!("quantile value should be between 0 and 1, got {shown}"));
        }
    }

    fn fold(&mut self, op: AggregateOp, frame: &Frame, groups: &Groups) -> Result<Frame, Error> {
        let steps = frame.steps;
        self.charge(groups.labels.len() * steps)?;
        let mut cells = vec![Cell::default(); groups.labels.len() * steps];
        for (row, (_, values)) in frame.iter().enumerate() {
            let from = groups.of_row[row] * steps;
            for (cell, &value) in cells[from..from + steps].iter_mut().zip(values) {
                if !is_stale(value) {
                    add(op, cell, value);
                }
            }
        }
        let drops = dropped_groups(frame, groups);
        let mut out = Frame::new(steps);
        for (group, labels) in groups.labels.iter().enumerate() {
            let row = out.push(labels.clone(), drops[group]);
            for (into, cell) in row.iter_mut().zip(&cells[group * steps..]) {
                if cell.count > 0.0 {
                    *into = finish(op, cell);
                }
            }
        }
        Ok(out)
    }

    fn averages(&mut self, frame: &Frame, groups: &Groups) -> Result<Frame, Error> {
        let steps = frame.steps;
        self.charge(groups.labels.len() * steps)?;
        let mut cells: Vec<Option<Mean>> = vec![None; groups.labels.len() * steps];
        for (row, (_, values)) in frame.iter().enumerate() {
            let from = groups.of_row[row] * steps;
            for (cell, &value) in cells[from..from + steps].iter_mut().zip(values) {
                if !is_stale(value) {
                    cell.get_or_insert_default().add(value);
                }
            }
        }
        let drops = dropped_groups(frame, groups);
        let mut out = Frame::new(steps);
        for (group, labels) in groups.labels.iter().enumerate() {
            let row = out.push(labels.clone(), drops[group]);
            for (into, cell) in row.iter_mut().zip(&cells[group * steps..]) {
                if let Some(mean) = cell {
                    *into = mean.value();
                }
            }
        }
        Ok(out)
    }

    fn quantiles(&mut self, q: &[f64], frame: &Frame, groups: &Groups) -> Result<Frame, Error> {
        let mut members = vec![Vec::new(); groups.labels.len()];
        for (row, group) in groups.of_row.iter().enumerate() {
            members[*group].push(row);
        }
        let drops = dropped_groups(frame, groups);
        let mut out = Frame::new(frame.steps);
        let mut values = Vec::new();
        for (group, labels) in groups.labels.iter().enumerate() {
            self.charge(frame.steps)?;
            let row = out.push(labels.clone(), drops[group]);
            for (step, into) in row.iter_mut().enumerate() {
                values.clear();
                values.extend(members[group].iter().filter_map(|row| frame.get(*row, step)));
                if !values.is_empty() {
                    *into = quantile(q[step], &mut values);
                }
            }
        }
        Ok(out)
    }

    /// `count_values("label", v)`: groups depend on the values, so it goes step
    /// by step.
    fn count_values(&mut self, node: &Aggregate, grid: Grid) -> Result<Frame, Error> {
        let label = match node.param.as_ref() {
            Some(Node::Text(text)) => text.as_str(),
            Some(_) | None => return Err(Error::execution("count_values needs a label name")),
        };
        if label.is_empty() {
            return Err(Error::execution(format!("invalid label name {label:?}")));
        }
        let frame = self.vector(&node.inner, grid)?;
        // The value's label takes part in the grouping: always with `by`,
        // and unless it is listed with `without`.
        let keeps = |name: &str| node.grouping.keeps(name) || (!node.grouping.without && name == label);
        let mut counts: HashMap<Labels, usize> = HashMap::new();
        let mut out = Frame::new(grid.steps);
        for (row, values) in frame.iter() {
            self.charge(grid.steps)?;
            for (step, value) in values.iter().enumerate().filter(|(_, v)| !is_stale(**v)) {
                let key = row.labels.with(label, &show(*value)).filtered(keeps);
                let at = match counts.entry(key) {
                    Entry::Occupied(taken) => *taken.get(),
                    Entry::Vacant(free) => {
                        self.charge(grid.steps)?;
                        out.push(free.key().clone(), false);
                        *free.insert(out.len() - 1)
                    }
                };
                let cell = &mut out.row_mut(at)[step];
                *cell = if is_stale(*cell) { 1.0 } else { *cell + 1.0 };
            }
        }
        Ok(out)
    }
}

/// With delayed name removal: groups one of whose members owes a removal.
fn dropped_groups(frame: &Frame, groups: &Groups) -> Vec<bool> {
    let mut drops = vec![false; groups.labels.len()];
    for (row, group) in frame.rows.iter().zip(&groups.of_row) {
        drops[*group] |= row.drop_name;
    }
    drops
}

#[inline]
fn add(op: AggregateOp, cell: &mut Cell, value: f64) {
    cell.count += 1.0;
    let first = cell.count <= 1.0;
    match op {
        AggregateOp::Sum if first => cell.sum.sum = value,
        AggregateOp::Sum => cell.sum = cell.sum.add(value),
        AggregateOp::Min if first || cell.sum.sum > value || cell.sum.sum.is_nan() => {
            cell.sum.sum = value;
        }
        AggregateOp::Max if first || cell.sum.sum < value || cell.sum.sum.is_nan() => {
            cell.sum.sum = value;
        }
        AggregateOp::Stddev | AggregateOp::Stdvar if first => {
            cell.mean = value;
            cell.sum.sum = if value.is_finite() { 0.0 } else { f64::NAN };
        }
        AggregateOp::Stddev | AggregateOp::Stdvar => {
            let delta = value - cell.mean;
            cell.mean += delta / cell.count;
            cell.sum.sum += delta * (value - cell.mean);
        }
        AggregateOp::Min
        | AggregateOp::Max
        | AggregateOp::Count
        | AggregateOp::Group
        | AggregateOp::Avg
        | AggregateOp::Quantile
        | AggregateOp::CountValues
        | AggregateOp::TopK
        | AggregateOp::BottomK
        | AggregateOp::LimitK => {}
    }
}

fn finish(op: AggregateOp, cell: &Cell) -> f64 {
    match op {
        AggregateOp::Count => cell.count,
        AggregateOp::Group => 1.0,
        AggregateOp::Stdvar => cell.sum.sum / cell.count,
        AggregateOp::Stddev => (cell.sum.sum / cell.count).sqrt(),
        AggregateOp::Sum => cell.sum.sum + cell.sum.lost,
        AggregateOp::Min
        | AggregateOp::Max
        | AggregateOp::Avg
        | AggregateOp::Quantile
        | AggregateOp::CountValues
        | AggregateOp::TopK
        | AggregateOp::BottomK
        | AggregateOp::LimitK => cell.sum.sum,
    }
}

/// A float as Go prints it with `%v`-like brevity: no exponent, `+Inf`, `NaN`.
pub(crate) fn show(value: f64) -> String {
    if value == f64::INFINITY {
        "+Inf".to_owned()
    } else if value == f64::NEG_INFINITY {
        "-Inf".to_owned()
    } else if value.is_nan() {
        "NaN".to_owned()
    } else {
        format!("{value}")
    }
}
