//! One slot as twenty bytes.
//!
//! ```text
//! 0        4       8         12        14      15       16      20
//! index u32 bad f32 total f32 covered u16 flags u8 form u8 crc32     little endian
//! ```
//!
//! The checksum begins with the digest of the objective's definition: a record
//! counted under another definition reads as damage, never as a number.

use crate::domain::{SLOT_S, Slot};

/// Bytes of a record.
pub(super) const SIZE: usize = 20;
/// The form written here.
const FORM: u8 = 1;
const SIMULATED: u8 = 1;

pub(super) fn encode(slot: &Slot, digest: u64) -> [u8; SIZE] {
    let mut out = [0; SIZE];
    out[0..4].copy_from_slice(&slot.index.to_le_bytes());
    out[4..8].copy_from_slice(&slot.bad.to_le_bytes());
    out[8..12].copy_from_slice(&slot.total.to_le_bytes());
    out[12..14].copy_from_slice(&slot.covered.to_le_bytes());
    out[14] = if slot.simulated { SIMULATED } else { 0 };
    out[15] = FORM;
    let sum = checksum(digest, &out[..16]);
    out[16..20].copy_from_slice(&sum.to_le_bytes());
    out
}

/// The slot at the start of `bytes`; none if it is cut, damaged, of another
/// form or of another definition.
pub(super) fn decode(bytes: &[u8], digest: u64) -> Option<Slot> {
    let (body, rest) = bytes.split_first_chunk::<16>()?;
    let (sum, _) = rest.split_first_chunk::<4>()?;
    if checksum(digest, body) != u32::from_le_bytes(*sum) {
        return None;
    }
    let (index, body) = body.split_first_chunk()?;
    let (bad, body) = body.split_first_chunk()?;
    let (total, body) = body.split_first_chunk()?;
    let (covered, body) = body.split_first_chunk()?;
    let &[flags, form] = body else { return None };
    let slot = Slot {
        index: u32::from_le_bytes(*index),
        bad: f32::from_le_bytes(*bad),
        total: f32::from_le_bytes(*total),
        covered: u16::from_le_bytes(*covered).min(SLOT_S as u16),
        simulated: flags & SIMULATED != 0,
    };
    (form == FORM && slot.is_sound()).then_some(slot)
}

/// CRC-32 (IEEE) over the digest and `bytes`.
fn checksum(digest: u64, bytes: &[u8]) -> u32 {
    let all = digest.to_le_bytes().into_iter().chain(bytes.iter().copied());
    !all.fold(u32::MAX, |crc, byte| TABLE[usize::from((crc as u8) ^ byte)] ^ (crc >> 8))
}

const TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut n = 0;
    while n < 256 {
        let (mut value, mut bit) = (n as u32, 0);
        while bit < 8 {
            value = if value & 1 == 1 { 0xedb8_8320 ^ (value >> 1) } else { value >> 1 };
            bit += 1;
        }
        table[n] = value;
        n += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_one_everybody_has() {
        // The check value of CRC-32/ISO-HDLC, with nothing as its salt.
        let plain = |bytes: &[u8]| {
            !bytes.iter().fold(u32::MAX, |crc, byte| TABLE[usize::from((crc as u8) ^ byte)] ^ (crc >> 8))
        };
        assert_eq!(plain(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn another_definition_is_damage() {
        let slot = Slot { index: 7, bad: 1.0, total: 2.0, covered: 300, simulated: true };
        assert_eq!(decode(&encode(&slot, 1), 1), Some(slot));
        assert_eq!(decode(&encode(&slot, 1), 2), None);
    }
}
