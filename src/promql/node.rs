//! The expression as the evaluator wants it: names resolved, regular
//! expressions compiled, parentheses gone, step-invariant parts marked.

use super::func::Function;
use super::matcher::Matcher;

/// An expression.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    Number(f64),
    Text(String),
    Select(Selector),
    Range(Box<Range>),
    Call(Box<Call>),
    Aggregate(Box<Aggregate>),
    Binary(Box<Binary>),
    Negate(Box<Node>),
    /// Gives the same at every step: evaluated once, then repeated.
    Constant(Box<Node>),
}

/// The type of an expression's result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Scalar,
    Text,
    Vector,
    Matrix,
}

impl Node {
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Number(_) => Kind::Scalar,
            Self::Text(_) => Kind::Text,
            Self::Select(_) | Self::Aggregate(_) => Kind::Vector,
            Self::Range(_) => Kind::Matrix,
            Self::Call(call) => {
                if call.function.scalar {
                    Kind::Scalar
                } else {
                    Kind::Vector
                }
            }
            Self::Binary(binary) => match (binary.left.kind(), binary.right.kind()) {
                (Kind::Scalar, Kind::Scalar) => Kind::Scalar,
                _ => Kind::Vector,
            },
            Self::Negate(inner) | Self::Constant(inner) => inner.kind(),
        }
    }
}

/// A fixed evaluation time (`@`).
#[derive(Debug, Clone, Copy)]
pub(crate) enum At {
    Ms(i64),
    Start,
    End,
}

/// The part of a selector or subquery that moves its time.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Shift {
    pub(crate) at: Option<At>,
    pub(crate) offset_ms: i64,
}

/// `name{a="b"} offset 5m @ end()`
#[derive(Debug, Clone)]
pub(crate) struct Selector {
    pub(crate) matchers: Vec<Matcher>,
    pub(crate) shift: Shift,
}

/// A range vector: samples of a selector or steps of a subquery.
#[derive(Debug, Clone)]
pub(crate) struct Range {
    pub(crate) length_ms: i64,
    pub(crate) shift: Shift,
    pub(crate) of: RangeOf,
}

#[derive(Debug, Clone)]
pub(crate) enum RangeOf {
    Samples(Vec<Matcher>),
    Subquery { inner: Node, step_ms: Option<i64> },
}

/// A function call; the parser has checked number and types of arguments.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) function: &'static Function,
    pub(crate) args: Vec<Node>,
}

/// `by (…)` or `without (…)`.
#[derive(Debug, Clone)]
pub(crate) struct Grouping {
    pub(crate) without: bool,
    pub(crate) labels: Vec<String>,
}

impl Grouping {
    /// Whether a label stays in the result's label set.
    pub(crate) fn keeps(&self, name: &str) -> bool {
        if self.without {
            name != super::labels::NAME && !self.labels.iter().any(|l| l == name)
        } else {
            self.labels.iter().any(|l| l == name)
        }
    }
}

/// The aggregation operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AggregateOp {
    Sum,
    Avg,
    Min,
    Max,
    Count,
    Group,
    Stddev,
    Stdvar,
    Quantile,
    CountValues,
    TopK,
    BottomK,
    LimitK,
}

/// Operators by the word in the expression.
pub(crate) const AGGREGATES: &[(&str, AggregateOp)] = &[
    ("sum", AggregateOp::Sum),
    ("avg", AggregateOp::Avg),
    ("min", AggregateOp::Min),
    ("max", AggregateOp::Max),
    ("count", AggregateOp::Count),
    ("group", AggregateOp::Group),
    ("stddev", AggregateOp::Stddev),
    ("stdvar", AggregateOp::Stdvar),
    ("quantile", AggregateOp::Quantile),
    ("count_values", AggregateOp::CountValues),
    ("topk", AggregateOp::TopK),
    ("bottomk", AggregateOp::BottomK),
    ("limitk", AggregateOp::LimitK),
];

/// `sum by (job) (…)`
#[derive(Debug, Clone)]
pub(crate) struct Aggregate {
    pub(crate) op: AggregateOp,
    pub(crate) grouping: Grouping,
    pub(crate) param: Option<Node>,
    pub(crate) inner: Node,
}

/// The binary operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
    Atan2,
    Eq,
    Ne,
    Gt,
    Lt,
    Ge,
    Le,
    And,
    Or,
    Unless,
}

/// Operators by the text in the expression.
pub(crate) const BINARIES: &[(&str, BinaryOp)] = &[
    ("+", BinaryOp::Add),
    ("-", BinaryOp::Sub),
    ("*", BinaryOp::Mul),
    ("/", BinaryOp::Div),
    ("%", BinaryOp::Mod),
    ("^", BinaryOp::Pow),
    ("atan2", BinaryOp::Atan2),
    ("==", BinaryOp::Eq),
    ("!=", BinaryOp::Ne),
    (">", BinaryOp::Gt),
    ("<", BinaryOp::Lt),
    (">=", BinaryOp::Ge),
    ("<=", BinaryOp::Le),
    ("and", BinaryOp::And),
    ("or", BinaryOp::Or),
    ("unless", BinaryOp::Unless),
];

impl BinaryOp {
    pub(crate) fn is_comparison(self) -> bool {
        matches!(self, Self::Eq | Self::Ne | Self::Gt | Self::Lt | Self::Ge | Self::Le)
    }

    pub(crate) fn is_set(self) -> bool {
        matches!(self, Self::And | Self::Or | Self::Unless)
    }
}

/// Which side may have several elements per match group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Card {
    OneToOne,
    ManyToOne,
    OneToMany,
}

/// `on (…) group_left (…)` and its relatives.
#[derive(Debug, Clone)]
pub(crate) struct Matching {
    pub(crate) card: Card,
    /// `on` rather than `ignoring`.
    pub(crate) on: bool,
    pub(crate) labels: Vec<String>,
    /// Labels copied from the one side.
    pub(crate) include: Vec<String>,
}

impl Matching {
    /// Whether a label is part of the match group's signature.
    pub(crate) fn signs(&self, name: &str) -> bool {
        let listed = self.labels.iter().any(|l| l == name);
        if self.on { listed } else { !listed && name != super::labels::NAME }
    }
}

/// `left op bool on (…) right`
#[derive(Debug, Clone)]
pub(crate) struct Binary {
    pub(crate) op: BinaryOp,
    pub(crate) returns_bool: bool,
    pub(crate) matching: Matching,
    pub(crate) left: Node,
    pub(crate) right: Node,
}
