//! Bit-wise writing and reading, most significant bit first.

/// Appends bits to bytes.
#[derive(Debug, Clone, Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    /// Bits still free in the last byte.
    free: u32,
}

impl BitWriter {
    /// Writes the lowest `count` bits of `value`, at most 64.
    pub(super) fn write(&mut self, value: u64, mut count: u32) {
        while count > 0 {
            if self.free == 0 {
                self.make_room();
                self.bytes.push(0);
                self.free = 8;
            }
            let taken = count.min(self.free);
            let bits = (value >> (count - taken)) & ((1_u64 << taken) - 1);
            if let Some(last) = self.bytes.last_mut() {
                *last |= (bits << (self.free - taken)) as u8;
            }
            self.free -= taken;
            count -= taken;
        }
    }

    /// Grows by an eighth: doubling would leave a third of an open chunk empty,
    /// and every series has one.
    fn make_room(&mut self) {
        let length = self.bytes.len();
        if length == self.bytes.capacity() {
            self.bytes.reserve_exact((length / 8).max(16));
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Bytes held, unused capacity included.
    pub(super) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// The bytes, leaving an empty writer.
    pub(super) fn take(&mut self) -> Box<[u8]> {
        self.free = 0;
        std::mem::take(&mut self.bytes).into_boxed_slice()
    }
}

/// Reads bits; beyond the end there are zeros.
#[derive(Debug, Clone, Copy)]
pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next 57 bits or more, left-aligned.
    #[inline]
    fn window(&self) -> u64 {
        let byte = self.at / 8;
        let word = match self.bytes.get(byte..byte + 8).and_then(|b| <[u8; 8]>::try_from(b).ok()) {
            Some(eight) => u64::from_be_bytes(eight),
            None => self.tail(byte),
        };
        word << (self.at % 8)
    }

    #[cold]
    fn tail(&self, from: usize) -> u64 {
        let mut eight = [0; 8];
        let rest = self.bytes.get(from..).unwrap_or_default();
        for (into, byte) in eight.iter_mut().zip(rest) {
            *into = *byte;
        }
        u64::from_be_bytes(eight)
    }

    /// Reads `count` bits, at most 64.
    #[inline]
    pub(super) fn read(&mut self, count: u32) -> u64 {
        if count > 56 { self.read_long(count) } else { self.read_short(count) }
    }

    #[cold]
    fn read_long(&mut self, count: u32) -> u64 {
        let high = self.read_short(count - 32);
        (high << 32) | self.read_short(32)
    }

    /// At most 56 bits.
    #[inline]
    fn read_short(&mut self, count: u32) -> u64 {
        if count == 0 {
            return 0;
        }
        let value = self.window() >> (64 - count);
        self.at += count as usize;
        value
    }

    /// Reads ones up to a zero or `most` ones, and returns how many.
    #[inline]
    pub(super) fn ones(&mut self, most: u32) -> u32 {
        let ones = self.window().leading_ones().min(most);
        self.at += (ones + u32::from(ones < most)) as usize;
        ones
    }
}

/// A number whose size picks one of few widths: as many ones as classes are
/// skipped, a zero, then the number in that many bits.
#[inline]
pub(super) fn write_class(out: &mut BitWriter, widths: &[u32], value: i64) {
    let last = widths.len() as u32;
    for (class, &width) in (0_u32..).zip(widths) {
        let fits = width == 64 || fits_in(value, width);
        if fits {
            if class + 1 == last {
                out.write((1 << class) - 1, class);
            } else {
                out.write((1 << (class + 1)) - 2, class + 1);
            }
            out.write(value as u64, width);
            return;
        }
    }
}

fn fits_in(value: i64, width: u32) -> bool {
    if width == 0 {
        return value == 0;
    }
    let edge = 1_i64 << (width - 1);
    (-edge..edge).contains(&value)
}

/// The number of a class already read.
#[inline]
pub(super) fn read_signed(bits: &mut BitReader<'_>, width: u32) -> i64 {
    if width == 0 {
        return 0;
    }
    let raw = bits.read(width);
    let shift = 64 - width;
    #[expect(clippy::cast_possible_wrap, reason = "this is how the sign comes back")]
    let signed = (raw << shift) as i64;
    signed >> shift
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(items in proptest::collection::vec((any::<u64>(), 1_u32..=64), 0..200)) {
            let mut out = BitWriter::default();
            for (value, width) in &items {
                out.write(*value, *width);
            }
            let mut bits = BitReader::new(out.bytes());
            for (value, width) in &items {
                let mask = if *width == 64 { u64::MAX } else { (1 << width) - 1 };
                prop_assert_eq!(bits.read(*width), value & mask);
            }
        }

        #[test]
        fn classes_come_back(values in proptest::collection::vec(
            prop_oneof![Just(0), -70_i64..70, -3000_i64..3000, any::<i64>()], 0..100,
        )) {
            const WIDTHS: &[u32] = &[0, 7, 12, 64];
            let mut out = BitWriter::default();
            for value in &values {
                write_class(&mut out, WIDTHS, *value);
            }
            let mut bits = BitReader::new(out.bytes());
            for value in &values {
                let class = bits.ones(3);
                prop_assert_eq!(read_signed(&mut bits, WIDTHS[class as usize]), *value);
            }
        }
    }
}
