//! Functions on labels: `label_replace`, `label_join`, `sort_by_label`.

use std::cmp::Ordering;

use super::{Call, first, text};
use crate::promql::error::Error;
use crate::promql::eval::Eval;
use crate::promql::eval::frame::{Column, Frame, Grid};
use crate::promql::labels::{Labels, NAME};
use crate::promql::matcher::Pattern;

pub(super) fn replace(eval: &mut Eval<'_>, call: &Call, grid: Grid) -> Result<Column, Error> {
    let (target, template, source, regex) = (text(call, 1)?, text(call, 2)?, text(call, 3)?, text(call, 4)?);
    let pattern = Pattern::new(regex).map_err(|_ignored| {
        Error::execution(format!("invalid regular expression in label_replace(): {regex}"))
    })?;
    check_name("label_replace", "destination", target)?;
    let mut frame = eval.vector(first(call)?, grid)?;
    for row in &mut frame.rows {
        if let Some(captures) = pattern.regex().captures(row.labels.get(source)) {
            let mut value = String::new();
            captures.expand(template, &mut value);
            row.labels = row.labels.with(target, &value);
            row.drop_name &= target != NAME;
        }
    }
    Ok(Column::Vector(frame.merge_duplicates()?))
}

pub(super) fn join(eval: &mut Eval<'_>, call: &Call, grid: Grid) -> Result<Column, Error> {
    let (target, separator) = (text(call, 1)?, text(call, 2)?);
    let sources = (3..call.args.len()).map(|at| text(call, at)).collect::<Result<Vec<_>, _>>()?;
    for source in &sources {
        check_name("label_join", "source", source)?;
    }
    check_name("label_join", "destination", target)?;
    let mut frame = eval.vector(first(call)?, grid)?;
    for row in &mut frame.rows {
        let values: Vec<&str> = sources.iter().map(|name| row.labels.get(name)).collect();
        row.labels = row.labels.with(target, &values.join(separator));
        row.drop_name &= target != NAME;
    }
    Ok(Column::Vector(frame.merge_duplicates()?))
}

/// Label names may be any text except the empty one.
fn check_name(function: &str, role: &str, name: &str) -> Result<(), Error> {
    if name.is_empty() {
        return Err(Error::execution(format!("invalid {role} label name in {function}(): {name}")));
    }
    Ok(())
}

pub(super) fn sort_by_label(eval: &mut Eval<'_>, call: &Call, grid: Grid) -> Result<Column, Error> {
    by_label(eval, call, grid, false)
}

pub(super) fn sort_by_label_desc(eval: &mut Eval<'_>, call: &Call, grid: Grid) -> Result<Column, Error> {
    by_label(eval, call, grid, true)
}

fn by_label(eval: &mut Eval<'_>, call: &Call, grid: Grid, descending: bool) -> Result<Column, Error> {
    let names = (1..call.args.len()).map(|at| text(call, at)).collect::<Result<Vec<_>, _>>()?;
    let frame = eval.vector(first(call)?, grid)?;
    let compare = |a: &Labels, b: &Labels| {
        let by_names = names.iter().map(|name| natural(a.get(name), b.get(name)));
        by_names.fold(Ordering::Equal, Ordering::then).then_with(|| a.cmp(b))
    };
    Ok(Column::Vector(sorted(eval, frame, |a, b| {
        let order = compare(&a.0, &b.0);
        if descending { order.reverse() } else { order }
    })))
}

/// Sorts the rows of an instant result; a range result stays, with a warning.
pub(super) fn sorted(
    eval: &mut Eval<'_>,
    frame: Frame,
    compare: impl Fn(&(Labels, f64), &(Labels, f64)) -> Ordering,
) -> Frame {
    if eval.ranged {
        eval.warnings
            .warn("sort is ineffective for range queries since results are always ordered by labels");
    }
    if frame.steps != 1 {
        return frame;
    }
    let mut rows: Vec<_> =
        frame.iter().map(|(row, cells)| ((row.labels.clone(), cells[0]), row.drop_name)).collect();
    rows.sort_by(|a, b| compare(&a.0, &b.0));
    let mut out = Frame::new(1);
    for ((labels, value), drop_name) in rows {
        out.push(labels, drop_name)[0] = value;
    }
    out
}

/// Runs of digits compare as numbers: `a2` before `a10`.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    while let (Some(x), Some(y)) = (a.first(), b.first()) {
        let (digits_a, digits_b) = (digits(a), digits(b));
        if digits_a > 0 && digits_b > 0 {
            let (left, right) = (trimmed(&a[..digits_a]), trimmed(&b[..digits_b]));
            let order = left.len().cmp(&right.len()).then_with(|| left.cmp(right));
            if order != Ordering::Equal {
                return order;
            }
            (a, b) = (&a[digits_a..], &b[digits_b..]);
        } else if x == y {
            (a, b) = (&a[1..], &b[1..]);
        } else {
            return x.cmp(y);
        }
    }
    a.len().cmp(&b.len())
}

fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|c| c.is_ascii_digit()).count()
}

fn trimmed(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|c| **c == b'0').count();
    &number[zeros..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn natural_order() {
        let mut list = ["a10", "a2", "b1", "a2b", "a02", ""];
        list.sort_by(|a, b| natural(a, b));
        assert_eq!(list[0], "");
        assert_eq!(list[3..], ["a2b", "a10", "b1"]);
    }
}
