//! How a value falls apart into owned parts, by the schema of its kind.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::demo::schema::{Field, Schema, Struct, Topology, Type};

/// What the schema says about the value at a path.
#[derive(Clone, Copy)]
pub enum Shape<'a> {
    /// A struct with these fields; the flag says that it is always there.
    Struct(&'a Struct, bool),
    /// A map whose values have this type.
    Map(&'a Type),
    /// A list whose items are named by keys; the flag says that it is always there.
    Keyed(&'a Type, &'a [Box<str>], bool),
    /// A list of unique scalars.
    Set,
    /// One value, owned as a whole.
    Leaf,
    /// No schema (custom resources): maps are granular, lists are not.
    Free,
}

/// A schema in hand while walking.
#[derive(Clone, Copy)]
pub struct Walk<'a> {
    /// The structs.
    pub schema: &'a Schema,
}

impl<'a> Walk<'a> {
    /// The shape of a whole object; without a struct only `metadata` is known.
    pub fn root(root: Option<&'a Struct>) -> Shape<'a> {
        root.map_or(Shape::Free, |s| Shape::Struct(s, true))
    }

    fn of_field(self, field: &'a Field) -> Shape<'a> {
        match (&field.kind, &field.topology) {
            (_, Topology::Atomic) => Shape::Leaf,
            (Type::List(item), Topology::Keyed(keys)) => Shape::Keyed(item, keys, field.required),
            (Type::List(_), Topology::Set) => Shape::Set,
            (kind, _) => self.of_type(kind, field.by_value),
        }
    }

    fn of_type(self, kind: &'a Type, by_value: bool) -> Shape<'a> {
        match kind {
            Type::Struct(_) => match self.schema.behind(kind) {
                Some(s) if !s.atomic => Shape::Struct(s, by_value),
                Some(_) | None => Shape::Leaf,
            },
            Type::Map(item) => Shape::Map(item),
            Type::Any => Shape::Free,
            Type::List(_)
            | Type::Text
            | Type::Bool
            | Type::Int
            | Type::Long
            | Type::Number
            | Type::Quantity
            | Type::IntOrText
            | Type::Time
            | Type::MicroTime => Shape::Leaf,
        }
    }

    /// The shape of a named member.
    pub fn member(self, shape: Shape<'a>, key: &str) -> Shape<'a> {
        match shape {
            Shape::Struct(s, _) => s.fields.get(key).map_or(Shape::Leaf, |f| self.of_field(f)),
            Shape::Map(item) => self.of_type(item, false),
            Shape::Free => match (key, self.schema.object_meta()) {
                ("metadata", Some(meta)) => Shape::Struct(meta, true),
                _ => Shape::Free,
            },
            Shape::Keyed(..) | Shape::Set | Shape::Leaf => Shape::Leaf,
        }
    }

    /// The shape of an item of a keyed list.
    pub fn item(self, item: &'a Type) -> Shape<'a> {
        self.of_type(item, false)
    }
}

/// The step of an item of a keyed list, None when a key is missing.
pub fn key_step(item: &Value, keys: &[Box<str>]) -> Option<String> {
    let mut out = Map::new();
    for key in keys {
        let value = match item.get(&**key) {
            Some(v) if !v.is_null() => v.clone(),
            // The only defaulted list key of the built-in kinds.
            _ if &**key == "protocol" => "TCP".into(),
            _ => return None,
        };
        out.insert(key.to_string(), value);
    }
    Some(format!("k:{}", Value::Object(out)))
}

/// The step of an item of a set.
pub fn value_step(item: &Value) -> String {
    format!("v:{item}")
}

/// Items by their step; None when the list does not have the shape (then it is one value).
pub fn by_step<'v>(list: &'v Value, keys: Option<&[Box<str>]>) -> Option<BTreeMap<String, &'v Value>> {
    let mut out = BTreeMap::new();
    for item in list.as_array()? {
        let step = match keys {
            Some(keys) => key_step(item, keys)?,
            None => value_step(item),
        };
        out.insert(step, item);
    }
    Some(out)
}
