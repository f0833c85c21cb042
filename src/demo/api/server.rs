//! Accepting connections.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::Api;
use super::dispatch;

/// Most connections served at once; more wait in the kernel's backlog.
const MAX_CONNECTIONS: usize = 4_096;
/// A client has this long to send its request head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
/// Largest request head in bytes.
const MAX_HEAD: usize = 64 << 10;

/// Serves until [`Api::stop`] is cancelled; open connections end with it.
pub async fn run(api: Arc<Api>, listener: TcpListener) {
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = api.stop.cancelled() => break,
            Some(_) = connections.join_next() => continue,
            accepted = accept(&listener, &slots) => accepted,
        };
        match accepted {
            Ok((stream, slot)) => {
                let api = api.clone();
                connections.spawn(async move {
                    connection(api, stream).await;
                    drop(slot);
                });
            }
            // Out of file descriptors, most likely: wait for some to come back.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
    connections.shutdown().await;
}

async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> io::Result<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let slot = slots.clone().acquire_owned().await.map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, slot))
}

async fn connection(api: Arc<Api>, stream: TcpStream) {
    // Watches send small lines that should not wait for a full segment.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let api = api.clone();
        async move { dispatch::answer(&api, request).await }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(MAX_HEAD).half_close(false);
    // An error here is the client's (it went away, or spoke no HTTP) or a fault we injected.
    let _ = http.serve_connection(TokioIo::new(stream), service).with_upgrades().await;
}

/// The connection is cut without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("connection cut by an injected fault")]
pub struct Cut;

impl From<Infallible> for Cut {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}
