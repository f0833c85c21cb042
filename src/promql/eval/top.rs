//! `topk`, `bottomk` and `limitk`: rows keep their labels, some cells go.

use std::cmp::Ordering;

use super::Eval;
use super::aggregate::{Groups, show};
use super::frame::Frame;
use crate::promql::error::Error;
use crate::promql::node::AggregateOp;
use crate::promql::stale::is_stale;

impl Eval<'_> {
    pub(super) fn top(
        &mut self,
        op: AggregateOp,
        param: &[f64],
        frame: &Frame,
        groups: &Groups,
    ) -> Result<Frame, Error> {
        if !check(param)? {
            return Ok(Frame::new(frame.steps));
        }
        let mut members = vec![Vec::new(); groups.labels.len()];
        for (row, group) in groups.of_row.iter().enumerate() {
            members[*group].push(row);
        }
        let mut keep = Frame::new(frame.steps);
        for row in &frame.rows {
            keep.push(row.labels.clone(), row.drop_name);
        }
        let mut order = Vec::new();
        let mut picked: Vec<(f64, usize)> = Vec::new();
        for rows in &members {
            self.charge(frame.steps)?;
            for (step, &k) in param.iter().enumerate() {
                let k = if k < 1.0 { 0 } else { (k as usize).min(rows.len()) };
                picked.clear();
                picked.extend(rows.iter().filter_map(|&r| frame.get(r, step).map(|v| (v, r))));
                rank(op, &mut picked);
                for &(value, row) in picked.iter().take(k) {
                    keep.row_mut(row)[step] = value;
                    order.push(row);
                }
            }
        }
        // An instant result is ordered by rank inside each group.
        if frame.steps == 1 { Ok(reorder(&keep, &order)) } else { Ok(keep) }
    }
}

/// Whether any step asks for at least one element.
fn check(param: &[f64]) -> Result<bool, Error> {
    if param.iter().any(|k| k.is_nan()) {
        return Err(Error::execution("Parameter value is NaN"));
    }
    if param.iter().all(|k| *k < 1.0) {
        return Ok(false);
    }
    for &k in param {
        if k <= i64::MIN as f64 {
            return Err(Error::execution(format!("Scalar value {} underflows int64", show(k))));
        }
        if k >= i64::MAX as f64 {
            return Err(Error::execution(format!("Scalar value {} overflows int64", show(k))));
        }
    }
    Ok(true)
}

/// Best first; NaN last; equal values keep the order of rows.
fn rank(op: AggregateOp, list: &mut [(f64, usize)]) {
    if op == AggregateOp::LimitK {
        return;
    }
    list.sort_by(|(a, _), (b, _)| match (a.is_nan(), b.is_nan()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) if op == AggregateOp::TopK => b.partial_cmp(a).unwrap_or(Ordering::Equal),
        (false, false) => a.partial_cmp(b).unwrap_or(Ordering::Equal),
    });
}

/// The given rows in the given order.
pub(crate) fn reorder(frame: &Frame, order: &[usize]) -> Frame {
    let mut out = Frame::new(frame.steps);
    for &row in order {
        let cells = frame.row(row);
        if cells.iter().any(|v| !is_stale(*v)) {
            out.push_row(frame.rows[row].clone(), cells);
        }
    }
    out
}
