//! What a cluster tells of its monitoring: a Prometheus, an Alertmanager, and
//! the objects that say which pods offer metrics.

use super::Source;
use super::evaluate::Evaluator;
use super::server::{PATIENCE, Server};
use super::targets::Monitored;
use crate::metrics::prometheus::Client;
use crate::shell::monitoring::{Reach, find};
use crate::shell::slos::Keeper;
use crate::signals::FAMILIES;
use jiff::Timestamp;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

impl Evaluator {
    /// Looks in the cluster for what the settings do not name. A Prometheus
    /// that knows no requests of a family we know does not replace the pods.
    pub(super) async fn look(&mut self) {
        let Ok(access) = &self.plan.access else { return };
        let wanted = (access.prometheus.is_none(), access.alertmanager.is_none());
        if !access.look || wanted == (false, false) || self.shared.served.load(Ordering::Relaxed) {
            return;
        }
        let found = match find(&self.cluster).await {
            Ok(found) => found,
            Err(fault) => return tracing::info!("no monitoring is looked for: {fault}"),
        };
        let (prometheus, alertmanager) = found.open(&self.cluster, PATIENCE);
        if let Some(alertmanager) = alertmanager.filter(|_| wanted.1 && self.alertmanager.is_none()) {
            tracing::info!("Alertmanager found: {}", alertmanager.place);
            self.alertmanager = Some(Arc::new(alertmanager));
            self.publish();
        }
        let Some((client, name)) = prometheus.filter(|_| wanted.0) else { return };
        match knows_requests(&client, self.plan.clock.now().wall).await {
            Ok(true) => {
                tracing::info!("Prometheus found: {name}");
                self.source = Source::Server(Box::new(Server::found(client, name)));
                // The folder's lock goes with the old keeper, before the new one asks for it.
                self.keeper = Keeper::new(String::new(), None, None, true);
                let plan = &self.plan;
                self.keeper =
                    Keeper::new(plan.slos.place(), plan.slots.as_deref(), plan.history.clone(), true);
                self.publish();
                self.shared.served.store(true, Ordering::Relaxed);
            }
            Ok(false) => tracing::info!("{name} knows no requests: the pods are read"),
            Err(why) => tracing::info!("{name} does not answer, the pods are read: {why}"),
        }
    }

    /// Reads what monitors say of pods, where the pods are read at all.
    pub(super) async fn read_monitors(&self) {
        if !self.plan.scrape || self.shared.served.load(Ordering::Relaxed) {
            return;
        }
        match self.cluster.monitored_pods(self.plan.namespace.as_ref()).await {
            Ok(found) => {
                let mut held = self.shared.monitored.lock().unwrap_or_else(PoisonError::into_inner);
                *held = Monitored::new(found);
            }
            Err(fault) => tracing::info!("monitors cannot be read: {fault}"),
        }
    }
}

/// Whether a server has requests of any family we know.
async fn knows_requests(client: &Client<Reach>, at: Timestamp) -> Result<bool, String> {
    let names = FAMILIES.map(|family| family.total).join("|");
    let expr = format!("count({{__name__=~\"{names}\"}})");
    let answer = client.query(&expr, at.as_millisecond()).await;
    let value = answer.map_err(|error| error.to_string())?.data;
    Ok(matches!(value, crate::promql::Value::Vector(found) if !found.is_empty()))
}
