//! Whether it works, in one word.

use super::{Replicas, RolloutState};
use serde::Serialize;

/// Health of a workload or service, worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// Asked for nothing, runs nothing.
    Idle,
    /// As asked for.
    Healthy,
    /// On its way to a new version, nothing missing.
    Moving,
    /// A person stopped its rollout.
    Paused,
    /// We cannot see it.
    Unknown,
    /// Serves, but with less than asked for, or its rollout is stuck.
    Degraded,
    /// Serves nothing although asked to.
    Down,
}

impl Health {
    /// Health from counts and the rollout.
    pub fn of(replicas: Replicas, rollout: &RolloutState) -> Self {
        if replicas.desired == 0 {
            return Self::Idle;
        }
        if replicas.available == 0 {
            return Self::Down;
        }
        match rollout {
            RolloutState::Stuck { .. } => Self::Degraded,
            RolloutState::Paused { .. } => Self::Paused,
            _ if replicas.available < replicas.desired && !rollout.is_moving() => Self::Degraded,
            RolloutState::Unobserved | RolloutState::Progressing { .. } => Self::Moving,
            RolloutState::Complete => Self::Healthy,
        }
    }

    /// The word shown beside the glyph.
    pub fn word(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Healthy => "healthy",
            Self::Moving => "rolling",
            Self::Paused => "paused",
            Self::Unknown => "unknown",
            Self::Degraded => "degraded",
            Self::Down => "down",
        }
    }

    /// Whether somebody should look.
    pub fn is_trouble(self) -> bool {
        self >= Self::Unknown
    }
}
