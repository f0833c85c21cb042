//! What must differ between two servers, replaced by its name.

use regex::Regex;

/// Pattern and replacement, applied in this order.
const RULES: [(&str, &str); 16] = [
    // What kubectl's libraries log on the way is no answer: a watch ended because nobody needs it.
    (r"(?m)^[IWE]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ \S+\.go:\d+\] .*\n", ""),
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UID"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"),
    (r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+]\d{4}", "TIME"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+]\d{4} UTC", "TIME"),
    // A runtime that runs nothing names things as it likes.
    (r"(Container ID: +)\S+", "${1}ID"),
    (r"(Image ID: +)\S+", "${1}ID"),
    (r#"(resourceVersion"?: )"\d+""#, r#"$1"RV""#),
    // Names: of a ReplicaSet by its template, of its pods by chance.
    (
        r"\b(web|once|tick)-[bcdfghjklmnpqrstvwxz2456789]{8,10}-[bcdfghjklmnpqrstvwxz2456789]{5}\b",
        "$1-HASH-ID",
    ),
    (r"\b(web|tick)-[bcdfghjklmnpqrstvwxz2456789]{8,10}\b", "$1-HASH"),
    (r"\b(once|agent)-[bcdfghjklmnpqrstvwxz2456789]{5}\b", "$1-ID"),
    (r#"(pod-template-hash["=: ]+)[bcdfghjklmnpqrstvwxz2456789]{8,10}"#, "${1}HASH"),
    (r"\b(10|127)\.\d+\.\d+\.\d+\b", "IP"),
    (r"\bnode-\d+(/IP)?\b", "NODE"),
    // Ages and durations below two hours.
    (r"\b(\d|[1-9]\d|1[01]\d)s\b|\b\d+m(\d+s)?\b", "AGE"),
    // Columns are as wide as what they hold.
    (r"[ \t]{2,}", "  "),
];

/// The rules, compiled, and the namespace that goes by `NS`.
pub(crate) struct Normal {
    rules: Vec<(Regex, &'static str)>,
    namespace: String,
}

impl Normal {
    pub(crate) fn new(namespace: &str) -> Self {
        let compiled = RULES.iter().map(|(pattern, by)| (Regex::new(pattern).expect("a pattern"), *by));
        Self { rules: compiled.collect(), namespace: namespace.to_owned() }
    }

    /// The text without what must differ.
    pub(crate) fn apply(&self, text: &str) -> String {
        let mut text = text.replace(&self.namespace, "NS");
        for (pattern, by) in &self.rules {
            text = pattern.replace_all(&text, *by).into_owned();
        }
        let mut out = String::new();
        for line in text.lines() {
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out
    }
}
