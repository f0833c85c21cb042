//! One stored series: sealed chunks and the head.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use super::chunk::{Chunk, FULL, Head};
use crate::promql::{Labels, Samples, Window};

/// What became of an appended sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Append {
    /// It is in the store.
    Stored,
    /// The same sample was there already.
    Duplicate,
    /// Another value is there for that time; the first one stays.
    Conflict,
    /// It is older than the newest sample of the series, and was dropped.
    OutOfOrder,
    /// The series has been evicted; ask for it again by its labels.
    Gone,
}

#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) labels: Labels,
    pub(super) chunks: VecDeque<Chunk>,
    pub(super) head: Head,
}

/// What an append did to the memory.
pub(super) struct Appended {
    pub(super) outcome: Append,
    pub(super) sealed: bool,
}

impl Stored {
    pub(super) fn new(labels: Labels) -> Self {
        Self { labels, chunks: VecDeque::new(), head: Head::default() }
    }

    /// Bytes in memory.
    pub(super) fn bytes(&self) -> usize {
        // The labels are also the key of the index; they are shared.
        size_of::<Self>()
            + self.labels.bytes()
            + self.head.bytes()
            + self.chunks.iter().map(Chunk::bytes).sum::<usize>()
    }

    /// The newest sample's time.
    pub(super) fn last_ms(&self) -> Option<i64> {
        if self.head.count > 0 {
            return Some(self.head.last_ms);
        }
        self.chunks.back().map(|chunk| chunk.last_ms)
    }

    pub(super) fn append(&mut self, at_ms: i64, value: f64) -> Appended {
        let outcome = match self.last_ms() {
            Some(last) if at_ms < last => Append::OutOfOrder,
            Some(last) if at_ms == last => {
                let same = self.head.last.to_bits() == value.to_bits();
                if same { Append::Duplicate } else { Append::Conflict }
            }
            Some(_) | None => Append::Stored,
        };
        if outcome != Append::Stored {
            return Appended { outcome, sealed: false };
        }
        self.head.push(at_ms, value);
        let sealed = self.head.count >= FULL;
        if sealed {
            self.chunks.push_back(self.head.seal());
        }
        Appended { outcome, sealed }
    }

    /// Appends the samples inside the window to `into`.
    pub(super) fn read(&self, window: Window, into: &mut Samples) {
        let mut keep = |at: i64, value: f64| {
            if at > window.until_ms {
                return ControlFlow::Break(());
            }
            if at > window.after_ms {
                into.push(at, value);
            }
            ControlFlow::Continue(())
        };
        for chunk in &self.chunks {
            if chunk.last_ms > window.after_ms && chunk.first_ms <= window.until_ms {
                chunk.each(&mut keep);
            }
        }
        let head = &self.head;
        if head.count > 0 && head.last_ms > window.after_ms && head.first_ms <= window.until_ms {
            self.head.each(&mut keep);
        }
    }

    /// Forgets everything after `to_ms`.
    pub(super) fn rewind(&mut self, to_ms: i64) {
        if self.last_ms().is_none_or(|last| last <= to_ms) {
            return;
        }
        let mut kept = Samples::default();
        let window = |chunk: &Chunk| Window { after_ms: chunk.first_ms - 1, until_ms: to_ms };
        let mut inside = |at: i64, value: f64| {
            if at > to_ms {
                return ControlFlow::Break(());
            }
            kept.push(at, value);
            ControlFlow::Continue(())
        };
        while self.chunks.back().is_some_and(|chunk| window(chunk).until_ms < chunk.last_ms) {
            let Some(chunk) = self.chunks.pop_back() else {
                break;
            };
            if chunk.first_ms <= to_ms {
                chunk.each(&mut inside);
            }
        }
        if self.head.count > 0 && self.head.first_ms <= to_ms {
            self.head.each(&mut inside);
        }
        self.head = Head::default();
        for (at, value) in kept.times.iter().zip(&kept.values) {
            self.head.push(*at, *value);
        }
    }
}
