//! What a server warns of while it says yes: the `Warning` headers of an answer.

use crate::domain::clean;
use http::header::WARNING;
use http::{HeaderMap, HeaderValue};

/// More than these are not read; a server sends a few, whatever is in between
/// may send anything.
const MOST: usize = 16;
/// Characters of each that are kept.
const MOST_WORDS: usize = 400;

/// The texts of an answer's warnings, each once.
pub(super) fn of(headers: &HeaderMap) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for text in headers.get_all(WARNING).iter().take(MOST).filter_map(text) {
        if !all.contains(&text) {
            all.push(text);
        }
    }
    all
}

/// `299 - "text"` as RFC 7234 (5.5) has it; the server writes no other code,
/// and a date behind it is left aside.
fn text(value: &HeaderValue) -> Option<String> {
    let value = String::from_utf8_lossy(value.as_bytes());
    let quoted = value.trim().strip_prefix("299 ")?.split_once('"')?.1;
    let (mut text, mut escaped) = (String::new(), false);
    for c in quoted.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' => {
                escaped = true;
                continue;
            }
            '"' => break,
            _ => {}
        }
        text.push(c);
    }
    let text: String = clean(&text).chars().take(MOST_WORDS).collect();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(values: &[&str]) -> Vec<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(WARNING, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        of(&headers)
    }

    #[test]
    fn texts_are_read_once_each_without_their_quotes() {
        let one = r#"299 - "spec.template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use \"kubernetes.io/os\" instead""#;
        let read = all(&[one, one, r#"299 kube "two" "Wed, 21 Oct 2015 07:28:00 GMT""#]);
        assert_eq!(
            read,
            [
                "spec.template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use \"kubernetes.io/os\" instead",
                "two"
            ]
        );
        assert_eq!(all(&["110 - \"stale\"", "299 -", "299 - \"\"", "299"]), [""; 0]);
    }

    proptest! {
        #[test]
        fn whatever_a_server_warns_of_is_read_back(words in "[ -~é]{1,60}") {
            let escaped = words.replace('\\', "\\\\").replace('"', "\\\"");
            let read = all(&[&format!("299 - \"{escaped}\"")]);
            let wanted = clean(&words);
            prop_assert_eq!(read.first().map(String::as_str).unwrap_or_default(), wanted);
        }

        #[test]
        fn any_header_is_read_or_left(bytes in proptest::collection::vec(0x20_u8..0x7f, 0..80)) {
            let mut headers = HeaderMap::new();
            headers.append(WARNING, HeaderValue::from_bytes(&bytes).unwrap());
            prop_assert!(of(&headers).len() <= 1);
        }
    }
}
