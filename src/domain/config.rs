//! What pods read besides their template: ConfigMaps and Secrets, compared by
//! hash between places and over time.
//!
//! Of a Secret only the names of its keys and digests of its values are ever
//! held; a digest of one value is compared and never shown.

use super::matrix::elsewhere;
use super::{ConfigRef, Fault, ServiceRow, World, is_secret_name, redact_text, sha256_hex};
use jiff::Timestamp;
use similar::{ChangeTag, TextDiff};
use std::collections::{BTreeMap, BTreeSet};

/// Bytes of a value that are kept to be compared line by line.
const LONGEST_TEXT: usize = 64 << 10;
/// Lines of a difference; a whole file may have changed.
const MOST_DIFF: usize = 120;
/// Lines shown around a difference.
const AROUND: usize = 2;
/// Digits of a hash that are shown.
const SHORT: usize = 12;
/// Characters kustomize puts behind a generated name, and the dash before them.
const GENERATED: usize = 11;

/// A value under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigValue {
    digest: String,
    /// How long it is.
    pub bytes: usize,
    /// Its text, if it is no secret, is text and is not too long to compare.
    text: Option<String>,
}

/// What is in a ConfigMap or Secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigContent {
    /// SHA-256 over keys and values in the order of the keys, shortened; of a
    /// Secret salted, so that it is comparable within one run only.
    pub hash: String,
    /// By key.
    pub keys: BTreeMap<String, ConfigValue>,
    /// When its content was last written, as far as the server keeps that.
    pub written: Option<Timestamp>,
}

impl ConfigContent {
    /// The content of an object of this kind (`ConfigMap` or `Secret`): bytes by
    /// key. `salt` goes into the hash of a Secret, which is shown: without it who
    /// sees the screen could try short passwords against it.
    pub fn of(kind: &str, data: BTreeMap<String, Vec<u8>>, written: Option<Timestamp>, salt: u64) -> Self {
        let mut canonical = if kind == "ConfigMap" { Vec::new() } else { salt.to_le_bytes().to_vec() };
        let mut keys = BTreeMap::new();
        for (key, bytes) in data {
            let digest = sha256_hex(&bytes);
            // Digests are equally long: no key and value can be read as others.
            canonical.extend_from_slice(sha256_hex(key.as_bytes()).as_bytes());
            canonical.extend_from_slice(digest.as_bytes());
            let open = kind == "ConfigMap" && !is_secret_name(&key) && bytes.len() <= LONGEST_TEXT;
            let size = bytes.len();
            let text = open.then(|| String::from_utf8(bytes).ok()).flatten();
            // A key file under a harmless name.
            let text = text.filter(|text| !text.contains("PRIVATE KEY-----"));
            keys.insert(key, ConfigValue { digest, bytes: size, text });
        }
        let mut hash = sha256_hex(&canonical);
        hash.truncate(SHORT);
        Self { hash, keys, written }
    }
}

/// An object that pods refer to, as it was read: none if it is not there.
#[derive(Clone, Debug)]
pub struct ConfigRead {
    /// Which one.
    pub object: ConfigRef,
    /// What is in it, or why that is not known.
    pub content: Result<Option<ConfigContent>, Fault>,
}

/// One object here and its like in another place.
#[derive(Clone, Copy, Debug)]
pub struct ConfigPair<'a> {
    /// Here; none if only the other place has one.
    pub here: Option<&'a ConfigRead>,
    /// There.
    pub there: Option<&'a ConfigRead>,
}

/// How a key stands in two places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyDiff {
    /// Only the other place has it.
    Missing,
    /// Only this place has it.
    Added,
    /// Both have it, with other values.
    Differs,
}

/// How a pair stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConfigState {
    /// Equal content.
    Same,
    /// Other content.
    Differs,
    /// Only this place refers to one.
    OnlyHere,
    /// Only the other place refers to one.
    OnlyThere,
    /// Pods refer to it, and it is not there.
    Absent,
    /// One of them could not be read.
    Unknown,
}

impl ConfigState {
    /// `same`, `differs`, …
    pub fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Differs => "differs",
            Self::OnlyHere => "only here",
            Self::OnlyThere => "only there",
            Self::Absent => "not there",
            Self::Unknown => "unknown",
        }
    }
}

/// A line of a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffLine {
    /// `-` is there, `+` is here, a space is in both; `…` stands for lines left out.
    pub sign: char,
    /// The line, with credentials masked.
    pub text: String,
}

impl<'a> ConfigPair<'a> {
    fn contents(&self) -> (Option<&'a ConfigContent>, Option<&'a ConfigContent>) {
        let content = |read: Option<&'a ConfigRead>| read?.content.as_ref().ok()?.as_ref();
        (content(self.here), content(self.there))
    }

    /// How it stands.
    pub fn state(&self) -> ConfigState {
        let reads = || [self.here, self.there].into_iter().flatten();
        if reads().any(|read| read.content.is_err()) {
            return ConfigState::Unknown;
        }
        if reads().any(|read| matches!(read.content, Ok(None))) {
            return ConfigState::Absent;
        }
        match self.contents() {
            (Some(here), Some(there)) if here.hash == there.hash => ConfigState::Same,
            (Some(_), Some(_)) => ConfigState::Differs,
            (Some(_), None) => ConfigState::OnlyHere,
            (None, _) => ConfigState::OnlyThere,
        }
    }

    /// The keys that are not the same, by name; empty unless both are known.
    pub fn keys(&self) -> Vec<(&'a str, KeyDiff)> {
        let (Some(here), Some(there)) = self.contents() else { return Vec::new() };
        let names: BTreeSet<&str> = here.keys.keys().chain(there.keys.keys()).map(String::as_str).collect();
        let of = |name: &'a str| match (here.keys.get(name), there.keys.get(name)) {
            (Some(a), Some(b)) if a.digest == b.digest => None,
            (Some(_), Some(_)) => Some((name, KeyDiff::Differs)),
            (Some(_), None) => Some((name, KeyDiff::Added)),
            (None, _) => Some((name, KeyDiff::Missing)),
        };
        names.into_iter().filter_map(of).collect()
    }

    /// Why it could not be read, with the right that is missing.
    pub fn errors(&self) -> Vec<String> {
        let faults =
            [self.here, self.there].into_iter().flatten().filter_map(|read| read.content.as_ref().err());
        let words = |fault: &Fault| match fault.hints.last() {
            Some(hint) => format!("{}: {hint}", fault.text),
            None => fault.text.clone(),
        };
        faults.map(words).collect()
    }

    /// How many bytes a key has here and there.
    pub fn sizes(&self, key: &str) -> (Option<usize>, Option<usize>) {
        let (here, there) = self.contents();
        let size = |content: Option<&ConfigContent>| Some(content?.keys.get(key)?.bytes);
        (size(here), size(there))
    }

    /// The lines in which a key differs; none if they may not be shown or are too many to compare.
    pub fn lines(&self, key: &str) -> Option<Vec<DiffLine>> {
        let (here, there) = self.contents();
        let text = |content: Option<&'a ConfigContent>| content?.keys.get(key)?.text.as_deref();
        let (here, there) = (text(here)?, text(there)?);
        Some(line_diff(there, here))
    }
}

/// A unified difference without its headers.
fn line_diff(before: &str, after: &str) -> Vec<DiffLine> {
    let diff = TextDiff::from_lines(before, after);
    let mut lines = Vec::new();
    for (n, group) in diff.grouped_ops(AROUND).iter().enumerate() {
        if n > 0 {
            lines.push(DiffLine { sign: '…', text: String::new() });
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            if lines.len() == MOST_DIFF {
                let text = format!("more than {MOST_DIFF} lines differ");
                lines.push(DiffLine { sign: '…', text });
                return lines;
            }
            lines.push(DiffLine { sign, text: shown(change.value().trim_end_matches(['\n', '\r'])) });
        }
    }
    lines
}

/// A line of a file as it may be shown: what stands behind a secret's name does not.
fn shown(line: &str) -> String {
    match line.split_once([':', '=']) {
        Some((name, value)) if is_secret_name(name) && !value.trim().is_empty() => {
            let head = line.len() - value.len();
            format!("{} ••••", line.get(..head).unwrap_or(name))
        }
        Some(_) | None => redact_text(line),
    }
}

/// Puts like beside like: the same kind and name, else the same name but for
/// what kustomize puts behind it. By kind and name.
pub fn pair_configs<'a>(here: &'a [ConfigRead], there: &'a [ConfigRead]) -> Vec<ConfigPair<'a>> {
    let mut rest: Vec<&ConfigRead> = there.iter().collect();
    let mut pairs: Vec<ConfigPair<'a>> =
        here.iter().map(|read| ConfigPair { here: Some(read), there: None }).collect();
    let same = |a: &ConfigRef, b: &ConfigRef| a == b;
    let alike = |a: &ConfigRef, b: &ConfigRef| a.kind == b.kind && stem(&a.name) == stem(&b.name);
    for fits in [&same as &dyn Fn(&ConfigRef, &ConfigRef) -> bool, &alike] {
        for pair in pairs.iter_mut().filter(|pair| pair.there.is_none()) {
            let Some(own) = pair.here else { continue };
            if let Some(at) = rest.iter().position(|other| fits(&own.object, &other.object)) {
                pair.there = Some(rest.remove(at));
            }
        }
    }
    pairs.extend(rest.into_iter().map(|read| ConfigPair { here: None, there: Some(read) }));
    pairs.sort_by_key(|pair| pair.here.or(pair.there).map(|read| read.object.clone()));
    pairs
}

/// `app-config` of `app-config-5f8d9k2h7b`.
fn stem(name: &str) -> &str {
    let at = name.len().checked_sub(GENERATED);
    match at.and_then(|at| name.split_at_checked(at)) {
        Some((stem, suffix))
            if suffix.starts_with('-')
                && suffix.chars().skip(1).all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()) =>
        {
            stem
        }
        Some(_) | None => name,
    }
}

/// What the pods of a service refer to, each once.
pub fn configs_of(row: &ServiceRow) -> Vec<ConfigRef> {
    let all = row.workloads.iter().flat_map(|workload| workload.template.configs.iter().cloned());
    all.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Pods that refer to an object and were created before it was last written,
/// and all that refer to it.
pub fn pods_before(world: &World, row: &ServiceRow, read: &ConfigRead) -> (usize, usize) {
    let Ok(Some(ConfigContent { written: Some(written), .. })) = &read.content else { return (0, 0) };
    let readers = row.workloads.iter().filter(|workload| workload.template.configs.contains(&read.object));
    let pods = readers.flat_map(|workload| world.pods_of_workload(workload));
    let created: Vec<Timestamp> = pods.filter(|pod| !pod.terminating).filter_map(|pod| pod.created).collect();
    (created.iter().filter(|created| *created < written).count(), created.len())
}

/// The place a service is compared with unless somebody says otherwise: the one
/// nearest to production among those of its family, else among all of its name.
pub fn counterpart<'a>(rows: &'a [ServiceRow], row: &ServiceRow) -> Option<&'a ServiceRow> {
    elsewhere(rows, row).into_iter().next()
}

/// What pods that were created before an object was written make of it.
pub fn behind_words(before: usize, all: usize) -> String {
    format!(
        "after {before} of {all} pods were created: they take variables when they are restarted, files within \
         two minutes"
    )
}

#[cfg(test)]
mod tests;
