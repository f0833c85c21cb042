//! What the YAML library says, in words for who wrote the file.

use super::clean;

/// What it says (a part of it), and what that means: nobody here can set an
/// option of a library or change a type.
const WORDS: [(&str, &str); 10] = [
    ("budget breached: Depth", "it is nested too deep to be read (64 levels): flatten it"),
    ("budget breached", "it unfolds to more than is read: use fewer aliases (*name)"),
    ("alias expansion limit", "it unfolds to more than is read: use fewer aliases (*name)"),
    ("alias replay", "it unfolds to more than is read: use fewer aliases (*name)"),
    (
        "cannot deserialize null into string",
        "a key or a text is empty where there must be one: write it, in quotes",
    ),
    ("cannot deserialize null", "a value is empty where there must be one: write it"),
    (
        "alias references unknown anchor",
        "an alias (*name) has no anchor (&name) before it: a text that begins with * needs quotes",
    ),
    (
        "list or mapping end with no start",
        "a list or mapping ends that was never begun: look for a ] or } too many",
    ),
    ("merge keys are not allowed", "merge keys (<<) are not read: write the keys out"),
    ("unexpected end of input", "it ends in the middle: look for a quote or bracket that is not closed"),
];

/// Why a text is no YAML, in one line: the first line of what the library says,
/// without the place (who prints it says the place in the file), in our words.
pub fn yaml_words(error: &str) -> String {
    let first = error.lines().next().unwrap_or("not YAML");
    let first = clean(first.strip_prefix("error: ").unwrap_or(first));
    let first = first.split_once(": ").filter(|(place, _)| is_place(place)).map_or(&*first, |(_, why)| why);
    if let Some(rest) = first.strip_prefix("duplicate mapping key") {
        let key = rest.split_once(", set DuplicateKeyPolicy").map_or(rest, |(key, _)| key);
        return match key.trim_start_matches(':').trim() {
            "" => "a key stands twice: keep one".to_owned(),
            key => format!("the key {} stands twice: keep one", quoted(key)),
        };
    }
    let known = WORDS.iter().find(|(said, _)| first.contains(said));
    known.map_or_else(|| first.to_owned(), |(_, words)| (*words).to_owned())
}

fn quoted(key: &str) -> String {
    format!("'{}'", key.trim_matches(['"', '\'', '`']))
}

/// `line 5 column 2`: counted within the document, not the file.
fn is_place(text: &str) -> bool {
    let words: Vec<&str> = text.split(' ').collect();
    let is_number = |word: &&str| word.parse::<u32>().is_ok();
    matches!(words[..], ["line", line, "column", column] if [line, column].iter().all(is_number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn said(text: &str) -> String {
        yaml_words(&serde_saphyr::from_str::<Value>(text).unwrap_err().to_string())
    }

    #[test]
    fn the_library_is_not_heard() {
        let deep = format!("a: {}{}\n", "[".repeat(80), "]".repeat(80));
        let cases = [
            ("a: 1\na: 2\n", "the key 'a' stands twice: keep one"),
            (deep.as_str(), "it is nested too deep to be read (64 levels): flatten it"),
            ("~: x\n", "a key or a text is empty where there must be one: write it, in quotes"),
            (
                "a: *b\n",
                "an alias (*name) has no anchor (&name) before it: a text that begins with * needs quotes",
            ),
        ];
        for (text, words) in cases {
            assert_eq!(said(text), words, "{text:?}");
        }
        for text in ["a: [\n", "a: b: c\n", "'", "- a\nb: c\n", "%"] {
            let Err(error) = serde_saphyr::from_str::<Value>(text) else { continue };
            let words = yaml_words(&error.to_string());
            let ours = ["Option<", "Policy", "Options", "breached", "deserialize", "error: "];
            assert!(!ours.iter().any(|word| words.contains(word)), "{text:?}: {words}");
        }
    }
}
