//! An order, worked out and checked, ready to be confirmed.

use super::{Blast, Change, Check, Environment, Mutation, Now, Order};
use serde::Serialize;
use std::time::Duration;

/// What a person must do to confirm. Enter never means yes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "by", content = "word")]
pub enum Confirmation {
    /// Press `y`: reversible, outside production.
    Key,
    /// Type this word: production, bulk, irreversible.
    Type(String),
}

impl Confirmation {
    /// The name typed if it is `guarded`, else a key.
    pub fn of(name: impl Into<String>, guarded: bool) -> Self {
        if guarded { Self::Type(name.into()) } else { Self::Key }
    }
}

/// Everything a person decides on, and exactly what will be sent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plan {
    /// What was asked.
    pub order: Order,
    /// Where: decides the confirmation.
    pub environment: Environment,
    /// What is there now, in words: `revision 12, v1.9.3, 7m old, by cy`.
    pub from: String,
    /// What will be there: `revision 11, v1.9.2`.
    pub to: String,
    /// The write.
    pub mutation: Mutation,
    /// What the server's dry run says will change.
    pub changes: Vec<Change>,
    /// What was looked at.
    pub checks: Vec<Check>,
    /// What it touches.
    pub blast: Blast,
    /// What it will disable or leave behind: `leaves the rollout paused`.
    pub side_effects: Vec<String>,
    /// What the person must do.
    pub confirmation: Confirmation,
    /// When the live object was read.
    #[serde(skip)]
    pub read_at: Now,
}

impl Plan {
    /// A plan older than this is worked out again before it is carried out.
    pub const MAX_AGE: Duration = Duration::from_secs(30);

    /// Whether the plan rests on data older than [`Self::MAX_AGE`].
    pub fn is_stale(&self, now: Now) -> bool {
        now.elapsed(self.read_at) > Self::MAX_AGE
    }
}
