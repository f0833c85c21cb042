//! Container logs over HTTPS on the kubelet's port, so that `kubectl logs`
//! works: a few lines about the start, then one line per second.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::body::Body;
use axum::extract::{Path as Segments, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::serve::Listener;
use http::StatusCode;
use k8s_openapi::api::core::v1::{ContainerStatus, Pod};
use k8s_openapi::jiff::{SignedDuration, Timestamp};
use kube::{Api, Client};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::Deserialize;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// What the API server passes on of a `PodLogOptions`.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Wanted {
    follow: bool,
    previous: bool,
    timestamps: bool,
    tail_lines: Option<usize>,
    limit_bytes: Option<usize>,
    since_seconds: Option<i64>,
}

/// A listening log server; [`Logs::serve`] runs it.
pub(crate) struct Logs {
    listener: TlsListener,
    client: Client,
}

impl Logs {
    /// Listens on a free loopback port.
    pub(crate) async fn bind(client: Client, cert: &Path, key: &Path) -> anyhow::Result<Self> {
        let chain = CertificateDer::pem_file_iter(cert)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .with_context(|| format!("cannot read the certificate {}", cert.display()))?;
        let key = PrivateKeyDer::from_pem_file(key)
            .with_context(|| format!("cannot read the key {}", key.display()))?;
        let tls = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key)?;
        let tcp = TcpListener::bind("127.0.0.1:0").await?;
        let acceptor = TlsAcceptor::from(Arc::new(tls));
        Ok(Self { listener: TlsListener { tcp, acceptor }, client })
    }

    pub(crate) fn port(&self) -> anyhow::Result<u16> {
        Ok(self.listener.tcp.local_addr()?.port())
    }

    pub(crate) async fn serve(self) -> std::io::Result<()> {
        let routes = axum::Router::new()
            .route("/containerLogs/{namespace}/{pod}/{container}", get(answer))
            .with_state(self.client);
        axum::serve(self.listener, routes).await
    }
}

async fn answer(
    State(client): State<Client>,
    Segments((namespace, pod, container)): Segments<(String, String, String)>,
    Query(wanted): Query<Wanted>,
) -> Response {
    let found = Api::<Pod>::namespaced(client, &namespace).get(&pod).await;
    let status = found.ok().and_then(|pod| {
        let all = pod.status?.container_statuses?;
        all.into_iter().find(|one| one.name == container)
    });
    let Some(status) = status else {
        return (StatusCode::NOT_FOUND, format!("container {container} in pod {pod} has not started"))
            .into_response();
    };
    let Some((begin, end, image)) = period(&status, wanted.previous) else {
        let which = if wanted.previous { "previous terminated " } else { "" };
        let text = format!("{which}container \"{container}\" in pod \"{pod}\" not found");
        return (StatusCode::BAD_REQUEST, text).into_response();
    };
    let crashed = end.is_some_and(|(_, code)| code != 0);
    let upto = end.map_or_else(Timestamp::now, |(at, _)| at);
    let text = past(&image, begin, upto, crashed, &wanted);
    if !wanted.follow || end.is_some() {
        return text.into_response();
    }
    let stamped = wanted.timestamps;
    let first = futures::stream::iter([Ok::<_, Infallible>(text)]);
    let second = Duration::from_secs(1);
    let seconds = tokio::time::interval_at(tokio::time::Instant::now() + second, second);
    let rest = futures::stream::unfold(seconds, move |mut seconds| async move {
        seconds.tick().await;
        let now = Timestamp::now();
        Some((Ok(line(now, &request(now), stamped)), seconds))
    });
    Body::from_stream(futures::StreamExt::chain(first, rest)).into_response()
}

type Period = (Timestamp, Option<(Timestamp, i32)>, String);

/// When the container (or its last run) began, and how it ended.
fn period(status: &ContainerStatus, previous: bool) -> Option<Period> {
    let state = if previous { status.last_state.as_ref()? } else { status.state.as_ref()? };
    if let Some(running) = &state.running {
        return Some((running.started_at.as_ref()?.0, None, status.image.clone()));
    }
    let ended = match &state.terminated {
        Some(ended) => ended,
        // In back-off, the log of the last run is what there is.
        None => status.last_state.as_ref()?.terminated.as_ref()?,
    };
    let end = ended.finished_at.as_ref()?.0;
    let begin = ended.started_at.as_ref().map_or(end, |at| at.0);
    Some((begin, Some((end, ended.exit_code)), status.image.clone()))
}

fn past(image: &str, begin: Timestamp, end: Timestamp, crashed: bool, wanted: &Wanted) -> String {
    let mut lines = vec![(begin, format!("starting {image}")), (begin, "listening on :8080".to_owned())];
    let seconds = end.duration_since(begin).as_secs().clamp(0, 10_000);
    lines.extend((1..=seconds).map(|n| begin + SignedDuration::from_secs(n)).map(|at| (at, request(at))));
    if crashed {
        lines.push((end, "fatal: cannot connect to the database: connection refused".to_owned()));
    }
    if let Some(since) = wanted.since_seconds {
        let from = Timestamp::now() - SignedDuration::from_secs(since);
        lines.retain(|(at, _)| *at >= from);
    }
    let skip = wanted.tail_lines.map_or(0, |tail| lines.len().saturating_sub(tail));
    let mut text: String =
        lines[skip..].iter().map(|(at, text)| line(*at, text, wanted.timestamps)).collect();
    text.truncate(wanted.limit_bytes.unwrap_or(usize::MAX));
    text
}

fn request(at: Timestamp) -> String {
    format!("GET /orders/{} 200", at.as_second() % 100)
}

fn line(at: Timestamp, text: &str, stamped: bool) -> String {
    if stamped { format!("{at:.9} {text}\n") } else { format!("{text}\n") }
}

struct TlsListener {
    tcp: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, from) = Listener::accept(&mut self.tcp).await;
            // The only client is the API server: one handshake at a time is enough.
            let shake = self.acceptor.accept(stream);
            if let Ok(Ok(stream)) = tokio::time::timeout(Duration::from_secs(2), shake).await {
                return (stream, from);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}
