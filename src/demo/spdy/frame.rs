//! Frames: eight bytes of head and what they announce.

use bytes::{Buf, BufMut, Bytes, BytesMut};

use super::Broken;
use super::headers::{Headers, Reader, Writer};

/// Bytes before a frame's own.
const HEAD: usize = 8;
/// Longest frame taken, in bytes: kubectl copies 32 KiB at a time.
const MAX_FRAME: usize = 1 << 20;
/// The first bit of a control frame.
const CONTROL: u16 = 0x8000;
const VERSION: u16 = 3;
/// The one flag that counts: nothing follows on this stream.
const FIN: u8 = 1;
/// Stream numbers have 31 bits.
const STREAM: u32 = 0x7fff_ffff;

const SYN_STREAM: u16 = 1;
const SYN_REPLY: u16 = 2;
const RST_STREAM: u16 = 3;
const PING: u16 = 6;
const GOAWAY: u16 = 7;
const HEADERS: u16 = 8;

/// Why a stream was ended (RST_STREAM).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Why(pub u32);

impl Why {
    /// A rule of the protocol was broken.
    pub const PROTOCOL: Self = Self(1);
    /// There is no such stream.
    pub const UNKNOWN: Self = Self(2);
    /// Nothing was done with it.
    pub const REFUSED: Self = Self(3);
    /// It is not wanted any more.
    pub const CANCEL: Self = Self(5);
}

/// A frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// SYN_STREAM: a stream begins.
    Open {
        /// Its number, odd for those of clients.
        stream: u32,
        /// The sender says nothing on it.
        end: bool,
        /// What it is for.
        headers: Headers,
    },
    /// SYN_REPLY: it was taken.
    Accept {
        /// Its number.
        stream: u32,
    },
    /// RST_STREAM: it is gone, both ways.
    Reset {
        /// Its number.
        stream: u32,
        /// The reason.
        why: Why,
    },
    /// PING, to be sent back by who did not number it.
    Ping(u32),
    /// GOAWAY: no more streams after this one.
    GoAway {
        /// The last stream taken.
        last: u32,
    },
    /// DATA.
    Data {
        /// Of this stream.
        stream: u32,
        /// Nothing follows on it from this side.
        end: bool,
        /// The bytes.
        bytes: Bytes,
    },
    /// SETTINGS, HEADERS, WINDOW_UPDATE and types there are not: read, and of no consequence.
    Other,
}

/// Reads the frames of one direction.
#[derive(Default)]
pub struct Decoder {
    headers: Reader,
}

impl Decoder {
    /// Takes the next frame off the front of `buffer`; `None` while it is not all there.
    ///
    /// # Errors
    /// What cannot be read; there is no way to go on.
    pub fn decode(&mut self, buffer: &mut BytesMut) -> Result<Option<Frame>, Broken> {
        let Some((&[top, high, low, least, flags, size @ ..], _)) = buffer.split_first_chunk::<HEAD>() else {
            return Ok(None);
        };
        let [large, middle, small] = size;
        let length = u32::from_be_bytes([0, large, middle, small]) as usize;
        if length > MAX_FRAME {
            return Err(Broken::TooLong(length));
        }
        if buffer.len() < HEAD + length {
            return Ok(None);
        }
        buffer.advance(HEAD);
        let body = buffer.split_to(length).freeze();
        let (first, second) = (u16::from_be_bytes([top, high]), u16::from_be_bytes([low, least]));
        let end = flags & FIN != 0;
        if first & CONTROL == 0 {
            let stream = u32::from_be_bytes([top, high, low, least]);
            return Ok(Some(Frame::Data { stream, end, bytes: body }));
        }
        let version = first & !CONTROL;
        if version != VERSION {
            return Err(Broken::Version(version));
        }
        self.control(second, end, body).map(Some)
    }

    fn control(&mut self, kind: u16, end: bool, mut body: Bytes) -> Result<Frame, Broken> {
        let mut number = || body.try_get_u32().map_err(|_ended| Broken::Short(kind));
        match kind {
            SYN_STREAM => {
                let stream = number()? & STREAM;
                number()?;
                // Priority and slot.
                body.try_get_u16().map_err(|_ended| Broken::Short(kind))?;
                Ok(Frame::Open { stream, end, headers: self.headers.read(&body)? })
            }
            SYN_REPLY => {
                let stream = number()? & STREAM;
                self.headers.read(&body)?;
                Ok(Frame::Accept { stream })
            }
            HEADERS => {
                number()?;
                // Later blocks refer to this one.
                self.headers.read(&body)?;
                Ok(Frame::Other)
            }
            RST_STREAM => Ok(Frame::Reset { stream: number()? & STREAM, why: Why(number()?) }),
            PING => Ok(Frame::Ping(number()?)),
            GOAWAY => Ok(Frame::GoAway { last: number()? & STREAM }),
            _ => Ok(Frame::Other),
        }
    }
}

/// Writes the frames of one direction.
#[derive(Default)]
pub struct Encoder {
    headers: Writer,
}

impl Encoder {
    /// Appends a frame; nothing for [`Frame::Other`].
    pub fn encode(&mut self, frame: &Frame, out: &mut BytesMut) {
        match frame {
            Frame::Open { stream, end, headers } => {
                let block = self.headers.write(headers);
                control(out, SYN_STREAM, *end, 10 + block.len());
                out.put_u32(*stream);
                out.put_bytes(0, 6);
                out.put_slice(&block);
            }
            Frame::Accept { stream } => {
                let block = self.headers.write(&Headers::default());
                control(out, SYN_REPLY, false, 4 + block.len());
                out.put_u32(*stream);
                out.put_slice(&block);
            }
            Frame::Reset { stream, why } => {
                control(out, RST_STREAM, false, 8);
                out.put_u32(*stream);
                out.put_u32(why.0);
            }
            Frame::Ping(id) => {
                control(out, PING, false, 4);
                out.put_u32(*id);
            }
            Frame::GoAway { last } => {
                control(out, GOAWAY, false, 8);
                out.put_u32(*last);
                out.put_u32(0);
            }
            Frame::Data { stream, end, bytes } => {
                out.put_u32(*stream);
                sized(out, *end, bytes.len());
                out.put_slice(bytes);
            }
            Frame::Other => {}
        }
    }
}

fn control(out: &mut BytesMut, kind: u16, end: bool, length: usize) {
    out.put_u16(CONTROL | VERSION);
    out.put_u16(kind);
    sized(out, end, length);
}

fn sized(out: &mut BytesMut, end: bool, length: usize) {
    out.put_u32(u32::from(end) << 24 | length as u32);
}
