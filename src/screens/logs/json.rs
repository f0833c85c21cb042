//! Structured lines made readable: the level, the message, then the rest.

use serde_json::{Map, Value};
use std::fmt::Write as _;

/// Longer lines are shown as they are: nobody reads them field by field.
const MOST_BYTES: usize = 8 << 10;
const LEVELS: [&str; 4] = ["level", "severity", "lvl", "log.level"];
const MESSAGES: [&str; 5] = ["msg", "message", "event", "short_message", "error"];
/// The runtime says when already.
const TIMES: [&str; 6] = ["time", "timestamp", "ts", "@timestamp", "t", "datetime"];

/// A line that is a JSON object as `LEVEL message  key=value …`; none if it is
/// no object, or has nothing that reads as a message.
pub(in crate::screens) fn unfold(text: &str) -> Option<String> {
    let text = text.trim();
    if !text.starts_with('{') || text.len() > MOST_BYTES {
        return None;
    }
    let map: Map<String, Value> = serde_json::from_str(text).ok()?;
    let find = |names: &[&'static str]| names.iter().find(|name| map.contains_key(**name)).copied();
    let (level, message) = (find(&LEVELS), find(&MESSAGES)?);
    let mut out = level.and_then(|name| map.get(name)).map(level_word).unwrap_or_default();
    if !out.is_empty() {
        out.push(' ');
    }
    out.push_str(&plain(map.get(message)?));
    for (key, value) in &map {
        let said = Some(key.as_str()) == level || key == message || TIMES.contains(&key.as_str());
        if !said {
            let _infallible = write!(out, "  {key}={}", plain(value));
        }
    }
    Some(out)
}

/// `INFO`; the numbers of bunyan and pino are words too.
fn level_word(value: &Value) -> String {
    const NUMBERS: [(&str, &str); 6] =
        [("10", "TRACE"), ("20", "DEBUG"), ("30", "INFO"), ("40", "WARN"), ("50", "ERROR"), ("60", "FATAL")];
    let word = plain(value).to_uppercase();
    NUMBERS.iter().find(|(number, _)| *number == word).map_or(word, |(_, name)| (*name).to_owned())
}

fn plain(value: &Value) -> String {
    match value {
        // A line break within a message would break the line.
        Value::String(text) => crate::domain::clean(&text.replace(['\n', '\t'], " ")),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_message_first_and_nothing_lost() {
        let cases = [
            (r#"{"time":"x","level":"error","msg":"no","setting":"A"}"#, Some("ERROR no  setting=A")),
            (r#"{"level":50,"msg":"no","n":1,"o":{"a":[1]}}"#, Some(r#"ERROR no  n=1  o={"a":[1]}"#)),
            (r#"{"message":"two\nlines"}"#, Some("two lines")),
            (r#"{"a":1}"#, None),
            ("plain", None),
            ("{broken", None),
            ("[1]", None),
        ];
        for (line, want) in cases {
            assert_eq!(unfold(line).as_deref(), want, "{line}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "\\{?[ -~]{0,80}\\}?") {
            let _any = unfold(&text);
        }
    }
}
