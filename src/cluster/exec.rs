//! A program in a container, attached to two streams.
//!
//! The one place where kube's typed API is used: it speaks the WebSocket
//! protocols that exec needs.

use super::Cluster;
use crate::domain::{Fault, FaultKind, ObjectKey, clean};
use futures::SinkExt as _;
use futures::channel::mpsc::Sender;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::{AttachParams, AttachedProcess, TerminalSize};
use tokio::io::{AsyncRead, AsyncWrite};

/// A running program with a terminal.
pub struct Session {
    process: AttachedProcess,
    size: Option<Sender<TerminalSize>>,
    /// What it reads.
    pub input: Box<dyn AsyncWrite + Send + Unpin>,
    /// What it writes.
    pub output: Box<dyn AsyncRead + Send + Unpin>,
}

impl Session {
    /// Tells it the size of the terminal: columns, rows.
    pub async fn resize(&mut self, (width, height): (u16, u16)) {
        if let Some(size) = &mut self.size {
            // It may have ended; reading its output says so.
            let _ended = size.send(TerminalSize { width, height }).await;
        }
    }

    /// How it ended. A shell that ends with the code of its last command has
    /// not failed.
    ///
    /// # Errors
    /// The server says that it never ran.
    pub async fn end(mut self) -> Result<(), Fault> {
        let Some(status) = self.process.take_status() else { return Ok(()) };
        let status = tokio::time::timeout(std::time::Duration::from_secs(2), status).await.ok().flatten();
        let Some(status) = status.filter(|status| status.status.as_deref() == Some("Failure")) else {
            return Ok(());
        };
        if status.reason.as_deref() == Some("NonZeroExitCode") {
            return Ok(());
        }
        let said = clean(&status.message.unwrap_or_default());
        Err(Fault::new(FaultKind::Server, format!("the shell did not run: {said}"))
            .hint("the image may have no shell: `kubectl debug` brings one"))
    }
}

impl Cluster {
    /// Starts `command` in a container of a pod, with a terminal.
    ///
    /// # Errors
    /// Not allowed, not there, or the server cannot do it.
    pub async fn exec(
        &self,
        pod: &ObjectKey,
        container: Option<&str>,
        command: &[&str],
    ) -> Result<Session, Fault> {
        let pods: Api<Pod> = Api::namespaced(self.wire.kube(), pod.namespace.as_str());
        let params = AttachParams::interactive_tty();
        let params = match container {
            Some(container) => params.container(container),
            None => params,
        };
        let started = pods.exec(pod.name.as_str(), command.iter().copied(), &params).await;
        let mut process = started.map_err(|error| {
            let said = clean(&error.to_string());
            Fault::new(FaultKind::Server, format!("cannot run a shell in {pod}: {said}"))
                .hint("it needs create on pods/exec, and a container that runs")
        })?;
        let (input, output) = (process.stdin(), process.stdout());
        let (Some(input), Some(output)) = (input, output) else {
            return Err(Fault::new(FaultKind::Internal, "the server opened no streams"));
        };
        let size = process.terminal_size();
        Ok(Session { process, size, input: Box::new(input), output: Box::new(output) })
    }
}
