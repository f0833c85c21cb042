//! `name{label="value"} 1 2+3x4 _ stale`: a series and its points.

use promql_parser::label::MatchOp;
use promql_parser::parser::Expr;

use crate::promql::labels::{Labels, NAME};
use crate::promql::stale::STALE;
use crate::promql::text::parse_float;

/// One point of a sequence: a value or a gap.
pub(super) type Point = Option<f64>;

/// A line of `load` or of expected results.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub(super) labels: Labels,
    pub(super) points: Vec<Point>,
    /// The points contain native histograms (`{{…}}`), which are not read.
    pub(super) native: bool,
    /// The line carries start timestamps (`name@st`), which are not read.
    pub(super) start_times: bool,
}

/// Most points one sequence may unfold to.
const MOST: usize = 1_000_000;

/// Parses a line.
pub(super) fn parse(text: &str) -> Result<Line, String> {
    let (metric, rest) = split(text)?;
    let (metric, start_times) = match metric.strip_suffix("@st") {
        Some(bare) => (bare, true),
        None => (metric, false),
    };
    let labels = labels(metric)?;
    if rest.contains("{{") {
        return Ok(Line { labels, points: Vec::new(), native: true, start_times });
    }
    let mut points = Vec::new();
    for word in rest.split_whitespace() {
        sequence(word, &mut points)?;
    }
    Ok(Line { labels, points, native: false, start_times })
}

/// Splits the metric from its values, minding quotes and braces.
fn split(text: &str) -> Result<(&str, &str), String> {
    let mut quote = None;
    let mut escaped = false;
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        if let Some(open) = quote {
            if escaped {
                escaped = false;
            } else if c == '\\' && open != '`' {
                escaped = true;
            } else if c == open {
                quote = None;
            }
            continue;
        }
        match c {
            '"' | '\'' | '`' => quote = Some(c),
            '{' => depth += 1,
            '}' => depth -= 1,
            c if c.is_whitespace() && depth == 0 => {
                let (metric, rest) = text.split_at(at);
                // `name {a="b"} 1`: blanks may stand before the brace.
                if rest.trim_start().starts_with('{') && !rest.trim_start().starts_with("{{") {
                    continue;
                }
                return Ok((metric, rest));
            }
            _ => {}
        }
    }
    if depth == 0 && quote.is_none() { Ok((text, "")) } else { Err("unclosed brace".to_owned()) }
}

fn labels(metric: &str) -> Result<Labels, String> {
    let bare: String = metric.chars().filter(|c| !c.is_whitespace()).collect();
    if bare == "{}" {
        return Ok(Labels::empty());
    }
    let Expr::VectorSelector(selector) = promql_parser::parser::parse(metric)? else {
        return Err(format!("{metric:?} is not a series"));
    };
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    for matcher in &selector.matchers.matchers {
        if matcher.op != MatchOp::Equal {
            return Err(format!("{metric:?}: a series has only `=` labels"));
        }
        pairs.push((&matcher.name, &matcher.value));
    }
    pairs.extend(selector.name.as_deref().map(|name| (NAME, name)));
    Ok(Labels::from_pairs(pairs))
}

/// Unfolds `_`, `_x3`, `stale`, `1`, `1x3`, `1+2x3`, `1-2x3`.
fn sequence(word: &str, into: &mut Vec<Point>) -> Result<(), String> {
    let bad = || format!("bad value {word:?}");
    if let Some(value) = single(word) {
        into.push(value);
        return Ok(());
    }
    let (head, times) = word.rsplit_once('x').ok_or_else(bad)?;
    let times: usize = times.parse().map_err(|_ignored| bad())?;
    if into.len() + times > MOST {
        return Err(format!("more than {MOST} points"));
    }
    if head == "_" {
        into.extend(std::iter::repeat_n(None, times));
        return Ok(());
    }
    if let Some(value) = single(head) {
        into.extend(std::iter::repeat_n(value, times + 1));
        return Ok(());
    }
    let (start, step) = progression(head).ok_or_else(bad)?;
    let mut value = start;
    for _ in 0..=times {
        into.push(Some(value));
        value += step;
    }
    Ok(())
}

fn single(word: &str) -> Option<Point> {
    match word {
        "_" => Some(None),
        "stale" => Some(Some(STALE)),
        // In a sequence `0x10` is eleven zeros, not sixteen.
        _ if word.starts_with("0x") || word.starts_with("-0x") => None,
        _ => parse_float(word).map(Some),
    }
}

/// `1+2` or `1e-3-2`: the sign that splits it into two numbers.
fn progression(text: &str) -> Option<(f64, f64)> {
    text.char_indices().skip(1).filter(|(_, c)| matches!(c, '+' | '-')).find_map(|(at, _)| {
        let (start, step) = text.split_at(at);
        Some((parse_float(start)?, parse_float(step)?))
    })
}
