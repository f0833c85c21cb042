//! The deliveries to one target: which is next, which runs, which are too many.

use super::stored::stored;
use crate::cluster::Cluster;
use crate::domain::{Fault, Kind, Name, Namespace, ObjectKey, Uid};
use crate::engine::record::{KEPT, decode, names};
use serde_json::Value;

/// The deliveries to one target.
pub(super) struct Others {
    /// The next number.
    pub(super) seq: u64,
    /// One that runs, in words.
    pub(super) running: Option<String>,
    /// The oldest ones beyond those kept.
    pub(super) surplus: Vec<(ObjectKey, Uid)>,
}

/// Reads the records of a target.
pub(super) async fn records(cluster: &Cluster, namespace: &Namespace, name: &Name) -> Result<Others, Fault> {
    let selector = format!("{},{}={}", names::SELECTOR, names::TARGET, names::label_value(name.as_str()));
    let raws = cluster.select(Kind::ConfigMap, namespace, &selector).await?;
    let mut others = Others { seq: 1, running: None, surplus: Vec::new() };
    let mut over = Vec::new();
    for raw in &raws {
        let text = |path: &str| raw.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let seq: u64 = text("/metadata/labels/quarterdeck~1seq").parse().unwrap_or(0);
        others.seq = others.seq.max(seq.saturating_add(1));
        match decode(&stored(raw).text) {
            Ok(record) if record.target.name != *name => {}
            Ok(record) if record.is_over() => {
                let key = ObjectKey::new(Kind::ConfigMap, namespace.clone(), text("/metadata/name"));
                over.push((seq, key, stored(raw).uid));
            }
            Ok(record) => {
                others.running = Some(record.started_words());
            }
            // Not ours to judge: it may be one that runs, of a newer program.
            Err(fault) => {
                others.running =
                    Some(format!("the record {} cannot be read: {fault}", text("/metadata/name")));
            }
        }
    }
    over.sort();
    let surplus = over.len().saturating_sub(usize::try_from(KEPT).unwrap_or(usize::MAX).saturating_sub(1));
    others.surplus = over.into_iter().take(surplus).map(|(_, key, uid)| (key, uid)).collect();
    Ok(others)
}
