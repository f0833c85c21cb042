//! Conditions on a measured value, as `AnalysisTemplate`s write them:
//! `result[0] >= 0.95`, `isNaN(result[0]) || result[0] < 5`.
//!
//! The subset people use: comparisons of `result` or `result[0]` with a
//! number, `isNaN(…)`, `!`, `&&`, `||` (which binds weaker), parentheses.
//! Anything else of the expression language is refused by name, because a
//! condition read differently than its author meant is worse than none.

/// A parsed condition.
#[derive(Debug, Clone, PartialEq)]
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

impl Operator {
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
        let value = number.parse::<f64>().ok().ok_or("a number")?;
        self.rest = rest;
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_people_write() {
        let cases: [(&str, f64, bool); 12] = [
            ("result[0] >= 0.95", 0.95, true),
            ("result[0] >= 0.95", 0.949, false),
            ("result[0] >= 0.95", f64::NAN, false),
            ("isNaN(result[0]) || result[0] >= 0.95", f64::NAN, true),
            ("result < 5", 4.0, true),
            ("result[0]<=1e-3", 0.001, true),
            ("result[0] > 1 && result[0] < 3", 2.0, true),
            ("result[0] > 1 && result[0] < 3", 3.0, false),
            ("result[0] < 1 || result[0] > 3 && result[0] < 5", 0.0, true),
            ("(result[0] < 1 || result[0] > 3) && result[0] < 5", 6.0, false),
            ("!(result[0] == 7)", 7.0, false),
            ("result[0] != -2", -2.0, false),
        ];
        for (text, value, want) in cases {
            assert_eq!(Condition::parse(text).unwrap().holds(value), want, "{text} at {value}");
        }
    }

    #[test]
    fn errors_point_at_the_place() {
        let cases = [
            ("result[0] => 5", "condition `result[0] => 5`, column 11: expected a comparison such as `>=`"),
            (
                "result[1] > 5",
                "condition `result[1] > 5`, column 8: expected `[0]`: only the first element of the answer is compared",
            ),
            (
                "len(result) > 0",
                "condition `len(result) > 0`, column 1: expected `result[0]`, `isNaN(result[0])` or `(`",
            ),
            ("result[0] > five", "condition `result[0] > five`, column 13: expected a number"),
            ("result[0] > 5 and", "condition `result[0] > 5 and`, column 15: expected `&&`, `||` or the end"),
            ("", "condition ``, column 1: expected `result[0]`, `isNaN(result[0])` or `(`"),
        ];
        for (text, want) in cases {
            assert_eq!(Condition::parse(text).unwrap_err().to_string(), want);
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = "(".repeat(10_000);
        assert!(Condition::parse(&deep).unwrap_err().what.contains("at most 32"));
    }
}
