//! What holds a release up because people said so beforehand: freeze windows,
//! and approvals by others.
//!
//! ```text
//! files of the option `gates` ─read─▶ Book ──freeze(site, moment, glass)──▶ Check
//! ```
//!
//! Who releases asks: deploying, and promoting by hand. Going back never does. A
//! file that cannot be read counts as a freeze in force: a window that was
//! misspelt must not let a release through.

mod approval;
mod book;
mod freeze;
mod people;
#[cfg(test)]
mod tests;
mod window;

pub use approval::{APPROVAL, Approval, ApprovalRule, Petition, Petitioned, short_hash};
pub use book::{Book, KINDS};
pub use freeze::{BREAK_GLASS, FREEZE, Freeze, Glass, Release};
pub use window::{When, Window};

use crate::domain::{Environment, Risk, matches_pattern};

/// What a release is about, as far as gates ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The service; none if it cannot be told.
    pub service: Option<String>,
    /// Where it is.
    pub environment: Environment,
    /// How much a failure costs, 1 most; none if nobody says.
    pub tier: Option<u8>,
    /// How much is at stake; none before its checks are there.
    pub risk: Option<Risk>,
}

/// Which releases something is for; what is empty is for all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Environments.
    pub environments: Vec<Environment>,
    /// Services, with `*` for any text.
    pub services: Vec<String>,
    /// Tiers.
    pub tiers: Vec<u8>,
    /// Levels of risk.
    pub risks: Vec<Risk>,
}

impl Scope {
    /// Whether it is for a release there. What is not known is taken to be in
    /// it: an undeclared environment for production, a service, a tier or a risk
    /// nobody can tell for any.
    pub fn covers(&self, site: &Site) -> bool {
        let environment = site.environment.or(Environment::Production);
        let among = |service: &String| self.services.iter().any(|pattern| matches_pattern(pattern, service));
        (self.environments.is_empty() || self.environments.contains(&environment))
            && (self.services.is_empty() || site.service.as_ref().is_none_or(among))
            && (self.tiers.is_empty() || site.tier.is_none_or(|tier| self.tiers.contains(&tier)))
            && (self.risks.is_empty() || site.risk.is_none_or(|risk| self.risks.contains(&risk)))
    }
}
