//! Values of a chunk: decimal or float, written and read.

use super::super::bits::{BitReader, BitWriter, read_signed};

/// Widths of decimal differences of differences; one more class is the escape.
const WIDTHS: &[u32] = &[0, 6, 9, 14, 24, 64];
/// The class after the last of [`WIDTHS`]: a raw float follows.
const ESCAPE: u32 = 6;

const POWERS: [f64; 7] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6];

/// Whole numbers up to here are exact floats.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// How the values of a chunk are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// Whole multiples of ten to the minus this.
    Decimal(u8),
    Float,
}

impl Coding {
    /// Whether a value can be written; what is not finite is escaped.
    pub(super) fn takes(self, value: f64) -> bool {
        match self {
            Self::Decimal(power) => !value.is_finite() || whole(value, power).is_some(),
            Self::Float => true,
        }
    }

    /// The next coding that takes all of `values`.
    pub(super) fn wider(self, values: &[f64]) -> Self {
        let from = if let Self::Decimal(power) = self { power + 1 } else { 0 };
        let fits = |coding: &Self| values.iter().all(|value| coding.takes(*value));
        (from..POWERS.len() as u8).map(Self::Decimal).find(fits).unwrap_or(Self::Float)
    }
}

/// What both writer and reader remember about values.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct State {
    /// Decimal: the last whole number and the last difference.
    whole: i64,
    difference: i64,
    /// Float: the last bits, and the window of bits that changed.
    bits: u64,
    leading: u32,
    width: u32,
}

impl State {
    pub(super) fn write(&mut self, out: &mut BitWriter, coding: Coding, value: f64) {
        match coding {
            Coding::Decimal(power) => write_decimal(out, self, value, power),
            Coding::Float => write_float(out, self, value),
        }
    }

    #[inline]
    pub(super) fn read(&mut self, bits: &mut BitReader<'_>, coding: Coding) -> f64 {
        match coding {
            Coding::Decimal(power) => read_decimal(bits, self, power),
            Coding::Float => read_float(bits, self),
        }
    }
}

/// `value` times ten to the `power`, if that loses nothing.
fn whole(value: f64, power: u8) -> Option<i64> {
    let scale = POWERS[usize::from(power)];
    let scaled = (value * scale).round();
    let number = scaled as i64;
    // Bits, because minus zero equals zero.
    let exact = scaled.abs() < EXACT && (number as f64 / scale).to_bits() == value.to_bits();
    exact.then_some(number)
}

fn write_decimal(out: &mut BitWriter, state: &mut State, value: f64, power: u8) {
    let Some(number) = whole(value, power) else {
        out.write((1 << ESCAPE) - 1, ESCAPE);
        out.write(value.to_bits(), 64);
        return;
    };
    let difference = number - state.whole;
    // The last class of all is the escape, so every class here ends in a zero.
    let change = difference.wrapping_sub(state.difference);
    let class = WIDTHS.iter().position(|width| fits(change, *width)).unwrap_or(WIDTHS.len() - 1);
    out.write((1 << (class + 1)) - 2, class as u32 + 1);
    out.write(change as u64, WIDTHS[class]);
    state.whole = number;
    state.difference = difference;
}

fn fits(value: i64, width: u32) -> bool {
    match width {
        0 => value == 0,
        64 => true,
        width => (-(1_i64 << (width - 1))..1_i64 << (width - 1)).contains(&value),
    }
}

fn write_float(out: &mut BitWriter, state: &mut State, value: f64) {
    let changed = value.to_bits() ^ state.bits;
    state.bits = value.to_bits();
    if changed == 0 {
        out.write(0, 1);
        return;
    }
    let leading = changed.leading_zeros().min(31);
    let trailing = changed.trailing_zeros();
    let kept = state.width > 0 && leading >= state.leading && trailing >= 64 - state.leading - state.width;
    if kept {
        out.write(0b10, 2);
    } else {
        state.leading = leading;
        state.width = 64 - leading - trailing;
        out.write(0b11, 2);
        out.write(u64::from(leading), 5);
        out.write(u64::from(state.width - 1), 6);
    }
    out.write(changed >> (64 - state.leading - state.width), state.width);
}

#[inline]
fn read_decimal(bits: &mut BitReader<'_>, state: &mut State, power: u8) -> f64 {
    let class = bits.ones(ESCAPE);
    let Some(width) = WIDTHS.get(class as usize) else {
        return f64::from_bits(bits.read(64));
    };
    state.difference = state.difference.wrapping_add(read_signed(bits, *width));
    state.whole = state.whole.wrapping_add(state.difference);
    // Dividing by one is exact but not free.
    if power == 0 { state.whole as f64 } else { state.whole as f64 / POWERS[usize::from(power)] }
}

#[inline]
fn read_float(bits: &mut BitReader<'_>, state: &mut State) -> f64 {
    match bits.ones(2) {
        0 => {}
        kind => {
            if kind == 2 {
                state.leading = bits.read(5) as u32;
                state.width = bits.read(6) as u32 + 1;
            }
            let changed = bits.read(state.width);
            state.bits ^= changed << (64 - state.leading - state.width);
        }
    }
    f64::from_bits(state.bits)
}
