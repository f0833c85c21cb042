//! Port forwarding on a connection that speaks SPDY.

use std::collections::BTreeMap;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};

use super::frame::{Decoder, Encoder, Frame};
use super::session::{Act, Session};

/// Bytes read at once.
const PIECE: usize = 16 << 10;
/// Frames on their way to the client, each of a piece at most.
const FRAMES: usize = 8;
/// Frames on their way to a port, each of a frame's length at most.
const FED: usize = 2;

/// Serves a client until it is gone or breaks the protocol. `dial` connects to a port of the pod,
/// or says why it cannot.
pub async fn serve<S, D>(io: S, dial: D)
where
    S: AsyncRead + AsyncWrite,
    D: Fn(u16) -> Result<DuplexStream, String>,
{
    let (from, to) = tokio::io::split(io);
    let (say, said) = mpsc::channel(FRAMES);
    let forwarding =
        Forwarding { session: Session::default(), open: BTreeMap::new(), tasks: JoinSet::new(), say };
    tokio::select! {
        () = write(to, said) => {}
        () = forwarding.read(from, dial) => {}
    }
}

async fn write(mut to: impl AsyncWrite + Unpin, mut said: mpsc::Receiver<Frame>) {
    let mut encoder = Encoder::default();
    let mut buffer = BytesMut::new();
    while let Some(frame) = said.recv().await {
        encoder.encode(&frame, &mut buffer);
        while let Ok(frame) = said.try_recv() {
            encoder.encode(&frame, &mut buffer);
        }
        if to.write_all_buf(&mut buffer).await.is_err() || to.flush().await.is_err() {
            return;
        }
    }
}

struct Forwarding {
    session: Session,
    open: BTreeMap<u32, Open>,
    /// One for each connection; each ends with its data stream's number.
    tasks: JoinSet<u32>,
    say: mpsc::Sender<Frame>,
}

/// A connection to a port.
struct Open {
    /// What the client sends; none after its end.
    feed: Option<mpsc::Sender<Bytes>>,
    task: AbortHandle,
}

impl Forwarding {
    async fn read<D>(mut self, mut from: impl AsyncRead + Unpin, dial: D)
    where
        D: Fn(u16) -> Result<DuplexStream, String>,
    {
        let mut decoder = Decoder::default();
        let mut buffer = BytesMut::new();
        loop {
            buffer.reserve(PIECE);
            tokio::select! {
                read = from.read_buf(&mut buffer) => if !matches!(read, Ok(1..)) { return },
                Some(done) = self.tasks.join_next() => {
                    // One that was aborted has been forgotten already.
                    if let Ok(data) = done {
                        self.open.remove(&data);
                        self.session.finished(data);
                    }
                    continue;
                }
            }
            loop {
                let frame = match decoder.decode(&mut buffer) {
                    Ok(Some(frame)) => frame,
                    Ok(None) => break,
                    Err(broken) => {
                        tracing::debug!(%broken, "port forwarding");
                        return;
                    }
                };
                for act in self.session.hear(frame) {
                    if self.act(act, &dial).await.is_none() {
                        return;
                    }
                }
            }
        }
    }

    /// `None` when the client is gone.
    async fn act<D>(&mut self, act: Act, dial: &D) -> Option<()>
    where
        D: Fn(u16) -> Result<DuplexStream, String>,
    {
        match act {
            Act::Say(frame) => self.say.send(frame).await.ok()?,
            Act::Connect { data, error, port } => match dial(port) {
                Ok(port) => {
                    let (feed, taken) = mpsc::channel(FED);
                    let task = self.tasks.spawn(carry(data, error, port, taken, self.say.clone()));
                    self.open.insert(data, Open { feed: Some(feed), task });
                }
                Err(why) => {
                    self.session.finished(data);
                    self.end(error, why.into()).await?;
                    self.end(data, Bytes::new()).await?;
                }
            },
            Act::Feed { data, bytes } => {
                if let Some(Open { feed: Some(feed), .. }) = self.open.get(&data) {
                    // A port that has hung up takes nothing more; its task ends the stream.
                    let _ = feed.send(bytes).await;
                }
            }
            Act::End { data } => {
                if let Some(open) = self.open.get_mut(&data) {
                    open.feed = None;
                }
            }
            Act::Cut { data, error } => {
                if let Some(open) = self.open.remove(&data) {
                    open.task.abort();
                }
                self.end(error, Bytes::new()).await?;
            }
        }
        Some(())
    }

    async fn end(&self, stream: u32, bytes: Bytes) -> Option<()> {
        self.say.send(Frame::Data { stream, end: true, bytes }).await.ok()
    }
}

/// Both directions of a connection, until the port's side ends.
async fn carry(
    data: u32,
    error: u32,
    port: DuplexStream,
    mut fed: mpsc::Receiver<Bytes>,
    say: mpsc::Sender<Frame>,
) -> u32 {
    let (mut from, mut to) = tokio::io::split(port);
    let up = async {
        while let Some(bytes) = fed.recv().await {
            if to.write_all(&bytes).await.is_err() {
                break;
            }
        }
        // The answer may still be on its way.
        let _ = to.shutdown().await;
        drop(fed);
        std::future::pending::<()>().await;
    };
    let down = async {
        let mut buffer = BytesMut::new();
        loop {
            buffer.reserve(PIECE);
            let end = !matches!(from.read_buf(&mut buffer).await, Ok(1..));
            let bytes = buffer.split().freeze();
            if say.send(Frame::Data { stream: data, end, bytes }).await.is_err() || end {
                break;
            }
        }
        // A client that is gone needs no end.
        let _ = say.send(Frame::Data { stream: error, end: true, bytes: Bytes::new() }).await;
    };
    tokio::select! {
        () = up => {}
        () = down => {}
    }
    data
}
