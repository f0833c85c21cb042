//! What frames mean for port forwarding: a pure machine, frames in, acts out.
//!
//! A connection to a port is two streams with the same `requestid`: one of
//! type `error`, on which the server says what went wrong, and one of type
//! `data`. When both are there, the port is connected.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::frame::{Frame, Why};
use super::headers::Headers;

/// Most streams at once; two for each connection.
pub const MAX_STREAMS: usize = 256;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Send this.
    Say(Frame),
    /// Connect these streams with a port.
    Connect {
        /// The stream of its data, by which it is called from now on.
        data: u32,
        /// The stream for what goes wrong.
        error: u32,
        /// Which port, not 0.
        port: u16,
    },
    /// Send this to the port.
    Feed {
        /// The connection.
        data: u32,
        /// The bytes, not empty.
        bytes: Bytes,
    },
    /// The client sends no more to the port.
    End {
        /// The connection.
        data: u32,
    },
    /// The client wants nothing more from it.
    Cut {
        /// The connection.
        data: u32,
        /// Its other stream, still to be ended.
        error: u32,
    },
}

/// What a stream is for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Error,
    Data,
}

/// Streams of one request while they are not both there.
#[derive(Debug, Default)]
struct Half {
    error: Option<u32>,
    data: Option<u32>,
    /// The data stream has nothing to say.
    ended: bool,
}

/// The streams of one connection.
#[derive(Debug, Default)]
pub struct Session {
    /// The highest number seen.
    last: u32,
    /// Requests by their id.
    waiting: BTreeMap<String, Half>,
    /// Data stream → error stream.
    connected: BTreeMap<u32, u32>,
}

impl Session {
    /// What follows from a frame of the client.
    pub fn hear(&mut self, frame: Frame) -> Vec<Act> {
        match frame {
            Frame::Open { stream, end, headers } => self.open(stream, end, &headers),
            Frame::Data { stream, end, bytes } => self.data(stream, end, bytes),
            Frame::Reset { stream, .. } => self.reset(stream),
            // Odd ones are the client's; ours would be even, and there are none.
            Frame::Ping(id) if id % 2 == 1 => vec![Act::Say(Frame::Ping(id))],
            Frame::Ping(_) | Frame::Accept { .. } | Frame::GoAway { .. } | Frame::Other => Vec::new(),
        }
    }

    /// A connection has ended at the port's side: its streams are forgotten.
    pub fn finished(&mut self, data: u32) {
        self.connected.remove(&data);
    }

    /// Streams held.
    pub fn streams(&self) -> usize {
        let half = |h: &Half| usize::from(h.error.is_some()) + usize::from(h.data.is_some());
        self.connected.len() * 2 + self.waiting.values().map(half).sum::<usize>()
    }

    fn open(&mut self, stream: u32, end: bool, headers: &Headers) -> Vec<Act> {
        let refuse = |why| vec![Act::Say(Frame::Reset { stream, why })];
        if stream.is_multiple_of(2) || stream <= self.last {
            return refuse(Why::PROTOCOL);
        }
        self.last = stream;
        if self.streams() >= MAX_STREAMS {
            return refuse(Why::REFUSED);
        }
        let port = headers.get("port").parse().unwrap_or(0_u16);
        let role = match headers.get("streamtype") {
            "error" => Part::Error,
            "data" => Part::Data,
            _ => return refuse(Why::CANCEL),
        };
        if port == 0 {
            return refuse(Why::CANCEL);
        }
        let request = match (headers.get("requestid"), &role) {
            // Clients older than request ids open the error stream, then the data stream.
            ("", Part::Error) => stream.to_string(),
            ("", Part::Data) => stream.saturating_sub(2).to_string(),
            (id, _) => id.to_owned(),
        };
        let half = self.waiting.entry(request.clone()).or_default();
        let place = match role {
            Part::Error => &mut half.error,
            Part::Data => &mut half.data,
        };
        if place.is_some() {
            return refuse(Why::CANCEL);
        }
        *place = Some(stream);
        half.ended |= end && role == Part::Data;
        let mut acts = vec![Act::Say(Frame::Accept { stream })];
        if let Half { error: Some(error), data: Some(data), ended } = *half {
            self.waiting.remove(&request);
            self.connected.insert(data, error);
            acts.push(Act::Connect { data, error, port });
            acts.extend(ended.then_some(Act::End { data }));
        }
        acts
    }

    fn data(&mut self, stream: u32, end: bool, bytes: Bytes) -> Vec<Act> {
        if stream.is_multiple_of(2) || stream > self.last {
            return vec![Act::Say(Frame::Reset { stream, why: Why::UNKNOWN })];
        }
        if self.connected.contains_key(&stream) {
            let fed = (!bytes.is_empty()).then_some(Act::Feed { data: stream, bytes });
            return fed.into_iter().chain(end.then_some(Act::End { data: stream })).collect();
        }
        if let Some(half) = self.waiting.values_mut().find(|half| half.data == Some(stream)) {
            half.ended |= end;
            // There is no port yet that would take it, and to drop a part of what is sent would be worse.
            if !bytes.is_empty() {
                self.reset(stream);
                return vec![Act::Say(Frame::Reset { stream, why: Why::CANCEL })];
            }
        }
        // An error stream, which the client ends at once, or one that has just finished here.
        Vec::new()
    }

    fn reset(&mut self, stream: u32) -> Vec<Act> {
        if let Some(error) = self.connected.remove(&stream) {
            return vec![Act::Cut { data: stream, error }];
        }
        self.waiting.retain(|_, half| {
            for place in [&mut half.error, &mut half.data] {
                place.take_if(|held| *held == stream);
            }
            half.error.is_some() || half.data.is_some()
        });
        Vec::new()
    }
}
