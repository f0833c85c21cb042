//! A custom schema in the form server-side apply walks.

use crate::demo::schema::{Field, Schema, Struct, Topology, Type};

use super::node::{Additional, List, Node};

/// Name of the struct of the whole object.
pub(super) const ROOT: &str = "root";

/// Structs for every object of the schema, named by their place.
pub(super) fn schema(root: &Node) -> Schema {
    let mut structs = Vec::new();
    if !root.preserve {
        collect(root, ROOT, &mut structs);
    }
    Schema::with(structs)
}

fn collect(node: &Node, name: &str, out: &mut Vec<(String, Struct)>) {
    let mut own = Struct { atomic: node.atomic, ..Struct::default() };
    for (key, inner) in &node.properties {
        let kind = type_of(inner, &format!("{name}.{key}"), out);
        let topology = match &inner.list {
            _ if inner.atomic => Topology::Atomic,
            List::Map(keys) => Topology::Keyed(keys.clone()),
            List::Set => Topology::Set,
            List::Atomic if matches!(kind, Type::List(_)) => Topology::Atomic,
            List::Atomic => Topology::Granular,
        };
        own.fields.insert(key.clone(), Field { kind, topology, ..Field::plain() });
    }
    if name == ROOT {
        let meta = Type::Struct("apis.meta.v1.ObjectMeta".into());
        own.fields.insert("metadata".into(), Field { kind: meta, by_value: true, ..Field::plain() });
        for key in ["apiVersion", "kind"] {
            own.fields.insert(key.into(), Field { kind: Type::Text, ..Field::plain() });
        }
    }
    out.push((name.to_owned(), own));
}

fn type_of(node: &Node, name: &str, out: &mut Vec<(String, Struct)>) -> Type {
    if node.preserve || node.embedded {
        return Type::Any;
    }
    match (node.types.as_slice(), &node.additional) {
        ([one], Additional::Of(item)) if &**one == "object" => {
            Type::Map(Box::new(type_of(item, &format!("{name}.*"), out)))
        }
        ([one], _) if &**one == "object" && !node.properties.is_empty() => {
            collect(node, name, out);
            Type::Struct(name.into())
        }
        ([one], _) => match (&**one, &node.items) {
            ("array", Some(item)) => Type::List(Box::new(type_of(item, &format!("{name}[]"), out))),
            ("boolean", _) => Type::Bool,
            ("integer", _) => Type::Long,
            ("number", _) => Type::Number,
            ("string", _) => Type::Text,
            _ => Type::Any,
        },
        ([], _) => Type::Any,
        (_, _) => Type::IntOrText,
    }
}
