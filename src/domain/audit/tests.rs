use super::*;
use crate::domain::{Kind, Target, Verb};
use proptest::prelude::*;

fn order() -> Order {
    Order {
        id: "op-1".into(),
        verb: Verb::Restart,
        target: Target {
            context: "dev".into(),
            cluster: "http://x".into(),
            key: ObjectKey::new(Kind::Deployment, "ns", "web"),
            uid: "u".into(),
            resource_version: "1".into(),
        },
        actor: Actor::default(),
        reason: "because".into(),
        override_owner: false,
        undo: None,
        asked_at: Timestamp::UNIX_EPOCH,
    }
}

fn log(n: u64) -> String {
    let mut prev = GENESIS.to_owned();
    (0..n)
        .map(|seq| {
            let entry =
                AuditEntry::about(&order(), AuditKind::Intent, Timestamp::UNIX_EPOCH).chained(seq, &prev);
            prev.clone_from(&entry.hash);
            serde_json::to_string(&entry).unwrap() + "\n"
        })
        .collect()
}

#[test]
fn a_whole_log_verifies() {
    assert_eq!(verify_chain(&log(5)).unwrap().len(), 5);
    assert_eq!(verify_chain("").unwrap().len(), 0);
}

#[test]
fn a_torn_line_is_forgiven_only_when_owned_up_to() {
    let whole = log(2);
    let last = verify_chain(&whole).unwrap().pop().unwrap();
    let torn = "{\"seq\":2,\"at";
    assert_eq!(verify_chain(&format!("{whole}{torn}\n")).unwrap_err().line, 3);
    let mut repair = AuditEntry::about(&order(), AuditKind::Repair, Timestamp::UNIX_EPOCH);
    repair.digest = torn_digest(torn);
    let repair = serde_json::to_string(&repair.chained(2, &last.hash)).unwrap();
    assert_eq!(verify_chain(&format!("{whole}{torn}\n{repair}\n")).unwrap().len(), 3);
    assert_eq!(verify_chain(&format!("{whole}other\n{repair}\n")).unwrap_err().line, 3);
}

proptest! {
    #[test]
    fn any_removed_line_is_seen(n in 2u64..8, gone in 0usize..7) {
        let text = log(n);
        let lines: Vec<_> = text.lines().collect();
        prop_assume!(gone + 1 < lines.len());
        let kept: Vec<_> = lines.iter().enumerate().filter(|(i, _)| *i != gone).map(|(_, line)| *line).collect();
        prop_assert!(verify_chain(&kept.join("\n")).is_err());
    }

    #[test]
    fn any_edited_word_is_seen(n in 1u64..5, from in prop::sample::select(vec!["because", "op-1", "restart", "web", "dev"])) {
        prop_assert!(verify_chain(&log(n).replacen(from, "tampered", 1)).is_err());
    }
}
