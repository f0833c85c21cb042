//! Header blocks: pairs of name and value, compressed with what went before
//! them on the same connection.
//!
//! Blocks are written without compression (as stored blocks of a zlib stream
//! that names the dictionary and never refers to it): an answer has no headers.

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_HAS_MORE_INPUT;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

use super::{Broken, dictionary};

/// Longest block, in bytes of text: kubectl's have about 60.
const MAX_TEXT: usize = 16 << 10;
/// How far back compressed data may refer; deflate says so.
const WINDOW: usize = 32 << 10;
/// What a zlib stream with a dictionary begins with: deflate, a window of 32 KiB, and the check bits.
const ZLIB: [u8; 2] = [0x78, 0xbb];
/// An empty stored block: Go hands out what it has read when it meets one, and not before.
const FLUSH: [u8; 5] = [0, 0, 0, 0xff, 0xff];
/// In the second byte: the dictionary's id follows.
const NAMES_DICTIONARY: u8 = 0x20;

/// Names in lower case, and their values.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// From pairs; names are expected in lower case.
    pub fn new(pairs: &[(&str, &str)]) -> Self {
        Self(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    /// The value of a name in lower case, empty without it.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    fn parse(mut text: &[u8]) -> Result<Self, Broken> {
        let count = number(&mut text)?;
        let mut pairs: Vec<(String, String)> = Vec::new();
        for _ in 0..count {
            let (name, value) = (word(&mut text)?, word(&mut text)?);
            if name.is_empty() || name.bytes().any(|b| b.is_ascii_uppercase()) {
                return Err(Broken::Headers("has a name that is empty or not in lower case"));
            }
            if pairs.iter().any(|(n, _)| *n == name) {
                return Err(Broken::Headers("has a name twice"));
            }
            pairs.push((name, value));
        }
        if text.is_empty() { Ok(Self(pairs)) } else { Err(Broken::Headers("goes on after its end")) }
    }

    fn text(&self) -> Vec<u8> {
        let mut out = (self.0.len() as u32).to_be_bytes().to_vec();
        for word in self.0.iter().flat_map(|(name, value)| [name, value]) {
            out.extend_from_slice(&(word.len() as u32).to_be_bytes());
            out.extend_from_slice(word.as_bytes());
        }
        out
    }
}

fn number(text: &mut &[u8]) -> Result<usize, Broken> {
    let (first, rest) = text.split_first_chunk::<4>().ok_or(Broken::Headers("ends early"))?;
    *text = rest;
    Ok(u32::from_be_bytes(*first) as usize)
}

fn word(text: &mut &[u8]) -> Result<String, Broken> {
    let length = number(text)?;
    let (word, rest) = text.split_at_checked(length).ok_or(Broken::Headers("ends early"))?;
    *text = rest;
    String::from_utf8(word.to_vec()).map_err(|_not_text| Broken::Headers("is not text"))
}

/// Reads the blocks of one direction of a connection, in their order.
pub struct Reader {
    state: Box<DecompressorOxide>,
    /// The last 32 KiB, as a ring; the dictionary counts as read.
    window: Vec<u8>,
    at: usize,
    begun: bool,
}

impl Default for Reader {
    fn default() -> Self {
        let mut window = dictionary::text();
        let at = window.len();
        window.resize(WINDOW, 0);
        Self { state: Box::default(), window, at, begun: false }
    }
}

impl Reader {
    /// The headers of the next block.
    ///
    /// # Errors
    /// [`Broken::Headers`]: what follows cannot be read either.
    pub fn read(&mut self, mut block: &[u8]) -> Result<Headers, Broken> {
        if !self.begun {
            block = begin(block)?;
            self.begun = true;
        }
        Headers::parse(&self.inflate(block)?)
    }

    fn inflate(&mut self, mut block: &[u8]) -> Result<Vec<u8>, Broken> {
        let mut text = Vec::new();
        loop {
            let (status, read, wrote) =
                decompress(&mut self.state, block, &mut self.window, self.at, TINFL_FLAG_HAS_MORE_INPUT);
            let end = self.at + wrote;
            text.extend_from_slice(self.window.get(self.at..end).unwrap_or_default());
            self.at = end % WINDOW;
            block = block.get(read..).unwrap_or_default();
            if text.len() > MAX_TEXT {
                return Err(Broken::Headers("is longer than is taken"));
            }
            if status == TINFLStatus::NeedsMoreInput {
                return Ok(text);
            }
            if status != TINFLStatus::HasMoreOutput || read + wrote == 0 {
                return Err(Broken::Headers("is not compressed with zlib"));
            }
        }
    }
}

/// What follows the head of a zlib stream.
fn begin(block: &[u8]) -> Result<&[u8], Broken> {
    let refused = Broken::Headers("does not begin as zlib does, with SPDY's dictionary");
    let Some((&[method, flags], rest)) = block.split_first_chunk::<2>() else { return Err(refused) };
    if method & 0x0f != 8 || u16::from_be_bytes([method, flags]) % 31 != 0 {
        return Err(refused);
    }
    if flags & NAMES_DICTIONARY == 0 {
        return Ok(rest);
    }
    rest.strip_prefix(&dictionary::ID).ok_or(refused)
}

/// Writes the blocks of one direction of a connection.
#[derive(Default)]
pub struct Writer {
    begun: bool,
}

impl Writer {
    /// The next block. Headers of more than 65,535 bytes do not fit into one; nobody here has them.
    pub fn write(&mut self, headers: &Headers) -> Vec<u8> {
        let mut out = Vec::new();
        if !self.begun {
            out.extend_from_slice(&ZLIB);
            out.extend_from_slice(&dictionary::ID);
            self.begun = true;
        }
        let text = headers.text();
        let length = text.len() as u16;
        // A stored block, not the last.
        out.push(0);
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&(!length).to_le_bytes());
        out.extend_from_slice(&text);
        out.extend_from_slice(&FLUSH);
        out
    }
}
