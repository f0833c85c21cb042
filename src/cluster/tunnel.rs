//! A tunnel to a port of a pod, over the WebSocket kube speaks.

use super::Cluster;
use crate::domain::{Fault, FaultKind, ObjectKey, clean};
use futures::future::BoxFuture;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::Portforwarder;
use kube::client::UpgradeConnectionError;
use std::time::Duration;
use tokio::io::DuplexStream;

/// The server and the node are given this long to open it.
const PATIENCE: Duration = Duration::from_secs(15);
/// A connection that has ended knows at once why.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// One connection to a port of a pod.
pub struct Tunnel {
    /// Bytes to and from the pod. It ends when the pod or the server ends it;
    /// shutting down its writing side cuts both: the protocol has no half-close.
    pub stream: DuplexStream,
    /// What is known of its end.
    pub end: TunnelEnd,
}

/// The other end of a tunnel. Dropping it cuts the tunnel.
pub struct TunnelEnd {
    forwarder: Option<Portforwarder>,
    refused: Option<BoxFuture<'static, Option<String>>>,
    port: u16,
}

impl Drop for TunnelEnd {
    fn drop(&mut self) {
        if let Some(forwarder) = &self.forwarder {
            forwarder.abort();
        }
    }
}

impl TunnelEnd {
    /// Comes when the pod's end says that the port cannot be used; never, if it
    /// says nothing.
    pub async fn refused(&mut self) -> Fault {
        let said = match self.refused.as_mut() {
            Some(refused) => refused.await,
            None => None,
        };
        self.refused = None;
        let Some(said) = said else { return std::future::pending().await };
        let said = clean(said.trim());
        let fault = Fault::new(FaultKind::Server, format!("port {} of the pod: {said}", self.port));
        if said.contains("refused") {
            fault.hint("nothing listens there: `y` on the pod shows its ports")
        } else {
            fault.hint("the next connection tries again")
        }
    }

    /// Once the stream has ended and is dropped: whether the connection to the
    /// server broke, rather than the pod having closed its side.
    pub async fn was_cut(mut self) -> bool {
        let Some(forwarder) = self.forwarder.take() else { return false };
        let ended = tokio::time::timeout(LAST_WORDS, forwarder.join()).await;
        // kube keeps the type of its error to itself. Failing to *send* after the
        // other side has closed is how every connection ends.
        matches!(ended, Ok(Err(error)) if error.to_string().starts_with("failed to receive"))
    }
}

impl Cluster {
    /// Opens a connection to `port` of a pod.
    ///
    /// # Errors
    /// The pod is gone or not running, it is not allowed, or the server cannot do it.
    pub async fn tunnel(&self, pod: &ObjectKey, port: u16) -> Result<Tunnel, Fault> {
        let pods: Api<Pod> = Api::namespaced(self.wire.kube(), pod.namespace.as_str());
        let ports = [port];
        let opened = tokio::time::timeout(PATIENCE, pods.portforward(pod.name.as_str(), &ports)).await;
        let mut forwarder = match opened {
            Ok(Ok(forwarder)) => forwarder,
            Ok(Err(error)) => return Err(self.why_not(pod, &error).await),
            Err(_elapsed) => {
                let text = format!("no tunnel to {pod}: no answer within {} s", PATIENCE.as_secs());
                return Err(Fault::new(FaultKind::Timeout, text).hint("the next connection tries again"));
            }
        };
        let (stream, refused) = (forwarder.take_stream(port), forwarder.take_error(port));
        match (stream, refused) {
            (Some(stream), Some(refused)) => {
                let (forwarder, refused) =
                    (Some(forwarder), Some(Box::pin(refused) as BoxFuture<'static, _>));
                Ok(Tunnel { stream, end: TunnelEnd { forwarder, refused, port } })
            }
            (None, _) | (_, None) => {
                Err(Fault::new(FaultKind::Internal, format!("the tunnel to {pod} has no stream")))
            }
        }
    }

    /// The server answers an upgrade it refuses with a number only; the pod says the rest.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "another crate's enum, which grows; the rest reads alike"
    )]
    async fn why_not(&self, pod: &ObjectKey, error: &kube::Error) -> Fault {
        let refused = |kind, why: &str| Fault::new(kind, format!("no tunnel to {pod}: {why}"));
        let code = match error {
            kube::Error::UpgradeConnection(UpgradeConnectionError::ProtocolSwitch(code)) => code.as_u16(),
            kube::Error::Api(status) => status.code,
            _ => return super::fault::of_error("forward a port", error, &self.wire.site).fault,
        };
        match code {
            401 => refused(FaultKind::Unauthorized, "the credentials are not accepted")
                .hint(self.wire.site.renew_hint()),
            403 => refused(FaultKind::Forbidden, "it is not allowed")
                .hint("it needs create on pods/portforward: ask for a role that has it"),
            404 => {
                refused(FaultKind::NotFound, "the pod is gone").hint("forward to another pod of the service")
            }
            code => {
                let read = tokio::time::timeout(PATIENCE, self.read(pod)).await;
                let phase = read.ok().and_then(Result::ok);
                let phase = phase.as_ref().and_then(|pod| pod.pointer("/status/phase")?.as_str().map(clean));
                let why = match phase.as_deref() {
                    Some("Running") | None => format!("the server answers {code}"),
                    Some(phase) => format!("the pod is {phase}, not Running"),
                };
                refused(FaultKind::Server, &why)
                    .hint("`X` on it explains why; the next connection tries again")
            }
        }
    }
}
