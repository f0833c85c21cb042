//! What the objects of an operation are called and labelled.

use crate::domain::{Kind, RecordSort, sha256_short};

/// On every ConfigMap of ours, the watch selects by it: which [`RecordSort`] it is.
pub const OP: &str = "quarterdeck/op";
/// The kind of the target, lower case.
pub const KIND: &str = "quarterdeck/kind";
/// The name of the target (shortened beyond 63 characters).
pub const TARGET: &str = "quarterdeck/target";
/// [`super::OperationRecord::phase_word`].
pub const PHASE: &str = "quarterdeck/phase";
/// The record's number.
pub const SEQ: &str = "quarterdeck/seq";
/// `canary` on a canary, on its pods, and in its selector.
pub use crate::domain::TRACK;
/// `<seq>.<epoch>` on both Deployments: every write tests it, so that those
/// of a driver that was replaced are refused by the API server itself.
pub const FENCE: &str = "quarterdeck/fence";
/// The key in the ConfigMap's data.
pub const DATA: &str = "record";
/// Selects the records.
pub const SELECTOR: &str = "quarterdeck/op=true";
/// Selects the records of what has not ended.
pub const RUNNING: &str = "quarterdeck/op=true,quarterdeck/phase notin (promoted,rolled-back)";
/// Longest target name: room for what is put around it in 253 characters.
pub const MOST_NAME: usize = 200;

/// `quarterdeck-op-deployment-checkout-7`
pub fn record(kind: Kind, name: &str, seq: u64) -> String {
    format!("quarterdeck-op-{}-{name}-{seq}", kind.name().to_ascii_lowercase())
}

/// `quarterdeck-deployment-checkout`: the Lease that is the heartbeat.
pub fn lease(kind: Kind, name: &str) -> String {
    format!("quarterdeck-{}-{name}", kind.name().to_ascii_lowercase())
}

/// `checkout-canary`
pub fn canary(name: &str) -> String {
    format!("{name}-canary")
}

/// A label's value: names beyond 63 characters keep their beginning and get
/// eight hex digits that tell them apart.
pub fn label_value(name: &str) -> String {
    if name.len() <= 63 {
        return name.to_owned();
    }
    let start: String = name.chars().take(54).collect();
    format!("{start}-{}", sha256_short(name.as_bytes()))
}

/// The labels of a record's ConfigMap.
pub fn labels(record: &super::OperationRecord) -> [(&'static str, String); 5] {
    [
        (OP, RecordSort::Delivery.label().to_owned()),
        (KIND, record.target.kind.name().to_ascii_lowercase()),
        (TARGET, label_value(record.target.name.as_str())),
        (PHASE, record.phase_word().to_owned()),
        (SEQ, record.seq.to_string()),
    ]
}
