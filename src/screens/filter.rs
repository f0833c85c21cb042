//! Filters: words and typed terms, all of which must hold.

/// `ns:shop !health:healthy pay`: every term must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    text: String,
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    negated: bool,
    /// The field it looks at; empty for any.
    field: String,
    value: String,
}

impl Filter {
    /// Reads a filter. Everything is a filter: a term of an unknown field is text.
    pub fn parse(text: &str, fields: &[&str]) -> Self {
        let terms = text.split_whitespace().filter_map(|word| {
            let (negated, word) = word.strip_prefix('!').map_or((false, word), |rest| (true, rest));
            let word = word.to_lowercase();
            let (field, value) = match word.split_once(':') {
                Some((field, value)) if fields.contains(&field) => (field.to_owned(), value.to_owned()),
                _ => (String::new(), word),
            };
            // A field without a value yet is being typed: it holds for all.
            (!value.is_empty()).then_some(Term { negated, field, value })
        });
        Self { terms: terms.collect(), text: text.to_owned() }
    }

    /// As typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it holds for everything.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether it has plain words, and all of them are in `name`: who types
    /// `checkout` means the service before those of the team of that name.
    pub fn names(&self, name: &str) -> bool {
        let mut words = self.words().peekable();
        words.peek().is_some() && words.all(|word| contains_ignore_case(name, word))
    }

    /// Whether there are plain words that something may be named by.
    pub fn has_words(&self) -> bool {
        self.words().next().is_some()
    }

    fn words(&self) -> impl Iterator<Item = &str> {
        self.terms
            .iter()
            .filter(|term| term.field.is_empty() && !term.negated)
            .map(|term| term.value.as_str())
    }

    /// Whether every term holds for these fields and values.
    pub fn holds(&self, fields: &[(&str, &str)]) -> bool {
        self.terms.iter().all(|term| {
            let found = fields.iter().any(|(field, value)| {
                (term.field.is_empty() || term.field == *field) && contains_ignore_case(value, &term.value)
            });
            found != term.negated
        })
    }
}

/// Whether `text` contains `needle`, which is in lower case.
pub(crate) fn contains_ignore_case(text: &str, needle: &str) -> bool {
    if text.is_ascii() && needle.is_ascii() {
        let (text, needle) = (text.as_bytes(), needle.as_bytes());
        return needle.is_empty()
            || text.windows(needle.len()).any(|window| window.eq_ignore_ascii_case(needle));
    }
    text.to_lowercase().contains(needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_typed_negated_and_joined() {
        let row = [("ns", "shop-prod"), ("health", "degraded"), ("name", "Checkout"), ("owner", "payments")];
        let cases = [
            ("", true),
            ("check", true),
            ("ns:shop", true),
            ("ns:check", false),
            ("!health:healthy", true),
            ("!payments", false),
            ("check owner:pay", true),
            ("check owner:search", false),
            ("owner:", true),
            ("weird:term", false),
            ("!", true),
        ];
        for (text, expected) in cases {
            let filter = Filter::parse(text, &["ns", "health", "owner", "name"]);
            assert_eq!(filter.holds(&row), expected, "{text}");
        }
    }

    #[test]
    fn plain_words_name_what_has_all_of_them() {
        let cases = [
            ("", false),
            ("ns:x", false),
            ("!out", false),
            ("out", true),
            ("out CHECK", true),
            ("out x", false),
        ];
        for (text, expected) in cases {
            assert_eq!(Filter::parse(text, &["ns"]).names("Checkout"), expected, "{text}");
        }
    }
}
