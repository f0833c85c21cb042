//! Values that cannot be used: they are passed over, and that is told.

use super::entity::{TIER, tier_of};
use crate::domain::{Document, Finding};
use serde_json::Value;

/// Texts of an entry, by where they stand.
const TEXTS: [&str; 5] =
    ["/metadata/title", "/metadata/description", "/metadata/namespace", "/spec/type", "/spec/lifecycle"];
/// Maps of texts.
const MAPS: [&str; 2] = ["/metadata/annotations", "/metadata/labels"];

/// What `doc` says and nobody can use; the entry is kept without it.
pub(super) fn unusable(doc: &Document) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut tell = |key: &str, text: String| found.push(doc.finding(doc.line_of(key), false, text));
    for pointer in TEXTS {
        if let Some(value) = doc.at(pointer).filter(|value| !value.is_string() && !value.is_null()) {
            let path = pointer.trim_start_matches('/').replace('/', ".");
            let key = pointer.rsplit('/').next().unwrap_or(pointer);
            tell(key, format!("'{path}' is no text and not used: {}", short(value)));
        }
    }
    for pointer in MAPS {
        let map = doc.at(pointer).and_then(Value::as_object).into_iter().flatten();
        for (key, value) in map.filter(|(_, value)| !value.is_string()) {
            tell(key, format!("'{key}' is no text and not used: {}; write it in quotes", short(value)));
        }
    }
    let tier = doc.at("/metadata/annotations").and_then(|all| all.get(TIER)).and_then(Value::as_str);
    if let Some(tier) = tier.filter(|tier| tier_of(tier).is_none()) {
        tell(TIER, format!("'{TIER}' is no tier and not used: '{tier}'; write a number, 1 costs most"));
    }
    let links = doc.at("/metadata/links").and_then(Value::as_array).into_iter().flatten();
    for link in links.filter(|link| link.get("url").and_then(Value::as_str).is_none_or(str::is_empty)) {
        let title = link.get("title").and_then(Value::as_str);
        let which = title.map_or_else(|| short(link), |title| format!("'{title}'"));
        tell("links", format!("a link without 'url' is not used: {which}"));
    }
    found
}

/// A value as far as it helps to find it.
fn short(value: &Value) -> String {
    value.to_string().chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use crate::catalog::read;

    fn told(metadata: &str, spec: &str) -> Vec<String> {
        let text = format!(
            "apiVersion: backstage.io/v1alpha1\nkind: Resource\nmetadata:\n  name: a\n{metadata}spec:\n  owner: x\n{spec}"
        );
        read("f", &text).findings.iter().map(|f| format!("{} {}: {}", f.fatal, f.line, f.text)).collect()
    }

    #[test]
    fn what_cannot_be_used_is_told_with_its_line() {
        let cases = [
            ("", "  type: 5\n", "false 7: 'spec.type' is no text and not used: 5"),
            (
                "  annotations:\n    quarterdeck.dev/tier: high\n",
                "  type: db\n",
                "false 6: 'quarterdeck.dev/tier' is no tier and not used: 'high'; write a number, 1 costs most",
            ),
            (
                "  annotations:\n    quarterdeck.dev/tier: 1\n",
                "  type: db\n",
                "false 6: 'quarterdeck.dev/tier' is no text and not used: 1; write it in quotes",
            ),
            (
                "  links: [{title: Wiki}]\n",
                "  type: db\n",
                "false 5: a link without 'url' is not used: 'Wiki'",
            ),
        ];
        for (metadata, spec, want) in cases {
            assert_eq!(told(metadata, spec), [want]);
        }
        let fine = "  annotations:\n    quarterdeck.dev/tier: tier-1\n  links: [{url: 'https://a'}]\n";
        assert!(told(fine, "  type: db\n").is_empty());
    }
}
