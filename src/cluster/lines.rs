//! A body read line by line, bounded.

use super::fault::of_error;
use super::site::Site;
use crate::domain::Fault;
use bytes::{Buf as _, Bytes, BytesMut};
use http_body_util::BodyExt as _;
use kube::client::Body;
use std::sync::Arc;

/// A body, cut at line breaks as it comes.
pub(super) struct Lines {
    body: Body,
    buffer: BytesMut,
    /// Bytes of `buffer` known to hold no line break.
    searched: usize,
    most: usize,
    /// The rest of a line that was too long is being thrown away.
    skipping: bool,
    ended: bool,
    asked: String,
    site: Arc<Site>,
}

/// What came next.
#[derive(Debug)]
pub(super) enum Piece {
    /// A whole line, without its break.
    Line(Bytes),
    /// The start of a line longer than allowed; its rest is skipped.
    Cut(Bytes),
    /// The body ended in the middle of this line.
    Torn(Bytes),
    /// The body ended.
    End,
}

impl Lines {
    /// Lines of at most `most` bytes.
    pub(super) fn new(body: Body, most: usize, asked: &str, site: Arc<Site>) -> Self {
        let buffer = BytesMut::new();
        let asked = asked.to_owned();
        Self { body, buffer, searched: 0, most, skipping: false, ended: false, asked, site }
    }

    /// The next piece. Safe to drop and call again: nothing is lost.
    pub(super) async fn next(&mut self) -> Result<Piece, Fault> {
        loop {
            if let Some(piece) = self.buffered() {
                return Ok(piece);
            }
            if self.ended {
                let rest = self.buffer.split().freeze();
                self.searched = 0;
                let torn = !rest.is_empty() && !self.skipping;
                return Ok(if torn { Piece::Torn(rest) } else { Piece::End });
            }
            match self.body.frame().await {
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.buffer.extend_from_slice(&data);
                    }
                }
                Some(Err(error)) => {
                    self.ended = true;
                    return Err(of_error(&self.asked, &error, &self.site).fault);
                }
                None => self.ended = true,
            }
        }
    }

    fn buffered(&mut self) -> Option<Piece> {
        loop {
            let unsearched = self.buffer.get(self.searched..).unwrap_or_default();
            let Some(found) = unsearched.iter().position(|byte| *byte == b'\n') else { break };
            let line = self.buffer.split_to(self.searched + found).freeze();
            self.buffer.advance(1);
            self.searched = 0;
            if !std::mem::take(&mut self.skipping) {
                return Some(Piece::Line(line));
            }
        }
        self.searched = self.buffer.len();
        if self.buffer.len() <= self.most {
            return None;
        }
        let start = self.buffer.split().freeze();
        self.searched = 0;
        (!std::mem::replace(&mut self.skipping, true)).then_some(Piece::Cut(start))
    }
}
