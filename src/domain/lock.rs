//! The lock on delivering to a workload: who set it, when, and why.
//!
//! It is a ConfigMap of its own beside the workload, not an annotation of it:
//! a Deployment's controller copies annotations to its ReplicaSets, and
//! `kubectl rollout undo` writes those back, so that an undo would take a lock
//! away, or bring one back that was opened days ago.

use super::{Actor, Check, CheckOutcome, Fault, FaultKind, Kind, Now, ObjectKey, Uid, clean, short_duration};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The schema written.
const SCHEMA: u32 = 1;
/// Longest message kept: it is read on one screen.
const MOST_MESSAGE: usize = 500;
/// What a check of it is called.
const NAME: &str = "lock";

/// A lock as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// Of the program that wrote it.
    schema: u32,
    /// Who set it.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// Why, in their words.
    pub message: String,
}

/// A lock that was found, and what it takes to open it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    /// Identity of its ConfigMap.
    pub uid: Uid,
    /// What it says; why not, if it cannot be read. It is in force either way.
    pub lock: Result<Lock, String>,
}

impl Lock {
    /// A lock that says why.
    ///
    /// # Errors
    /// Nothing is said, or more than anybody would read.
    pub fn new(by: Actor, at: Timestamp, message: &str) -> Result<Self, Fault> {
        let message = clean(message.trim());
        let invalid = |text: String| {
            Fault::new(FaultKind::Invalid, text)
                .hint("say what others must know, such as --message 'schema migration until 15:00'")
        };
        if message.is_empty() {
            return Err(invalid("a lock without a message tells nobody why".to_owned()));
        }
        if message.chars().count() > MOST_MESSAGE {
            let n = message.chars().count();
            return Err(invalid(format!("the message has {n} characters, at most {MOST_MESSAGE} are kept")));
        }
        Ok(Self { schema: SCHEMA, by, at, message })
    }

    /// The ConfigMap a lock on `workload` is kept in. A workload has one or none,
    /// so that of two who lock it one is told.
    pub fn key(workload: &ObjectKey) -> ObjectKey {
        let kind = workload.kind.name().to_ascii_lowercase();
        let name = format!("quarterdeck-lock-{kind}-{}", workload.name);
        ObjectKey::new(Kind::ConfigMap, workload.namespace.clone(), name)
    }

    /// As text for its ConfigMap.
    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The lock in a text.
    ///
    /// # Errors
    /// It is none, or of a newer program.
    pub fn read(text: &str) -> Result<Self, String> {
        let lock: Self = serde_json::from_str(text).map_err(|error| clean(&error.to_string()))?;
        if lock.schema > SCHEMA {
            return Err(format!("it has schema {}, this program knows up to {SCHEMA}", lock.schema));
        }
        Ok(Self { by: lock.by.cleaned(), message: clean(&lock.message), ..lock })
    }

    /// `locked by bo 3h ago: schema migration`
    pub fn sentence(&self, now: Now) -> String {
        format!("locked by {} {} ago: {}", self.by, short_duration(now.since(self.at)), self.message)
    }
}

impl Locked {
    /// What it says, or that it cannot be read.
    pub fn sentence(&self, now: Now) -> String {
        match &self.lock {
            Ok(lock) => lock.sentence(now),
            Err(why) => format!("locked; by whom and why cannot be read: {why}"),
        }
    }

    /// As the check of something that would bring a new version to more users.
    /// Going back never asks.
    pub fn check(locked: Option<&Self>, workload: &ObjectKey, now: Now) -> Check {
        let source = format!("ConfigMap {}", Lock::key(workload).name);
        match locked {
            None => Check::new(NAME, CheckOutcome::Pass, "nobody locked it", source),
            Some(locked) => {
                let remedy = format!(
                    "ask them; open it with: qd unlock {}/{}; a rollback is never held up",
                    workload.namespace, workload.name
                );
                Check::new(NAME, CheckOutcome::Fail, locked.sentence(now), source).remedy(remedy)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bo() -> Actor {
        Actor { cluster_user: "bo".to_owned(), os_user: "b".to_owned(), host: "h".to_owned() }
    }

    fn lock(message: &str) -> Result<Lock, Fault> {
        Lock::new(bo(), Timestamp::from_second(1_000).unwrap(), message)
    }

    #[test]
    fn a_lock_says_who_when_and_why_and_how_to_open_it() {
        let written = lock(" migration\u{1b}[2J until 15:00 ").unwrap();
        let lock = Lock::read(&written.text()).unwrap();
        assert_eq!(lock, written);
        assert!(!lock.message.contains('\u{1b}'), "{:?}", lock.message);
        let workload = ObjectKey::new(Kind::Deployment, "shop", "checkout");
        let locked = Locked { uid: "u".into(), lock: Ok(lock) };
        let check = Locked::check(Some(&locked), &workload, Now::at(1_000 + 3 * 3600));
        assert_eq!(check.outcome, CheckOutcome::Fail);
        assert!(check.observed.starts_with("locked by bo 3h ago: migration"), "{}", check.observed);
        assert!(check.remedy.contains("qd unlock shop/checkout"), "{}", check.remedy);
        assert_eq!(check.source, "ConfigMap quarterdeck-lock-deployment-checkout");
        assert_eq!(Locked::check(None, &workload, Now::at(0)).outcome, CheckOutcome::Pass);
    }

    #[test]
    fn a_lock_that_cannot_be_read_is_a_lock() {
        let workload = ObjectKey::new(Kind::Deployment, "shop", "checkout");
        let newer = lock("why").unwrap().text().replace("\"schema\":1", "\"schema\":7");
        for (text, word) in [("", "EOF"), ("[]", "invalid"), (newer.as_str(), "schema 7")] {
            let locked = Locked { uid: "u".into(), lock: Lock::read(text) };
            let check = Locked::check(Some(&locked), &workload, Now::at(0));
            assert_eq!(check.outcome, CheckOutcome::Fail, "{text}");
            assert!(check.observed.contains(word), "{}", check.observed);
        }
    }

    #[test]
    fn a_lock_says_something_and_not_everything() {
        for message in ["", " \t", &"x".repeat(MOST_MESSAGE + 1)] {
            assert_eq!(lock(message).unwrap_err().kind, FaultKind::Invalid, "{message:?}");
        }
        assert!(lock(&"ö".repeat(MOST_MESSAGE)).is_ok());
    }
}
