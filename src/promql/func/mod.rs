//! The functions, one row each. The table is the whole list of what is there;
//! [`ABSENT`] is the list of what is not, with the reason.

mod date;
mod histogram;
mod labels;
mod math;
mod over;
mod over_time;
mod rate;
mod regress;
mod vector;

use super::error::{Error, PromqlError};
use super::eval::Eval;
use super::eval::frame::{Column, Grid};
use super::matcher::Pattern;
use super::node::{Call, Node};
use over::Over;

/// A function that is written on its own.
type Own = fn(&mut Eval<'_>, &Call, Grid) -> Result<Column, Error>;

/// How a function is carried out.
#[derive(Debug, Clone, Copy)]
enum Run {
    /// Each value on its own.
    Math(fn(f64) -> f64),
    /// Each value is a time in seconds; without an argument, the evaluation's.
    Date(fn(i64) -> f64),
    /// Over the samples of a range.
    Over(Over),
    /// Anything else.
    Own(Own),
    /// Reads native histograms, of which there are none: always empty.
    Native,
}

/// One function.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: &'static str,
    /// Gives a number instead of a vector.
    pub(crate) scalar: bool,
    /// The result changes with the evaluation time even if the arguments do
    /// not.
    pub(crate) looks_at_time: bool,
    run: Run,
}

const fn row(name: &'static str, run: Run) -> Function {
    Function { name, scalar: false, looks_at_time: false, run }
}

const fn timed(name: &'static str, run: Run) -> Function {
    Function { name, scalar: false, looks_at_time: true, run }
}

const fn number(name: &'static str, looks_at_time: bool, run: Run) -> Function {
    Function { name, scalar: true, looks_at_time, run }
}

/// Every function there is.
static FUNCTIONS: &[Function] = &[
    row("abs", Run::Math(f64::abs)),
    row("absent", Run::Own(vector::absent)),
    row("absent_over_time", Run::Own(vector::absent_over_time)),
    row("acos", Run::Math(f64::acos)),
    row("acosh", Run::Math(f64::acosh)),
    row("asin", Run::Math(f64::asin)),
    row("asinh", Run::Math(f64::asinh)),
    row("atan", Run::Math(f64::atan)),
    row("atanh", Run::Math(f64::atanh)),
    row("avg_over_time", Run::Over(Over::drops_name(over_time::avg))),
    row("ceil", Run::Math(f64::ceil)),
    row("changes", Run::Over(Over::drops_name(over_time::changes))),
    row("clamp", Run::Own(vector::clamp)),
    row("clamp_max", Run::Own(vector::clamp_max)),
    row("clamp_min", Run::Own(vector::clamp_min)),
    row("cos", Run::Math(f64::cos)),
    row("cosh", Run::Math(f64::cosh)),
    row("count_over_time", Run::Over(Over::drops_name(over_time::count))),
    timed("day_of_month", Run::Date(date::day_of_month)),
    timed("day_of_week", Run::Date(date::day_of_week)),
    timed("day_of_year", Run::Date(date::day_of_year)),
    timed("days_in_month", Run::Date(date::days_in_month)),
    row("deg", Run::Math(f64::to_degrees)),
    row("delta", Run::Over(Over::drops_name(rate::delta))),
    row("deriv", Run::Over(Over::drops_name(regress::deriv))),
    row("double_exponential_smoothing", Run::Over(Over::drops_name(regress::smooth))),
    row("exp", Run::Math(f64::exp)),
    row("first_over_time", Run::Over(Over::keeps_name(over_time::first))),
    row("floor", Run::Math(f64::floor)),
    row("histogram_avg", Run::Native),
    row("histogram_count", Run::Native),
    row("histogram_fraction", Run::Own(histogram::fraction)),
    row("histogram_quantile", Run::Own(histogram::quantile)),
    row("histogram_stddev", Run::Native),
    row("histogram_stdvar", Run::Native),
    row("histogram_sum", Run::Native),
    timed("hour", Run::Date(date::hour)),
    row("idelta", Run::Over(Over::drops_name(rate::idelta))),
    row("increase", Run::Over(Over::counter(rate::increase))),
    row("irate", Run::Over(Over::drops_name(rate::irate))),
    row("label_join", Run::Own(labels::join)),
    row("label_replace", Run::Own(labels::replace)),
    row("last_over_time", Run::Over(Over::keeps_name(over_time::last))),
    row("ln", Run::Math(f64::ln)),
    row("log10", Run::Math(f64::log10)),
    row("log2", Run::Math(f64::log2)),
    row("mad_over_time", Run::Over(Over::drops_name(over_time::mad))),
    row("max_over_time", Run::Over(Over::drops_name(over_time::max))),
    row("min_over_time", Run::Over(Over::drops_name(over_time::min))),
    timed("minute", Run::Date(date::minute)),
    timed("month", Run::Date(date::month)),
    number("pi", false, Run::Own(vector::pi)),
    timed("predict_linear", Run::Over(Over::drops_name(regress::predict_linear))),
    row("present_over_time", Run::Over(Over::drops_name(over_time::present))),
    row("quantile_over_time", Run::Over(Over::drops_name(over_time::quantile))),
    row("rad", Run::Math(f64::to_radians)),
    row("rate", Run::Over(Over::counter(rate::rate))),
    row("resets", Run::Over(Over::drops_name(over_time::resets))),
    row("round", Run::Own(vector::round)),
    number("scalar", false, Run::Own(vector::scalar)),
    row("sgn", Run::Math(math::sgn)),
    row("sin", Run::Math(f64::sin)),
    row("sinh", Run::Math(f64::sinh)),
    row("sort", Run::Own(vector::sort)),
    row("sort_by_label", Run::Own(labels::sort_by_label)),
    row("sort_by_label_desc", Run::Own(labels::sort_by_label_desc)),
    row("sort_desc", Run::Own(vector::sort_desc)),
    row("sqrt", Run::Math(f64::sqrt)),
    row("stddev_over_time", Run::Over(Over::drops_name(over_time::stddev))),
    row("stdvar_over_time", Run::Over(Over::drops_name(over_time::stdvar))),
    row("sum_over_time", Run::Over(Over::drops_name(over_time::sum))),
    row("tan", Run::Math(f64::tan)),
    row("tanh", Run::Math(f64::tanh)),
    number("time", true, Run::Own(vector::time)),
    timed("timestamp", Run::Own(vector::timestamp)),
    row("ts_of_first_over_time", Run::Over(Over::drops_name(over_time::ts_of_first))),
    row("ts_of_last_over_time", Run::Over(Over::drops_name(over_time::ts_of_last))),
    row("ts_of_max_over_time", Run::Over(Over::drops_name(over_time::ts_of_max))),
    row("ts_of_min_over_time", Run::Over(Over::drops_name(over_time::ts_of_min))),
    row("vector", Run::Own(vector::vector)),
    timed("year", Run::Date(date::year)),
];

/// Functions of Prometheus 3 that are not here, and why.
pub const ABSENT: &[(&str, &str)] = &[
    ("histogram_quantiles", "experimental in Prometheus; write one histogram_quantile each"),
    ("info", "experimental in Prometheus; join with `* on(…) group_left(…)`"),
    ("max_of", "experimental in Prometheus"),
    ("min_of", "experimental in Prometheus"),
    ("start_timestamp", "needs start timestamps, which the text formats do not carry"),
    ("start", "experimental in Prometheus; `@ start()` works"),
    ("end", "experimental in Prometheus; `@ end()` works"),
    ("range", "experimental in Prometheus"),
    ("step", "experimental in Prometheus"),
];

/// The names of all functions, sorted.
pub fn names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|f| f.name)
}

pub(crate) fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|f| f.name == name)
}

pub(crate) fn reason_absent(name: &str) -> &'static str {
    ABSENT.iter().find(|(n, _)| *n == name).map_or("not known here", |(_, why)| why)
}

/// Checks what can be checked before any sample is read.
pub(crate) fn check_arguments(call: &Call) -> Result<(), PromqlError> {
    if call.function.name == "label_replace"
        && let [_, _, _, _, Node::Text(regex)] = call.args.as_slice()
        && Pattern::new(regex).is_err()
    {
        return Err(PromqlError::new(format!("invalid regular expression in label_replace(): {regex}")));
    }
    Ok(())
}

/// Carries out a call. `names_unseen` says that the caller looks at no metric
/// name of the result.
pub(crate) fn call(
    eval: &mut Eval<'_>,
    call: &Call,
    grid: Grid,
    names_unseen: bool,
) -> Result<Column, Error> {
    match call.function.run {
        Run::Math(f) => {
            let mut frame = eval.vector(first(call)?, grid)?;
            frame.map(f);
            Ok(Column::Vector(eval.drop_names(frame)?))
        }
        Run::Date(f) => date::column(eval, call, grid, f),
        Run::Over(over) => over::run(eval, call, grid, over, names_unseen),
        Run::Own(own) => own(eval, call, grid),
        Run::Native => {
            eval.vector(first(call)?, grid)?;
            eval.warnings.warn(format!(
                "unsupported: native histogram ({} gives nothing here; the text formats carry \
                 classic histograms only)",
                call.function.name
            ));
            Ok(Column::Vector(super::eval::frame::Frame::new(grid.steps)))
        }
    }
}

/// The argument at a place; the parser has checked how many there are.
fn argument(call: &Call, at: usize) -> Result<&Node, Error> {
    call.args
        .get(at)
        .ok_or_else(|| Error::execution(format!("{}: argument {} is missing", call.function.name, at + 1)))
}

fn first(call: &Call) -> Result<&Node, Error> {
    argument(call, 0)
}

fn text(call: &Call, at: usize) -> Result<&str, Error> {
    match argument(call, at)? {
        Node::Text(text) => Ok(text),
        Node::Number(_)
        | Node::Select(_)
        | Node::Range(_)
        | Node::Call(_)
        | Node::Aggregate(_)
        | Node::Binary(_)
        | Node::Negate(_)
        | Node::Constant(_) => {
            Err(Error::execution(format!("{}: argument {} must be a string", call.function.name, at + 1)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_disjoint_from_the_absent() {
        let all: Vec<&str> = names().collect();
        assert!(all.windows(2).all(|w| w[0] < w[1]), "unsorted or double");
        assert!(ABSENT.iter().all(|(name, _)| !all.contains(name)));
    }
}
