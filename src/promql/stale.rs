//! The staleness marker: a NaN with one fixed bit pattern that means "this
//! series ended here". Inside the evaluator the same pattern marks a cell with
//! no value; it can never be the result of an operation, because a stale
//! sample is never read as a value.

const BITS: u64 = 0x7ff0_0000_0000_0002;

/// The marker, as a float to store.
pub const STALE: f64 = f64::from_bits(BITS);

/// Whether `value` is the marker (an ordinary NaN is not).
#[inline]
pub fn is_stale(value: f64) -> bool {
    value.to_bits() == BITS
}
