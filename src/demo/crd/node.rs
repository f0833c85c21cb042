//! A structural schema, parsed once.

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::{Map, Value};

/// Schemas deeper than this end here: what is below is free.
const MAX_DEPTH: usize = 64;

/// The schema of one value.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "words of the schema, each on its own")]
pub(super) struct Node {
    /// `type`; two for int-or-string, none for anything.
    pub types: Vec<Box<str>>,
    pub nullable: bool,
    pub default: Option<Value>,
    pub properties: BTreeMap<Box<str>, Node>,
    pub additional: Additional,
    pub items: Option<Box<Node>>,
    pub required: Vec<Box<str>>,
    /// Unknown fields stay.
    pub preserve: bool,
    /// It holds a whole object, with kind and metadata.
    pub embedded: bool,
    pub list: List,
    /// `x-kubernetes-map-type: atomic`.
    pub atomic: bool,
    pub limits: Limits,
    pub any_of: Vec<Node>,
    pub one_of: Vec<Node>,
    pub all_of: Vec<Node>,
    pub not: Option<Box<Node>>,
}

/// `additionalProperties`.
#[derive(Debug, Default)]
pub(super) enum Additional {
    /// Not said.
    #[default]
    Unsaid,
    /// `true` or `false`.
    Plain(bool),
    /// A schema for them.
    Of(Box<Node>),
}

/// `x-kubernetes-list-type`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum List {
    /// One value.
    #[default]
    Atomic,
    /// Unique scalars.
    Set,
    /// Items named by these keys.
    Map(Vec<Box<str>>),
}

/// What a single value must satisfy.
#[derive(Debug, Default)]
pub(super) struct Limits {
    pub maximum: Option<f64>,
    pub minimum: Option<f64>,
    pub exclusive_maximum: bool,
    pub exclusive_minimum: bool,
    pub multiple_of: Option<f64>,
    pub max_length: Option<u64>,
    pub min_length: Option<u64>,
    /// The text, and the expression if it is one.
    pub pattern: Option<(Box<str>, Option<Regex>)>,
    pub max_items: Option<u64>,
    pub min_items: Option<u64>,
    pub unique_items: bool,
    pub max_properties: Option<u64>,
    pub min_properties: Option<u64>,
    pub values: Option<Vec<Value>>,
    pub format: Box<str>,
}

impl Node {
    /// The schema of a whole object.
    pub(super) fn root(raw: &Value) -> Self {
        let mut root = Self::read(raw, 0);
        root.embedded = true;
        // A definition without a schema keeps what it is given.
        root.preserve |= raw.is_null();
        root
    }

    fn read(raw: &Value, depth: usize) -> Self {
        let Some(map) = raw.as_object().filter(|_| depth < MAX_DEPTH) else {
            return Self { preserve: true, ..Self::default() };
        };
        let flag = |key: &str| map.get(key).and_then(Value::as_bool).unwrap_or(false);
        let below = |v: &Value| Self::read(v, depth + 1);
        let many = |key: &str| elements(map, key).map(below).collect::<Vec<_>>();
        let one = |key: &str| map.get(key).map(|v| Box::new(below(v)));
        let properties = map.get("properties").and_then(Value::as_object).into_iter().flatten();
        Self {
            types: types(map),
            nullable: flag("nullable"),
            default: map.get("default").cloned(),
            properties: properties.map(|(k, v)| (k.as_str().into(), below(v))).collect(),
            additional: match map.get("additionalProperties") {
                None | Some(Value::Null) => Additional::Unsaid,
                Some(Value::Bool(allowed)) => Additional::Plain(*allowed),
                Some(schema) => Additional::Of(Box::new(below(schema))),
            },
            items: one("items"),
            required: texts(map, "required"),
            preserve: flag("x-kubernetes-preserve-unknown-fields"),
            embedded: flag("x-kubernetes-embedded-resource"),
            list: match map.get("x-kubernetes-list-type").and_then(Value::as_str) {
                Some("set") => List::Set,
                Some("map") => List::Map(texts(map, "x-kubernetes-list-map-keys")),
                _ => List::Atomic,
            },
            atomic: map.get("x-kubernetes-map-type").is_some_and(|t| t == "atomic"),
            limits: Limits::read(map),
            any_of: many("anyOf"),
            one_of: many("oneOf"),
            all_of: many("allOf"),
            not: one("not"),
        }
    }

    /// The schema of a member; None when it is not named.
    pub(super) fn member(&self, key: &str) -> Option<&Self> {
        self.properties.get(key).or(match &self.additional {
            Additional::Of(node) => Some(node),
            Additional::Unsaid | Additional::Plain(_) => None,
        })
    }

    /// Null may not stand here.
    pub(super) fn refuses_null(&self) -> bool {
        !self.nullable
    }
}

impl Limits {
    fn read(map: &Map<String, Value>) -> Self {
        let number = |key: &str| map.get(key).and_then(Value::as_f64);
        let count = |key: &str| map.get(key).and_then(Value::as_u64);
        let flag = |key: &str| map.get(key).and_then(Value::as_bool).unwrap_or(false);
        let text = |key: &str| map.get(key).and_then(Value::as_str).unwrap_or_default();
        let pattern = text("pattern");
        Self {
            maximum: number("maximum"),
            minimum: number("minimum"),
            exclusive_maximum: flag("exclusiveMaximum"),
            exclusive_minimum: flag("exclusiveMinimum"),
            multiple_of: number("multipleOf"),
            max_length: count("maxLength"),
            min_length: count("minLength"),
            pattern: (!pattern.is_empty()).then(|| (pattern.into(), Regex::new(pattern).ok())),
            max_items: count("maxItems"),
            min_items: count("minItems"),
            unique_items: flag("uniqueItems"),
            max_properties: count("maxProperties"),
            min_properties: count("minProperties"),
            values: map.get("enum").and_then(Value::as_array).cloned(),
            format: text("format").into(),
        }
    }
}

fn types(map: &Map<String, Value>) -> Vec<Box<str>> {
    if map.get("x-kubernetes-int-or-string").is_some_and(|v| v == true) {
        return vec!["integer".into(), "string".into()];
    }
    map.get("type").and_then(Value::as_str).filter(|t| !t.is_empty()).map(Into::into).into_iter().collect()
}

fn elements<'v>(map: &'v Map<String, Value>, key: &str) -> impl Iterator<Item = &'v Value> {
    map.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn texts(map: &Map<String, Value>, key: &str) -> Vec<Box<str>> {
    elements(map, key).filter_map(Value::as_str).map(Into::into).collect()
}
