//! What a store may hold, and what it holds.

use thiserror::Error;

/// Bounds of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// Bytes of memory, labels and index included.
    pub bytes: usize,
    /// Milliseconds a sample is kept.
    pub age_ms: i64,
    /// Series at one time.
    pub series: usize,
}

impl Default for Caps {
    fn default() -> Self {
        Self { bytes: 256 << 20, age_ms: 6 * 3_600_000, series: 500_000 }
    }
}

/// No room for another series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the sample store is full: {series} series, {bytes} bytes")]
pub struct Full {
    /// Series held.
    pub series: usize,
    /// Bytes held.
    pub bytes: usize,
}

/// What a store holds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Stats {
    /// Series held.
    pub series: usize,
    /// Samples held.
    pub samples: usize,
    /// Bytes held, everything included.
    pub bytes: usize,
    /// Bytes of sealed chunks and heads only.
    pub sample_bytes: usize,
    /// Chunks evicted for space or age since the start.
    pub evicted_chunks: usize,
}
