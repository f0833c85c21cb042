//! Compressed runs of samples.
//!
//! Times are stored as differences of differences (after Facebook's Gorilla
//! paper): a steady scrape costs one bit. Values come in two kinds:
//!
//! - *Decimal*: every value is a whole number once multiplied by a power of
//!   ten, as counters, bytes and most seconds are. Differences of differences
//!   again: a busy counter costs about nine bits instead of Gorilla's thirty.
//! - *Float*: anything else, as XOR with the value before.
//!
//! A chunk starts as decimal and is rewritten when a value does not fit: at
//! most once per power, over at most [`FULL`] samples. NaN, infinities and
//! staleness markers are escaped in a decimal chunk, so they do not spoil it.

use super::bits::{BitReader, BitWriter, read_signed, write_class};

/// Samples of a full chunk: an hour at 15 s. With half of it the frame alone
/// would cost a third of a byte per sample.
pub(super) const FULL: u16 = 240;

/// Widths of time differences of differences, milliseconds.
const TIME: &[u32] = &[0, 7, 12, 20, 64];
/// Widths of decimal differences of differences; one more class is the escape.
const VALUE: &[u32] = &[0, 6, 9, 14, 24, 64];
/// The class after the last of [`VALUE`]: a raw float follows.
const ESCAPE: u32 = 6;

const POWERS: [f64; 7] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6];

/// Whole numbers up to here are exact floats.
const EXACT: f64 = 9_007_199_254_740_992.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    /// Whole multiples of ten to the minus this.
    Decimal(u8),
    Float,
}

/// A sealed run of samples.
#[derive(Debug, Clone)]
pub(super) struct Chunk {
    pub(super) first_ms: i64,
    pub(super) last_ms: i64,
    pub(super) count: u16,
    coding: Coding,
    bytes: Box<[u8]>,
}

impl Chunk {
    /// Bytes in memory, the frame included.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>() + self.bytes.len()
    }

    pub(super) fn each(&self, visit: impl FnMut(i64, f64)) {
        decode(&self.bytes, self.coding, self.first_ms, self.count, visit);
    }
}

/// The run that is being written.
#[derive(Debug, Clone)]
pub(super) struct Head {
    out: BitWriter,
    coding: Coding,
    pub(super) count: u16,
    pub(super) first_ms: i64,
    pub(super) last_ms: i64,
    pub(super) last: f64,
    step_ms: i64,
    state: State,
}

/// What both writer and reader remember about values.
#[derive(Debug, Clone, Copy, Default)]
struct State {
    /// Decimal: the last whole number and the last difference.
    whole: i64,
    difference: i64,
    /// Float: the last bits, and the window of bits that changed.
    bits: u64,
    leading: u32,
    width: u32,
}

impl Default for Head {
    fn default() -> Self {
        Self {
            out: BitWriter::default(),
            coding: Coding::Decimal(0),
            count: 0,
            first_ms: 0,
            last_ms: 0,
            last: 0.0,
            step_ms: 0,
            state: State::default(),
        }
    }
}

impl Head {
    /// Bytes on the heap.
    pub(super) fn bytes(&self) -> usize {
        self.out.capacity()
    }

    /// Appends a sample later than the last.
    pub(super) fn push(&mut self, at_ms: i64, value: f64) {
        if let Coding::Decimal(power) = self.coding
            && value.is_finite()
            && whole(value, power).is_none()
        {
            self.recode(value);
        }
        if self.count == 0 {
            self.first_ms = at_ms;
        } else {
            let step = at_ms - self.last_ms;
            write_class(&mut self.out, TIME, step.wrapping_sub(self.step_ms));
            self.step_ms = step;
        }
        match self.coding {
            Coding::Decimal(power) => write_decimal(&mut self.out, &mut self.state, value, power),
            Coding::Float => write_float(&mut self.out, &mut self.state, value),
        }
        self.count += 1;
        self.last_ms = at_ms;
        self.last = value;
    }

    /// Rewrites what there is so that `value` fits too.
    fn recode(&mut self, value: f64) {
        let old = std::mem::take(self);
        let mut samples = Vec::with_capacity(usize::from(old.count));
        old.each(|at, value| samples.push((at, value)));
        let from = if let Coding::Decimal(power) = old.coding { power + 1 } else { 0 };
        let fits = |power: &u8| {
            whole(value, *power).is_some()
                && samples.iter().all(|(_, v)| !v.is_finite() || whole(*v, *power).is_some())
        };
        self.coding = (from..POWERS.len() as u8).find(fits).map_or(Coding::Float, Coding::Decimal);
        for (at, value) in samples {
            self.push(at, value);
        }
    }

    pub(super) fn each(&self, visit: impl FnMut(i64, f64)) {
        decode(self.out.bytes(), self.coding, self.first_ms, self.count, visit);
    }

    /// Seals what there is and starts anew, with the coding that fitted last.
    pub(super) fn seal(&mut self) -> Chunk {
        let chunk = Chunk {
            first_ms: self.first_ms,
            last_ms: self.last_ms,
            count: self.count,
            coding: self.coding,
            bytes: self.out.take(),
        };
        self.count = 0;
        self.step_ms = 0;
        self.state = State::default();
        chunk
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
    let class = VALUE.iter().position(|width| fits(change, *width)).unwrap_or(VALUE.len() - 1);
    out.write((1 << (class + 1)) - 2, class as u32 + 1);
    out.write(change as u64, VALUE[class]);
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

fn decode(bytes: &[u8], coding: Coding, first_ms: i64, count: u16, mut visit: impl FnMut(i64, f64)) {
    let mut bits = BitReader::new(bytes);
    let mut state = State::default();
    let (mut at, mut step) = (first_ms, 0_i64);
    for i in 0..count {
        if i > 0 {
            let class = bits.ones(TIME.len() as u32 - 1);
            step = step.wrapping_add(read_signed(&mut bits, TIME[class as usize]));
            at = at.wrapping_add(step);
        }
        let value = match coding {
            Coding::Decimal(power) => read_decimal(&mut bits, &mut state, power),
            Coding::Float => read_float(&mut bits, &mut state),
        };
        visit(at, value);
    }
}

#[inline]
fn read_decimal(bits: &mut BitReader<'_>, state: &mut State, power: u8) -> f64 {
    let class = bits.ones(ESCAPE);
    let Some(width) = VALUE.get(class as usize) else {
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

#[cfg(test)]
#[allow(clippy::cast_possible_wrap, reason = "small numbers of tests")]
mod tests {
    use super::*;
    use crate::promql::stale::STALE;
    use proptest::prelude::*;

    fn round_trip(samples: &[(i64, f64)]) -> Vec<(i64, u64)> {
        let mut head = Head::default();
        let mut out = Vec::new();
        for (at, value) in samples {
            head.push(*at, *value);
        }
        let sealed = head.clone().seal();
        sealed.each(|at, value| out.push((at, value.to_bits())));
        let mut open = Vec::new();
        head.each(|at, value| open.push((at, value.to_bits())));
        assert_eq!(out, open);
        out
    }

    fn value() -> impl Strategy<Value = f64> {
        prop_oneof![
            8 => (0_i64..10_000).prop_map(|n| n as f64),
            4 => (0_i64..1_000_000).prop_map(|n| n as f64 / 100.0),
            2 => any::<f64>(),
            1 => proptest::sample::select(vec![
                f64::NAN, f64::INFINITY, f64::NEG_INFINITY, STALE, 0.0, -0.0, 1e300, 5e-324,
                9_007_199_254_740_993.0, -1e15, 0.1 + 0.2,
            ]),
        ]
    }

    proptest! {
        /// Every bit of every value comes back, in every mixture.
        #[test]
        fn lossless(
            start in -1_000_000_000_000_i64..2_000_000_000_000,
            steps in proptest::collection::vec((prop_oneof![Just(15_000_i64), 1_i64..100_000, 1_i64..1_000_000_000_000], value()), 1..200),
        ) {
            let mut at = start;
            let samples: Vec<(i64, f64)> = steps.iter().map(|(step, value)| { at += step; (at, *value) }).collect();
            let want: Vec<(i64, u64)> = samples.iter().map(|(at, v)| (*at, v.to_bits())).collect();
            prop_assert_eq!(round_trip(&samples), want);
        }
    }

    /// Bytes per sample of full chunks, the frame included.
    fn cost(next: impl Fn(u64) -> f64) -> f64 {
        let mut head = Head::default();
        let (mut bytes, mut count) = (0, 0_usize);
        for i in 0..u64::from(FULL) * 10 {
            head.push(1_700_000_000_000 + i as i64 * 15_000, next(i));
            if head.count == FULL {
                let chunk = head.seal();
                bytes += chunk.bytes();
                count += usize::from(chunk.count);
            }
        }
        bytes as f64 / count as f64
    }

    #[test]
    fn typical_series_are_small() {
        // A repeatable scatter around a rate, as requests have.
        let noise = |i: u64| (i.wrapping_mul(2_654_435_761) >> 7) % 41;
        let total = |i: u64| (0..i).map(|k| 100 + noise(k)).sum::<u64>();
        let sums: Vec<u64> = (0..2400).map(total).collect();
        let counter = cost(|i| sums[i as usize] as f64);
        let seconds = cost(|i| sums[i as usize] as f64 / 100.0);
        let idle = cost(|_| 5.0);
        // Differences scattered evenly over ±90: the worst a steady counter does.
        let wide: Vec<u64> = (0..2400).map(|i| ((i * 2_654_435_761_u64) >> 9) % 181).collect();
        let busy = cost(|i| wide[..i as usize].iter().sum::<u64>() as f64);
        assert!(busy < 2.0, "busy {busy}");
        assert!(counter < 2.0, "counter {counter}");
        assert!(seconds < 2.5, "seconds {seconds}");
        assert!(idle < 0.8, "idle {idle}");
    }
}
