//! Pages through the API server's pod proxy: works wherever kubectl works.

use crate::cluster::Cluster;
use crate::domain::{Name, Namespace};
use crate::metrics::scrape::{Fetch, FetchError, Page, Target};
use crate::metrics::text::Format;
use futures::future::BoxFuture;

/// Fetches `namespace/pod/port/path` targets.
#[derive(Debug)]
pub(in crate::shell) struct PodProxy {
    cluster: Cluster,
}

impl PodProxy {
    pub(in crate::shell) fn new(cluster: Cluster) -> Self {
        Self { cluster }
    }
}

impl Fetch for PodProxy {
    fn fetch<'a>(&'a self, target: &'a Target) -> BoxFuture<'a, Result<Page, FetchError>> {
        Box::pin(async move {
            let place = parse(&target.url);
            let (namespace, pod, port, path) =
                place.ok_or_else(|| FetchError::Connection(format!("no pod address: {}", target.url)))?;
            let read = self.cluster.pod_get(&namespace, &pod, port, path).await;
            let body = read.map_err(|fault| FetchError::Connection(fault.text))?;
            // The proxy passes the body on; classic text and OpenMetrics differ in their last line.
            let format =
                if body.trim_end().ends_with("# EOF") { Format::OpenMetrics } else { Format::Prometheus };
            Ok(Page { body: body.into(), format })
        })
    }
}

fn parse(url: &str) -> Option<(Namespace, Name, u16, &str)> {
    let mut parts = url.splitn(4, '/');
    let (namespace, pod) = (parts.next()?, parts.next()?);
    let port = parts.next()?.parse().ok()?;
    Some((namespace.into(), pod.into(), port, parts.next().unwrap_or_default()))
}
