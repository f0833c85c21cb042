//! From files to what they hold up. Strict: whatever is not understood is a
//! fault, and a book with a fault lets nothing through.
//!
//! ```yaml
//! apiVersion: quarterdeck/v1
//! kind: Freeze
//! metadata: {name: weekend}
//! spec:
//!   from: "fri 16:00"
//!   until: "mon 08:00"
//!   timeZone: Europe/Berlin
//!   environments: [production]
//! ```

use super::people::{GROUP, group_of};
use super::{ApprovalRule, Freeze, Scope, Window};
use crate::domain::{Document, Environment, Finding, Risk, documents, typed_duration};
use serde_json::Value;
use std::time::Duration;

/// The version of our own kinds.
const VERSION: &str = "quarterdeck/v1";
/// The kinds such a file may hold.
pub const KINDS: [&str; 2] = ["Freeze", "Approval"];
/// What a freeze may say.
const FREEZE: [&str; 10] = [
    "kind",
    "from",
    "until",
    "days",
    "timeZone",
    "environments",
    "services",
    "tiers",
    "reason",
    "breakGlass",
];

/// What an approval rule may say.
const APPROVAL: [&str; 7] = ["environments", "services", "tiers", "risks", "min", "by", "expires"];
/// How long an approval is good for unless the rule says.
const EXPIRES: Duration = Duration::from_hours(24);

/// Everything that was written, and what is wrong with it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Book {
    /// Freeze windows.
    pub freezes: Vec<Freeze>,
    /// Who must agree.
    pub rules: Vec<ApprovalRule>,
    /// What could not be understood, `file:line: why`.
    pub faults: Vec<String>,
}

impl Book {
    /// Takes a file's text in.
    pub fn take(&mut self, file: &str, text: &str) {
        let (docs, findings) = documents(file, text);
        for finding in &findings {
            self.take_finding(finding);
        }
        for doc in &docs {
            let kind = doc.text_at("kind").unwrap_or_default();
            let version = doc.text_at("apiVersion").unwrap_or_default();
            let taken = match (version, kind) {
                (VERSION, "Freeze") => self.take_freeze(doc),
                (VERSION, "Approval") => self.take_rule(doc),
                (VERSION, other) => Err(("kind", format!("'{other}' is not one of {}", KINDS.join(", ")))),
                (other, _) => Err(("apiVersion", format!("apiVersion '{other}' is not {VERSION}"))),
            };
            if let Err((key, why)) = taken {
                self.fault(doc, key, &why);
            }
        }
    }

    /// Takes in what is wrong with a file as a whole.
    pub fn take_finding(&mut self, finding: &Finding) {
        self.faults.push(format!("{}:{}: {}", finding.file, finding.line, finding.text));
    }

    fn fault(&mut self, doc: &Document, key: &str, why: &str) {
        let name = doc.at("/metadata/name").and_then(Value::as_str);
        let of = name.map(|name| format!("'{name}': ")).unwrap_or_default();
        self.faults.push(format!("{}:{}: {of}{why}", doc.file, doc.line_of(key)));
    }

    fn take_freeze(&mut self, doc: &Document) -> Result<(), Wrong> {
        let name = name(doc)?;
        let spec = Spec::of(doc, &FREEZE)?;
        let allows = match spec.text("kind")? {
            "" | "deny" => false,
            "allow" => true,
            other => return Err(("spec", format!("'{other}' is not one of deny, allow"))),
        };
        let days = spec.texts("days")?.unwrap_or_default();
        let window = Window::parse(spec.text("from")?, spec.text("until")?, &days, spec.text("timeZone")?);
        self.freezes.push(Freeze {
            allows,
            window: window.map_err(|why| ("from", why))?,
            scope: spec.scope()?,
            reason: spec.text("reason")?.to_owned(),
            break_glass: spec.texts("breakGlass")?,
            origin: format!("{}:{}", doc.file, doc.line_of(&name)),
            name,
        });
        Ok(())
    }
}

impl Book {
    /// A rule nobody could ever meet is refused here, where it is written, and
    /// not at the release it would stop for ever.
    fn take_rule(&mut self, doc: &Document) -> Result<(), Wrong> {
        let name = name(doc)?;
        let spec = Spec::of(doc, &APPROVAL)?;
        let (groups, mut by): (Vec<_>, Vec<_>) =
            spec.texts("by")?.unwrap_or_default().into_iter().partition(|who| who.starts_with(GROUP));
        let groups = groups.iter().map(|text| group_of(text)).collect::<Result<Vec<_>, _>>();
        let groups = groups.map_err(|why| ("by", why))?;
        by.sort();
        by.dedup();
        let min = match spec.0.get("min") {
            None => 1,
            Some(value) => {
                let min = value.as_u64().and_then(|min| usize::try_from(min).ok()).filter(|min| *min > 0);
                min.ok_or_else(|| ("min", format!("min is {value}; a number from 1 is expected")))?
            }
        };
        // Who is in a group is known when a plan asks.
        if by.len() < min && groups.is_empty() {
            let able = if by.is_empty() { "nobody".to_owned() } else { by.join(", ") };
            let text =
                format!("needs {min} of those who may approve: {able}; nothing could ever be released");
            return Err(("by", text));
        }
        let expires = match spec.text("expires")? {
            "" => EXPIRES,
            text => {
                let time = typed_duration(text).ok().filter(|time| !time.is_zero());
                time.ok_or_else(|| ("expires", format!("'{text}' is no time such as 24h or 90m")))?
            }
        };
        let origin = format!("{}:{}", doc.file, doc.line_of(&name));
        self.rules.push(ApprovalRule {
            scope: spec.scope()?,
            min,
            by,
            groups,
            unknown: Vec::new(),
            expires,
            origin,
            name,
        });
        Ok(())
    }
}

/// Which key is wrong, and why.
pub(super) type Wrong = (&'static str, String);

/// What a document's spec says, read strictly.
struct Spec<'a>(&'a Value);

fn name(doc: &Document) -> Result<String, Wrong> {
    let name = doc.at("/metadata/name").and_then(Value::as_str).map(str::trim).unwrap_or_default();
    if name.is_empty() {
        return Err(("metadata", "metadata.name is missing: people are told it".to_owned()));
    }
    Ok(name.to_owned())
}

impl<'a> Spec<'a> {
    fn of(doc: &'a Document, known: &[&str]) -> Result<Self, Wrong> {
        let Some(spec) = doc.at("/spec").filter(|spec| spec.is_object()) else {
            return Err(("spec", "spec is missing".to_owned()));
        };
        let mut odd = Vec::new();
        doc.unknown_keys(spec, known, &mut odd);
        doc.unknown_keys(&doc.value, &["apiVersion", "kind", "metadata", "spec"], &mut odd);
        match odd.first() {
            Some(odd) => Err(("spec", odd.text.clone())),
            None => Ok(Self(spec)),
        }
    }

    fn text(&self, key: &'static str) -> Result<&'a str, Wrong> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(""),
            Some(Value::String(text)) => Ok(text.trim()),
            Some(other) => Err((key, format!("{key} is {other}; write it as text in quotes"))),
        }
    }

    fn list(&self, key: &'static str) -> Result<Option<&'a [Value]>, Wrong> {
        match self.0.get(key) {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(other) => Err((key, format!("{key} is {other}; a list is expected, such as [a, b]"))),
        }
    }

    fn texts(&self, key: &'static str) -> Result<Option<Vec<String>>, Wrong> {
        let Some(items) = self.list(key)? else { return Ok(None) };
        let text = |item: &Value| match item.as_str().map(str::trim) {
            Some(text) if !text.is_empty() => Ok(text.to_owned()),
            Some(_) | None => Err((key, format!("{key} has {item}, which is no text"))),
        };
        items.iter().map(text).collect::<Result<_, _>>().map(Some)
    }

    fn scope(&self) -> Result<Scope, Wrong> {
        let environment = |word: &String| {
            Environment::parse(word).ok_or_else(|| {
                ("environments", format!("'{word}' is not one of production, staging, development"))
            })
        };
        let environments = self.texts("environments")?.unwrap_or_default();
        let tier = |item: &Value| {
            let number = item.as_u64().and_then(|tier| u8::try_from(tier).ok());
            number.ok_or_else(|| ("tiers", format!("{item} is no tier, such as 1")))
        };
        let tiers = self.list("tiers")?.unwrap_or_default();
        let risk = |word: &String| {
            let known = Risk::ALL.map(Risk::word).join(", ");
            Risk::parse(word).ok_or_else(|| ("risks", format!("'{word}' is not one of {known}")))
        };
        let risks = self.texts("risks")?.unwrap_or_default();
        // An empty list would be for nothing, or for everything: nobody can tell.
        for key in ["environments", "services", "tiers", "risks"] {
            if self.list(key)?.is_some_and(<[Value]>::is_empty) {
                return Err((key, format!("{key} is empty; leave it out to mean all")));
            }
        }
        Ok(Scope {
            environments: environments.iter().map(environment).collect::<Result<_, _>>()?,
            services: self.texts("services")?.unwrap_or_default(),
            tiers: tiers.iter().map(tier).collect::<Result<_, _>>()?,
            risks: risks.iter().map(risk).collect::<Result<_, _>>()?,
        })
    }
}
