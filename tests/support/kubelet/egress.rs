//! The way of the API server to pods and nodes: a proxy (HTTP CONNECT on a
//! Unix socket) that its egress selector is pointed at.
//!
//! Pods have addresses and no network; the API server does not connect to
//! loopback addresses itself. So it asks here: for a pod's address, this
//! process answers as the pod would (`/metrics`, by [`page`]); a loopback
//! address, the kubelet's own, is connected through.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::jiff::Timestamp;
use kube::api::ListParams;
use kube::{Api, Client};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpStream, UnixListener, UnixStream};

use super::page::page;

/// A request's head beyond this is not read.
const HEAD: u64 = 16 << 10;
/// Nobody is waited for longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Listens on `socket` until the future is dropped.
pub(crate) async fn serve(client: Client, socket: &Path) -> anyhow::Result<()> {
    let listener = UnixListener::bind(socket)?;
    let client = Arc::new(client);
    loop {
        let (stream, _) = listener.accept().await?;
        let client = Arc::clone(&client);
        tokio::spawn(async move {
            if let Err(error) = connect(&client, stream).await {
                tracing::debug!(%error, "a connection of the API server");
            }
        });
    }
}

/// `CONNECT host:port`, then whatever the API server says to that host.
async fn connect(client: &Client, mut stream: UnixStream) -> anyhow::Result<()> {
    let first = tokio::time::timeout(PATIENCE, head(&mut stream)).await??;
    let address = first.split(' ').nth(1).unwrap_or_default().to_owned();
    if address.starts_with("127.") {
        let mut there = TcpStream::connect(&address).await?;
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
        tokio::io::copy_bidirectional(&mut stream, &mut there).await?;
        return Ok(());
    }
    let ip = address.split(':').next().unwrap_or_default();
    let by_address = ListParams::default().fields(&format!("status.podIP={ip}"));
    let pods = Api::<Pod>::all(client.clone()).list(&by_address).await?;
    let Some(pod) = pods.items.iter().find(|pod| serving_since(pod).is_some()) else {
        stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\n\r\n").await?;
        return Ok(());
    };
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    let asked = tokio::time::timeout(PATIENCE, head(&mut stream)).await??;
    stream.write_all(answer(pod, &asked).as_bytes()).await?;
    Ok(())
}

/// The first line of a head that is read to its end.
pub(super) async fn head(stream: &mut (impl AsyncRead + Unpin)) -> std::io::Result<String> {
    let mut lines = BufReader::new(stream.take(HEAD)).lines();
    let first = lines.next_line().await?.unwrap_or_default();
    while lines.next_line().await?.is_some_and(|line| !line.is_empty()) {}
    Ok(first)
}

/// What a pod answers to a request that begins with this line.
pub(super) fn answer(pod: &Pod, asked: &str) -> String {
    let image = pod.spec.as_ref().and_then(|spec| spec.containers.first()?.image.as_deref());
    let (status, body) = match (asked.split(' ').nth(1), serving_since(pod)) {
        (Some("/metrics"), Some(since)) => {
            let seconds = Timestamp::now().duration_since(since).as_secs_f64();
            ("200 OK", page(image.unwrap_or_default(), seconds))
        }
        _ => ("404 Not Found", "not found\n".to_owned()),
    };
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/plain; version=0.0.4\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n{body}"
    )
}

/// Since when the pod's first container runs; none if it does not.
fn serving_since(pod: &Pod) -> Option<Timestamp> {
    let first = pod.status.as_ref()?.container_statuses.as_ref()?.first()?;
    Some(first.state.as_ref()?.running.as_ref()?.started_at.as_ref()?.0)
}
