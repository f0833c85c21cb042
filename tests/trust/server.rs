//! A scripted HTTP server: answers what the test says, and remembers what it heard.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};

use super::until::until;

/// One request as it came.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    pub(super) method: String,
    /// Path and query.
    pub(super) target: String,
    pub(super) headers: String,
    pub(super) body: String,
}

impl Heard {
    pub(super) fn path(&self) -> &str {
        self.target.split('?').next().unwrap()
    }

    pub(super) fn is_watch(&self) -> bool {
        self.target.contains("watch=true")
    }

    pub(super) fn query(&self, key: &str) -> Option<&str> {
        let query = self.target.split_once('?')?.1;
        query.split('&').filter_map(|pair| pair.split_once('=')).find(|(k, _)| *k == key).map(|(_, v)| v)
    }
}

/// How to answer.
pub(super) enum Reply {
    /// Code, extra header lines, body.
    Full(u16, &'static str, String),
    /// 200, and a body packed with gzip.
    Packed(Vec<u8>),
    /// A body that goes on as long as the sender lives.
    Stream(mpsc::UnboundedReceiver<String>),
    /// The start of an answer that promises more, then a cut connection.
    Torn(String),
    /// Nothing, and a cut connection.
    Cut,
    /// Nothing, for ever.
    Silence,
}

impl Reply {
    pub(super) fn json(code: u16, body: &serde_json::Value) -> Self {
        Self::Full(code, "Content-Type: application/json\r\n", body.to_string())
    }
}

type Script = Arc<dyn Fn(&Heard) -> Reply + Send + Sync>;

pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) heard: Arc<Mutex<Vec<Heard>>>,
    script: Script,
    listening: Option<AbortHandle>,
}

impl Server {
    pub(super) async fn start(script: impl Fn(&Heard) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut server = Self { address, heard: Arc::default(), script: Arc::new(script), listening: None };
        server.serve(listener);
        server
    }

    fn serve(&mut self, listener: TcpListener) {
        let (heard, script) = (Arc::clone(&self.heard), Arc::clone(&self.script));
        let task = tokio::spawn(async move {
            // Aborting this task drops the set, and with it every connection.
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                connections.spawn(connection(stream, Arc::clone(&heard), Arc::clone(&script)));
            }
        });
        self.listening = Some(task.abort_handle());
    }

    /// Closes the listener and every connection.
    pub(super) fn stop(&mut self) {
        if let Some(task) = self.listening.take() {
            task.abort();
        }
    }

    /// Listens at the same address again.
    pub(super) async fn come_back(&mut self) {
        let bind = async || TcpListener::bind(self.address).await.map_err(|error| error.to_string());
        let listener = until("the port is free again", bind).await;
        self.serve(listener);
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    pub(super) fn count(&self, method: &str) -> usize {
        self.heard().iter().filter(|heard| heard.method == method).count()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn connection(mut stream: TcpStream, heard: Arc<Mutex<Vec<Heard>>>, script: Script) {
    while let Some(request) = read(&mut stream).await {
        let reply = script(&request);
        heard.lock().unwrap().push(request);
        if answer(&mut stream, reply).await.is_none() {
            return;
        }
    }
}

/// None: the connection is to be closed.
async fn answer(stream: &mut TcpStream, reply: Reply) -> Option<()> {
    match reply {
        Reply::Full(code, headers, body) => {
            let length = body.len();
            let head = format!("HTTP/1.1 {code} X\r\n{headers}Content-Length: {length}\r\n\r\n");
            stream.write_all(head.as_bytes()).await.ok()?;
            stream.write_all(body.as_bytes()).await.ok()
        }
        Reply::Packed(body) => {
            let length = body.len();
            let head =
                format!("HTTP/1.1 200 X\r\nContent-Encoding: gzip\r\nContent-Length: {length}\r\n\r\n");
            stream.write_all(head.as_bytes()).await.ok()?;
            stream.write_all(&body).await.ok()
        }
        Reply::Stream(mut chunks) => {
            stream.write_all(b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n").await.ok()?;
            while let Some(chunk) = chunks.recv().await {
                let framed = format!("{:x}\r\n{chunk}\r\n", chunk.len());
                stream.write_all(framed.as_bytes()).await.ok()?;
            }
            stream.write_all(b"0\r\n\r\n").await.ok()
        }
        Reply::Torn(start) => {
            let mut head = String::from("HTTP/1.1 200 X\r\nContent-Length: 1000000\r\n\r\n");
            let _infallible = write!(head, "{start}");
            stream.write_all(head.as_bytes()).await.ok()?;
            None
        }
        Reply::Cut => None,
        Reply::Silence => {
            std::future::pending::<()>().await;
            None
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<Heard> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).unwrap();
    let length = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, value)| value.parse::<usize>().unwrap());
    while bytes.len() < head_end + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let (first, headers) = head.split_once("\r\n").unwrap();
    let mut words = first.split(' ').map(str::to_owned);
    Some(Heard {
        method: words.next()?,
        target: words.next()?,
        headers: headers.to_owned(),
        body: String::from_utf8(bytes[head_end..].to_vec()).unwrap(),
    })
}
