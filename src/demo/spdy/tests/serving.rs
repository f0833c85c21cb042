//! Serving a client over a connection, with ports that echo.

use bytes::Bytes;
use tokio::io::{AsyncWriteExt, DuplexStream};

use super::client::Client;
use super::codec::{data, recorded};
use crate::demo::spdy::frame::{Frame, Why};
use crate::demo::spdy::serve;

/// Port 7 echoes and hangs up at the end of what it is sent; all others refuse.
fn dial(port: u16) -> Result<DuplexStream, String> {
    if port != 7 {
        return Err(format!("no {port}"));
    }
    let (near, far) = tokio::io::duplex(1_000);
    tokio::spawn(async move {
        let (mut from, mut to) = tokio::io::split(far);
        let _ = tokio::io::copy(&mut from, &mut to).await;
        let _ = to.shutdown().await;
    });
    Ok(near)
}

fn client() -> Client<DuplexStream> {
    let (near, far) = tokio::io::duplex(4_096);
    tokio::spawn(serve(far, dial));
    Client::new(near)
}

#[tokio::test]
async fn what_goes_in_comes_out_and_both_streams_end() {
    let mut client = client();
    client.connect(1, "7").await;
    client.connect(5, "7").await;
    client.say(&data(3, false, b"one ")).await;
    client.say(&data(7, true, b"other")).await;
    assert_eq!(client.until_end(7).await, b"other");
    assert_eq!(client.until_end(5).await, b"");
    client.say(&data(3, true, b"more")).await;
    // The first piece was on its way while the other connection ended.
    assert!(b"one more".ends_with(&client.until_end(3).await));
    assert_eq!(client.until_end(1).await, b"");
}

#[tokio::test]
async fn much_goes_both_ways_at_once() {
    let mut client = client();
    client.connect(1, "7").await;
    let (mut sent, mut heard) = (0, 0);
    let piece = Bytes::from(vec![b'x'; 3_000]);
    while heard < 1_000_000 {
        // The echo goes through buffers smaller than this.
        while sent < (heard + 4_000).min(1_000_000) {
            client.say(&Frame::Data { stream: 3, end: false, bytes: piece.clone() }).await;
            sent += piece.len();
        }
        if let Some(Frame::Data { bytes, .. }) = client.hear().await {
            heard += bytes.len();
        }
        if heard == sent && sent >= 1_000_000 {
            break;
        }
    }
    client.say(&data(3, true, b"")).await;
    assert_eq!(client.until_end(1).await, b"");
}

#[tokio::test]
async fn a_port_that_refuses_says_why_and_others_go_on() {
    let mut client = client();
    client.connect(1, "9").await;
    assert_eq!(client.until_end(1).await, b"no 9");
    assert_eq!(client.until_end(3).await, b"");
    client.connect(5, "7").await;
    client.say(&data(7, true, b"yes")).await;
    assert_eq!(client.until_end(7).await, b"yes");
}

#[tokio::test]
async fn a_reset_ends_the_error_stream() {
    let mut client = client();
    client.connect(1, "7").await;
    client.say(&Frame::Reset { stream: 3, why: Why::CANCEL }).await;
    // kubectl waits for this before it lets go of its own connection.
    assert_eq!(client.until_end(1).await, b"");
}

#[tokio::test]
async fn who_breaks_the_protocol_is_hung_up_on() {
    for bytes in
        [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0x80, 9, 0, 1, 0, 0, 0, 0], &[0x80, 3, 0, 1, 0, 0, 0, 2, 0, 0]]
    {
        let mut client = client();
        client.io.write_all(bytes).await.unwrap();
        client.io.shutdown().await.unwrap();
        assert_eq!(client.hear().await, None, "{bytes:?}");
    }
    // What kubectl says is taken, up to its port.
    let mut client = client();
    client.io.write_all(&recorded()).await.unwrap();
    assert_eq!(client.hear().await, Some(Frame::Accept { stream: 1 }));
}
