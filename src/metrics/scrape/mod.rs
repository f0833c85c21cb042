//! Scraping: which target is due, what a page becomes in the store, and the
//! loop that joins the two with whatever fetches pages.
//!
//! Fetching is behind [`Fetch`], so that pods can be reached directly or
//! through the API server's proxy. Everything that decides ([`Schedule`],
//! [`TargetState::commit`]) takes the time as an input.

mod commit;
mod fetch;
mod labels;
mod run;
mod schedule;

use std::time::Duration;

use crate::promql::Labels;

pub use commit::{Moment, Outcome, TargetState};
pub use fetch::{ACCEPTED, Fetch, FetchError, HttpFetch, Page};
pub use run::{Scraper, SharedStore};
pub use schedule::{Schedule, Turn};

/// Something to scrape.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// Unique among targets, and stable over restarts of the console: its hash
    /// is the target's place inside the interval.
    pub key: String,
    /// Where the page is.
    pub url: String,
    /// Labels every sample gets, `job` and `instance` among them.
    pub labels: Labels,
    /// From one scrape to the next.
    pub interval: Duration,
    /// The longest a scrape may take.
    pub timeout: Duration,
    /// Take times from the page where it has them.
    pub honor_timestamps: bool,
    /// On a conflict keep the page's label instead of renaming it
    /// `exported_…`.
    pub honor_labels: bool,
}

impl Target {
    /// A target with Prometheus' usual settings: 15 s, 10 s, times honoured.
    pub fn new(key: &str, url: &str, job: &str, instance: &str) -> Self {
        Self {
            key: key.to_owned(),
            url: url.to_owned(),
            labels: Labels::from_pairs([("job", job), ("instance", instance)]),
            interval: Duration::from_secs(15),
            timeout: Duration::from_secs(10),
            honor_timestamps: true,
            honor_labels: false,
        }
    }
}

#[cfg(test)]
mod tests;
