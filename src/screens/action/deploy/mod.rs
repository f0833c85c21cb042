//! A delivery being put together: which version, where to, how it comes in.
//!
//! Everything that can be chosen was frozen when the dialog opened: the
//! Deployment of every environment with its identity, the revisions kept, the
//! images that run elsewhere. What is typed is searched among them, and is a
//! version itself: a tag, or a whole reference.

mod choices;
mod kept;
mod versions;
pub(super) mod view;

pub use choices::Choices;
pub use kept::Kept;
pub use versions::{Candidate, Origin};

use crate::domain::{Environment, Target, Workload, World};
use crate::engine::delivery::{DeliveryAsk, NewVersion};
use crate::engine::gates::Glass;
use crate::screens::delivery::Delivery;
use crate::ui::TextInput;
use std::sync::Arc;

/// A Deployment the version may go to.
#[derive(Debug)]
pub struct Site {
    /// Frozen.
    pub target: Target,
    /// Where it is.
    pub environment: Environment,
    /// What runs there.
    pub current: Arc<Workload>,
    /// The versions known for it.
    pub versions: Vec<Candidate>,
    /// What the last deliveries to it had.
    pub kept: Kept,
}

impl Site {
    /// The Deployment as it is now, with every version known for it.
    pub fn new(
        target: Target,
        environment: Environment,
        current: Arc<Workload>,
        (world, deliveries): (&World, &[Delivery]),
    ) -> Self {
        let versions = versions::known(&current, world);
        let kept = Kept::of(deliveries, &target.uid);
        Self { target, environment, current, versions, kept }
    }
}

/// What is chosen so far.
#[derive(Debug)]
pub struct Deploy {
    sites: Vec<Site>,
    /// How it comes in, and to which of the sites.
    pub choices: Choices,
    /// What is searched, or the version itself.
    pub input: TextInput,
    /// The incident that makes it necessary although releases are frozen.
    pub incident: TextInput,
    /// What matches it, best first.
    shown: Vec<Candidate>,
    /// The version chosen among those shown.
    at: usize,
}

impl Deploy {
    /// Stands on the first site and on the newest version that does not run there.
    pub fn new(sites: Vec<Site>) -> Self {
        let choices = Choices::new(sites.iter().map(|site| site.kept.clone()).collect());
        let (input, incident) = (TextInput::default(), TextInput::default());
        let mut deploy = Self { sites, choices, input, incident, shown: Vec::new(), at: 0 };
        deploy.search();
        deploy
    }

    /// The Deployment it goes to; none if there is none, which an opened dialog excludes.
    pub fn site(&self) -> Option<&Site> {
        self.sites.get(self.choices.site)
    }

    /// Looks for what is typed among the versions of the site.
    pub fn search(&mut self) {
        let text = self.input.text();
        let known = self.site().map(|site| site.versions.as_slice()).unwrap_or_default();
        self.shown = versions::matching(text.trim(), known);
        self.at = 0;
    }

    /// Chooses another line; whether it is another one.
    pub fn pick(&mut self, at: usize) -> bool {
        let at = at.min(self.shown.len().saturating_sub(1));
        std::mem::replace(&mut self.at, at) != at
    }

    /// Chooses the line `by` lines away; whether there is one.
    pub fn step(&mut self, by: isize) -> bool {
        self.pick(self.at.saturating_add_signed(by))
    }

    /// The version chosen, or what is missing.
    ///
    /// # Errors
    /// A sentence for the person.
    pub fn version(&self) -> Result<&NewVersion, String> {
        let Some(candidate) = self.shown.get(self.at) else {
            return Err("Type a tag such as v1.9.4, or an image reference.".to_owned());
        };
        let runs = self.site().and_then(|site| site.current.template.main_container());
        if let (NewVersion::Image { container: None, image }, Some(now)) = (&candidate.version, runs)
            && *image == now.image
        {
            return Err(format!("{image} runs there now. Choose another version."));
        }
        Ok(&candidate.version)
    }

    /// The incident named; none if none is.
    ///
    /// # Errors
    /// What is typed can be none.
    pub fn glass(&self) -> Result<Option<Glass>, String> {
        Glass::typed(self.incident.text().trim())
    }

    /// The question for the planner; none while no version is chosen.
    pub fn ask(&self, target: Target, reason: String, override_owner: bool) -> Option<DeliveryAsk> {
        Some(DeliveryAsk {
            target,
            version: self.version().ok()?.clone(),
            strategy: self.choices.strategy,
            pace: self.choices.pace(),
            traffic: self.choices.traffic(),
            on_driver_loss: self.choices.loss,
            reason,
            override_owner,
            glass: self.glass().ok()?,
        })
    }
}
