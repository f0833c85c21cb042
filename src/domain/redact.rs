//! Secrets never appear: not on screen, in diffs, logs, audit or crash dumps.

use super::digest::sha256_short;

/// Words in a variable's name that make its value a secret. Names are split at
/// case changes and punctuation, so `MONKEY` is not a `KEY`.
const SECRET_WORDS: [&str; 16] = [
    "password",
    "passwd",
    "pass",
    "pwd",
    "secret",
    "token",
    "key",
    "apikey",
    "credential",
    "credentials",
    "dsn",
    "auth",
    "cert",
    "private",
    "cookie",
    "salt",
];

/// Of these, those that as often say where a secret is, or what it is about:
/// `secretName`, `key`, `certRef`.
const ALSO_REFERENCES: [&str; 6] = ["pass", "secret", "key", "auth", "cert", "private"];

/// What makes a secret of them again.
const COMPOUNDS: [&str; 5] = ["passphrase", "privatekey", "accesskey", "secretkey", "clientsecret"];

/// Whether a field of this name holds a secret itself, and does not only say
/// where one is. Punctuation and case do not count: `db_password`, `dbPassword`.
pub fn holds_secret(field: &str) -> bool {
    let plain: String = field.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    let sure = SECRET_WORDS.iter().filter(|word| !ALSO_REFERENCES.contains(word));
    sure.chain(&COMPOUNDS).any(|word| plain.ends_with(word))
}

/// Whether a setting of this name is to be masked.
pub fn is_secret_name(name: &str) -> bool {
    words(name).iter().any(|word| SECRET_WORDS.contains(&word.as_str()))
}

fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut previous_lower = false;
    for c in name.chars() {
        let boundary = !c.is_alphanumeric() || (c.is_uppercase() && previous_lower);
        if boundary && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        previous_lower = c.is_lowercase();
    }
    words
}

/// The value's stand-in: equal values have equal stand-ins, so that "changed"
/// can be seen without the value. Eight hex digits of SHA-256.
pub fn mask(value: &str) -> String {
    format!("•••• #{}", sha256_short(value.as_bytes()))
}

/// `text` with credentials in URLs (`scheme://user:pass@host`) and values of
/// `Authorization`/`password=`-like pairs replaced by `••••`.
pub fn redact_text(text: &str) -> String {
    let mut out = redact_urls(text);
    for marker in
        ["Bearer ", "bearer ", "Basic ", "password=", "passwd=", "token=", "secret=", "apikey=", "api_key="]
    {
        out = redact_after(&out, marker);
    }
    out
}

fn redact_urls(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        out.push_str(before);
        out.push_str("://");
        let end = after
            .find(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | '?'))
            .unwrap_or(after.len());
        let (authority, tail) = after.split_at(end);
        match authority.rsplit_once('@') {
            Some((_credentials, host)) => {
                out.push_str("••••@");
                out.push_str(host);
            }
            None => out.push_str(authority),
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

fn redact_after(text: &str, marker: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(marker) {
        out.push_str(before);
        out.push_str(marker);
        let end = after
            .find(|c: char| c.is_whitespace() || matches!(c, '&' | '"' | '\'' | ',' | ';'))
            .unwrap_or(after.len());
        if end > 0 {
            out.push_str("••••");
        }
        rest = after.split_at(end).1;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_names_are_known_by_their_words() {
        for name in
            ["DB_PASSWORD", "apiKey", "API_KEY", "GITHUB_TOKEN", "SENTRY_DSN", "jwt.secret", "tls-cert"]
        {
            assert!(is_secret_name(name), "{name}");
        }
        for name in ["MONKEY", "PORT", "KEYBOARD", "PAYMENT_TIMEOUT_MS", "TOKENIZER", "authority"] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn url_credentials_go() {
        let raw = "dial postgresql://app:s3cr3t@db:5432/x?token=abc&y=1 Authorization: Bearer eyJ0 end";
        let text = redact_text(raw);
        for secret in ["s3cr3t", "abc", "eyJ0"] {
            assert!(!text.contains(secret), "{text}");
        }
        assert!(text.contains("••••@db:5432/x") && text.ends_with(" end"), "{text}");
    }

    #[test]
    fn masks_show_change_but_not_value() {
        assert_eq!(mask("a"), mask("a"));
        assert_ne!(mask("a"), mask("b"));
    }
}
