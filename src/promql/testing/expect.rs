//! The `expect` lines of an `eval` block.

use regex::Regex;

use super::script::duration;
use crate::promql::warn::Severity;

/// How a message is compared.
#[derive(Debug, Clone)]
pub(super) enum Text {
    Any,
    Exactly(String),
    Matching(Regex),
}

impl Text {
    pub(super) fn accepts(&self, message: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exactly(text) => text == message,
            Self::Matching(regex) => regex.is_match(message),
        }
    }
}

/// One expectation.
#[derive(Debug, Clone)]
pub(super) enum Expect {
    Ordered,
    Fail(Text),
    Note(Severity, Text),
    NoNote(Severity),
    Literal(String),
    /// Times of the points of a range vector.
    Times {
        start_ms: i64,
        step_ms: i64,
    },
}

impl Expect {
    /// What the older commands `eval_fail` and so on stand for.
    pub(super) fn of_old_command(head: &str) -> Vec<Self> {
        match head.split_whitespace().next().unwrap_or_default() {
            "eval_fail" => vec![Self::Fail(Text::Any)],
            "eval_warn" => vec![Self::Note(Severity::Warning, Text::Any)],
            "eval_info" => vec![Self::Note(Severity::Info, Text::Any)],
            "eval_ordered" => vec![Self::Ordered],
            _ => Vec::new(),
        }
    }

    /// Parses an `expect` line; nothing when the line is something else.
    pub(super) fn parse(line: &str) -> Option<Result<Self, String>> {
        if let Some(message) = line.strip_prefix("expected_fail_message") {
            return Some(Ok(Self::Fail(Text::Exactly(message.trim().to_owned()))));
        }
        if let Some(regex) = line.strip_prefix("expected_fail_regexp") {
            return Some(matching(regex.trim()).map(Self::Fail));
        }
        let rest = line.strip_prefix("expect ")?.trim();
        if let Some(times) = rest.strip_prefix("range vector") {
            return Some(Self::times(times));
        }
        let (kind, tail) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        Some(Self::kind(kind, tail.trim()))
    }

    fn kind(kind: &str, tail: &str) -> Result<Self, String> {
        Ok(match kind {
            "ordered" => Self::Ordered,
            "fail" => Self::Fail(message(tail, false)?),
            "warn" => Self::Note(Severity::Warning, message(tail, true)?),
            "info" => Self::Note(Severity::Info, message(tail, true)?),
            "no_warn" => Self::NoNote(Severity::Warning),
            "no_info" => Self::NoNote(Severity::Info),
            "string" => Self::Literal(unquoted(tail).ok_or("bad string")?),
            _ => return Err(format!("unknown expectation {kind:?}")),
        })
    }

    fn times(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let ["from", start, "to", _, "step", step] = words[..] else {
            return Err(format!("bad range vector {text:?}"));
        };
        let parsed = duration(start).zip(duration(step));
        let (start_ms, step_ms) = parsed.ok_or_else(|| format!("bad range vector {text:?}"))?;
        Ok(Self::Times { start_ms, step_ms })
    }
}

fn message(text: &str, with_position: bool) -> Result<Text, String> {
    if text.is_empty() {
        return Ok(Text::Any);
    }
    if let Some(exact) = text.strip_prefix("msg:") {
        let exact = exact.trim();
        let cut = if with_position { without_position(exact, " (") } else { exact };
        return Ok(Text::Exactly(cut.to_owned()));
    }
    if let Some(regex) = text.strip_prefix("regex:") {
        let regex = regex.trim();
        return matching(if with_position { without_position(regex, " \\(") } else { regex });
    }
    Err(format!("expected `msg:` or `regex:`, found {text:?}"))
}

fn matching(regex: &str) -> Result<Text, String> {
    Regex::new(regex).map(Text::Matching).map_err(|error| error.to_string())
}

/// Cuts ` (1:5)` from the end.
fn without_position<'a>(text: &'a str, opening: &str) -> &'a str {
    match text.rsplit_once(opening) {
        Some((head, tail)) if tail.contains(':') && tail.ends_with(')') => head,
        Some(_) | None => text,
    }
}

fn unquoted(text: &str) -> Option<String> {
    let inner = |q: char| text.strip_prefix(q)?.strip_suffix(q).map(str::to_owned);
    inner('"').or_else(|| inner('`')).or_else(|| inner('\''))
}
