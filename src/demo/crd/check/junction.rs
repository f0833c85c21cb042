//! `anyOf`, `oneOf`, `allOf` and `not`.

use serde_json::Value;

use super::{Findings, node};
use crate::demo::crd::node::Node;

pub(super) fn check(schema: &Node, path: &str, value: &Value, out: &mut Findings) {
    let of = |schema: &Node| {
        let mut found = Findings::default();
        node(schema, path, None, value, &mut found);
        found
    };
    if !schema.any_of.is_empty() {
        let (valid, best) = alternatives(schema.any_of.iter().map(of));
        if valid == 0 {
            out.nameless(&format!("\"{path}\" must validate at least one schema (anyOf)"));
            out.causes.extend(best);
        }
    }
    if !schema.one_of.is_empty() {
        let (valid, best) = alternatives(schema.one_of.iter().map(of));
        if valid != 1 {
            let found = if valid == 0 {
                "Found none valid".to_owned()
            } else {
                format!("Found {valid} valid alternatives")
            };
            out.nameless(&format!("\"{path}\" must validate one and only one schema (oneOf). {found}"));
            out.causes.extend(best);
        }
    }
    if !schema.all_of.is_empty() {
        let all: Vec<Findings> = schema.all_of.iter().map(of).collect();
        let valid = all.iter().filter(|f| f.causes.is_empty()).count();
        let total = all.len();
        out.causes.extend(all.into_iter().flat_map(|f| f.causes));
        if valid != total {
            let none = if valid == 0 { ". None validated" } else { "" };
            out.nameless(&format!("\"{path}\" must validate all the schemas (allOf){none}"));
        }
    }
    if schema.not.as_deref().is_some_and(|inner| of(inner).causes.is_empty()) {
        out.nameless(&format!("\"{path}\" must not validate the schema (not)"));
    }
}

/// How many alternatives hold, and the findings of the one that came closest when none does.
fn alternatives(all: impl Iterator<Item = Findings>) -> (usize, Vec<crate::demo::status::Cause>) {
    let mut valid = 0;
    let mut best: Option<Findings> = None;
    for found in all {
        if found.causes.is_empty() {
            valid += 1;
        } else if best.as_ref().is_none_or(|b| found.right > b.right) {
            best = Some(found);
        }
    }
    let best = best.filter(|_| valid == 0).map(|b| b.causes);
    (valid, best.unwrap_or_default())
}
