//! A few pages over HTTP, for probes, scrapers and readers of lists: GET only,
//! one request a connection, nothing kept.

use serde_json::Value;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::tcp::ReadHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Connections at once; more wait.
const MOST: usize = 16;
/// For a request to arrive, and for its answer to be taken.
const PATIENCE: Duration = Duration::from_secs(2);
/// For an answer to be found: a list is read in the cluster.
const LOOKED_FOR: Duration = Duration::from_secs(30);
/// A head beyond this is not read.
const HEAD: u64 = 8 << 10;

/// What is said of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Of HTTP.
    pub code: u16,
    /// The type of its text.
    pub kind: &'static str,
    /// The body.
    pub text: String,
}

impl Answer {
    /// The type of JSON.
    pub const JSON: &'static str = "application/json";
    /// The type of metrics, and of a word to a person.
    const TEXT: &'static str = "text/plain; version=0.0.4; charset=utf-8";

    /// A page or a sentence.
    pub fn text(code: u16, text: impl Into<String>) -> Self {
        Self { code, kind: Self::TEXT, text: text.into() }
    }

    /// For programs.
    pub fn json(code: u16, value: &Value) -> Self {
        Self { code, kind: Self::JSON, text: format!("{value}\n") }
    }
}

/// Answers with what `page` says of a path, for ever.
pub async fn serve<F: Future<Output = Answer> + Send>(
    listener: TcpListener,
    page: impl Fn(String) -> F + Clone + Send + Sync + 'static,
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
            let _gone = answer(stream, page).await;
            drop(place);
        });
    }
}

async fn answer<F: Future<Output = Answer>>(
    mut stream: TcpStream,
    page: impl Fn(String) -> F,
) -> std::io::Result<()> {
    let (read, mut write) = stream.split();
    let first = timeout(PATIENCE, first_line(read)).await??;
    let mut words = first.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let answer = if matches!(method, "GET" | "HEAD") {
        let path = target.split('?').next().unwrap_or_default().to_owned();
        let late = |_| Answer::text(503, "it took too long\n");
        timeout(LOOKED_FOR, page(path)).await.unwrap_or_else(late)
    } else {
        Answer::text(405, "only GET\n")
    };
    let Answer { code, kind, text } = answer;
    let mut whole = format!(
        "HTTP/1.1 {code} {}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        phrase(code),
        text.len()
    );
    if method != "HEAD" {
        whole.push_str(&text);
    }
    timeout(PATIENCE, write.write_all(whole.as_bytes())).await??;
    write.shutdown().await
}

/// The first line of a request, once all of its head is there.
async fn first_line(read: ReadHalf<'_>) -> std::io::Result<String> {
    let mut lines = BufReader::new(read.take(HEAD)).lines();
    let first = lines.next_line().await?.unwrap_or_default();
    while lines.next_line().await?.is_some_and(|line| !line.is_empty()) {}
    Ok(first)
}

fn phrase(code: u16) -> &'static str {
    http::StatusCode::from_u16(code).ok().and_then(|code| code.canonical_reason()).unwrap_or("Unknown")
}
