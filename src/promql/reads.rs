//! What an expression reads, and what it is made of: for explaining a number.

use super::node::{Node, Range, RangeOf, Selector, Shift};
use super::{Matcher, Query, Window};

/// Prometheus looks this far back for an instant selector.
const LOOKBACK_MS: i64 = 5 * 60_000;

/// A selector of an expression, with the stretch of time it looks at.
#[derive(Clone, Debug)]
pub struct Reads {
    /// The series it selects.
    pub matchers: Vec<Matcher>,
    length_ms: i64,
    offset_ms: i64,
}

impl Reads {
    /// The stretch it looks at when evaluated at `at_ms`. A fixed time (`@`) is
    /// not followed: none of our own expressions has one.
    pub fn window(&self, at_ms: i64) -> Window {
        let until_ms = at_ms - self.offset_ms;
        Window { after_ms: until_ms - self.length_ms, until_ms }
    }
}

impl Query {
    /// Every selector of the expression, in the order written.
    pub fn reads(&self) -> Vec<Reads> {
        let mut found = Vec::new();
        walk(&self.root, Shift::default(), 0, &mut found);
        found
    }
}

fn walk(node: &Node, outer: Shift, widen_ms: i64, found: &mut Vec<Reads>) {
    match node {
        Node::Number(_) | Node::Text(_) => {}
        Node::Select(Selector { matchers, shift }) => found.push(Reads {
            matchers: matchers.clone(),
            length_ms: LOOKBACK_MS + widen_ms,
            offset_ms: outer.offset_ms + shift.offset_ms,
        }),
        Node::Range(range) => walk_range(range, outer, widen_ms, found),
        Node::Call(call) => call.args.iter().for_each(|arg| walk(arg, outer, widen_ms, found)),
        Node::Aggregate(aggregate) => {
            for child in aggregate.param.iter().chain([&aggregate.inner]) {
                walk(child, outer, widen_ms, found);
            }
        }
        Node::Binary(binary) => {
            walk(&binary.left, outer, widen_ms, found);
            walk(&binary.right, outer, widen_ms, found);
        }
        Node::Negate(inner) | Node::Constant(inner) => walk(inner, outer, widen_ms, found),
    }
}

fn walk_range(range: &Range, outer: Shift, widen_ms: i64, found: &mut Vec<Reads>) {
    let offset_ms = outer.offset_ms + range.shift.offset_ms;
    match &range.of {
        RangeOf::Samples(matchers) => {
            found.push(Reads {
                matchers: matchers.clone(),
                length_ms: range.length_ms + widen_ms,
                offset_ms,
            });
        }
        RangeOf::Subquery { inner, .. } => {
            walk(inner, Shift { at: None, offset_ms }, widen_ms + range.length_ms, found);
        }
    }
}

/// The two sides of an expression whose outermost part is an operator, as
/// text that can be evaluated; the expression itself otherwise.
pub fn terms(text: &str) -> Vec<String> {
    use promql_parser::parser::Expr;
    let Ok(mut tree) = promql_parser::parser::parse(text) else { return Vec::new() };
    while let Expr::Paren(inner) = tree {
        tree = *inner.expr;
    }
    match tree {
        Expr::Binary(binary) => vec![binary.lhs.to_string(), binary.rhs.to_string()],
        Expr::Call(call) if call.func.name == "histogram_quantile" => {
            call.args.args.iter().map(ToString::to_string).collect()
        }
        Expr::Aggregate(_)
        | Expr::Unary(_)
        | Expr::Paren(_)
        | Expr::Subquery(_)
        | Expr::NumberLiteral(_)
        | Expr::StringLiteral(_)
        | Expr::VectorSelector(_)
        | Expr::MatrixSelector(_)
        | Expr::Call(_)
        | Expr::Extension(_) => vec![text.to_owned()],
    }
}
