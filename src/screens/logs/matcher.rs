//! What is looked for in a log: a regular expression, or text that is none.

use regex::{Regex, RegexBuilder};

/// Compiled expressions larger than this are not people's.
const MOST_BYTES: usize = 1 << 20;

/// A filter of lines. Lower case matches any case; `!` in front turns it round.
#[derive(Clone, Debug, Default)]
pub(super) struct Matcher {
    text: String,
    negated: bool,
    regex: Option<Regex>,
    /// Why it was taken as plain text.
    why_plain: Option<String>,
}

impl Matcher {
    /// Reads a filter. What is no expression is looked for as it stands.
    pub(super) fn parse(text: &str) -> Self {
        let (negated, pattern) = match text.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        if pattern.is_empty() {
            return Self { text: text.to_owned(), ..Self::default() };
        }
        let any_case = !pattern.chars().any(char::is_uppercase);
        let build = |pattern: &str| {
            RegexBuilder::new(pattern).case_insensitive(any_case).size_limit(MOST_BYTES).build()
        };
        let (regex, why_plain) = match build(pattern) {
            Ok(regex) => (Some(regex), None),
            Err(error) => {
                let why = error.to_string();
                let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                (build(&regex::escape(pattern)).ok(), Some(why))
            }
        };
        Self { text: text.to_owned(), negated, regex, why_plain }
    }

    /// As typed.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Why what was typed is looked for as plain text, if it is.
    pub(super) fn why_plain(&self) -> Option<&str> {
        self.why_plain.as_deref()
    }

    /// Whether a line is shown.
    pub(super) fn holds(&self, line: &str) -> bool {
        self.regex.as_ref().is_none_or(|regex| regex.is_match(line) != self.negated)
    }

    /// Where in a line it matches: byte ranges that are never empty.
    pub(super) fn places(&self, line: &str) -> Vec<(usize, usize)> {
        let Some(regex) = self.regex.as_ref().filter(|_| !self.negated) else { return Vec::new() };
        regex.find_iter(line).filter(|found| !found.is_empty()).map(|f| (f.start(), f.end())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_text_and_their_negation() {
        let cases = [
            ("", "anything", true),
            ("err(or)?", "ERROR x", true),
            ("Err", "error", false),
            ("!error", "fine", true),
            ("!error", "an Error", false),
            ("a(b", "x a(b y", true),
            ("a(b", "ab", false),
            ("!", "anything", true),
        ];
        for (filter, line, holds) in cases {
            assert_eq!(Matcher::parse(filter).holds(line), holds, "{filter:?} {line:?}");
        }
        assert!(Matcher::parse("a(b").why_plain().unwrap().contains("unclosed group"));
        assert_eq!(Matcher::parse("o+").places("foo bör oo"), [(1, 3), (9, 11)]);
        assert!(Matcher::parse("x*").places("aaa").is_empty(), "empty matches mark nothing");
    }
}
