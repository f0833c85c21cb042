//! Port forwarding on the kubelet's port: every port a container declares is a
//! web server that answers any request with the pod's name; all others refuse.
//! For clients that speak SPDY it is another one ([`super::spdy`]).

use axum::extract::{Path as Segments, Query, Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::{SinkExt as _, StreamExt as _};
use http::{StatusCode, header};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use k8s_openapi::api::core::v1::Pod;
use kube::{Api, Client};
use serde::Deserialize;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

const PROTOCOL: &str = "v4.channel.k8s.io";

#[derive(Deserialize)]
pub(super) struct Wanted {
    /// Where SPDY is spoken, each stream says its own.
    #[serde(default)]
    port: u16,
}

pub(super) async fn answer(
    State(client): State<Client>,
    Segments((namespace, name)): Segments<(String, String)>,
    Query(wanted): Query<Wanted>,
    mut request: Request,
) -> Response {
    let Ok(pod) = Api::<Pod>::namespaced(client, &namespace).get(&name).await else {
        return (StatusCode::NOT_FOUND, "no such pod").into_response();
    };
    if super::spdy::asked(&request) {
        return super::spdy::answer(request, pod);
    }
    let key = request.headers().get(header::SEC_WEBSOCKET_KEY).map(|key| derive_accept_key(key.as_bytes()));
    let (Some(key), Some(pending)) = (key, request.extensions_mut().remove::<OnUpgrade>()) else {
        return (StatusCode::BAD_REQUEST, "upgrade required").into_response();
    };
    let containers = pod.spec.into_iter().flat_map(|spec| spec.containers);
    let mut ports = containers.flat_map(|container| container.ports.unwrap_or_default());
    let listens = ports.any(|port| port.container_port == i32::from(wanted.port));
    tokio::spawn(async move {
        if let Ok(upgraded) = pending.await {
            let io = TokioIo::new(upgraded);
            let socket = WebSocketStream::from_raw_socket(io, Role::Server, None).await;
            let _client_gone = serve(socket, wanted.port, listens, &name).await;
        }
    });
    let switch = [(header::CONNECTION, "Upgrade"), (header::UPGRADE, "websocket")];
    let accept = [(header::SEC_WEBSOCKET_ACCEPT, key), (header::SEC_WEBSOCKET_PROTOCOL, PROTOCOL.to_owned())];
    (StatusCode::SWITCHING_PROTOCOLS, switch, accept).into_response()
}

/// Channel 0 carries the data, channel 1 what went wrong; each begins with the port.
async fn serve<S>(mut socket: WebSocketStream<S>, port: u16, listens: bool, pod: &str) -> Option<()>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let mut say = async |channel: u8, text: &[u8]| {
        socket.send(Message::Binary(Bytes::from([&[channel], text].concat()))).await.ok()
    };
    say(0, &port.to_le_bytes()).await?;
    say(1, &port.to_le_bytes()).await?;
    if !listens {
        say(1, format!("dial tcp4 127.0.0.1:{port}: connect: connection refused").as_bytes()).await?;
    }
    let mut asked = Vec::new();
    while let Some(Ok(message)) = socket.next().await {
        let Message::Binary(bytes) = message else { continue };
        if !listens {
            continue;
        }
        asked.extend_from_slice(bytes.get(1..).unwrap_or_default());
        while let Some(end) = asked.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            asked.drain(..end + 4);
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", pod.len());
            let answer = [&[0], head.as_bytes(), pod.as_bytes()].concat();
            socket.send(Message::Binary(answer.into())).await.ok()?;
        }
    }
    Some(())
}
