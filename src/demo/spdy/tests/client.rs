//! A client that forwards ports.

use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::codec::stream;
use crate::demo::spdy::frame::{Decoder, Encoder, Frame};

/// Longer than anything here takes; a hang fails instead of hanging.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) struct Client<S> {
    pub(crate) io: S,
    encoder: Encoder,
    decoder: Decoder,
    buffer: BytesMut,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    pub(crate) fn new(io: S) -> Self {
        Self { io, encoder: Encoder::default(), decoder: Decoder::default(), buffer: BytesMut::new() }
    }

    pub(crate) async fn say(&mut self, frame: &Frame) {
        let mut out = BytesMut::new();
        self.encoder.encode(frame, &mut out);
        self.io.write_all(&out).await.unwrap();
    }

    pub(crate) async fn hear(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.decoder.decode(&mut self.buffer).unwrap() {
                return Some(frame);
            }
            let read = self.io.read_buf(&mut self.buffer);
            if tokio::time::timeout(PATIENCE, read).await.unwrap().unwrap_or(0) == 0 {
                return None;
            }
        }
    }

    /// Opens both streams of a request: the error stream is `first`, the data stream two more.
    pub(crate) async fn connect(&mut self, first: u32, port: &str) {
        for (number, kind) in [(first, "error"), (first + 2, "data")] {
            self.say(&stream(number, kind, port, &first.to_string())).await;
            assert_eq!(self.hear().await, Some(Frame::Accept { stream: number }));
        }
    }

    /// What comes until a stream is ended.
    pub(crate) async fn until_end(&mut self, of: u32) -> Vec<u8> {
        let mut all = Vec::new();
        loop {
            if let Frame::Data { stream, end, bytes } = self.hear().await.unwrap() {
                if stream == of {
                    all.extend_from_slice(&bytes);
                }
                if stream == of && end {
                    return all;
                }
            }
        }
    }
}
