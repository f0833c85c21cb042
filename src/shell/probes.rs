//! A few pages over HTTP, for probes and scrapers: GET only, one request a
//! connection, nothing kept.

use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// Connections at once; more wait.
const MOST: usize = 16;
/// For a whole request.
const PATIENCE: Duration = Duration::from_secs(2);
/// A head beyond this is not read.
const HEAD: u64 = 8 << 10;

/// Answers with what `page` says of a path, for ever.
pub async fn serve(
    listener: TcpListener,
    page: impl Fn(&str) -> (u16, String) + Clone + Send + Sync + 'static,
) {
    let room = Arc::new(Semaphore::new(MOST));
    loop {
        // Closing would be the only reason, and nobody closes it.
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors: not the processor too.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let page = page.clone();
        tokio::spawn(async move {
            let _in_time = tokio::time::timeout(PATIENCE, answer(stream, page)).await;
            drop(place);
        });
    }
}

async fn answer(mut stream: TcpStream, page: impl Fn(&str) -> (u16, String)) -> std::io::Result<()> {
    let (read, mut write) = stream.split();
    let mut lines = BufReader::new(read.take(HEAD)).lines();
    let first = lines.next_line().await?.unwrap_or_default();
    while lines.next_line().await?.is_some_and(|line| !line.is_empty()) {}
    let mut words = first.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (code, text) = if matches!(method, "GET" | "HEAD") {
        page(target.split('?').next().unwrap_or_default())
    } else {
        (405, "only GET\n".to_owned())
    };
    let length = text.len();
    let head = format!(
        "HTTP/1.1 {code} {}\r\ncontent-type: text/plain; version=0.0.4; charset=utf-8\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n",
        phrase(code)
    );
    write.write_all(head.as_bytes()).await?;
    if method != "HEAD" {
        write.write_all(text.as_bytes()).await?;
    }
    write.shutdown().await
}

fn phrase(code: u16) -> &'static str {
    http::StatusCode::from_u16(code).ok().and_then(|code| code.canonical_reason()).unwrap_or("Unknown")
}
