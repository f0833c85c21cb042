//! Port forwarding over SPDY, in both ways. What kubectl does with it is in `tests/kubectl`.

use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::tests::cluster;
use crate::demo::Demo;
use crate::demo::spdy::frame::Frame;
use crate::demo::spdy::tests::client::Client;
use crate::demo::spdy::tests::codec::data;

const REQUEST: &[u8] = b"GET /page HTTP/1.1\r\nhost: web\r\nconnection: close\r\n\r\n";

/// Asks to switch protocols; the connection, and the head of the answer.
async fn ask(demo: &Demo, user: &str, headers: &str) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(demo.addr).await.unwrap();
    let request = format!(
        "POST /api/v1/namespaces/default/pods/web/portforward HTTP/1.1\r\nhost: demo\r\n\
         authorization: Bearer {user}\r\nconnection: Upgrade\r\n{headers}\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    (stream, String::from_utf8(head).unwrap())
}

const SPDY: &str = "upgrade: SPDY/3.1\r\nx-stream-protocol-version: portforward.k8s.io\r\n";
const WEBSOCKET: &str = "upgrade: websocket\r\nsec-websocket-version: 13\r\n\
    sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: SPDY/3.1+portforward.k8s.io\r\n";

#[tokio::test]
async fn old_clients_speak_spdy_on_the_connection() {
    let (demo, _pods) = cluster().await;
    let (stream, head) = ask(&demo, "demo-admin", SPDY).await;
    assert!(head.starts_with("HTTP/1.1 101 ") && head.contains("upgrade: SPDY/3.1\r\n"), "{head}");
    assert!(head.contains("x-stream-protocol-version: portforward.k8s.io\r\n"), "{head}");
    let mut client = Client::new(stream);
    for first in [1, 5] {
        client.connect(first, "8080").await;
        client.say(&data(first + 2, true, REQUEST)).await;
        let page = client.until_end(first + 2).await;
        assert!(page.starts_with(b"HTTP/1.1 200 OK\r\n") && page.len() > 100_000);
        assert_eq!(client.until_end(first).await, b"");
    }
    client.connect(9, "9").await;
    let why = String::from_utf8(client.until_end(9).await).unwrap();
    assert!(why.starts_with("error forwarding port 9 to pod web: ") && why.ends_with("refused"), "{why}");
    demo.shutdown().await;
}

#[tokio::test]
async fn new_ones_say_it_in_messages() {
    let (demo, _pods) = cluster().await;
    let (stream, head) = ask(&demo, "demo-admin", WEBSOCKET).await;
    assert!(head.contains("sec-websocket-protocol: SPDY/3.1+portforward.k8s.io\r\n"), "{head}");
    let socket = WebSocketStream::from_raw_socket(stream, Role::Client, None).await;
    let (mut to, mut from) = socket.split();
    let (near, far) = tokio::io::duplex(1 << 20);
    let (mut reader, mut writer) = tokio::io::split(far);
    // Frames in pieces that are no frames, as a proxy may send them.
    let up = tokio::spawn(async move {
        let mut piece = vec![0; 5];
        while let Ok(n @ 1..) = reader.read(&mut piece).await {
            to.send(Message::Binary(Bytes::copy_from_slice(&piece[..n]))).await.unwrap();
        }
    });
    let down = tokio::spawn(async move {
        while let Some(Ok(message)) = from.next().await {
            writer.write_all(&message.into_data()).await.unwrap();
        }
    });
    let mut client = Client::new(near);
    client.say(&Frame::Ping(1)).await;
    assert_eq!(client.hear().await, Some(Frame::Ping(1)));
    client.connect(1, "8080").await;
    client.say(&data(3, false, REQUEST)).await;
    assert!(client.until_end(3).await.starts_with(b"HTTP/1.1 200 OK\r\n"));
    demo.shutdown().await;
    drop(client);
    up.await.unwrap();
    down.await.unwrap();
}

#[tokio::test]
async fn who_asks_otherwise_is_refused_before_the_switch() {
    let (demo, _pods) = cluster().await;
    let other = SPDY.replace("portforward", "v4.channel");
    let strange = WEBSOCKET.replace("portforward", "other");
    let keyless = WEBSOCKET.replace("sec-websocket-key", "x-nothing");
    let silent = "upgrade: SPDY/3.1\r\n";
    for (user, headers, code) in [
        ("demo-viewer", SPDY, 403),
        ("demo-viewer", WEBSOCKET, 403),
        ("demo-admin", silent, 400),
        ("demo-admin", other.as_str(), 400),
        ("demo-admin", strange.as_str(), 400),
        ("demo-admin", keyless.as_str(), 400),
    ] {
        let (_stream, head) = ask(&demo, user, headers).await;
        assert!(head.starts_with(&format!("HTTP/1.1 {code} ")), "{user} {headers}: {head}");
    }
    demo.shutdown().await;
}
