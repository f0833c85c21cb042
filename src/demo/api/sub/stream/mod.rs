//! `exec` and `portforward`: WebSocket connections of Kubernetes' channel
//! protocol, where the first byte of a message names its channel.
//!
//! Ports are also forwarded over SPDY, in a WebSocket as kubectl does since
//! 1.31 or without one as it did before (see [`tunnel`]).
//!
//! Absent on purpose: exec over SPDY, which kubectl stopped needing with 1.31.

mod exec;
mod forward;
mod machine;
#[cfg(test)]
mod tests;
mod tty;
mod tunnel;
#[cfg(test)]
mod tunnel_tests;

use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use http::{HeaderValue, StatusCode, header};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};

use crate::demo::api::Api;
use crate::demo::api::dispatch::Call;
use crate::demo::api::rbac::{self, Ask};
use crate::demo::api::respond::{self, Answer};
use crate::demo::status::{ApiError, Gr};

const PODS: Gr<'static> = Gr { group: "", resource: "pods" };
/// Longest message taken, in bytes.
const MAX_MESSAGE: usize = 1 << 20;
/// Protocols spoken, the preferred one first.
const PROTOCOLS: [&str; 2] = ["v5.channel.k8s.io", "v4.channel.k8s.io"];
/// In version 5, the message that says another channel is at its end.
const CLOSE: u8 = 255;

/// GET or POST of `exec`.
pub(super) fn exec(api: &Arc<Api>, call: &Call) -> Answer {
    exec::answer(api, call)
}

/// GET or POST of `portforward`.
pub(super) fn forward(api: &Arc<Api>, call: &Call) -> Answer {
    forward::answer(api, call)
}

/// The pod, for a user who may create this kind of connection.
fn pod(api: &Api, call: &Call) -> Result<Value, ApiError> {
    rbac::authorize(&api.store, &call.user, &Ask { verb: "create".into(), ..Ask::of(&call.route) })?;
    let name = &call.route.name;
    let pod = api.store.get("pods", &call.route.namespace, name);
    Ok(pod.ok_or_else(|| ApiError::not_found(PODS, name))?.value())
}

/// A connection after its switch of protocols.
type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// Switches to the channel protocol and gives the connection to `serve`.
fn upgrade<F>(api: &Arc<Api>, call: &Call, serve: impl FnOnce(Line) -> F + Send + 'static) -> Answer
where
    F: Future<Output = ()> + Send + 'static,
{
    websocket(api, call, &PROTOCOLS, |socket, protocol| {
        serve(Line { socket, tells_end: protocol == PROTOCOLS[0] })
    })
}

/// Switches to a WebSocket with the first of the protocols that is offered.
fn websocket<F>(
    api: &Arc<Api>,
    call: &Call,
    protocols: &[&'static str],
    serve: impl FnOnce(Socket, &'static str) -> F + Send + 'static,
) -> Answer
where
    F: Future<Output = ()> + Send + 'static,
{
    let key = call.header("sec-websocket-key");
    if !call.header("upgrade").eq_ignore_ascii_case("websocket") || key.is_empty() {
        return Err(ApiError::bad_request("Upgrade request required"));
    }
    let offered = offered(call);
    let Some(protocol) = protocols.iter().copied().find(|p| offered.contains(p)) else {
        return Err(no_common_protocol(&offered, protocols));
    };
    let accept = derive_accept_key(key.as_bytes());
    let headers = [
        ("upgrade", "websocket"),
        ("sec-websocket-protocol", protocol),
        ("sec-websocket-accept", accept.as_str()),
    ];
    switch(api, call, &headers, async move |upgraded| {
        let config = WebSocketConfig::default().max_message_size(Some(MAX_MESSAGE));
        let io = TokioIo::new(upgraded);
        let socket = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
        serve(socket, protocol).await;
    })
}

/// The protocols a client offers for a WebSocket.
fn offered(call: &Call) -> Vec<&str> {
    call.header("sec-websocket-protocol").split(',').map(str::trim).collect()
}

fn no_common_protocol(offered: &[&str], accepted: &[&str]) -> ApiError {
    ApiError::bad_request(format!(
        "unable to upgrade: unable to negotiate protocol: client supports [{}], server accepts [{}]",
        offered.join(" "),
        accepted.join(" ")
    ))
}

/// Answers 101 with these headers and gives the connection to `serve`, in a task that ends with the server.
fn switch<F>(
    api: &Arc<Api>,
    call: &Call,
    headers: &[(&'static str, &str)],
    serve: impl FnOnce(Upgraded) -> F + Send + 'static,
) -> Answer
where
    F: Future<Output = ()> + Send + 'static,
{
    let Some(pending) = call.head.extensions.get::<OnUpgrade>().cloned() else {
        return Err(ApiError::bad_request("Upgrade request required"));
    };
    let Ok(slot) = api.streams.clone().try_acquire_owned() else {
        return Err(ApiError::too_many_requests("too many open streams, please try again later", 1));
    };
    let stop = api.stop.clone();
    tokio::spawn(async move {
        let session = async move {
            // A client that never finishes its handshake leaves nothing to serve.
            let Ok(upgraded) = pending.await else { return };
            serve(upgraded).await;
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = session => {}
        }
        drop(slot);
    });
    let mut response = respond::text(200, "");
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let all = response.headers_mut();
    all.remove(header::CONTENT_TYPE);
    all.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    for (name, value) in headers {
        // Words of ours and base64 are always legal values.
        if let Ok(value) = HeaderValue::from_str(value) {
            all.insert(*name, value);
        }
    }
    Ok(response)
}

/// The server's end of a connection.
struct Line {
    socket: Socket,
    /// Version 5: the end of a channel is told.
    tells_end: bool,
}

/// What came over a connection.
enum Heard {
    /// Bytes of a channel.
    Bytes(u8, Bytes),
    /// A channel is at its end.
    End(u8),
}

impl Line {
    /// The next message; `None` when the client is gone.
    async fn hear(&mut self) -> Option<Heard> {
        loop {
            let bytes = match self.socket.next().await? {
                Ok(Message::Binary(bytes)) => bytes,
                Ok(Message::Text(text)) => Bytes::from(text),
                Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => continue,
                Ok(Message::Close(_)) | Err(_) => return None,
            };
            match bytes.split_first() {
                Some((&CLOSE, [channel, ..])) if self.tells_end => return Some(Heard::End(*channel)),
                Some((channel, _)) => return Some(Heard::Bytes(*channel, bytes.slice(1..))),
                None => {}
            }
        }
    }

    /// Sends bytes on a channel; `None` when the client is gone.
    async fn say(&mut self, channel: u8, bytes: &[u8]) -> Option<()> {
        let mut message = Vec::with_capacity(bytes.len() + 1);
        message.push(channel);
        message.extend_from_slice(bytes);
        self.socket.send(Message::Binary(message.into())).await.ok()
    }

    async fn close(mut self) {
        // Go takes a close without a code for a failure. The client may be gone already.
        let normal = CloseFrame { code: CloseCode::Normal, reason: "".into() };
        let _ = self.socket.close(Some(normal)).await;
    }
}
