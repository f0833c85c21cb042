//! The wire format of protobuf: numbered fields, one after another.

/// The content of one field.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content<'a> {
    /// A varint.
    Number(u64),
    /// Eight bytes, or four widened: the bits of a float.
    Fixed(u64),
    /// Text, bytes or a message.
    Bytes(&'a [u8]),
}

/// Yields the fields of a message; after an error nothing.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], String> {
        let (head, rest) = self.rest.split_at_checked(length).ok_or_else(cut)?;
        self.rest = rest;
        Ok(head)
    }

    fn varint(&mut self) -> Result<u64, String> {
        let mut out = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = *self.take(1)?.first().ok_or_else(cut)?;
            out |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(out);
            }
        }
        Err("proto: integer overflow".to_owned())
    }

    fn field(&mut self) -> Result<(u32, Content<'a>), String> {
        let tag = self.varint()?;
        let number = u32::try_from(tag >> 3).unwrap_or(0);
        if number == 0 {
            return Err(format!("proto: illegal tag {number} (wire type {})", tag & 7));
        }
        let content = match tag & 7 {
            0 => Content::Number(self.varint()?),
            1 => Content::Fixed(self.take(8)?.iter().rev().fold(0, |n, b| n << 8 | u64::from(*b))),
            2 => {
                let length = usize::try_from(self.varint()?).unwrap_or(usize::MAX);
                Content::Bytes(self.take(length)?)
            }
            5 => {
                let bits = self.take(4)?.iter().rev().fold(0, |n, b| n << 8 | u32::from(*b));
                Content::Fixed(f64::from(f32::from_bits(bits)).to_bits())
            }
            other => return Err(format!("proto: illegal wireType {other}")),
        };
        Ok((number, content))
    }
}

fn cut() -> String {
    "unexpected EOF".to_owned()
}

impl<'a> Iterator for Reader<'a> {
    type Item = Result<(u32, Content<'a>), String>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }
}
