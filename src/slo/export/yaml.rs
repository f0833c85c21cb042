//! Rule files of Prometheus, written so that they always parse: every text is a
//! JSON string, which is a YAML string too.

use std::fmt::Write as _;

/// A group of rules.
pub(super) struct Group {
    pub(super) name: String,
    /// `30s`; empty for the server's own.
    pub(super) interval: &'static str,
    pub(super) rules: Vec<Rule>,
}

/// One rule.
pub(super) struct Rule {
    /// `record` or `alert`.
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) expr: String,
    /// `2m`; empty for none.
    pub(super) hold: String,
    pub(super) labels: Vec<(String, String)>,
    pub(super) annotations: Vec<(String, String)>,
}

impl Rule {
    pub(super) fn record(name: String, expr: String, labels: Vec<(String, String)>) -> Self {
        Self { kind: "record", name, expr, hold: String::new(), labels, annotations: Vec::new() }
    }
}

/// A file of groups under a comment.
pub(super) fn file(comment: &str, groups: &[Group]) -> String {
    let mut out = format!("# {comment}\ngroups:\n");
    // Writing to a String cannot fail, here and below: results are dropped.
    for group in groups {
        let _ = writeln!(out, "  - name: {}", quoted(&group.name));
        if !group.interval.is_empty() {
            let _ = writeln!(out, "    interval: {}", group.interval);
        }
        out.push_str("    rules:\n");
        for rule in &group.rules {
            let _ = writeln!(out, "      - {}: {}", rule.kind, quoted(&rule.name));
            let _ = writeln!(out, "        expr: {}", quoted(&rule.expr));
            if !rule.hold.is_empty() {
                let _ = writeln!(out, "        for: {}", rule.hold);
            }
            map(&mut out, "labels", &rule.labels);
            map(&mut out, "annotations", &rule.annotations);
        }
    }
    out
}

fn map(out: &mut String, name: &str, pairs: &[(String, String)]) {
    if pairs.is_empty() {
        return;
    }
    let _ = writeln!(out, "        {name}:");
    for (key, value) in pairs {
        let _ = writeln!(out, "          {}: {}", key, quoted(value));
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Label pairs.
pub(super) fn pairs<const N: usize>(pairs: [(&str, &str); N]) -> Vec<(String, String)> {
    pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec()
}

/// A label name made of any text: `pyrra.dev/team` is `pyrra_dev_team`.
pub(super) fn label_name(text: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' };
    let name: String = text.chars().map(safe).collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("_{name}") } else { name }
}
