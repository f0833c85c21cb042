//! Finding Prometheus and Alertmanager by the labels operators put on their
//! Services, so that nothing has to be configured.

use super::Reach;
use crate::cluster::{Cluster, ServicePlace};
use crate::domain::Fault;
use crate::metrics::alertmanager::Alertmanager;
use crate::metrics::prometheus::Client;
use std::time::Duration;

/// Labels of a Prometheus's Service: the operator's and the charts'.
const PROMETHEUS: [&str; 4] = [
    "app.kubernetes.io/name=prometheus",
    "app=kube-prometheus-stack-prometheus",
    "operated-prometheus=true",
    "app=prometheus,component=server",
];

/// Labels of an Alertmanager's.
const ALERTMANAGER: [&str; 4] = [
    "app.kubernetes.io/name=alertmanager",
    "app=kube-prometheus-stack-alertmanager",
    "operated-alertmanager=true",
    "app=alertmanager",
];

/// Names of the port that answers, best first.
const PORTS: [&str; 6] = ["http-web", "web", "http", "http-query", "https-web", "https"];

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// A Prometheus and its name for people.
    pub prometheus: Option<ServicePlace>,
    /// An Alertmanager.
    pub alertmanager: Option<ServicePlace>,
}

/// Looks for both.
///
/// # Errors
/// Services may not be listed, or no answer came.
pub async fn find(cluster: &Cluster) -> Result<Found, Fault> {
    Ok(Found {
        prometheus: first(cluster, &PROMETHEUS, 9090).await?,
        alertmanager: first(cluster, &ALERTMANAGER, 9093).await?,
    })
}

async fn first(cluster: &Cluster, labels: &[&str], usual: u16) -> Result<Option<ServicePlace>, Fault> {
    for label in labels {
        let mut services = cluster.services_with(label).await?;
        // The same one each time, whatever order the server has.
        services.sort_by(|(a, _), (b, _)| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
        let found = services.into_iter().find_map(|(place, ports)| Some((place, port(&ports, usual)?)));
        if let Some((place, port)) = found {
            return Ok(Some(ServicePlace { port, ..place }));
        }
    }
    Ok(None)
}

/// The port that answers, by its usual number, else by its name.
fn port(ports: &[(String, u16)], usual: u16) -> Option<String> {
    if ports.iter().any(|(_, number)| *number == usual) {
        return Some(usual.to_string());
    }
    let named = PORTS.iter().find_map(|name| ports.iter().find(|(known, _)| known == name));
    named.map(|(_, number)| number.to_string())
}

impl Found {
    /// Clients of what was found, and their names for people.
    #[expect(clippy::type_complexity, reason = "two clients with a name, used in one place")]
    pub fn open(
        self,
        cluster: &Cluster,
        patience: Duration,
    ) -> (Option<(Client<Reach>, String)>, Option<Alertmanager<Reach>>) {
        let name = |place: &ServicePlace| format!("svc/{} -n {}", place.name, place.namespace);
        let reach = |place: ServicePlace| Reach::Proxied { cluster: cluster.clone(), place, patience };
        let prometheus = self.prometheus.map(|place| {
            let name = name(&place);
            (Client::new(reach(place), patience), name)
        });
        let alertmanager = self.alertmanager.map(|place| {
            let name = name(&place);
            Alertmanager::new(reach(place), name)
        });
        (prometheus, alertmanager)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_chosen_by_number_then_by_name() {
        let ports = |list: &[(&str, u16)]| -> Vec<(String, u16)> {
            list.iter().map(|(name, number)| ((*name).to_owned(), *number)).collect()
        };
        assert_eq!(
            port(&ports(&[("reloader-web", 8080), ("http-web", 9090)]), 9090).as_deref(),
            Some("9090")
        );
        assert_eq!(port(&ports(&[("grpc", 10901), ("http", 80)]), 9090).as_deref(), Some("80"));
        assert_eq!(port(&ports(&[("grpc", 10901)]), 9090), None);
    }
}
