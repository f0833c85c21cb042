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

mod value;

use super::bits::{BitReader, BitWriter, read_signed, write_class};
use crate::promql::stale::is_stale;
use std::ops::ControlFlow;
use value::{Coding, State};

/// Samples of a full chunk: forty minutes at 15 s. A question about five minutes
/// unpacks a chunk up to there, so longer ones make small questions slow; the
/// frame costs a quarter of a byte per sample.
pub(super) const FULL: u16 = 160;

/// Widths of time differences of differences, milliseconds.
const TIME: &[u32] = &[0, 7, 12, 20, 64];
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

    /// Hands over the samples, oldest first, until `visit` has enough.
    pub(super) fn each(&self, visit: impl FnMut(i64, f64) -> ControlFlow<()>) {
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
        if !self.coding.takes(value) {
            self.recode(value);
        }
        if self.count == 0 {
            self.first_ms = at_ms;
        } else {
            let step = at_ms - self.last_ms;
            write_class(&mut self.out, TIME, step.wrapping_sub(self.step_ms));
            self.step_ms = step;
        }
        self.state.write(&mut self.out, self.coding, value);
        self.count += 1;
        self.last_ms = at_ms;
        self.last = value;
    }

    /// Rewrites what there is so that `value` fits too.
    fn recode(&mut self, value: f64) {
        let old = std::mem::take(self);
        let (times, mut values): (Vec<i64>, Vec<f64>) = old.samples().into_iter().unzip();
        values.push(value);
        self.coding = old.coding.wider(&values);
        for (at, value) in times.into_iter().zip(values) {
            self.push(at, value);
        }
    }

    /// Rewrites what there is without the samples at these times. Markers stay:
    /// the end of a series is no sample too many.
    pub(super) fn thin(&mut self, times: &[i64]) {
        let old = std::mem::take(self);
        self.coding = old.coding;
        for (at, value) in old.samples() {
            if is_stale(value) || !times.contains(&at) {
                self.push(at, value);
            }
        }
    }

    fn samples(&self) -> Vec<(i64, f64)> {
        let mut samples = Vec::with_capacity(usize::from(self.count));
        self.each(|at, value| {
            samples.push((at, value));
            ControlFlow::Continue(())
        });
        samples
    }

    /// Hands over the samples, oldest first, until `visit` has enough.
    pub(super) fn each(&self, visit: impl FnMut(i64, f64) -> ControlFlow<()>) {
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

fn decode(
    bytes: &[u8],
    coding: Coding,
    first_ms: i64,
    count: u16,
    mut visit: impl FnMut(i64, f64) -> ControlFlow<()>,
) {
    let mut bits = BitReader::new(bytes);
    let mut state = State::default();
    let (mut at, mut step) = (first_ms, 0_i64);
    for i in 0..count {
        if i > 0 {
            let class = bits.ones(TIME.len() as u32 - 1);
            step = step.wrapping_add(read_signed(&mut bits, TIME[class as usize]));
            at = at.wrapping_add(step);
        }
        let value = state.read(&mut bits, coding);
        if visit(at, value).is_break() {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
