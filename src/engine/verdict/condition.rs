//! Conditions on a measured value, as `AnalysisTemplate`s write them:
//! `result[0] >= 0.95`, `isNaN(result[0]) || result[0] < 5`.
//!
//! The subset people use: comparisons of `result` or `result[0]` with a
//! number, `isNaN(…)`, `!`, `&&`, `||` (which binds weaker), parentheses.
//! Anything else of the expression language is refused by name, because a
//! condition read differently than its author meant is worse than none.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A parsed condition; kept as its text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Condition {
    /// The value compared with a number. NaN fulfils none, as in Go.
    Compare(Operator, f64),
    /// The value is not a number.
    IsNan,
    /// The opposite.
    Not(Box<Condition>),
    /// Both.
    And(Box<Condition>, Box<Condition>),
    /// Either.
    Or(Box<Condition>, Box<Condition>),
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `>=`
    AtLeast,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `<`
    Below,
    /// `==`
    Equal,
    /// `!=`
    Unequal,
}

/// Longest first, so that `>=` is not read as `>`.
const OPERATORS: [(&str, Operator); 6] = [
    (">=", Operator::AtLeast),
    ("<=", Operator::AtMost),
    ("==", Operator::Equal),
    ("!=", Operator::Unequal),
    (">", Operator::Above),
    ("<", Operator::Below),
];

/// Deepest nesting accepted; real conditions have one or two levels.
const MAX_DEPTH: usize = 32;

/// A condition that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("condition `{text}`, column {column}: {what}")]
pub struct ConditionError {
    /// The condition as written.
    pub text: String,
    /// Where, counted in characters from 1.
    pub column: usize,
    /// What was expected there.
    pub what: String,
}

impl Condition {
    /// Reads a condition.
    ///
    /// # Errors
    /// Names the column and what was expected there.
    pub fn parse(text: &str) -> Result<Self, ConditionError> {
        let mut parser = Parser { rest: text, depth: 0 };
        let parsed = parser.either().and_then(|c| {
            if parser.skip().is_empty() { Ok(c) } else { Err("`&&`, `||` or the end".to_owned()) }
        });
        parsed.map_err(|expected| ConditionError {
            text: text.to_owned(),
            column: text.chars().count() - parser.rest.chars().count() + 1,
            what: format!("expected {expected}"),
        })
    }

    /// Whether `value` fulfils the condition.
    pub fn holds(&self, value: f64) -> bool {
        match self {
            Self::Compare(operator, with) => operator.compare(value, *with),
            Self::IsNan => value.is_nan(),
            Self::Not(inner) => !inner.holds(value),
            Self::And(a, b) => a.holds(value) && b.holds(value),
            Self::Or(a, b) => a.holds(value) || b.holds(value),
        }
    }
}

impl fmt::Display for Condition {
    /// As it is read: `!` and `&&` bind tighter than `||`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |inner: &Self| match inner {
            Self::Or(..) => format!("({inner})"),
            Self::Compare(..) | Self::IsNan | Self::Not(_) | Self::And(..) => inner.to_string(),
        };
        match self {
            Self::Compare(operator, with) => write!(f, "result[0] {} {with}", operator.token()),
            Self::IsNan => f.write_str("isNaN(result[0])"),
            Self::Not(inner) => write!(f, "!({inner})"),
            // What is read is a chain from the left: one on the right stands in parentheses.
            Self::And(a, b) if matches!(**b, Self::And(..)) => write!(f, "{} && ({b})", part(a)),
            Self::And(a, b) => write!(f, "{} && {}", part(a), part(b)),
            Self::Or(a, b) => write!(f, "{a} || {}", part(b)),
        }
    }
}

impl TryFrom<String> for Condition {
    type Error = ConditionError;

    fn try_from(text: String) -> Result<Self, ConditionError> {
        Self::parse(&text)
    }
}

impl From<Condition> for String {
    fn from(condition: Condition) -> Self {
        condition.to_string()
    }
}

impl Operator {
    fn token(self) -> &'static str {
        OPERATORS.iter().find(|(_, operator)| *operator == self).map_or("", |(token, _)| token)
    }

    #[allow(clippy::float_cmp, reason = "the author of the condition asked for equality")]
    fn compare(self, value: f64, with: f64) -> bool {
        match self {
            Self::AtLeast => value >= with,
            Self::AtMost => value <= with,
            Self::Above => value > with,
            Self::Below => value < with,
            Self::Equal => value == with,
            Self::Unequal => value != with,
        }
    }
}

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn skip(&mut self) -> &'a str {
        self.rest = self.rest.trim_start();
        self.rest
    }

    fn eat(&mut self, token: &str) -> bool {
        match self.skip().strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn either(&mut self) -> Result<Condition, String> {
        let mut left = self.both()?;
        while self.eat("||") {
            left = Condition::Or(Box::new(left), Box::new(self.both()?));
        }
        Ok(left)
    }

    fn both(&mut self) -> Result<Condition, String> {
        let mut left = self.one()?;
        while self.eat("&&") {
            left = Condition::And(Box::new(left), Box::new(self.one()?));
        }
        Ok(left)
    }

    fn one(&mut self) -> Result<Condition, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(format!("at most {MAX_DEPTH} nested conditions"));
        }
        let one = self.one_inside();
        self.depth -= 1;
        one
    }

    fn one_inside(&mut self) -> Result<Condition, String> {
        if self.eat("isNaN(") {
            self.result()?;
            return self.closed(Condition::IsNan);
        }
        if self.eat("!") {
            return Ok(Condition::Not(Box::new(self.one()?)));
        }
        if self.eat("(") {
            let inner = self.either()?;
            return self.closed(inner);
        }
        self.result()?;
        let operator = OPERATORS.iter().find(|(token, _)| self.eat(token));
        let (_, operator) = operator.ok_or("a comparison such as `>=`")?;
        Ok(Condition::Compare(*operator, self.number()?))
    }

    fn result(&mut self) -> Result<(), String> {
        if !self.eat("result") {
            return Err("`result[0]`, `isNaN(result[0])` or `(`".to_owned());
        }
        if self.eat("[") && !(self.eat("0") && self.eat("]")) {
            return Err("`[0]`: only the first element of the answer is compared".to_owned());
        }
        Ok(())
    }

    fn closed(&mut self, inner: Condition) -> Result<Condition, String> {
        if self.eat(")") { Ok(inner) } else { Err("`)`".to_owned()) }
    }

    fn number(&mut self) -> Result<f64, String> {
        let part_of_number = |c: char| c.is_ascii_digit() || ".eE+-".contains(c);
        let text = self.skip();
        let end = text.find(|c| !part_of_number(c)).unwrap_or(text.len());
        let (number, rest) = text.split_at_checked(end).unwrap_or((text, ""));
        let value = number.parse::<f64>().ok().filter(|value| value.is_finite()).ok_or("a number")?;
        self.rest = rest;
        Ok(value)
    }
}

#[cfg(test)]
mod tests;
