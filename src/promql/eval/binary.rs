//! Binary operators between scalars and vectors; matching of vectors with
//! vectors is in `matching`.

use super::Eval;
use super::frame::{Column, Frame, Grid};
use crate::promql::error::Error;
use crate::promql::node::{Binary, BinaryOp};
use crate::promql::stale::{STALE, is_stale};

/// What an operator makes of two values: the value, and whether a comparison
/// keeps the element.
#[inline]
pub(super) fn apply(op: BinaryOp, left: f64, right: f64) -> (f64, bool) {
    match op {
        BinaryOp::Add => (left + right, true),
        BinaryOp::Sub => (left - right, true),
        BinaryOp::Mul => (left * right, true),
        BinaryOp::Div => (left / right, true),
        BinaryOp::Mod => (left % right, true),
        BinaryOp::Pow => (power(left, right), true),
        BinaryOp::Atan2 => (left.atan2(right), true),
        #[allow(clippy::float_cmp, reason = "PromQL compares exactly")]
        BinaryOp::Eq => (left, left == right),
        #[allow(clippy::float_cmp, reason = "PromQL compares exactly")]
        BinaryOp::Ne => (left, left != right),
        BinaryOp::Gt => (left, left > right),
        BinaryOp::Lt => (left, left < right),
        BinaryOp::Ge => (left, left >= right),
        BinaryOp::Le => (left, left <= right),
        // Set operators never reach here.
        BinaryOp::And | BinaryOp::Or | BinaryOp::Unless => (left, true),
    }
}

fn power(base: f64, exponent: f64) -> f64 {
    base.powf(exponent)
}

impl Eval<'_> {
    pub(super) fn binary(&mut self, node: &Binary, grid: Grid) -> Result<Column, Error> {
        let left = self.node(&node.left, grid)?;
        let right = self.node(&node.right, grid)?;
        self.charge(grid.steps)?;
        match (left, right) {
            (Column::Scalar(left), Column::Scalar(right)) => {
                let both = left.into_iter().zip(right);
                Ok(Column::Scalar(both.map(|(l, r)| scalars(node.op, l, r)).collect()))
            }
            (Column::Vector(frame), Column::Scalar(numbers)) => {
                self.with_scalar(node, frame, &numbers, false)
            }
            (Column::Scalar(numbers), Column::Vector(frame)) => self.with_scalar(node, frame, &numbers, true),
            (Column::Vector(left), Column::Vector(right)) => {
                if node.op.is_set() {
                    return Ok(Column::Vector(self.set(node, left, right)?));
                }
                Ok(Column::Vector(self.matched(node, &left, &right)?))
            }
            (Column::Text(_), _) | (_, Column::Text(_)) => {
                Err(Error::execution("binary operation on a string"))
            }
        }
    }

    fn with_scalar(
        &mut self,
        node: &Binary,
        mut frame: Frame,
        numbers: &[f64],
        scalar_left: bool,
    ) -> Result<Column, Error> {
        let op = node.op;
        let comparison = op.is_comparison();
        for row in 0..frame.len() {
            for (value, &number) in frame.row_mut(row).iter_mut().zip(numbers) {
                if is_stale(*value) {
                    continue;
                }
                let (left, right) = if scalar_left { (number, *value) } else { (*value, number) };
                let (result, keep) = apply(op, left, right);
                *value = if !comparison {
                    result
                } else if node.returns_bool {
                    f64::from(u8::from(keep))
                } else if keep {
                    // The vector's value stays, on whichever side it was.
                    *value
                } else {
                    STALE
                };
            }
        }
        if comparison && !node.returns_bool {
            return Ok(Column::Vector(frame));
        }
        Ok(Column::Vector(self.drop_names(frame)?))
    }
}

/// Between two numbers a comparison gives 0 or 1.
fn scalars(op: BinaryOp, left: f64, right: f64) -> f64 {
    let (value, keep) = apply(op, left, right);
    if op.is_comparison() { f64::from(u8::from(keep)) } else { value }
}
