//! Reading an expression: `promql-parser` does the grammar; this adds bounds
//! (so that hostile input cannot exhaust the stack) and the place of an error,
//! which that parser does not report.

use std::fmt;

use super::error::PromqlError;
use super::lower::{MAX_DEPTH, lower};
use super::node::{Kind, Node};

/// Longest expression read, bytes. The longest generated SLO rule seen in the
/// wild has 3 KiB.
const MAX_BYTES: usize = 64 * 1024;

/// Operator characters allowed. A chain of n operators is a tree of depth n in
/// the parser's hands, and freeing it recurses.
const MAX_OPERATORS: usize = 2_000;

/// A parsed expression, ready to be evaluated any number of times.
#[derive(Clone)]
pub struct Query {
    text: String,
    pub(crate) root: Node,
}

impl Query {
    /// The expression as it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the result of an instant evaluation is a plain number.
    pub fn is_scalar(&self) -> bool {
        self.root.kind() == Kind::Scalar
    }
}

impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Query").field(&self.text).finish()
    }
}

/// Parses a PromQL expression.
///
/// # Errors
/// The text is not PromQL, or uses one of the few parts that are not
/// supported; `position` is the byte offset where that is known.
pub fn parse(text: &str) -> Result<Query, PromqlError> {
    bounds(text)?;
    let tree = promql_parser::parser::parse(text)
        .map_err(|message| PromqlError { position: locate(text, &message), message })?;
    Ok(Query { text: text.to_owned(), root: lower(&tree)? })
}

/// Refuses what could exhaust memory or stack before the parser sees it.
fn bounds(text: &str) -> Result<(), PromqlError> {
    if text.len() > MAX_BYTES {
        return Err(PromqlError::new(format!(
            "the expression has {} bytes, more than the {MAX_BYTES} that are read",
            text.len()
        )));
    }
    let mut depth = 0_usize;
    let mut operators = 0_usize;
    let mut quote = None;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        if let Some(open) = quote {
            if escaped {
                escaped = false;
            } else if byte == b'\\' && open != b'`' {
                escaped = true;
            } else if byte == open {
                quote = None;
            }
            continue;
        }
        match byte {
            b'"' | b'\'' | b'`' => quote = Some(byte),
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'+' | b'-' | b'*' | b'/' | b'%' | b'^' | b'=' | b'<' | b'>' => operators += 1,
            _ => {}
        }
        if depth > MAX_DEPTH || operators > MAX_OPERATORS {
            return Err(PromqlError {
                message: format!(
                    "the expression is too deep: at most {MAX_DEPTH} brackets and {MAX_OPERATORS} operators"
                ),
                position: Some(at),
            });
        }
    }
    let words = text.split_ascii_whitespace();
    if words.filter(|w| matches!(*w, "and" | "or" | "unless" | "atan2")).count() > MAX_OPERATORS {
        return Err(PromqlError::new(format!(
            "the expression is too deep: at most {MAX_OPERATORS} operators"
        )));
    }
    durations(text)
}

/// Longest duration given as a number of seconds: 31,000 years. The parser
/// panics from 2^64 on, and at `Inf` and `NaN`.
const MAX_SECONDS: f64 = 1e12;

/// Refuses plain numbers too large to be durations where one is expected:
/// behind `[`, `:` and `offset`. A number in a string is refused too if it
/// stands there; nobody writes `"[1e300"`.
fn durations(text: &str) -> Result<(), PromqlError> {
    let is_number = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_');
    let (mut rest, mut open) = (text, 0_usize);
    while let Some(at) = rest.find(['[', ']', ':', 't', 'T']) {
        let (before, after) = (rest.get(..=at).unwrap_or_default(), rest.get(at + 1..).unwrap_or_default());
        rest = after;
        if before.ends_with('[') {
            open += 1;
        } else if before.ends_with(']') {
            open = open.saturating_sub(1);
        }
        // Elsewhere a colon is part of a name: `job:inf`.
        let expected = before.ends_with('[')
            || (open > 0 && before.ends_with(':'))
            || before.get(before.len().saturating_sub(6)..).is_some_and(|w| w.eq_ignore_ascii_case("offset"));
        let number = after.trim_start().trim_start_matches(['+', '-']).trim_start();
        let end = number
            .char_indices()
            .find(|(i, c)| {
                let exponent =
                    matches!(c, '+' | '-') && number.get(..*i).is_some_and(|head| head.ends_with(['e', 'E']));
                !is_number(*c) && !exponent
            })
            .map_or(number.len(), |(i, _)| i);
        let word = number.get(..end).unwrap_or_default().replace('_', "");
        if expected && word.parse::<f64>().is_ok_and(|seconds| seconds.is_nan() || seconds >= MAX_SECONDS) {
            return Err(PromqlError {
                message: format!("a duration of {word} s is longer than the {MAX_SECONDS:e} s that are read"),
                position: Some(text.len() - number.len()),
            });
        }
    }
    Ok(())
}

/// Tokens tried when looking for the place of an error.
const MAX_TRIES: usize = 200;

/// The byte offset an error is about: the end of the longest beginning that,
/// with its brackets closed, is an expression.
fn locate(text: &str, message: &str) -> Option<usize> {
    if let Some(name) = message.split(['\'', '"']).nth(1)
        && name.len() > 1
        && let Some(at) = text.find(name)
    {
        return Some(at);
    }
    let starts = token_starts(text);
    if starts.len() > MAX_TRIES {
        return None;
    }
    let mut best = 0;
    for (i, _) in starts.iter().enumerate().skip(1) {
        let head = text.get(..starts[i])?;
        let candidate = format!("{head}{}", closers(head));
        if promql_parser::parser::parse(&candidate).is_ok() {
            best = starts[i];
        }
    }
    Some(best)
}

/// Byte offsets at which words, numbers, strings and symbols begin.
fn token_starts(text: &str) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut in_word = false;
    for (at, c) in text.char_indices() {
        let word = c.is_alphanumeric() || matches!(c, '_' | ':' | '.');
        let continues = word && in_word;
        if !c.is_whitespace() && !continues {
            starts.push(at);
        }
        in_word = word;
    }
    starts
}

fn closers(head: &str) -> String {
    let mut open = Vec::new();
    for c in head.chars() {
        match c {
            '(' => open.push(')'),
            '[' => open.push(']'),
            '{' => open.push('}'),
            ')' | ']' | '}' => {
                open.pop();
            }
            _ => {}
        }
    }
    open.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(text: &str) -> Option<usize> {
        parse(text).unwrap_err().position
    }

    #[test]
    fn errors_point_at_their_place() {
        assert_eq!(position("sum(foo) bar"), Some(9));
        assert_eq!(position("sum(foo bar)"), Some(8));
        assert_eq!(position("1 + nosuch(foo)"), Some(4));
        assert_eq!(position(""), Some(0));
    }

    #[test]
    fn durations_no_clock_can_count_are_refused() {
        for text in [
            "abs[1e308",
            "a[1e20]",
            "a[5m:Inf]",
            "a offset 1e300",
            "a OFFSET -NaN",
            "a[1e+300:5m]",
            "a[1_0e40]",
        ] {
            assert!(parse(text).unwrap_err().message.contains("a duration of"), "{text}");
        }
        for text in
            ["job:inf", "vector(1e308)", "a[1000]", "a[1e3:60] offset 1e2", "a{b=\"t\"} > 1e300", "a @ 1e9"]
        {
            parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        }
        assert_eq!(position("a offset 1e300"), Some(9));
    }

    #[test]
    fn deep_and_long_input_is_refused() {
        let deep = format!("{}1{}", "(".repeat(300), ")".repeat(300));
        assert!(parse(&deep).unwrap_err().message.contains("too deep"));
        let long = vec!["1"; 3000].join("+");
        assert!(parse(&long).unwrap_err().message.contains("too deep"));
        let nested = vec!["1"; 400].join("+");
        assert!(parse(&nested).unwrap_err().message.contains("levels deep"));
        assert!(parse(&vec!["a"; 40_000].join(" ")).unwrap_err().message.contains("bytes"));
        assert!(parse(&"-".repeat(1500)).is_err());
    }

    #[test]
    fn unsupported_things_say_so() {
        let error = parse("info(up)").unwrap_err();
        assert!(error.message.contains("unsupported function \"info\""), "{error}");
        let error = parse("sum_over_time((time())[3m:1m])").unwrap_err();
        assert!(error.message.contains("subquery is only allowed"), "{error}");
        assert!(parse("up{a=\"1\" or b=\"2\"}").unwrap_err().message.contains("unsupported"));
    }
}
