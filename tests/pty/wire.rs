//! A connection in between, which remembers what was asked of a cluster: the
//! first line of every request, as it went over the wire.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

type Heard = Arc<Mutex<Vec<String>>>;

pub(crate) struct Wire {
    pub(crate) address: SocketAddr,
    heard: Heard,
}

impl Wire {
    /// Listens on a free port and passes everything on to the cluster.
    pub(crate) fn to(runtime: &Runtime, cluster: &str) -> Self {
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Heard::default();
        let (cluster, into) = (cluster.to_owned(), heard.clone());
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(pass(stream, cluster.clone(), into.clone()));
            }
        });
        Self { address, heard }
    }

    /// Requests that would have changed an object: no trial, and no question about rights.
    pub(crate) fn changes(&self) -> Vec<String> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let asks = |line: &str| line.contains("dryRun=All") || line.contains("k8s.io/v1/selfsubject");
        heard.iter().filter(|line| !line.starts_with("GET ") && !asks(line)).cloned().collect()
    }

    pub(crate) fn count(&self) -> usize {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// Until either side ends.
async fn pass(client: TcpStream, cluster: String, heard: Heard) -> std::io::Result<()> {
    let (mut asks, mut answers) = client.into_split();
    let (mut from, mut to) = TcpStream::connect(&cluster).await?.into_split();
    let there = async {
        let (mut buffer, mut ear) = (vec![0; 64 << 10], Ear { line: Vec::new(), body: 0, length: 0 });
        loop {
            let n = asks.read(&mut buffer).await?;
            if n == 0 {
                return to.shutdown().await;
            }
            buffer[..n].iter().for_each(|byte| ear.take(*byte, &heard));
            to.write_all(&buffer[..n]).await?;
        }
    };
    let back = async {
        tokio::io::copy(&mut from, &mut answers).await?;
        answers.shutdown().await
    };
    tokio::select! {
        ended = there => ended,
        ended = back => ended,
    }
}

/// Follows one connection: heads line by line, bodies by their length.
struct Ear {
    line: Vec<u8>,
    /// Bytes of the body still to come.
    body: usize,
    /// What the head says of it.
    length: usize,
}

impl Ear {
    fn take(&mut self, byte: u8, heard: &Heard) {
        if self.body > 0 {
            self.body -= 1;
            return;
        }
        if byte != b'\n' {
            self.line.push(byte);
            return;
        }
        let line = String::from_utf8_lossy(&std::mem::take(&mut self.line)).trim_end().to_owned();
        if line.is_empty() {
            self.body = std::mem::take(&mut self.length);
        } else if line.ends_with(" HTTP/1.1") {
            heard.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        } else if let Some((name, value)) = line.split_once(": ")
            && name.eq_ignore_ascii_case("content-length")
        {
            self.length = value.parse().unwrap();
        }
    }
}
