//! The pods' metrics read for one question: twice, because a rate needs two
//! samples of a counter.

use super::proxy::PodProxy;
use super::{MEMORY, Wanted};
use crate::cluster::Cluster;
use crate::domain::World;
use crate::metrics::scrape::{Fetch as _, FetchError, Moment, Page, Target, TargetState};
use crate::metrics::store::Store;
use crate::metrics::text::Caps;
use crate::shell::clock;
use futures::StreamExt as _;
use std::collections::BTreeMap;
use std::time::Duration;

/// Pages fetched at once, as the console's own scraper does.
const AT_ONCE: usize = 32;

/// What was read.
#[derive(Debug)]
pub struct Readings {
    /// The samples.
    pub store: Store,
    /// Pods that offer metrics.
    pub pods: usize,
    /// Services they belong to.
    pub services: usize,
    /// Pods whose page could not be read the last time, and why.
    pub failed: BTreeMap<String, String>,
}

/// Reads every pod of `world` that offers metrics through the API server,
/// waits for `gap`, and reads them again. Reads nothing and does not wait if
/// no pod offers any.
pub async fn read_twice(cluster: &Cluster, world: &World, gap: Duration) -> Readings {
    let wanted = Wanted::of(world);
    let mut readings = Readings {
        store: Store::new(MEMORY),
        pods: wanted.targets.len(),
        services: wanted.services.len(),
        failed: BTreeMap::new(),
    };
    if wanted.targets.is_empty() {
        return readings;
    }
    let proxy = PodProxy::new(cluster.clone());
    let mut states: Vec<TargetState> = wanted.targets.iter().map(|_| TargetState::default()).collect();
    let begun = tokio::time::Instant::now();
    readings.round(&proxy, &wanted.targets, &mut states).await;
    tokio::time::sleep_until(begun + gap).await;
    readings.round(&proxy, &wanted.targets, &mut states).await;
    readings
}

impl Readings {
    async fn round(&mut self, proxy: &PodProxy, targets: &[Target], states: &mut [TargetState]) {
        self.failed.clear();
        let mut pages = futures::stream::iter(targets.iter().enumerate())
            .map(|(index, target)| async move { (index, attempt(proxy, target).await) })
            .buffer_unordered(AT_ONCE);
        while let Some((index, (moment, page))) = pages.next().await {
            let (Some(target), Some(state)) = (targets.get(index), states.get_mut(index)) else { continue };
            let why = page.as_ref().err().map(ToString::to_string);
            let body = match &page {
                Ok(page) => Ok((page.body.as_ref(), page.format)),
                Err(_) => Err(why.as_deref().unwrap_or_default()),
            };
            let outcome = state.commit(target, body, moment, &Caps::default(), &mut self.store);
            if !outcome.up {
                let pod = format!("{}/{}", target.labels.get("namespace"), target.labels.get("pod"));
                self.failed.insert(pod, why.unwrap_or_else(|| "the page holds no metrics".to_owned()));
            }
        }
    }
}

async fn attempt(proxy: &PodProxy, target: &Target) -> (Moment, Result<Page, FetchError>) {
    let started = clock::now();
    let page = tokio::time::timeout(target.timeout, proxy.fetch(target)).await;
    let took_ms = i64::try_from(clock::now().elapsed(started).as_millis()).unwrap_or(i64::MAX);
    let moment = Moment { start_ms: started.wall.as_millisecond(), took_ms };
    (moment, page.unwrap_or(Err(FetchError::Timeout(target.timeout))))
}
