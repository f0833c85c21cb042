//! Conditions on labels, as Alertmanager writes and reads them.

use super::alert::LabelSet;
use regex::Regex;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One condition of a silence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Matcher {
    /// The label.
    pub name: String,
    /// The value, or an expression for the whole of it.
    pub value: String,
    /// Whether it is an expression.
    pub is_regex: bool,
    /// Whether it must hold; else it must not.
    #[serde(default = "yes")]
    pub is_equal: bool,
}

fn yes() -> bool {
    true
}

impl Matcher {
    /// `name="value"`
    pub fn equal(name: &str, value: &str) -> Self {
        Self { name: name.to_owned(), value: value.to_owned(), is_regex: false, is_equal: true }
    }

    /// A matcher as typed: `severity=page`, `pod=~"cart-.*"`, `job!="x"`.
    ///
    /// # Errors
    /// It is none; says what one looks like.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| format!("'{text}' is no matcher ({why}); write label=value, !=, =~ or !~");
        let at = text.find(['=', '!']).ok_or_else(|| wrong("it has no '='"))?;
        let (name, rest) = text.split_at(at);
        let signs = [("=~", true, true), ("!~", true, false), ("!=", false, false), ("=", false, true)];
        let sign = signs.iter().find_map(|sign| Some((sign, rest.strip_prefix(sign.0)?)));
        let ((_, is_regex, is_equal), value) = sign.ok_or_else(|| wrong("its sign is none of them"))?;
        let name = name.trim();
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
        if name.is_empty() || !name.chars().all(plain) {
            return Err(wrong("the label is no name"));
        }
        let value = value.trim();
        let value = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value).to_owned();
        let matcher = Self { name: name.to_owned(), value, is_regex: *is_regex, is_equal: *is_equal };
        if *is_regex {
            Regex::new(&matcher.whole()).map_err(|error| wrong(&error.to_string().replace('\n', " ")))?;
        }
        Ok(matcher)
    }

    fn whole(&self) -> String {
        format!("^(?:{})$", self.value)
    }

    /// Whether it holds for these labels; a label that is not there is empty.
    pub fn holds(&self, labels: &LabelSet) -> bool {
        let value = labels.get(&self.name).map_or("", String::as_str);
        let matches = if self.is_regex {
            Regex::new(&self.whole()).is_ok_and(|regex| regex.is_match(value))
        } else {
            self.value == value
        };
        matches == self.is_equal
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match (self.is_equal, self.is_regex) {
            (true, false) => "=",
            (true, true) => "=~",
            (false, false) => "!=",
            (false, true) => "!~",
        };
        write!(f, "{}{sign}{:?}", self.name, self.value)
    }
}

/// A list of matchers as people read it: `alertname="X" severity="page"`.
pub fn matchers_text(matchers: &[Matcher]) -> String {
    matchers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matchers_are_read_shown_and_hold_as_alertmanager_has_them() {
        let all = [("alertname", "HighErrors"), ("pod", "cart-1")];
        let all = all.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        for (text, shown, holds) in [
            ("alertname=HighErrors", "alertname=\"HighErrors\"", true),
            ("pod=~\"cart-.*\"", "pod=~\"cart-.*\"", true),
            ("pod=~cart", "pod=~\"cart\"", false),
            ("pod!=cart-1", "pod!=\"cart-1\"", false),
            ("pod!~a.*", "pod!~\"a.*\"", true),
            ("gone=\"\"", "gone=\"\"", true),
        ] {
            let matcher = Matcher::parse(text).unwrap();
            assert_eq!((matcher.to_string().as_str(), matcher.holds(&all)), (shown, holds), "{text}");
        }
        for wrong in ["", "pod", "=x", "a b=c", "pod=~("] {
            let why = Matcher::parse(wrong).unwrap_err();
            assert!(why.contains("label=value"), "{why}");
        }
    }
}
