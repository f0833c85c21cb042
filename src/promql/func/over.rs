//! Functions over a range: one call per series and step, with the samples of
//! that step's window.

use super::Call;
use crate::promql::error::Error;
use crate::promql::eval::frame::{Column, Frame, Grid};
use crate::promql::eval::{Eval, Stretch};
use crate::promql::node::{Kind, Node, Range};

/// What a range function sees: never empty, no markers, times rising.
pub(crate) struct Span<'a> {
    pub(crate) times: &'a [i64],
    pub(crate) values: &'a [f64],
    /// The window, open on the left.
    pub(crate) start_ms: i64,
    pub(crate) end_ms: i64,
    /// The time of evaluation (not moved by offset or `@`).
    pub(crate) at_ms: i64,
    /// The scalar arguments in their order.
    pub(crate) args: [f64; 2],
    /// No value of the whole series is below the one before.
    pub(crate) rising: bool,
}

/// A range function: a value, or nothing for this step.
pub(crate) type SpanFn = fn(&Span<'_>) -> Option<f64>;

/// A range function and how its result is named.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Over {
    f: SpanFn,
    keeps_name: bool,
    counter: bool,
}

impl Over {
    pub(super) const fn drops_name(f: SpanFn) -> Self {
        Self { f, keeps_name: false, counter: false }
    }

    pub(super) const fn keeps_name(f: SpanFn) -> Self {
        Self { f, keeps_name: true, counter: false }
    }

    pub(super) const fn counter(f: SpanFn) -> Self {
        Self { f, keeps_name: false, counter: true }
    }
}

/// Steps between two looks at the caller's check, within one series.
const CHECK_EVERY: usize = 512;

pub(super) fn run(
    eval: &mut Eval<'_>,
    call: &Call,
    grid: Grid,
    over: Over,
    names_unseen: bool,
) -> Result<Column, Error> {
    let mut range = None;
    let mut scalars = Vec::new();
    for arg in &call.args {
        match arg {
            Node::Range(r) => range = Some(r.as_ref()),
            other if other.kind() == Kind::Scalar => scalars.push(eval.scalar(other, grid)?),
            Node::Number(_)
            | Node::Text(_)
            | Node::Select(_)
            | Node::Call(_)
            | Node::Aggregate(_)
            | Node::Binary(_)
            | Node::Negate(_)
            | Node::Constant(_) => {
                return Err(Error::execution("expected a range vector or a scalar"));
            }
        }
    }
    let range = range.ok_or_else(|| Error::execution("expected a range vector"))?;
    check_scalars(eval, call, &scalars)?;
    let mut frame = Frame::new(grid.steps);
    eval.each_series(range, grid, &mut |eval, stretch| {
        eval.charge(grid.steps)?;
        let drop_name = stretch.drop_name || !over.keeps_name;
        let cells = frame.push(stretch.labels.clone(), drop_name);
        let any = fill(eval, cells, &stretch, range, grid, &scalars, over.f)?;
        if !any {
            frame.pop();
        } else if over.counter {
            note_non_counter(eval, &stretch);
        }
        Ok(())
    })?;
    if eval.limits.delayed_name_removal {
        return Ok(Column::Vector(frame));
    }
    if over.keeps_name {
        return Ok(Column::Vector(frame.settle_names()?));
    }
    for row in &mut frame.rows {
        row.drop_name = false;
    }
    // With several names, rows may turn out to be equal: that is told all the same.
    if names_unseen && frame.has_one_name() {
        return Ok(Column::Vector(frame));
    }
    Ok(Column::Vector(eval.drop_names(frame)?))
}

fn fill(
    eval: &mut Eval<'_>,
    cells: &mut [f64],
    stretch: &Stretch<'_>,
    range: &Range,
    grid: Grid,
    scalars: &[Vec<f64>],
    f: SpanFn,
) -> Result<bool, Error> {
    let samples = stretch.samples;
    let rising = samples.values.windows(2).all(|w| w[0] <= w[1]);
    let (mut from, mut until) = (0, 0);
    let mut any = false;
    for (step, cell) in cells.iter_mut().enumerate() {
        if step % CHECK_EVERY == CHECK_EVERY - 1 {
            eval.charge(0)?;
        }
        let at_ms = grid.time(step);
        let end_ms = eval.shifted(range.shift, at_ms);
        let start_ms = end_ms - range.length_ms;
        while until < samples.len() && samples.times[until] <= end_ms {
            until += 1;
        }
        while from < until && samples.times[from] <= start_ms {
            from += 1;
        }
        if from == until {
            continue;
        }
        let arg = |i: usize| scalars.get(i).map_or(0.0, |values| values[step]);
        let span = Span {
            times: &samples.times[from..until],
            values: &samples.values[from..until],
            start_ms,
            end_ms,
            at_ms,
            args: [arg(0), arg(1)],
            rising,
        };
        if let Some(value) = f(&span) {
            *cell = value;
            any = true;
        }
    }
    Ok(any)
}

fn check_scalars(eval: &mut Eval<'_>, call: &Call, scalars: &[Vec<f64>]) -> Result<(), Error> {
    match (call.function.name, scalars) {
        ("quantile_over_time", [q]) => eval.check_quantiles(q),
        ("double_exponential_smoothing", [factor, trend]) => {
            check_factor("smoothing", factor)?;
            check_factor("trend", trend)?;
        }
        _ => {}
    }
    Ok(())
}

fn check_factor(kind: &str, values: &[f64]) -> Result<(), Error> {
    let short = if kind == "smoothing" { "sf" } else { "tf" };
    match values.iter().find(|v| **v <= 0.0 || **v >= 1.0) {
        Some(bad) => {
            Err(Error::execution(format!("invalid {kind} factor. Expected: 0 < {short} < 1, got: {bad:.6}")))
        }
        None => Ok(()),
    }
}

/// Suffixes a counter's name may end in.
const COUNTER_SUFFIXES: [&str; 4] = ["_total", "_sum", "_count", "_bucket"];

fn note_non_counter(eval: &mut Eval<'_>, stretch: &Stretch<'_>) {
    let name = stretch.labels.name();
    if !name.is_empty() && !COUNTER_SUFFIXES.iter().any(|s| name.ends_with(s)) {
        eval.warnings.info(format!(
            "metric might not be a counter, name does not end in _total/_sum/_count/_bucket: \
             {name:?}"
        ));
    }
}
