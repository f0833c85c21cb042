//! A position in a line.

/// Kinds of bytes, as bits of [`KINDS`].
pub(super) const NAME: u8 = 1;
pub(super) const LABEL: u8 = 2;
pub(super) const NOT_BLANK: u8 = 4;

/// The kinds of every byte: one look instead of a comparison per range.
static KINDS: [u8; 256] = kinds();

const fn kinds() -> [u8; 256] {
    let mut table = [NOT_BLANK; 256];
    table[b' ' as usize] = 0;
    table[b'\t' as usize] = 0;
    let mut byte = 0_u8;
    while byte < 128 {
        if byte.is_ascii_alphanumeric() || byte == b'_' {
            table[byte as usize] |= NAME | LABEL;
        }
        byte += 1;
    }
    table[b':' as usize] |= NAME;
    table
}

/// Walks over a line byte by byte; slices are cut at ASCII bytes only, so they
/// always fall on character boundaries.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn bump(&mut self) {
        self.at += 1;
    }

    pub(super) fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
    }

    /// Steps over `byte` if it is next.
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    /// Everything up to the first byte of another kind.
    #[inline]
    pub(super) fn take(&mut self, kind: u8) -> &'a str {
        let from = self.at;
        let rest = self.text.as_bytes().get(from..).unwrap_or_default();
        self.at += rest.iter().position(|b| KINDS[usize::from(*b)] & kind == 0).unwrap_or(rest.len());
        self.since(from)
    }

    /// Everything up to the first of two bytes.
    #[inline]
    pub(super) fn take_until(&mut self, one: u8, other: u8) -> &'a str {
        let from = self.at;
        let rest = self.text.as_bytes().get(from..).unwrap_or_default();
        self.at += memchr::memchr2(one, other, rest).unwrap_or(rest.len());
        self.since(from)
    }

    /// The text from `from` to here.
    pub(super) fn since(&self, from: usize) -> &'a str {
        self.text.get(from..self.at).unwrap_or_default()
    }

    /// What has not been read.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn is_done(&self) -> bool {
        self.at >= self.text.len()
    }
}
