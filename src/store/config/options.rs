//! The table of options: one row is the key in `config.toml`, the flag, the
//! `QD_*` variable, the default and the help.

use super::Value;

/// What an option's value may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionKind {
    /// Any text.
    Text,
    /// `true` or `false`.
    Flag,
    /// A whole number between these, both included.
    Number(i64, i64),
    /// `local`, or the name of a time zone.
    Zone,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Any of these words, separated by commas.
    Words(&'static [&'static str]),
}

/// One option.
#[derive(Debug, PartialEq, Eq)]
pub struct OptionRow {
    /// The key in files and the name of the flag: `write-minutes`.
    pub name: &'static str,
    /// What it may be.
    pub kind: OptionKind,
    /// The built-in value as written; empty for none.
    pub default: &'static str,
    /// Whether `contexts/<name>.toml` may set it.
    pub per_context: bool,
    /// One line.
    pub help: &'static str,
}

use OptionKind::{Choice, Flag, Number, Text, Words, Zone};
use jiff::tz::TimeZone;

/// Every option, in the order of `qd info`.
pub static OPTIONS: [OptionRow; 38] = [
    row("context", Text, "", false, "context of the kubeconfig; its current one if not set"),
    row("namespace", Text, "", true, "namespace looked at; all that may be seen if not set"),
    row("kubeconfig", Text, "", false, "kubeconfig file; $KUBECONFIG or ~/.kube/config if not set"),
    row("environment", Choice(&ENVIRONMENTS), "", true, "environment of namespaces that declare none"),
    row("production", Text, "*prod*,*prd*,*live*", false, "contexts that are production, by pattern"),
    row(
        "theme",
        Text,
        "auto",
        true,
        "colour theme: auto (dark or light as the terminal is), a bundled one, or a file in themes/",
    ),
    row("color", Choice(&COLORS), "auto", false, "colour on the command line and the screen"),
    row("ascii", Flag, "false", false, "only ASCII signs and lines"),
    row("plain", Flag, "false", false, "for screen readers: lines of words as they change, no frames"),
    row("notify", Words(&NOTICES), "", false, "ring the bell and tell the desktop when one of these ends"),
    row("timezone", Zone, "local", false, "zone of the times shown: local, UTC, Europe/Berlin"),
    row("output", Choice(&OUTPUTS), "table", false, "form of what the command line prints"),
    row(
        "links",
        Choice(&COLORS),
        "auto",
        false,
        "addresses as links of the terminal; auto where it is known to open them",
    ),
    row("mouse", Flag, "true", false, "take mouse clicks and the wheel"),
    row("write-minutes", Number(1, 240), "15", true, "minutes writing stays on after :write"),
    row("read-only", Flag, "false", true, "never write in this context"),
    row("deny", Words(&VERBS), "", true, "actions never carried out in this context, or all"),
    row("type-name", Words(&VERBS), "", true, "actions confirmed by typing the name, or all"),
    row("max-bulk", Number(1, 50), "5", true, "most objects one action may touch at once"),
    row(
        "rehearsal",
        Choice(&REHEARSALS),
        "warn",
        true,
        "a release to production of what never ran in a lower environment: warn, or require that it did",
    ),
    row(
        "unknown-checks",
        Choice(&UNKNOWNS),
        "block",
        true,
        "what could not be looked at, before a release of tier 1 or 2 to production: block it, or warn",
    ),
    row("expect-server", Text, "", true, "URL the context must lead to; writes to another are refused"),
    row("scrape", Flag, "true", true, "read the pods' metrics through the API server"),
    row("prometheus", Text, "", true, "URL of a Prometheus to ask instead of the pods; off to look for none"),
    row("alertmanager", Text, "", true, "URL of an Alertmanager; off to look for none"),
    row("monitoring-tenant", Text, "", true, "tenant sent to both, as X-Scope-OrgID"),
    row("monitoring-headers", Text, "", true, "more headers for both: Name: value; Name: value"),
    row("monitoring-user", Text, "", true, "user of both, with monitoring-password-file"),
    row("monitoring-password-file", Text, "", true, "file with that user's password, read each time"),
    row("monitoring-token-file", Text, "", true, "file with a bearer token for both, read each time"),
    row(
        "monitoring-ca",
        Text,
        "",
        true,
        "PEM file of certificates both are trusted by, besides the usual ones",
    ),
    row("monitoring-cert", Text, "", true, "PEM file of the certificate shown to both (mutual TLS)"),
    row("monitoring-key", Text, "", true, "PEM file of its private key"),
    row("slos", Text, "", true, "SLO files and folders, commas between; slos/ beside config.toml if not set"),
    row("budget-policy", Text, "", true, "what error budgets allow: remaining <= 0% freeze except security"),
    row(
        "gates",
        Text,
        "",
        true,
        "files of freezes and approvals, commas between; gates/ beside config.toml if not set",
    ),
    row("catalog", Text, "", true, "files and folders of the service catalogue, with commas between"),
    row("log-level", Choice(&LEVELS), "info", false, "what goes into the log file"),
];

const VERBS: [&str; 16] = [
    "all",
    "deploy",
    "rollback",
    "restart",
    "scale",
    "pause",
    "resume",
    "set-image",
    "delete",
    "evict",
    "run-now",
    "lock",
    "unlock",
    "edit",
    "shell",
    "forward",
];
const REHEARSALS: [&str; 2] = ["warn", "require"];
const UNKNOWNS: [&str; 2] = ["block", "warn"];
const NOTICES: [&str; 3] = ["all", "operation", "writing"];
const ZONES: &str = "local, UTC or Europe/Berlin";
const ENVIRONMENTS: [&str; 3] = ["production", "staging", "development"];
const OUTPUTS: [&str; 4] = ["table", "json", "yaml", "name"];
const COLORS: [&str; 3] = ["auto", "always", "never"];
const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];

const fn row(
    name: &'static str,
    kind: OptionKind,
    default: &'static str,
    per_context: bool,
    help: &'static str,
) -> OptionRow {
    OptionRow { name, kind, default, per_context, help }
}

impl OptionRow {
    /// The row called `name`.
    pub fn find(name: &str) -> Option<&'static Self> {
        OPTIONS.iter().find(|row| row.name == name)
    }

    /// `QD_WRITE_MINUTES`
    pub fn variable(&self) -> String {
        format!("QD_{}", self.name.replace('-', "_").to_ascii_uppercase())
    }

    /// The built-in value, if there is one.
    pub(super) fn default(&self) -> Option<Value> {
        if self.default.is_empty() { None } else { self.parse(self.default).ok() }
    }

    /// A value as typed in a flag or a variable; says what is allowed if it is not.
    pub fn parse(&self, text: &str) -> Result<Value, String> {
        match self.kind {
            Text => Ok(Value::Text(text.to_owned())),
            Flag => match text {
                "true" | "1" | "yes" | "on" => Ok(Value::Flag(true)),
                "false" | "0" | "no" | "off" => Ok(Value::Flag(false)),
                _ => Err(format!("'{text}' is neither true nor false")),
            },
            Zone if text == "local" || TimeZone::get(text).is_ok() => Ok(Value::Text(text.to_owned())),
            Zone => Err(format!("'{text}' is not a time zone known here, such as {ZONES}")),
            Number(..) => {
                let number = text.parse().map_err(|error| format!("'{text}' is not a number ({error})"))?;
                self.check_number(number)
            }
            Words(words) => {
                let typed = text.split([',', ' ']).map(str::trim).filter(|word| !word.is_empty());
                let odd = typed.clone().find(|word| !words.contains(word));
                match odd {
                    Some(odd) => Err(format!("'{odd}' is not one of {}", words.join(", "))),
                    None => Ok(Value::Text(typed.collect::<Vec<_>>().join(","))),
                }
            }
            Choice(words) => words
                .contains(&text)
                .then(|| Value::Text(text.to_owned()))
                .ok_or_else(|| format!("'{text}' is not one of {}", words.join(", "))),
        }
    }

    /// A number against the bounds.
    pub(super) fn check_number(&self, number: i64) -> Result<Value, String> {
        match self.kind {
            Number(least, most) if number < least || number > most => {
                Err(format!("{number} is not between {least} and {most}"))
            }
            Number(..) => Ok(Value::Number(number)),
            Text | Flag | Zone | Choice(_) | Words(_) => {
                Err(format!("{number} is a number; {} is expected", self.expected()))
            }
        }
    }

    /// What is allowed, in words.
    pub(super) fn expected(&self) -> String {
        match self.kind {
            Text => "text in quotes".to_owned(),
            Zone => format!("the name of a time zone in quotes, such as {ZONES},"),
            Flag => "true or false".to_owned(),
            Number(least, most) => format!("a number between {least} and {most}"),
            Words(words) => format!("any of \"{}\"", words.join(", ")),
            Choice(words) => format!("one of \"{}\"", words.join("\", \"")),
        }
    }
}
