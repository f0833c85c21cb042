//! Functions between scalars and vectors, clamping, rounding, sorting,
//! `absent` and `timestamp`.

#![allow(clippy::unnecessary_wraps, reason = "the table of functions has one signature")]

use super::labels::sorted;
use super::math::{max, min};
use super::{Call, argument, first};
use crate::promql::error::Error;
use crate::promql::eval::Eval;
use crate::promql::eval::frame::{Column, Frame, Grid};
use crate::promql::labels::{Labels, NAME};
use crate::promql::matcher::{Matcher, Op};
use crate::promql::node::{Node, RangeOf};
use crate::promql::stale::{STALE, is_stale};

pub(super) fn pi(_: &mut Eval<'_>, _: &Call, grid: Grid) -> Result<Column, Error> {
    Ok(Column::Scalar(vec![std::f64::consts::PI; grid.steps]))
}

pub(super) fn time(_: &mut Eval<'_>, _: &Call, grid: Grid) -> Result<Column, Error> {
    Ok(Column::Scalar(grid.times().map(|ms| ms as f64 / 1000.0).collect()))
}

pub(super) fn vector(eval: &mut Eval<'_>, call: &Call, grid: Grid) -> Result<Column, Error> {
    let values = eval.scalar(first(call)?, grid)?;
    let mut frame = Frame::new(grid.steps);
    frame.push(Labels::empty(), false).copy_from_slice(&values);
    Ok(Column::Vector(frame))
}

/// The only element, or NaN when there is none or more than one.
pub(super) fn scalar(eval: &mut Eval<'_>, call: &Call, grid: Grid) -> Result<Column, Error> {
    let frame = eval.vector(first(call)?, grid)?;
    let mut values = vec![STALE; grid.steps];
    let mut many = vec![false; grid.steps];
    for (_, cells) in frame.iter() {
        for (step, &value) in cells.iter().enumerate().filter(|(_, v)| !is_stale(**v)) {
            many[step] |= !is_stale(values[step]);
            values[step] = value;
        }
    }
    let settled =
        values.iter().zip(many).map(|(value, many)| if many || is_stale(*value) { f64::NAN } else { *value });
    Ok(Column::Scalar(settled.collect()))
}

pub(super) fn timestamp(eval: &mut Eval<'_>, call: &Call, grid: Grid) -> Result<Column, Error> {
    let argument = first(call)?;
    let mut frame = if let Node::Select(selector) = argument {
        eval.select(selector, grid, true)?
    } else {
        let mut frame = eval.vector(argument, grid)?;
        for row in 0..frame.len() {
            for (cell, at) in frame.row_mut(row).iter_mut().zip(grid.times()) {
                if !is_stale(*cell) {
                    *cell = at as f64 / 1000.0;
                }
            }
        }
        frame
    };
    frame = eval.drop_names(frame)?;
    Ok(Column::Vector(frame))
}

pub(super) fn clamp(eval: &mut Eval<'_>, call: &Call, grid: Grid) -> Result<Column, Error> {
    let low = eval.scalar(argument(call, 1)?, grid)?;
    let high = eval.scalar(argument(call, 2)?, grid)?;
    clamped(eval, call, grid, &low, &high)
}

pub(super) fn clamp_max(eval: &mut Eval<'_>, call: &Call, grid: Grid) -> Result<Column, Error> {
    let high = eval.scalar(argument(call, 1)?, grid)?;
    clamped(eval, call, grid, &vec![f64::NEG_INFINITY; grid.steps], &high)
}

pub(super) fn clamp_min(eval: &mut Eval<'_>, call: &Call, grid: Grid) -> Result<Column, Error> {
    let low = eval.scalar(argument(call, 1)?, grid)?;
    clamped(eval, call, grid, &low, &vec![f64::INFINITY; grid.steps])
}

fn clamped(eval: &mut Eval<'_>, call: &Call, grid: Grid, low: &[f64], high: &[f64]) -> Result<Column, Error> {
    let mut frame = eval.vector(first(call)?, grid)?;
    each_step(&mut frame, |step, value| {
        // An empty interval clamps to nothing at all.
        if high[step] < low[step] { STALE } else { max(low[step], min(high[step], value)) }
    });
    Ok(Column::Vector(eval.drop_names(frame)?))
}

fn each_step(frame: &mut Frame, f: impl Fn(usize, f64) -> f64) {
    for row in 0..frame.len() {
        for (step, value) in frame.row_mut(row).iter_mut().enumerate() {
            if !is_stale(*value) {
                *value = f(step, *value);
            }
        }
    }
}

/// To the nearest multiple; halves go up.
pub(super) fn round(eval: &mut Eval<'_>, call: &Call, grid: Grid) -> Result<Column, Error> {
    let nearest = match call.args.get(1) {
        Some(node) => eval.scalar(node, grid)?,
        None => vec![1.0; grid.steps],
    };
    let mut frame = eval.vector(first(call)?, grid)?;
    each_step(&mut frame, |step, value| {
        // Multiplying by the inverse rounds better than dividing.
        let inverse = 1.0 / nearest[step];
        (value * inverse + 0.5).floor() / inverse
    });
    Ok(Column::Vector(eval.drop_names(frame)?))
}

pub(super) fn sort(eval: &mut Eval<'_>, call: &Call, grid: Grid) -> Result<Column, Error> {
    let frame = eval.vector(first(call)?, grid)?;
    Ok(Column::Vector(sorted(eval, frame, |a, b| order(a.1, b.1, false))))
}

pub(super) fn sort_desc(eval: &mut Eval<'_>, call: &Call, grid: Grid) -> Result<Column, Error> {
    let frame = eval.vector(first(call)?, grid)?;
    Ok(Column::Vector(sorted(eval, frame, |a, b| order(a.1, b.1, true))))
}

/// NaN goes last either way.
fn order(a: f64, b: f64, descending: bool) -> std::cmp::Ordering {
    let by_value = if descending { b.partial_cmp(&a) } else { a.partial_cmp(&b) };
    by_value.unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

pub(super) fn absent(eval: &mut Eval<'_>, call: &Call, grid: Grid) -> Result<Column, Error> {
    let argument = first(call)?;
    let present = eval.vector(argument, grid)?.any();
    let labels =
        if let Node::Select(selector) = argument { labels_of(&selector.matchers) } else { Labels::empty() };
    Ok(Column::Vector(where_missing(labels, &present)))
}

pub(super) fn absent_over_time(eval: &mut Eval<'_>, call: &Call, grid: Grid) -> Result<Column, Error> {
    let Node::Range(range) = first(call)? else {
        return Err(Error::execution("expected a range vector"));
    };
    let labels = match &range.of {
        RangeOf::Samples(matchers) => labels_of(matchers),
        RangeOf::Subquery { .. } => Labels::empty(),
    };
    let mut present = vec![false; grid.steps];
    eval.each_series(range, grid, &mut |eval, stretch| {
        let times = &stretch.samples.times;
        for (step, seen) in present.iter_mut().enumerate() {
            let end = eval.shifted(range.shift, grid.time(step));
            let from = times.partition_point(|t| *t <= end - range.length_ms);
            *seen |= times.get(from).is_some_and(|t| *t <= end);
        }
        Ok(())
    })?;
    Ok(Column::Vector(where_missing(labels, &present)))
}

fn where_missing(labels: Labels, present: &[bool]) -> Frame {
    let mut frame = Frame::new(present.len());
    for (cell, present) in frame.push(labels, false).iter_mut().zip(present) {
        if !present {
            *cell = 1.0;
        }
    }
    frame
}

/// The labels a selector fixes with `=`; a label with two matchers is unknown.
fn labels_of(matchers: &[Matcher]) -> Labels {
    let mut fixed: Vec<(&str, &str)> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for matcher in matchers.iter().filter(|m| m.name != NAME) {
        let again = seen.contains(&matcher.name.as_str());
        if matches!(matcher.op, Op::Equal) && !again {
            fixed.push((&matcher.name, &matcher.value));
            seen.push(&matcher.name);
        } else {
            fixed.retain(|(name, _)| *name != matcher.name);
        }
    }
    Labels::from_pairs(fixed)
}
