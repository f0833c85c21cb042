//! Port forwarding over SPDY: for kubectl, which says its frames in the
//! messages of a WebSocket, or, before 1.31, on the connection itself.

use std::sync::Arc;

use futures::{SinkExt, StreamExt};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio_tungstenite::tungstenite::Message;

use super::forward::Target;
use super::{Socket, no_common_protocol, offered, switch, websocket};
use crate::demo::api::Api;
use crate::demo::api::dispatch::Call;
use crate::demo::api::respond::Answer;
use crate::demo::spdy::{self, PORT_FORWARD, PROTOCOL_HEADER, UPGRADE};
use crate::demo::status::ApiError;

/// The WebSocket protocol whose messages carry SPDY.
const TUNNEL: &str = "SPDY/3.1+portforward.k8s.io";
/// Bytes under way between the WebSocket and the frames, each way.
const BUFFER: usize = 64 << 10;

/// Whether the client wants to speak SPDY in a WebSocket.
pub(super) fn in_websocket(call: &Call) -> bool {
    offered(call).iter().any(|protocol| protocol.starts_with("SPDY/3.1+"))
}

/// Whether the client wants to speak SPDY on its connection.
pub(super) fn plain(call: &Call) -> bool {
    call.header("upgrade").eq_ignore_ascii_case(UPGRADE)
}

/// SPDY in a WebSocket.
pub(super) fn answer_websocket(api: &Arc<Api>, call: &Call, target: Target) -> Answer {
    websocket(api, call, &[TUNNEL], async move |socket, _protocol| {
        let (near, far) = tokio::io::duplex(BUFFER);
        tokio::select! {
            () = spdy::serve(near, |port| target.dial(port)) => {}
            () = relay(socket, far) => {}
        }
    })
}

/// SPDY on the connection itself.
pub(super) fn answer_plain(api: &Arc<Api>, call: &Call, target: Target) -> Answer {
    let offered: Vec<&str> = call
        .head
        .headers
        .get_all(PROTOCOL_HEADER)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(',').map(str::trim))
        .collect();
    if offered.is_empty() {
        return Err(ApiError::bad_request("unable to upgrade: X-Stream-Protocol-Version is required"));
    }
    if !offered.contains(&PORT_FORWARD) {
        return Err(no_common_protocol(&offered, &[PORT_FORWARD]));
    }
    let headers = [("upgrade", UPGRADE), (PROTOCOL_HEADER, PORT_FORWARD)];
    switch(api, call, &headers, async move |upgraded| {
        spdy::serve(TokioIo::new(upgraded), |port| target.dial(port)).await;
    })
}

/// Messages to bytes and bytes to messages, until one side is gone.
async fn relay(socket: Socket, io: DuplexStream) {
    let (mut to_client, mut from_client) = socket.split();
    let (mut from_frames, mut to_frames) = tokio::io::split(io);
    let up = async {
        while let Some(Ok(message)) = from_client.next().await {
            match message {
                Message::Binary(bytes) => {
                    if to_frames.write_all(&bytes).await.is_err() {
                        return;
                    }
                }
                Message::Ping(_) | Message::Pong(_) => {}
                Message::Text(_) | Message::Close(_) | Message::Frame(_) => return,
            }
        }
    };
    let down = async {
        let mut buffer = vec![0; BUFFER];
        while let Ok(n @ 1..) = from_frames.read(&mut buffer).await {
            let piece = buffer.get(..n).unwrap_or_default().to_vec();
            if to_client.send(Message::Binary(piece.into())).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = up => {}
        () = down => {}
    }
}
