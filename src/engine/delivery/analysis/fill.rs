//! Placeholders of templates: `{{args.service-name}}`, `{{ target }}`.

use std::collections::BTreeMap;

/// What a name in braces stands for: nobody knows if none.
pub(super) struct Filler<'a> {
    /// What stands before a name: `args.`, or nothing.
    pub(super) prefix: &'static str,
    /// Values by name.
    pub(super) values: BTreeMap<String, String>,
    /// What was said on the command line, which wins.
    pub(super) given: &'a BTreeMap<String, String>,
}

impl Filler<'_> {
    /// The value of a name.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.given.get(name).or_else(|| self.values.get(name)).map(String::as_str)
    }

    /// `text` with every `{{name}}` filled.
    ///
    /// # Errors
    /// Names the first that nobody knows.
    pub(super) fn fill(&self, text: &str) -> Result<String, String> {
        let (mut filled, mut rest) = (String::new(), text);
        while let Some((before, behind)) = rest.split_once("{{") {
            let (name, after) =
                behind.split_once("}}").ok_or_else(|| format!("{{{{ is not closed in {text:?}"))?;
            let known = name.trim().strip_prefix(self.prefix).and_then(|name| self.value(name));
            let value = known.ok_or_else(|| {
                let name = name.trim();
                let bare = name.strip_prefix(self.prefix).unwrap_or(name);
                format!("nobody knows what {{{{{name}}}}} stands for; say it: --arg {bare}=VALUE")
            })?;
            filled.push_str(before);
            filled.push_str(value);
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }
}
