//! Whether the Secrets and ConfigMaps that the new pods need are there.

use super::Case;
use crate::domain::CheckOutcome::{Fail, NotApplicable, Pass, Unknown};
use crate::domain::{Check, FaultKind, Namespace, count_of};
use crate::engine::delivery::references::Looked;

const NAME: &str = "references";
const SOURCE: &str = "Secrets and ConfigMaps, their names and keys";

pub(super) fn check(case: &Case<'_>) -> Check {
    judge(&case.evidence.references, &case.ask.target.key.namespace)
}

fn judge(looked: &[Looked], namespace: &Namespace) -> Check {
    if looked.is_empty() {
        return Check::new(NAME, NotApplicable, "its template needs no Secret and no ConfigMap", SOURCE);
    }
    let mut missing = Vec::new();
    for (reference, keys) in looked {
        match keys {
            Ok(None) => missing.push(format!("{reference} is missing")),
            Ok(Some(keys)) => {
                let without = reference.keys.difference(keys);
                missing.extend(without.map(|key| format!("{reference} has no key '{key}'")));
            }
            Err(_) => {}
        }
    }
    if !missing.is_empty() {
        let text = format!("{}: its pods would not start", missing.join("; "));
        return Check::new(NAME, Fail, text, SOURCE)
            .remedy(format!("make them in {namespace} first, or mark them optional in the template"));
    }
    let unseen = looked.iter().filter_map(|(reference, keys)| Some((reference, keys.as_ref().err()?)));
    let unseen: Vec<_> = unseen.collect();
    if let Some((reference, fault)) = unseen.first() {
        let plural = reference.kind.plural();
        let names: Vec<String> = unseen.iter().map(|(reference, _)| reference.to_string()).collect();
        let check = |text: String| Check::new(NAME, Unknown, text, SOURCE);
        return if fault.kind == FaultKind::Forbidden {
            check(format!(
                "you may not get {plural} in {namespace}: whether {} is there is not known",
                names.join(", ")
            ))
            .remedy(format!("look yourself, or ask for a role that allows: get {plural} in {namespace}"))
        } else {
            check(format!("{}: {}", names.join(", "), fault.text)).remedy("ask again")
        };
    }
    let names: Vec<String> = looked.iter().map(|(reference, _)| reference.to_string()).collect();
    let keys: usize = looked.iter().map(|(reference, _)| reference.keys.len()).sum();
    let keys = if keys == 0 { String::new() } else { format!(", with {} asked for", count_of(keys, "key")) };
    Check::new(NAME, Pass, format!("{} there{keys}", names.join(", ")), SOURCE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Fault;
    use crate::engine::Probe;
    use crate::engine::delivery::references::{Held, Reference};
    use std::collections::BTreeSet;

    fn keys(all: &[&str]) -> BTreeSet<String> {
        all.iter().map(|key| (*key).to_owned()).collect()
    }

    fn one(asked: &[&str], found: Probe<Option<BTreeSet<String>>>) -> Looked {
        (Reference { kind: Held::Secret, name: "db".to_owned(), keys: keys(asked) }, found)
    }

    #[test]
    fn there_missing_without_a_key_or_not_to_be_seen() {
        let fault = |kind| Fault::new(kind, "cannot get secrets in shop: 'bo' is not allowed");
        let cases = [
            (vec![], NotApplicable, "no Secret and no ConfigMap"),
            (vec![one(&["uri"], Ok(Some(keys(&["uri", "user"]))))], Pass, "Secret db there, with 1 key"),
            (vec![one(&[], Ok(Some(keys(&[]))))], Pass, "Secret db there"),
            (vec![one(&["uri"], Ok(None))], Fail, "Secret db is missing: its pods would not start"),
            (vec![one(&["uri"], Ok(Some(keys(&["url"]))))], Fail, "Secret db has no key 'uri'"),
            (vec![one(&["uri"], Err(fault(FaultKind::Forbidden)))], Unknown, "may not get secrets in shop"),
            (vec![one(&["uri"], Err(fault(FaultKind::Timeout)))], Unknown, "cannot get secrets"),
            (vec![one(&[], Err(fault(FaultKind::Forbidden))), one(&[], Ok(None))], Fail, "missing"),
        ];
        for (looked, outcome, words) in cases {
            let check = judge(&looked, &"shop".into());
            assert_eq!(check.outcome, outcome, "{check:?}");
            assert!(check.observed.contains(words), "{words}: {check:?}");
            assert!(outcome == Pass || outcome == NotApplicable || !check.remedy.is_empty(), "{check:?}");
        }
    }
}
