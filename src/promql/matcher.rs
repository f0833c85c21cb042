//! Label matchers: `=`, `!=`, `=~`, `!~`, with regular expressions anchored as
//! Prometheus anchors them: `^(?s:…)$`.

use regex::Regex;

use super::labels::Labels;

/// How a matcher compares.
#[derive(Debug, Clone)]
pub enum Op {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`
    Regex(Pattern),
    /// `!~`
    NotRegex(Pattern),
}

/// A regular expression that must match a whole value.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// The values of a plain alternation (`a|b|c`), which need no automaton.
    literals: Option<Vec<String>>,
    /// Nothing but letters and single dots, as in `5..`, which need none either.
    dotted: Option<String>,
    /// What every match begins with, as far as that is plain to see.
    prefix: String,
    regex: Regex,
}

impl Pattern {
    /// Compiles `text`.
    ///
    /// # Errors
    /// The compiler's own words, when `text` is not a regular expression or
    /// its automaton would be larger than 1 MiB.
    pub fn new(text: &str) -> Result<Self, String> {
        let regex = regex::RegexBuilder::new(&format!("^(?s:{text})$"))
            .size_limit(1 << 20)
            .build()
            .map_err(|error| error.to_string())?;
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '|' | '_' | '-' | '/' | ':' | ' ');
        let literals = text.chars().all(plain).then(|| text.split('|').map(str::to_owned).collect());
        let dotted = text.chars().all(|c| c == '.' || (plain(c) && c != '|' && c.is_ascii()));
        let dotted = dotted.then(|| text.to_owned());
        Ok(Self { literals, dotted, prefix: prefix(text), regex })
    }

    /// Whether the whole of `value` matches.
    pub fn is_match(&self, value: &str) -> bool {
        if let Some(list) = &self.literals {
            return list.iter().any(|literal| literal == value);
        }
        // A dot is one character, which is one byte only here.
        if let Some(dotted) = self.dotted.as_ref().filter(|_| value.is_ascii()) {
            let same = |(wanted, byte): (u8, u8)| wanted == b'.' || wanted == byte;
            return dotted.len() == value.len() && dotted.bytes().zip(value.bytes()).all(same);
        }
        value.starts_with(&self.prefix) && self.regex.is_match(value)
    }

    /// The only values that match, where the expression is a plain alternation.
    pub fn literals(&self) -> Option<&[String]> {
        self.literals.as_deref()
    }

    /// What every matching value begins with; empty where that is not plain.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The compiled expression, for captures.
    pub(crate) fn regex(&self) -> &Regex {
        &self.regex
    }
}

/// The letters before the first sign that has a meaning; without the last of
/// them where that sign is about it. Empty for an alternation, and for whatever
/// could change how letters are read.
fn prefix(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '/' | ':');
    let end = text.find(|c| !plain(c)).unwrap_or(text.len());
    let (head, tail) = text.split_at(end);
    if text.contains('|') {
        return String::new();
    }
    let mut head = head.to_owned();
    if tail.starts_with(['*', '?', '+', '{']) {
        head.pop();
    }
    head
}

/// One condition on one label. A label that is not there has the value "".
#[derive(Debug, Clone)]
pub struct Matcher {
    /// The label's name.
    pub name: String,
    /// The text on the right, as written.
    pub value: String,
    /// The comparison.
    pub op: Op,
}

impl Matcher {
    /// `name = value`
    pub fn equal(name: &str, value: &str) -> Self {
        Self { name: name.to_owned(), value: value.to_owned(), op: Op::Equal }
    }

    /// Whether a label value satisfies the condition.
    pub fn accepts(&self, value: &str) -> bool {
        match &self.op {
            Op::Equal => self.value == value,
            Op::NotEqual => self.value != value,
            Op::Regex(pattern) => pattern.is_match(value),
            Op::NotRegex(pattern) => !pattern.is_match(value),
        }
    }

    /// Whether the label set satisfies the condition.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.accepts(labels.get(&self.name))
    }
}

/// Whether `labels` satisfies every matcher.
pub fn all_match(matchers: &[Matcher], labels: &Labels) -> bool {
    matchers.iter().all(|matcher| matcher.matches(labels))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regex(text: &str) -> Pattern {
        Pattern::new(text).unwrap()
    }

    #[test]
    fn patterns_are_anchored_and_dots_match_newlines() {
        assert!(regex("a|b").is_match("a"));
        assert!(!regex("a|b").is_match("ab"));
        assert!(!regex("a.c").is_match("xabc"));
        assert!(regex("a.c").is_match("a\nc"));
        assert!(regex("").is_match(""));
        assert!(regex("a|").is_match(""));
        assert!(regex("5..").is_match("503"));
        assert!(
            !regex("5..").is_match("50") && !regex("5..").is_match("4033") && !regex("5..").is_match("403")
        );
        assert!(
            regex("5..").is_match("5éé") && !regex("5..").is_match("5é"),
            "a dot is a character, not a byte"
        );
    }

    #[test]
    fn a_plain_beginning_is_known_and_never_too_long() {
        for (text, prefix) in [
            ("web-1.", "web-1"),
            ("web-12?", "web-1"),
            ("web.*", "web"),
            ("we{0,2}b", "w"),
            ("(?i)web", ""),
            ("web|x.*", ""),
            ("a(b|c)", ""),
            ("a\\.b", "a"),
            ("ü*", ""),
            (".+", ""),
            ("^web", ""),
        ] {
            assert_eq!(regex(text).prefix(), prefix, "{text}");
        }
        assert!(regex("web-12?").is_match("web-1") && regex("(?i)web").is_match("WEB"));
        assert!(regex("ü*").is_match(""));
    }

    #[test]
    fn a_missing_label_is_the_empty_string() {
        let labels = Labels::from_pairs([("job", "x")]);
        assert!(Matcher::equal("zone", "").matches(&labels));
        let not = Matcher { name: "zone".into(), value: "a".into(), op: Op::NotEqual };
        assert!(not.matches(&labels));
    }

    #[test]
    fn a_monster_pattern_is_refused() {
        assert!(Pattern::new("(((a{1000}){1000}){1000})").is_err());
        assert!(Pattern::new("(").is_err());
    }
}
