//! Pages over HTTP, and what comes instead of them.

use super::*;

/// Serves one connection with these bytes, `times` over, until the reader goes.
async fn raw(head: &'static str, piece: Vec<u8>, times: usize) -> Target {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/metrics", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = Vec::new();
        while !asked.ends_with(b"\r\n\r\n") {
            asked.push(stream.read_u8().await.unwrap());
        }
        let _gone = stream.write_all(head.as_bytes()).await;
        for _ in 0..times {
            if stream.write_all(&piece).await.is_err() {
                return;
            }
        }
        let _gone = stream.shutdown().await;
    });
    Target::new("a", &url, "job", "instance")
}

#[tokio::test]
async fn pages_that_are_cut_endless_packed_or_refused_each_say_so() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let fetch = HttpFetch::new(reqwest::Client::new(), 1 << 20);
    let gigabyte = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1073741824\r\n\r\n";
    let huge = raw(gigabyte, vec![b'x'; 1 << 16], 1 << 14).await;
    assert_eq!(fetch.fetch(&huge).await.unwrap_err().to_string(), "the page is larger than 1048576 bytes");
    let packed =
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n";
    let mut bomb = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    bomb.extend(miniz_oxide::deflate::compress_to_vec(&vec![b' '; 16 << 20], 1));
    assert!(bomb.len() < 1 << 18, "{} bytes on the line", bomb.len());
    let bomb = raw(packed, bomb, 1).await;
    assert_eq!(fetch.fetch(&bomb).await.unwrap_err().to_string(), "the page is larger than 1048576 bytes");
    let cut = raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", b"a 1\nb ".to_vec(), 1).await;
    let why = fetch.fetch(&cut).await.unwrap_err();
    assert!(matches!(why, FetchError::Connection(_)), "half a page is none: {why}");
    let refused = raw("HTTP/1.1 500 Oops\r\nContent-Length: 5\r\n\r\n", b"broke".to_vec(), 1).await;
    assert_eq!(fetch.fetch(&refused).await.unwrap_err().to_string(), "the server answered 500: broke");
}
