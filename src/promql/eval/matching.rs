//! Vector matching: `on`/`ignoring`, `group_left`/`group_right`, and the set
//! operators. Which rows meet is decided once; which of them are there, and
//! whether that is ambiguous, at every step.

use super::Eval;
use super::binary::apply;
use super::frame::{Frame, Row};
use super::group::Grouper;
use crate::promql::error::Error;
use crate::promql::labels::{Labels, NAME, Plain};
use crate::promql::node::{Binary, BinaryOp, Card, Matching};
use crate::promql::stale::{STALE, is_stale};

/// Rows of both sides by the labels they are matched on.
struct Signed {
    left: Vec<usize>,
    right: Vec<usize>,
    /// Rows of each side per signature.
    groups: Vec<(Vec<usize>, Vec<usize>)>,
}

fn sign(matching: &Matching, left: &Frame, right: &Frame) -> Signed {
    let mut groups = Grouper::default();
    let mut of = |frame: &Frame| -> Vec<usize> {
        frame.rows.iter().map(|row| groups.of(&row.labels, |name| matching.signs(name))).collect()
    };
    let (left, right) = (of(left), of(right));
    let mut groups = vec![(Vec::new(), Vec::new()); groups.len()];
    for (row, id) in left.iter().enumerate() {
        groups[*id].0.push(row);
    }
    for (row, id) in right.iter().enumerate() {
        groups[*id].1.push(row);
    }
    Signed { left, right, groups }
}

impl Eval<'_> {
    /// `and`, `or`, `unless`.
    pub(super) fn set(&mut self, node: &Binary, mut left: Frame, mut right: Frame) -> Result<Frame, Error> {
        self.charge((left.len() + right.len()) * left.steps)?;
        let steps = left.steps;
        let signed = sign(&node.matching, &left, &right);
        let either = node.op == BinaryOp::Or;
        let (other, of_other) = if either { (&left, &signed.left) } else { (&right, &signed.right) };
        let mut seen = vec![false; signed.groups.len() * steps];
        for ((_, cells), id) in other.iter().zip(of_other) {
            for (flag, value) in seen[id * steps..].iter_mut().zip(cells) {
                *flag |= !is_stale(*value);
            }
        }
        let strike = |frame: &mut Frame, ids: &[usize], when: bool| {
            for (row, id) in ids.iter().enumerate() {
                for (value, flag) in frame.row_mut(row).iter_mut().zip(&seen[id * steps..]) {
                    if *flag == when {
                        *value = STALE;
                    }
                }
            }
        };
        if either {
            strike(&mut right, &signed.right, true);
            for (row, cells) in right.iter() {
                if cells.iter().any(|v| !is_stale(*v)) {
                    left.push_row(row.clone(), cells);
                }
            }
            // Equal labels on both sides continue one another.
            return if self.limits.delayed_name_removal { Ok(left) } else { left.merge_duplicates() };
        }
        strike(&mut left, &signed.left, node.op == BinaryOp::Unless);
        Ok(left)
    }

    /// Arithmetic and comparisons between two vectors.
    pub(super) fn matched(&mut self, node: &Binary, left: &Frame, right: &Frame) -> Result<Frame, Error> {
        let swapped = node.matching.card == Card::OneToMany;
        let (many, one) = if swapped { (right, left) } else { (left, right) };
        let mut join = Join {
            node,
            many,
            one,
            swapped,
            delayed: self.limits.delayed_name_removal,
            out: Frame::new(left.steps),
        };
        let signed = sign(&node.matching, many, one);
        join.check_one_side(&signed)?;
        for (many_rows, one_rows) in &signed.groups {
            if many_rows.is_empty() || one_rows.is_empty() {
                continue;
            }
            self.charge(many_rows.len() * one_rows.len() * left.steps)?;
            join.group(many_rows, one_rows)?;
        }
        if self.limits.delayed_name_removal {
            return Ok(join.out);
        }
        join.out.merge_duplicates()
    }
}

/// One vector operation in progress; `one` is the side that must be unique.
struct Join<'a> {
    node: &'a Binary,
    many: &'a Frame,
    one: &'a Frame,
    swapped: bool,
    delayed: bool,
    out: Frame,
}

impl Join<'_> {
    /// No two rows of the one side may share a signature at one step.
    fn check_one_side(&self, signed: &Signed) -> Result<(), Error> {
        if signed.groups.iter().all(|(_, rows)| rows.len() < 2) {
            return Ok(());
        }
        let many_any = self.many.any();
        for (_, rows) in signed.groups.iter().filter(|(_, rows)| rows.len() > 1) {
            for step in (0..self.one.steps).filter(|step| many_any[*step]) {
                let mut present = rows.iter().filter(|row| self.one.get(**row, step).is_some());
                if let (Some(first), Some(second)) = (present.next(), present.next()) {
                    return Err(self.ambiguous(*first, *second));
                }
            }
        }
        Ok(())
    }

    fn ambiguous(&self, first: usize, second: usize) -> Error {
        let labels = &self.one.rows[first].labels;
        let group = labels.filtered(|name| self.node.matching.signs(name));
        let other = &self.one.rows[second].labels;
        let mut shown = [Plain(labels).to_string(), Plain(other).to_string()];
        shown.sort();
        let side = if self.swapped { "left" } else { "right" };
        let [one, two] = shown;
        Error::execution(format!(
            "found duplicate series for the match group {group} on the {side} hand-side of the \
             operation: [{one}, {two}];many-to-many matching not allowed: matching labels must be \
             unique on one side"
        ))
    }

    /// Joins the rows of one signature.
    fn group(&mut self, many_rows: &[usize], one_rows: &[usize]) -> Result<(), Error> {
        if self.node.matching.card == Card::OneToOne {
            self.check_one_to_one(many_rows, one_rows)?;
        }
        let first = self.out.len();
        let mut pairs: Vec<Vec<(usize, usize)>> = Vec::new();
        for &many in many_rows {
            for &one in one_rows {
                let labels = self.result_labels(&self.many.rows[many], &self.one.rows[one]);
                let found = (first..self.out.len()).rev().find(|row| self.out.rows[*row].labels == labels);
                let row = if let Some(row) = found {
                    self.check_grouping(&pairs[row - first], (many, one))?;
                    row
                } else {
                    self.out.push(labels, self.node.returns_bool);
                    pairs.push(Vec::new());
                    self.out.len() - 1
                };
                pairs[row - first].push((many, one));
                self.combine(row, many, one);
            }
        }
        Ok(())
    }

    /// One to one: at no step may two rows of the left meet the right.
    fn check_one_to_one(&self, many_rows: &[usize], one_rows: &[usize]) -> Result<(), Error> {
        if many_rows.len() < 2 {
            return Ok(());
        }
        for step in 0..self.many.steps {
            let there = |frame: &Frame, rows: &[usize]| {
                rows.iter().filter(|row| frame.get(**row, step).is_some()).count()
            };
            if there(self.one, one_rows) > 0 && there(self.many, many_rows) > 1 {
                return Err(Error::execution(
                    "multiple matches for labels: many-to-one matching must be explicit \
                     (group_left/group_right)",
                ));
            }
        }
        Ok(())
    }

    /// Many to one: results of one group must differ in their labels.
    fn check_grouping(&self, before: &[(usize, usize)], new: (usize, usize)) -> Result<(), Error> {
        let meet = |(many, one): (usize, usize), step| {
            self.many.get(many, step).is_some() && self.one.get(one, step).is_some()
        };
        let clash =
            (0..self.many.steps).any(|step| meet(new, step) && before.iter().any(|pair| meet(*pair, step)));
        if clash {
            return Err(Error::execution(
                "multiple matches for labels: grouping labels must ensure unique matches",
            ));
        }
        Ok(())
    }

    fn combine(&mut self, row: usize, many: usize, one: usize) {
        let node = self.node;
        let pairs = self.many.row(many).iter().zip(self.one.row(one));
        for (into, (&m, &o)) in self.out.row_mut(row).iter_mut().zip(pairs) {
            if is_stale(m) || is_stale(o) {
                continue;
            }
            let (left, right) = if self.swapped { (o, m) } else { (m, o) };
            let (value, keep) = apply(node.op, left, right);
            if node.returns_bool {
                *into = f64::from(u8::from(keep));
            } else if keep {
                *into = value;
            }
        }
    }

    fn result_labels(&self, many: &Row, one: &Row) -> Labels {
        let matching = &self.node.matching;
        let drop_name = !self.node.op.is_comparison() || (self.node.returns_bool && !self.delayed);
        let one_to_one = matching.card == Card::OneToOne;
        let keeps = |name: &str| {
            let listed = matching.labels.iter().any(|l| l == name);
            !(drop_name && name == NAME) && (!one_to_one || listed == matching.on)
        };
        let mut labels = many.labels.filtered(keeps);
        for name in &matching.include {
            labels = labels.with(name, one.labels.get(name));
        }
        labels
    }
}
