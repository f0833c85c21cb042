//! Where a pod offers metrics: the `prometheus.io/*` annotations, else a port
//! called `metrics`.

use super::intern::Interner;
use super::lax::{Int, Lax, Text};
use crate::domain::ScrapePoint;
use serde::Deserialize;

/// The annotations of a pod that say where its metrics are; empty if they do not.
pub(super) struct ScrapeMarks<'a> {
    /// `prometheus.io/scrape`
    pub(super) scrape: &'a str,
    /// `prometheus.io/port`
    pub(super) port: &'a str,
    /// `prometheus.io/path`
    pub(super) path: &'a str,
}

/// A port of a container.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Port<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    container_port: Int,
}

impl Port<'_> {
    /// Its number; none if it is no port.
    pub(super) fn number(&self) -> Option<u16> {
        u16::try_from(self.container_port.0).ok().filter(|port| *port > 0)
    }
}

/// Port names that mean metrics.
const NAMES: [&str; 3] = ["metrics", "http-metrics", "prometheus"];

impl ScrapeMarks<'_> {
    /// Where the first container offers metrics, by the pod's annotations or
    /// its ports. `scrape: "false"` is a no.
    pub(super) fn point(&self, ports: &Lax<Vec<Port<'_>>>, names: &mut Interner) -> Option<ScrapePoint> {
        if self.scrape == "false" {
            return None;
        }
        let by_name =
            ports.iter().find(|port| NAMES.contains(&&*port.name)).map(|port| port.container_port.0);
        let asked = (self.scrape == "true").then(|| self.port.parse::<i64>().ok()).flatten();
        let first =
            (self.scrape == "true").then(|| ports.first().map(|port| port.container_port.0)).flatten();
        let port =
            asked.or(by_name).or(first).and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0)?;
        let path = if self.path.is_empty() { "/metrics" } else { self.path };
        Some(ScrapePoint { port, path: names.text(path) })
    }
}

#[cfg(test)]
mod tests {
    use crate::cluster::decode_pod;
    use serde_json::{Value, json};

    fn point(annotations: &Value, ports: &Value) -> Option<(u16, String)> {
        let pod = json!({
            "metadata": {"name": "p", "namespace": "n", "annotations": annotations},
            "spec": {"containers": [{"name": "app", "ports": ports}, {"name": "side"}]},
        });
        let pod = decode_pod(&pod).unwrap();
        assert!(pod.containers[1].metrics.is_none());
        pod.containers[0].metrics.clone().map(|point| (point.port, point.path.to_string()))
    }

    #[test]
    fn annotations_then_named_ports_then_the_first() {
        let http = json!([{"name": "http", "containerPort": 8080}]);
        let both =
            json!([{"name": "http", "containerPort": 8080}, {"name": "metrics", "containerPort": 9100}]);
        let yes = |port: &str| json!({"prometheus.io/scrape": "true", "prometheus.io/port": port});
        let at = |port: u16| Some((port, "/metrics".to_owned()));
        assert_eq!(point(&yes("7000"), &both), at(7000));
        assert_eq!(point(&json!({}), &both), at(9100));
        assert_eq!(point(&json!(null), &http), None);
        assert_eq!(point(&yes("no number"), &http), at(8080));
        assert_eq!(point(&json!({"prometheus.io/scrape": "false"}), &both), None);
        assert_eq!(
            point(&json!({"prometheus.io/scrape": "true", "prometheus.io/path": "/m?x=1"}), &http),
            Some((8080, "/m?x=1".to_owned()))
        );
        assert_eq!(point(&yes("99999"), &json!([])), None);
    }
}
