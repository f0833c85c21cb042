//! Query strings, and the parameters every request shares.

/// Decoded parameters in the order they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Splits and decodes; bad escapes stay as they are.
    pub fn parse(raw: &str) -> Self {
        let pairs = raw.split('&').filter(|p| !p.is_empty()).map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(&key.replace('+', " ")), decode(&value.replace('+', " ")))
        });
        Self(pairs.collect())
    }

    /// The first value of a parameter.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
    }

    /// The first value, or nothing when it is empty.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key).filter(|v| !v.is_empty())
    }

    /// All values of a parameter.
    pub fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(k, _)| k == key).map(|(_, v)| v.as_str())
    }

    /// A boolean the way the API's conversion reads it: present and neither `false` nor `0`.
    pub fn flag(&self, key: &str) -> bool {
        self.get(key).is_some_and(|v| !matches!(v.to_lowercase().as_str(), "false" | "0"))
    }

    /// The value a field selector requires for one field.
    pub fn field(&self, field: &str) -> Option<String> {
        let selector = self.text("fieldSelector")?;
        selector.split(',').find_map(|term| {
            let (key, value) = term.split_once('=')?;
            (key == field).then(|| value.trim_start_matches('=').to_owned())
        })
    }
}

/// Percent-decodes; text that is not UTF-8 afterwards is kept with replacement characters.
pub fn decode(raw: &str) -> String {
    if !raw.contains('%') {
        return raw.to_owned();
    }
    let bytes = raw.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while let Some(&b) = bytes.get(i) {
        let hex = |at: usize| bytes.get(at).and_then(|b| char::from(*b).to_digit(16));
        if b == b'%'
            && let (Some(high), Some(low)) = (hex(i + 1), hex(i + 2))
        {
            out.push((high * 16 + low) as u8);
            i += 3;
        } else {
            out.push(b);
            i += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_and_survives_bad_escapes() {
        let q = Query::parse("a=b%2Cc+d&watch&x=%zz&x=2&e=%F0%9F%98%80%FF");
        assert_eq!(q.get("a"), Some("b,c d"));
        assert!(q.flag("watch"));
        assert_eq!(q.all("x").collect::<Vec<_>>(), ["%zz", "2"]);
        assert_eq!(q.get("e"), Some("😀\u{fffd}"));
    }
}
