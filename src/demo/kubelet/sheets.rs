//! Specs of pods, kept once for all pods of an owner that ask for the same: a
//! parsed spec is five times what a kubelet else knows of a pod.

use std::collections::HashMap;
use std::sync::Arc;

use super::spec::PodSpec;

/// The newest spec of each owner, by its uid.
#[derive(Debug, Default)]
pub(super) struct Sheets(HashMap<String, Arc<PodSpec>>);

impl Sheets {
    /// The spec, shared where it can be. To which node a pod is bound does not count.
    pub(super) fn share(&mut self, owner: &str, mut spec: PodSpec) -> Arc<PodSpec> {
        spec.node_name.clear();
        match self.0.get(owner) {
            Some(kept) if **kept == spec => return kept.clone(),
            // At each doubling, owners without pods are forgotten.
            None if self.0.len().is_power_of_two() => self.0.retain(|_, kept| Arc::strong_count(kept) > 1),
            Some(_) | None => {}
        }
        let spec = Arc::new(spec);
        if !owner.is_empty() {
            self.0.insert(owner.to_owned(), spec.clone());
        }
        spec
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(policy: &str) -> PodSpec {
        serde_json::from_value(serde_json::json!({"nodeName": "a", "nodeSelector": {"x": policy}})).unwrap()
    }

    #[test]
    fn pods_of_an_owner_share_what_is_the_same_and_nothing_stays_behind() {
        let mut sheets = Sheets::default();
        let (one, two) = (sheets.share("a", spec("x")), sheets.share("a", spec("x")));
        assert!(Arc::ptr_eq(&one, &two));
        let changed = sheets.share("a", spec("y"));
        assert_eq!(
            (&one.node_selector["x"], &changed.node_selector["x"]),
            (&"x".to_owned(), &"y".to_owned())
        );
        for owner in 0..10_000 {
            sheets.share(&owner.to_string(), spec("x"));
        }
        assert!(sheets.0.len() < 10 && sheets.0.contains_key("a"), "{}", sheets.0.len());
    }
}
