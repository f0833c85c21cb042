//! A line to the API server that can be cut: what is sent waits until it is
//! mended, as when the server is stopped or a network swallows packets.

use std::net::SocketAddr;

use kube::config::Kubeconfig;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// The line. Dropping it ends its connections.
pub(crate) struct Line {
    whole: watch::Sender<bool>,
    listening: tokio::task::JoinHandle<()>,
    address: SocketAddr,
    server: String,
}

impl Line {
    /// A line to the server of that kubeconfig's current context.
    pub(crate) async fn to(kubeconfig: &Kubeconfig) -> Self {
        let server = server(kubeconfig);
        let url: http::Uri = server.parse().expect("a URL");
        let there = url.authority().expect("a host").to_string();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (whole, seen) = watch::channel(true);
        let listening = tokio::spawn(async move {
            let mut all = JoinSet::new();
            while let Ok((here, _)) = listener.accept().await {
                all.spawn(pass(here, there.clone(), seen.clone()));
            }
        });
        Self { whole, listening, address, server }
    }

    pub(crate) fn cut(&self) {
        self.whole.send_replace(false);
    }

    pub(crate) fn mend(&self) {
        self.whole.send_replace(true);
    }

    /// The same kubeconfig over this line.
    pub(crate) fn over(&self, mut kubeconfig: Kubeconfig) -> Kubeconfig {
        let url: http::Uri = self.server.parse().expect("a URL");
        for cluster in kubeconfig.clusters.iter_mut().filter_map(|named| named.cluster.as_mut()) {
            cluster.server = Some(format!("{}://{}", url.scheme_str().unwrap_or("https"), self.address));
            cluster.tls_server_name = url.host().map(str::to_owned);
        }
        kubeconfig
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

fn server(kubeconfig: &Kubeconfig) -> String {
    let first = kubeconfig.clusters.first().and_then(|named| named.cluster.as_ref());
    first.and_then(|cluster| cluster.server.clone()).expect("a server")
}

async fn pass(here: TcpStream, there: String, whole: watch::Receiver<bool>) {
    let Ok(there) = TcpStream::connect(there).await else { return };
    let (asked, answer) = here.into_split();
    let (said, question) = there.into_split();
    let back = whole.clone();
    tokio::select! {
        () = copy(asked, question, whole) => {}
        () = copy(said, answer, back) => {}
    }
}

/// Copies while the line is whole, and holds back what comes while it is cut.
async fn copy(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut whole: watch::Receiver<bool>,
) {
    let mut bytes = vec![0; 16 << 10];
    loop {
        let Ok(read @ 1..) = from.read(&mut bytes).await else { return };
        if whole.wait_for(|whole| *whole).await.is_err() || to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}
