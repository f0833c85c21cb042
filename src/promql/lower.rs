//! From the parser's tree to ours: everything that can be refused is refused
//! here, before any sample is read.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use promql_parser::label::{MatchOp, Matchers};
use promql_parser::parser::{self as ast, Expr};

use super::error::PromqlError;
use super::func;
use super::labels::NAME;
use super::matcher::{Matcher, Op, Pattern};
use super::node::{
    AGGREGATES, Aggregate, At, BINARIES, Binary, Call, Card, Grouping, Kind, Matching, Node, Range, RangeOf,
    Selector, Shift,
};

/// Deepest nesting of an expression. The evaluator recurses once per level and
/// a thread of the runtime has 2 MiB of stack.
pub(crate) const MAX_DEPTH: usize = 250;

/// A lowered part, and whether it gives the same at every step.
struct Part {
    node: Node,
    invariant: bool,
}

impl Part {
    /// The part as a child of something that changes from step to step.
    fn inside_variant(self) -> Node {
        let worth =
            matches!(self.node, Node::Call(_) | Node::Aggregate(_) | Node::Binary(_) | Node::Negate(_));
        if self.invariant && worth { Node::Constant(Box::new(self.node)) } else { self.node }
    }
}

/// Lowers a whole expression.
pub(crate) fn lower(expr: &Expr) -> Result<Node, PromqlError> {
    Ok(part(expr, 0)?.inside_variant())
}

fn part(expr: &Expr, depth: usize) -> Result<Part, PromqlError> {
    if depth > MAX_DEPTH {
        return Err(PromqlError::new(format!("the expression is nested more than {MAX_DEPTH} levels deep")));
    }
    let depth = depth + 1;
    match expr {
        Expr::NumberLiteral(n) => Ok(Part { node: Node::Number(n.val), invariant: true }),
        Expr::StringLiteral(s) => Ok(Part { node: Node::Text(s.val.clone()), invariant: true }),
        Expr::Paren(p) => part(&p.expr, depth),
        Expr::VectorSelector(s) => {
            let shift = shift(s.at.as_ref(), s.offset.as_ref())?;
            let matchers = matchers(s.name.as_deref(), &s.matchers)?;
            let node = Node::Select(Selector { matchers, shift });
            Ok(Part { node, invariant: shift.at.is_some() })
        }
        Expr::MatrixSelector(m) => {
            let shift = shift(m.vs.at.as_ref(), m.vs.offset.as_ref())?;
            let of = RangeOf::Samples(matchers(m.vs.name.as_deref(), &m.vs.matchers)?);
            let range = Range { length_ms: millis(m.range)?, shift, of };
            Ok(Part { node: Node::Range(Box::new(range)), invariant: shift.at.is_some() })
        }
        Expr::Subquery(s) => subquery(s, depth),
        Expr::Unary(u) => {
            let inner = part(&u.expr, depth)?;
            Ok(Part { node: Node::Negate(Box::new(inner.node)), invariant: inner.invariant })
        }
        Expr::Call(c) => call(c, depth),
        Expr::Aggregate(a) => aggregate(a, depth),
        Expr::Binary(b) => binary(b, depth),
        Expr::Extension(_) => Err(PromqlError::new("unsupported: extension of the language")),
    }
}

fn subquery(s: &ast::SubqueryExpr, depth: usize) -> Result<Part, PromqlError> {
    let shift = shift(s.at.as_ref(), s.offset.as_ref())?;
    let inner = part(&s.expr, depth)?;
    if inner.node.kind() != Kind::Vector {
        return Err(PromqlError::new("subquery is only allowed on instant vector"));
    }
    // A constant inside a subquery is constant over its steps too.
    let invariant = shift.at.is_some();
    let of = RangeOf::Subquery { inner: inner.inside_variant(), step_ms: s.step.map(millis).transpose()? };
    let range = Range { length_ms: millis(s.range)?, shift, of };
    Ok(Part { node: Node::Range(Box::new(range)), invariant })
}

fn call(c: &ast::Call, depth: usize) -> Result<Part, PromqlError> {
    let function = func::find(c.func.name).ok_or_else(|| {
        let why = func::reason_absent(c.func.name);
        PromqlError::new(format!("unsupported function {:?}: {why}", c.func.name))
    })?;
    let parts = c.args.args.iter().map(|arg| part(arg, depth)).collect::<Result<Vec<Part>, _>>()?;
    let invariant = !function.looks_at_time && parts.iter().all(|p| p.invariant);
    let lowered = |p: Part| if invariant { p.node } else { p.inside_variant() };
    let call = Call { function, args: parts.into_iter().map(lowered).collect() };
    func::check_arguments(&call)?;
    Ok(Part { node: Node::Call(Box::new(call)), invariant })
}

fn aggregate(a: &ast::AggregateExpr, depth: usize) -> Result<Part, PromqlError> {
    let word = a.op.to_string().to_lowercase();
    let op = AGGREGATES.iter().find(|(name, _)| *name == word).map(|(_, op)| *op);
    let op = op.ok_or_else(|| PromqlError::new(format!("unsupported aggregation operator {word:?}")))?;
    let grouping = match &a.modifier {
        None => Grouping { without: false, labels: Vec::new() },
        Some(m) => Grouping { without: !m.is_include(), labels: m.labels().labels.clone() },
    };
    let inner = part(&a.expr, depth)?;
    let param = a.param.as_ref().map(|p| part(p, depth)).transpose()?;
    let invariant = inner.invariant && param.as_ref().is_none_or(|p| p.invariant);
    let lowered = |p: Part| if invariant { p.node } else { p.inside_variant() };
    let node = Aggregate { op, grouping, param: param.map(lowered), inner: lowered(inner) };
    Ok(Part { node: Node::Aggregate(Box::new(node)), invariant })
}

fn binary(b: &ast::BinaryExpr, depth: usize) -> Result<Part, PromqlError> {
    let word = b.op.to_string().to_lowercase();
    let op = BINARIES.iter().find(|(text, _)| *text == word).map(|(_, op)| *op);
    let op = op.ok_or_else(|| PromqlError::new(format!("unsupported operator {word:?}")))?;
    let (left, right) = (part(&b.lhs, depth)?, part(&b.rhs, depth)?);
    let invariant = left.invariant && right.invariant;
    let lowered = |p: Part| if invariant { p.node } else { p.inside_variant() };
    let node = Binary {
        op,
        returns_bool: b.modifier.as_ref().is_some_and(|m| m.return_bool),
        matching: matching(b.modifier.as_ref())?,
        left: lowered(left),
        right: lowered(right),
    };
    let kinds = (node.left.kind(), node.right.kind());
    if op.is_set() && kinds != (Kind::Vector, Kind::Vector) {
        return Err(PromqlError::new(format!(
            "set operator {word:?} not allowed in binary scalar expression"
        )));
    }
    Ok(Part { node: Node::Binary(Box::new(node)), invariant })
}

fn matching(modifier: Option<&ast::BinModifier>) -> Result<Matching, PromqlError> {
    let mut made = Matching { card: Card::OneToOne, on: false, labels: Vec::new(), include: Vec::new() };
    let Some(modifier) = modifier else {
        return Ok(made);
    };
    if modifier.fill_values.lhs.is_some() || modifier.fill_values.rhs.is_some() {
        return Err(PromqlError::new("unsupported: fill modifiers (experimental in Prometheus)"));
    }
    let (card, include) = match &modifier.card {
        ast::VectorMatchCardinality::OneToOne | ast::VectorMatchCardinality::ManyToMany => {
            (Card::OneToOne, Vec::new())
        }
        ast::VectorMatchCardinality::ManyToOne(l) => (Card::ManyToOne, l.labels.clone()),
        ast::VectorMatchCardinality::OneToMany(l) => (Card::OneToMany, l.labels.clone()),
    };
    made.card = card;
    made.include = include;
    if let Some(m) = &modifier.matching {
        made.on = m.is_include();
        made.labels.clone_from(&m.labels().labels);
    }
    Ok(made)
}

fn matchers(name: Option<&str>, list: &Matchers) -> Result<Vec<Matcher>, PromqlError> {
    if !list.or_matchers.is_empty() {
        return Err(PromqlError::new("unsupported: `or` between label matchers"));
    }
    let mut made: Vec<Matcher> = name.map(|n| Matcher::equal(NAME, n)).into_iter().collect();
    for matcher in &list.matchers {
        let pattern = || {
            Pattern::new(&matcher.value).map_err(|error| {
                PromqlError::new(format!("bad regular expression {:?}: {error}", matcher.value))
            })
        };
        let op = match &matcher.op {
            MatchOp::Equal => Op::Equal,
            MatchOp::NotEqual => Op::NotEqual,
            MatchOp::Re(_) => Op::Regex(pattern()?),
            MatchOp::NotRe(_) => Op::NotRegex(pattern()?),
        };
        made.push(Matcher { name: matcher.name.clone(), value: matcher.value.clone(), op });
    }
    if made.iter().all(|m| m.accepts("")) {
        return Err(PromqlError::new("vector selector must contain at least one non-empty matcher"));
    }
    Ok(made)
}

fn shift(at: Option<&ast::AtModifier>, by: Option<&ast::Offset>) -> Result<Shift, PromqlError> {
    let at = match at {
        None => None,
        Some(ast::AtModifier::Start) => Some(At::Start),
        Some(ast::AtModifier::End) => Some(At::End),
        Some(ast::AtModifier::At(time)) => Some(At::Ms(epoch_millis(*time)?)),
    };
    let offset_ms = match by {
        None => 0,
        Some(ast::Offset::Pos(d)) => millis(*d)?,
        Some(ast::Offset::Neg(d)) => -millis(*d)?,
    };
    Ok(Shift { at, offset_ms })
}

/// Ten thousand years: beyond it sums of times could overflow.
const FAR_MS: u128 = 10_000 * 366 * 86_400_000;

fn millis(duration: Duration) -> Result<i64, PromqlError> {
    let ms = duration.as_millis();
    if ms > FAR_MS {
        return Err(PromqlError::new("duration out of range"));
    }
    Ok(ms as i64)
}

fn epoch_millis(time: SystemTime) -> Result<i64, PromqlError> {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => millis(after),
        Err(before) => Ok(-millis(before.duration())?),
    }
}
