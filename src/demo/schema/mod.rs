//! The fields of the built-in kinds: types, and how lists and maps merge.
//!
//! `kubernetes.json` is condensed from Kubernetes 1.36's OpenAPI documents by
//! `generate.py` (both Apache-2.0). One string per field: the type (`s`
//! string, `b` bool, `i` int32, `l` int64, `n` number, `q` quantity, `x` int or
//! string, `t` time, `u` time with microseconds, `o` anything, `[T]`, `{T}`, else a type's name), then
//! words: `#3` number in protobuf (`#2.1` of what is inline in JSON, `*` after it for pointers), `bytes`, `!` required, `val` (a struct that is there even when empty), `keys=a,b` (list as map), `set`, `atomic`, and for
//! strategic merge `how=merge,retainKeys` `by=key`.

pub mod check;
pub mod protobuf;

use std::collections::HashMap;
use std::sync::OnceLock;

use serde_json::Value;

use super::kinds::{Resource, group_version};

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// A string.
    Text,
    /// A boolean.
    Bool,
    /// 32-bit integer.
    Int,
    /// 64-bit integer.
    Long,
    /// Any number.
    Number,
    /// `resource.Quantity`: a string, or a number taken as one.
    Quantity,
    /// `IntOrString`.
    IntOrText,
    /// RFC 3339 time.
    Time,
    /// RFC 3339 time with exactly six digits of a second.
    MicroTime,
    /// Anything.
    Any,
    /// A list.
    List(Box<Type>),
    /// A map from names.
    Map(Box<Type>),
    /// A struct, by its name.
    Struct(Box<str>),
}

/// How server-side apply treats a list or map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Topology {
    /// Members are owned one by one (structs, maps).
    Granular,
    /// Owned as a whole (lists unless said otherwise).
    Atomic,
    /// A list of unique scalars.
    Set,
    /// A list whose items are named by these keys.
    Keyed(Vec<Box<str>>),
}

/// One field of a struct.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "words of the schema, each on its own")]
pub struct Field {
    /// Its type.
    pub kind: Type,
    /// Must be present.
    pub required: bool,
    /// A struct that Go writes even when it is empty: nobody owns its existence.
    pub by_value: bool,
    /// For server-side apply.
    pub topology: Topology,
    /// Strategic merge merges instead of replacing.
    pub merge: bool,
    /// Strategic merge honours `$retainKeys`.
    pub retain_keys: bool,
    /// The key strategic merge pairs items by.
    pub merge_key: Option<Box<str>>,
    /// Its number in protobuf, behind those of the messages it is inline in.
    pub number: Box<[u32]>,
    /// Go keeps a pointer: zero is not absent.
    pub pointer: bool,
    /// Base64 in JSON, bytes in protobuf.
    pub bytes: bool,
}

/// The fields of a struct.
#[derive(Clone, Debug, Default)]
pub struct Struct {
    /// Fields by name.
    pub fields: HashMap<Box<str>, Field>,
    /// Owned as a whole in server-side apply.
    pub atomic: bool,
}

/// All structs, parsed on first use (1 ms); until something is written nothing is.
#[derive(Debug, Default)]
pub struct Schema {
    parsed: OnceLock<Parsed>,
}

#[derive(Debug, Default)]
struct Parsed {
    roots: HashMap<String, Box<str>>,
    structs: HashMap<Box<str>, Struct>,
}

pub(super) const SOURCE: &str = include_str!("kubernetes.json");

impl Field {
    /// A field of any type with nothing said about it.
    pub fn plain() -> Self {
        Self {
            kind: Type::Any,
            required: false,
            by_value: false,
            topology: Topology::Granular,
            merge: false,
            retain_keys: false,
            merge_key: None,
            number: Box::default(),
            pointer: false,
            bytes: false,
        }
    }
}

impl Schema {
    /// The structs of a custom kind, and those of `metadata`.
    pub fn with(own: Vec<(String, Struct)>) -> Self {
        let mut structs: HashMap<Box<str>, Struct> = metadata().clone();
        structs.extend(own.into_iter().map(|(name, s)| (name.into(), s)));
        Self { parsed: OnceLock::from(Parsed { roots: HashMap::new(), structs }) }
    }

    /// The struct of a kind; None for kinds without a schema (custom resources).
    pub fn root(&self, group: &str, version: &str, kind: &str) -> Option<&Struct> {
        let name = self.parsed().roots.get(&format!("{}/{kind}", group_version(group, version)))?;
        self.named(name)
    }

    /// The struct of an API version and kind, wherever it may be written to; also `DeleteOptions`.
    pub fn sendable(&self, api_version: &str, kind: &str) -> Option<&Struct> {
        if kind == "DeleteOptions" {
            return self.named("apis.meta.v1.DeleteOptions");
        }
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        self.root(group, version, kind)
    }

    /// The name of the struct of a kind.
    pub fn name(&self, row: &Resource) -> Option<&str> {
        let key = format!("{}/{}", group_version(&row.group, &row.version), row.kind);
        self.parsed().roots.get(&key).map(AsRef::as_ref)
    }

    /// The struct of a resource's objects.
    pub fn of(&self, row: &Resource) -> Option<&Struct> {
        if row.is_custom() { None } else { self.root(&row.group, &row.version, &row.kind) }
    }

    /// A struct by name.
    pub fn named(&self, name: &str) -> Option<&Struct> {
        self.parsed().structs.get(name)
    }

    /// The struct behind a type, if it is one.
    pub fn behind(&self, kind: &Type) -> Option<&Struct> {
        if let Type::Struct(name) = kind { self.named(name) } else { None }
    }

    /// `metadata` of every kind, custom ones included.
    pub fn object_meta(&self) -> Option<&Struct> {
        self.named("apis.meta.v1.ObjectMeta")
    }

    fn parsed(&self) -> &Parsed {
        self.parsed.get_or_init(|| parse(&serde_json::from_str(SOURCE).unwrap_or_default()))
    }
}

/// The structs under `metadata`, read once for all custom kinds.
fn metadata() -> &'static HashMap<Box<str>, Struct> {
    static STRUCTS: OnceLock<HashMap<Box<str>, Struct>> = OnceLock::new();
    STRUCTS.get_or_init(|| {
        let all = parse(&serde_json::from_str(SOURCE).unwrap_or_default());
        all.structs.into_iter().filter(|(name, _)| name.starts_with("apis.meta.v1.")).collect()
    })
}

fn parse(source: &Value) -> Parsed {
    let mut out = Parsed::default();
    for (gvk, name) in source["roots"].as_object().into_iter().flatten() {
        out.roots.insert(gvk.clone(), name.as_str().unwrap_or_default().into());
    }
    for (name, fields) in source["types"].as_object().into_iter().flatten() {
        let mut s = Struct::default();
        for (field, text) in fields.as_object().into_iter().flatten() {
            if field == "~" {
                s.atomic = true;
            } else {
                s.fields.insert(field.as_str().into(), parse_field(text.as_str().unwrap_or_default()));
            }
        }
        out.structs.insert(name.as_str().into(), s);
    }
    out
}

fn parse_field(text: &str) -> Field {
    let mut words = text.split(' ');
    let kind = parse_type(words.next().unwrap_or_default());
    let topology = if matches!(kind, Type::List(_)) { Topology::Atomic } else { Topology::Granular };
    let mut field = Field { kind, topology, ..Field::plain() };
    for word in words {
        match word.split_once('=').unwrap_or((word, "")) {
            ("!", _) => field.required = true,
            ("val", _) => field.by_value = true,
            ("set", _) => field.topology = Topology::Set,
            ("atomic", _) => field.topology = Topology::Atomic,
            ("keys", keys) => field.topology = Topology::Keyed(keys.split(',').map(Into::into).collect()),
            ("how", how) => {
                field.merge = how.contains("merge");
                field.retain_keys = how.contains("retainKeys");
            }
            ("by", key) => field.merge_key = Some(key.into()),
            ("bytes", _) => field.bytes = true,
            (number, _) => {
                if let Some(number) = number.strip_prefix('#') {
                    field.pointer = number.ends_with('*');
                    let steps = number.trim_end_matches('*').split('.');
                    field.number = steps.filter_map(|n| n.parse().ok()).collect();
                }
            }
        }
    }
    field
}

fn parse_type(text: &str) -> Type {
    match text {
        "s" => Type::Text,
        "b" => Type::Bool,
        "i" => Type::Int,
        "l" => Type::Long,
        "n" => Type::Number,
        "q" => Type::Quantity,
        "x" => Type::IntOrText,
        "t" => Type::Time,
        "u" => Type::MicroTime,
        "o" => Type::Any,
        other => {
            let inner =
                |open: char, close: char| other.strip_prefix(open)?.strip_suffix(close).map(parse_type);
            if let Some(item) = inner('[', ']') {
                Type::List(Box::new(item))
            } else if let Some(item) = inner('{', '}') {
                Type::Map(Box::new(item))
            } else {
                Type::Struct(other.into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::kinds;

    #[test]
    fn every_built_in_kind_has_fields_and_every_type_resolves() {
        let schema = Schema::default();
        for row in kinds::builtin() {
            assert!(schema.of(&row).is_some(), "{} {}", row.api_version(), row.kind);
        }
        for (name, s) in &schema.parsed().structs {
            for (field, f) in &s.fields {
                let mut kind = &f.kind;
                while let Type::List(inner) | Type::Map(inner) = kind {
                    kind = inner;
                }
                assert!(!matches!(kind, Type::Struct(_)) || schema.behind(kind).is_some(), "{name}.{field}");
            }
        }
    }

    #[test]
    fn merge_keys_are_there() {
        let schema = Schema::default();
        let pod = schema.named("core.v1.PodSpec").unwrap();
        let containers = &pod.fields["containers"];
        assert_eq!(containers.merge_key.as_deref(), Some("name"));
        assert_eq!(containers.topology, Topology::Keyed(vec!["name".into()]));
        assert!(pod.fields["volumes"].retain_keys && containers.required);
    }
}
