//! Tunnels in the background: a listener on loopback each, one connection to
//! the pod for every connection made to it.
//!
//! They are the machine's, not a context's: another context leaves them open.
//! All state is in one watched list; whoever shows it takes the newest and
//! sleeps between looks, so that traffic costs two frames a second and none
//! costs nothing.

use super::Tasks;
use crate::cluster::{Cluster, Tunnel};
use crate::domain::{Fault, FaultKind, ForwardPorts, ObjectKey};
use crate::msg::{Forward, ForwardAsk};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, TcpListener as StdListener};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

/// Tunnels open at once.
const MOST: usize = 32;
/// Connections through one tunnel at once; more wait in the kernel's queue.
const MOST_CONNECTIONS: usize = 64;
/// Bytes taken at once.
const BUFFER: usize = 16 << 10;
/// A program that has said all it wants to say may still wait for its answer.
/// The tunnel has no half-close, so silence of the pod for this long ends it.
const ANSWER_TIME: Duration = Duration::from_secs(10);
/// Least time between two looks at the list.
const LOOK: Duration = Duration::from_millis(500);

/// The tunnels of this process.
#[derive(Debug)]
pub struct Forwards {
    tasks: Tasks,
    list: Arc<watch::Sender<Vec<Forward>>>,
    running: BTreeMap<u64, CancellationToken>,
    next: u64,
}

impl Forwards {
    /// None yet.
    pub fn new(tasks: Tasks) -> Self {
        let list = Arc::new(watch::Sender::new(Vec::new()));
        Self { tasks, list, running: BTreeMap::new(), next: 1 }
    }

    /// Opens one and listens from when this returns, `since` now; what it is.
    ///
    /// # Errors
    /// The local port is taken or not allowed, or too many are open.
    pub fn open(&mut self, cluster: Cluster, ask: ForwardAsk, since: Timestamp) -> Result<Forward, Fault> {
        if self.running.len() >= MOST {
            let text = format!("{MOST} tunnels are open, and more are not opened");
            return Err(Fault::new(FaultKind::Refused, text).hint(":forwards lists them, D closes one"));
        }
        let listener = listen(ask.ports.local).map_err(|error| cannot_listen(ask.ports.local, &error))?;
        let local = listener.local_addr().map_or(ask.ports.local, |address| address.port());
        let forward = Forward {
            id: self.next,
            context: cluster.context().clone(),
            pod: ask.pod,
            service: ask.service,
            ports: ForwardPorts { local, ..ask.ports },
            fault: None,
            open: 0,
            sent: 0,
            received: 0,
            since,
        };
        self.next += 1;
        self.list.send_modify(|list| list.push(forward.clone()));
        let one = One { id: forward.id, list: self.list.clone() };
        let token = self.tasks.spawn(format!("forward {local}"), one.serve(listener, cluster));
        self.running.insert(forward.id, token);
        Ok(forward)
    }

    /// Lets one lead to another pod from its next connection on.
    pub fn redirect(&self, id: u64, pod: ObjectKey) {
        One { id, list: self.list.clone() }.change(|forward| {
            forward.pod = pod;
            forward.fault = None;
        });
    }

    /// Closes one, with all its connections.
    pub fn close(&mut self, id: u64) {
        if let Some(token) = self.running.remove(&id) {
            token.cancel();
        }
        self.list.send_modify(|list| list.retain(|forward| forward.id != id));
    }

    /// News of them, at most twice a second.
    pub fn news(&self) -> News {
        News { list: self.list.subscribe() }
    }
}

/// What there is to tell of tunnels.
#[derive(Debug)]
pub struct News {
    list: watch::Receiver<Vec<Forward>>,
}

impl News {
    /// The list once it has changed; none when nothing more will come.
    pub async fn next(&mut self) -> Option<Vec<Forward>> {
        self.list.changed().await.ok()?;
        Some(self.list.borrow_and_update().clone())
    }

    /// The same, not sooner than half a second after the one before.
    pub async fn next_calmly(&mut self) -> Option<Vec<Forward>> {
        let list = self.next().await?;
        tokio::time::sleep(LOOK).await;
        let newer = self.list.has_changed().ok()?;
        Some(if newer { self.list.borrow_and_update().clone() } else { list })
    }
}

/// Loopback only: a tunnel into a cluster is for the person at this machine.
fn listen(port: u16) -> io::Result<TcpListener> {
    let listener = StdListener::bind((Ipv4Addr::LOCALHOST, port))?;
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

fn cannot_listen(port: u16, error: &io::Error) -> Fault {
    let refused =
        |why: &str| Fault::new(FaultKind::Config, format!("cannot listen on 127.0.0.1:{port}: {why}"));
    if error.kind() == ErrorKind::AddrInUse {
        return refused("another program has this port")
            .hint("choose another LOCAL, or leave it empty for any free port: `:8080`");
    }
    if error.kind() == ErrorKind::PermissionDenied {
        return refused("ports below 1024 are for the administrator").hint("choose a LOCAL above 1023");
    }
    refused(&error.to_string())
}

/// One tunnel.
#[derive(Clone)]
struct One {
    id: u64,
    list: Arc<watch::Sender<Vec<Forward>>>,
}

impl One {
    fn change(&self, what: impl FnOnce(&mut Forward)) {
        self.list.send_if_modified(|list| {
            let found = list.iter_mut().find(|forward| forward.id == self.id);
            found.map(what).is_some()
        });
    }

    fn target(&self) -> Option<(ObjectKey, u16)> {
        let list = self.list.borrow();
        list.iter().find(|f| f.id == self.id).map(|f| (f.pod.clone(), f.ports.remote))
    }

    async fn serve(self, listener: TcpListener, cluster: Cluster) {
        let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        let mut connections = tokio::task::JoinSet::new();
        loop {
            let Ok(place) = places.clone().acquire_owned().await else { return };
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                Some(_ended) = connections.join_next() => continue,
            };
            match accepted {
                Ok((socket, _)) => {
                    let (one, cluster) = (self.clone(), cluster.clone());
                    connections.spawn(async move {
                        one.connect(socket, &cluster).await;
                        drop(place);
                    });
                }
                // Out of files: those that are open may close.
                Err(_) => tokio::time::sleep(LOOK).await,
            }
        }
    }

    async fn connect(&self, socket: TcpStream, cluster: &Cluster) {
        let Some((pod, port)) = self.target() else { return };
        let fault = match cluster.tunnel(&pod, port).await {
            Ok(tunnel) => {
                self.change(|forward| (forward.open, forward.fault) = (forward.open + 1, None));
                let ended = self.pump(socket, tunnel).await;
                self.change(|forward| forward.open = forward.open.saturating_sub(1));
                ended.err()
            }
            Err(fault) => Some(fault),
        };
        if let Some(fault) = fault {
            // A tunnel that was sent elsewhere meanwhile has nothing to do with it.
            self.change(|forward| {
                if forward.pod == pod {
                    forward.fault = Some(fault);
                }
            });
        }
    }

    /// Carries bytes until one side ends.
    async fn pump(&self, mut socket: TcpStream, tunnel: Tunnel) -> Result<(), Fault> {
        let Tunnel { mut stream, mut end } = tunnel;
        let (mut reader, mut writer) = socket.split();
        let (mut to_pod, mut from_pod) = (vec![0_u8; BUFFER], vec![0_u8; BUFFER]);
        let mut said_all = false;
        loop {
            let silence = async {
                if said_all { tokio::time::sleep(ANSWER_TIME).await } else { std::future::pending().await }
            };
            let (near, far) = tokio::select! {
                read = reader.read(&mut to_pod), if !said_all => (Some(read.unwrap_or(0)), None),
                read = stream.read(&mut from_pod) => (None, Some(read.unwrap_or(0))),
                fault = end.refused() => return Err(fault),
                () = silence => return Ok(()),
            };
            if let Some(n) = near {
                said_all = n == 0;
                if stream.write_all(to_pod.get(..n).unwrap_or_default()).await.is_err() {
                    return Err(cut());
                }
                self.change(|forward| forward.sent += n as u64);
            }
            if let Some(n) = far {
                // A program that listens no more has all it wanted.
                let heard = writer.write_all(from_pod.get(..n).unwrap_or_default()).await;
                if n == 0 {
                    drop(stream);
                    return if end.was_cut().await { Err(cut()) } else { Ok(()) };
                }
                if heard.is_err() {
                    return Ok(());
                }
                self.change(|forward| forward.received += n as u64);
            }
        }
    }
}

fn cut() -> Fault {
    Fault::new(FaultKind::Unreachable, "the tunnel was cut").hint("the next connection tries again")
}
