//! `portforward`: the pod's HTTP page through a tunnel.
//!
//! What arrives at a port is HTTP, and is served as such. In the channel
//! protocol each port has two channels, one for data and one for its error.

use std::sync::Arc;

use http::{Request, Response};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf};
use tokio::sync::mpsc;

use super::{Heard, Line, pod, tunnel, upgrade};
use crate::demo::api::dispatch::Call;
use crate::demo::api::respond::Answer;
use crate::demo::api::{Api, PodProxy};
use crate::demo::status::ApiError;

/// Most ports of one connection: each takes two of 255 channels.
const MAX_PORTS: usize = 16;
/// Bytes under way in a tunnel, each way.
const BUFFER: usize = 64 << 10;

pub(super) fn answer(api: &Arc<Api>, call: &Call) -> Answer {
    let value = pod(api, call)?;
    let spdy = tunnel::in_websocket(call) || tunnel::plain(call);
    let ports = if spdy { Vec::new() } else { wanted(call)? };
    if value["status"]["phase"] != "Running" {
        let phase = value["status"]["phase"].as_str().unwrap_or_default();
        return Err(ApiError::bad_request(format!(
            "unable to forward port because pod is not running. Current status={phase}"
        )));
    }
    let place = (call.route.namespace.clone(), call.route.name.clone());
    let target = Target { pod: value, place, proxy: api.pod_proxy() };
    if tunnel::in_websocket(call) {
        return tunnel::answer_websocket(api, call, target);
    }
    if spdy {
        return tunnel::answer_plain(api, call, target);
    }
    upgrade(api, call, move |line| channels(line, ports, target))
}

/// The ports of the query. Where SPDY is spoken, each connection says its own.
fn wanted(call: &Call) -> Result<Vec<u16>, ApiError> {
    let text: Vec<&str> = call.query.all("ports").flat_map(|p| p.split(',')).collect();
    let Ok(ports) = text.iter().map(|p| p.parse::<u16>()).collect::<Result<Vec<_>, _>>() else {
        return Err(ApiError::bad_request(format!("invalid port in {text:?}")));
    };
    if ports.is_empty() || ports.len() > MAX_PORTS || ports.contains(&0) {
        return Err(ApiError::bad_request("you must specify at least 1 port"));
    }
    Ok(ports)
}

/// The pod whose ports are forwarded.
pub(super) struct Target {
    pod: Value,
    /// Namespace and name.
    place: (String, String),
    proxy: Option<Arc<PodProxy>>,
}

impl Target {
    /// A connection to a port, or why there is none, as a node would say it.
    pub(super) fn dial(&self, port: u16) -> Result<DuplexStream, String> {
        if !listens(&self.pod, port) {
            let pod = &self.place.1;
            return Err(format!(
                "error forwarding port {port} to pod {pod}: dial tcp4 127.0.0.1:{port}: connect: connection refused"
            ));
        }
        let (near, far) = tokio::io::duplex(BUFFER);
        // Ends when the near end is dropped.
        tokio::spawn(serve(far, self.proxy.clone(), self.place.clone()));
        Ok(near)
    }
}

/// Whether a container says it listens there.
fn listens(pod: &Value, port: u16) -> bool {
    let containers = pod["spec"]["containers"].as_array().into_iter().flatten();
    containers
        .into_iter()
        .flat_map(|c| c["ports"].as_array().into_iter().flatten())
        .any(|p| p["containerPort"] == port)
}

async fn channels(mut line: Line, ports: Vec<u16>, target: Target) {
    let mut tasks = tokio::task::JoinSet::new();
    // From the pods' ends to the client: few, as each has its own buffer before.
    let (send, mut from_pods) = mpsc::channel::<(u8, Vec<u8>)>(4);
    let mut writers = Vec::new();
    for (index, port) in ports.into_iter().enumerate() {
        let data = index as u8 * 2;
        for channel in [data, data + 1] {
            if line.say(channel, &port.to_le_bytes()).await.is_none() {
                return;
            }
        }
        match target.dial(port) {
            Ok(near) => {
                let (reader, writer) = tokio::io::split(near);
                writers.push(Some(writer));
                tasks.spawn(pump(reader, data, send.clone()));
            }
            Err(why) => {
                writers.push(None);
                if line.say(data + 1, why.as_bytes()).await.is_none() {
                    return;
                }
            }
        }
    }
    drop(send);
    loop {
        tokio::select! {
            Some((channel, bytes)) = from_pods.recv() => {
                if line.say(channel, &bytes).await.is_none() {
                    break;
                }
            }
            heard = line.hear() => match heard {
                Some(Heard::Bytes(channel, bytes)) if channel % 2 == 0 => {
                    if let Some(Some(writer)) = writers.get_mut(usize::from(channel / 2))
                        && fill(writer, &bytes, &mut from_pods, &mut line).await.is_none()
                    {
                        break;
                    }
                }
                Some(Heard::Bytes(..) | Heard::End(_)) => {}
                None => break,
            },
        }
    }
    line.close().await;
}

/// Writes into a tunnel while answers go on: a client that sends faster than it reads must not
/// stop both directions. `None` when the client is gone.
async fn fill(
    writer: &mut WriteHalf<DuplexStream>,
    bytes: &[u8],
    from_pods: &mut mpsc::Receiver<(u8, Vec<u8>)>,
    line: &mut Line,
) -> Option<()> {
    let write = writer.write_all(bytes);
    tokio::pin!(write);
    loop {
        tokio::select! {
            // A tunnel that is closed at its far end takes nothing more.
            _ = &mut write => return Some(()),
            Some((channel, bytes)) = from_pods.recv() => line.say(channel, &bytes).await?,
        }
    }
}

async fn pump(mut reader: ReadHalf<DuplexStream>, channel: u8, send: mpsc::Sender<(u8, Vec<u8>)>) {
    let mut buffer = vec![0; 16 << 10];
    while let Ok(n) = reader.read(&mut buffer).await {
        let piece = buffer.get(..n).unwrap_or_default().to_vec();
        if n == 0 || send.send((channel, piece)).await.is_err() {
            return;
        }
    }
}

/// The pod's web server.
async fn serve(io: DuplexStream, proxy: Option<Arc<PodProxy>>, (ns, pod): (String, String)) {
    let service = service_fn(move |request: Request<Incoming>| {
        let path = request.uri().path_and_query().map_or("/", |p| p.as_str());
        let page = proxy.as_ref().and_then(|proxy| proxy(&ns, &pod, path));
        let (code, body) = page.unwrap_or_else(|| (503, "nothing listens here\n".to_owned()));
        let mut response = Response::new(Full::new(Bytes::from(body)));
        *response.status_mut() = http::StatusCode::from_u16(code).unwrap_or_default();
        let plain = http::HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
        response.headers_mut().insert(http::header::CONTENT_TYPE, plain);
        async move { Ok::<_, std::convert::Infallible>(response) }
    });
    // An end in the middle is the client's business.
    let _ = http1::Builder::new().half_close(true).serve_connection(TokioIo::new(io), service).await;
}
