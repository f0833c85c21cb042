//! The sample store of the embedded scraper: compressed, in memory, bounded by
//! bytes, age and number of series.
//!
//! One owner appends (`&mut`), readers select (`&`); whoever shares it puts it
//! behind a lock. When it is full the oldest chunk of all goes first. Nothing
//! is written to disk: error budgets keep their own slots, raw samples live a
//! few hours.
//!
//! Clocks jump. Backwards: [`Store::rewind`] forgets what lies in the new
//! future, so that scraping goes on at once instead of being "out of order"
//! until the old time comes round. Forwards: [`Store::sweep`] moves its horizon
//! by at most [`SWEEP_STEP_MS`] per call, so that one wrong reading cannot age
//! out everything.

mod bits;
mod chunk;
mod series;

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, VecDeque};
use std::hash::{Hash, Hasher};

use thiserror::Error;

use crate::promql::{Error, Labels, Matcher, Op, Samples, Series, Visit, Window, all_match};
pub use series::Append;
use series::Stored;

/// The farthest the age horizon moves in one sweep: ten minutes.
pub const SWEEP_STEP_MS: i64 = 600_000;

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

/// A handle to a stored series. It stays valid until the series is evicted and
/// never comes to mean another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SeriesId {
    slot: u32,
    generation: u32,
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

#[derive(Debug, Default)]
struct Slot {
    generation: u32,
    stored: Option<Stored>,
}

/// The store.
#[derive(Debug)]
pub struct Store {
    caps: Caps,
    slots: Vec<Slot>,
    free: Vec<u32>,
    by_labels: HashMap<Labels, SeriesId>,
    /// Slots by label pair. Slots of removed series stay in the lists until
    /// half of them are stale; whoever reads a list checks the labels.
    postings: HashMap<u64, Vec<u32>>,
    stale: usize,
    /// Series that sealed a chunk, oldest first: the order of eviction.
    sealed: VecDeque<SeriesId>,
    bytes: usize,
    evicted: usize,
    horizon_ms: Option<i64>,
    clock_ms: Option<i64>,
}

/// What the indexes cost for a series: a map entry and a slot, and a place in
/// the list of each label pair.
fn index_bytes(labels: &Labels) -> usize {
    96 + 8 * labels.len()
}

/// The key of a label pair. Collisions only make a list longer.
fn pair(name: &str, value: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (name, value).hash(&mut hasher);
    hasher.finish()
}

impl Store {
    /// An empty store.
    pub fn new(caps: Caps) -> Self {
        Self {
            caps,
            slots: Vec::new(),
            free: Vec::new(),
            by_labels: HashMap::new(),
            postings: HashMap::new(),
            stale: 0,
            sealed: VecDeque::new(),
            bytes: 0,
            evicted: 0,
            horizon_ms: None,
            clock_ms: None,
        }
    }

    /// The series with these labels, made if it is not there.
    ///
    /// # Errors
    /// The store holds as many series or bytes as it may.
    pub fn series(&mut self, labels: &Labels) -> Result<SeriesId, Full> {
        if let Some(id) = self.by_labels.get(labels) {
            return Ok(*id);
        }
        let stored = Stored::new(labels.clone());
        let bytes = stored.bytes() + index_bytes(labels);
        self.make_room(bytes);
        if self.by_labels.len() >= self.caps.series || self.bytes + bytes > self.caps.bytes {
            return Err(Full { series: self.by_labels.len(), bytes: self.bytes });
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::default());
            (self.slots.len() - 1) as u32
        });
        let place = &mut self.slots[slot as usize];
        place.stored = Some(stored);
        let id = SeriesId { slot, generation: place.generation };
        self.by_labels.insert(labels.clone(), id);
        self.index(labels, slot);
        self.bytes += bytes;
        Ok(id)
    }

    fn index(&mut self, labels: &Labels, slot: u32) {
        for (name, value) in labels.iter() {
            let list = self.postings.entry(pair(name, value)).or_default();
            // Slots mostly rise, so this is mostly a push at the end.
            if let Err(place) = list.binary_search(&slot) {
                list.insert(place, slot);
            }
        }
    }

    /// Builds the lists anew, without the slots of removed series.
    fn reindex(&mut self) {
        self.postings.clear();
        self.stale = 0;
        let live: Vec<(Labels, u32)> =
            self.by_labels.iter().map(|(labels, id)| (labels.clone(), id.slot)).collect();
        for (labels, slot) in live {
            self.index(&labels, slot);
        }
    }

    fn stored(&self, id: SeriesId) -> Option<&Stored> {
        let slot = self.slots.get(id.slot as usize)?;
        slot.stored.as_ref().filter(|_| slot.generation == id.generation)
    }

    fn stored_mut(&mut self, id: SeriesId) -> Option<&mut Stored> {
        let slot = self.slots.get_mut(id.slot as usize)?;
        let same = slot.generation == id.generation;
        slot.stored.as_mut().filter(|_| same)
    }

    /// The labels of a series.
    pub fn labels(&self, id: SeriesId) -> Option<&Labels> {
        self.stored(id).map(|stored| &stored.labels)
    }

    /// Appends a sample; a staleness marker is a sample like any other.
    pub fn append(&mut self, id: SeriesId, at_ms: i64, value: f64) -> Append {
        let Some(stored) = self.stored_mut(id) else {
            return Append::Gone;
        };
        let before = stored.head.bytes();
        let appended = stored.append(at_ms, value);
        let mut grown = stored.head.bytes().saturating_sub(before);
        if appended.sealed {
            grown += stored.chunks.back().map_or(0, chunk::Chunk::bytes);
            self.sealed.push_back(id);
        }
        self.bytes += grown;
        if self.bytes > self.caps.bytes {
            self.make_room(0);
        }
        appended.outcome
    }

    /// Evicts oldest chunks until `more` bytes fit.
    fn make_room(&mut self, more: usize) {
        while self.bytes + more > self.caps.bytes && self.evict_oldest() {}
    }

    fn evict_oldest(&mut self) -> bool {
        let Some(id) = self.sealed.pop_front() else {
            return false;
        };
        if let Some(stored) = self.stored_mut(id)
            && let Some(chunk) = stored.chunks.pop_front()
        {
            self.bytes = self.bytes.saturating_sub(chunk.bytes());
            self.evicted += 1;
        }
        true
    }

    /// Drops what is older than the cap, and series that have nothing left.
    pub fn sweep(&mut self, now_ms: i64) {
        let wanted = now_ms - self.caps.age_ms;
        let horizon = match self.horizon_ms {
            Some(before) if wanted > before => wanted.min(before + SWEEP_STEP_MS),
            Some(_) | None => wanted,
        };
        self.horizon_ms = Some(horizon);
        while let Some(id) = self.sealed.front() {
            let front = self.stored(*id).and_then(|stored| stored.chunks.front());
            if front.is_some_and(|chunk| chunk.last_ms >= horizon) {
                break;
            }
            self.evict_oldest();
        }
        let over = |slot: &Slot| {
            let stored = slot.stored.as_ref()?;
            let idle = stored.last_ms().is_none_or(|last| last < horizon);
            idle.then(|| stored.labels.clone())
        };
        let gone: Vec<Labels> = self.slots.iter().filter_map(over).collect();
        for labels in gone {
            self.remove(&labels);
        }
        if self.stale > self.by_labels.len() {
            self.reindex();
        }
    }

    fn remove(&mut self, labels: &Labels) {
        let Some(id) = self.by_labels.remove(labels) else {
            return;
        };
        let slot = &mut self.slots[id.slot as usize];
        if let Some(stored) = slot.stored.take() {
            self.bytes = self.bytes.saturating_sub(stored.bytes() + index_bytes(labels));
        }
        slot.generation = slot.generation.wrapping_add(1);
        self.free.push(id.slot);
        self.stale += 1;
    }

    /// Looks at the wall clock before appending under it. When it stands more
    /// than `tolerance_ms` before where it was, the future is forgotten; tells
    /// whether that happened.
    pub fn observe_clock(&mut self, now_ms: i64, tolerance_ms: i64) -> bool {
        let jumped = self.clock_ms.is_some_and(|before| now_ms < before - tolerance_ms);
        if jumped {
            self.rewind(now_ms);
        }
        self.clock_ms = Some(now_ms);
        jumped
    }

    /// Forgets every sample after `to_ms`: the clock went back, and what was
    /// written under the wrong time would block what comes now.
    pub fn rewind(&mut self, to_ms: i64) {
        for slot in &mut self.slots {
            if let Some(stored) = &mut slot.stored {
                let before = stored.bytes();
                stored.rewind(to_ms);
                self.bytes = (self.bytes + stored.bytes()).saturating_sub(before);
            }
        }
        self.horizon_ms = None;
    }

    /// What the store holds now.
    pub fn stats(&self) -> Stats {
        let mut stats = Stats {
            series: self.by_labels.len(),
            bytes: self.bytes,
            evicted_chunks: self.evicted,
            ..Stats::default()
        };
        for stored in self.slots.iter().filter_map(|slot| slot.stored.as_ref()) {
            stats.samples += usize::from(stored.head.count);
            stats.sample_bytes += stored.head.bytes();
            for chunk in &stored.chunks {
                stats.samples += usize::from(chunk.count);
                stats.sample_bytes += chunk.bytes();
            }
        }
        stats
    }

    /// Series that can satisfy the matchers: those of the shortest list of a
    /// label pair that is asked for, or all.
    fn candidates<'a>(&'a self, matchers: &[Matcher]) -> Box<dyn Iterator<Item = &'a Stored> + 'a> {
        let asked = matchers.iter().filter(|m| matches!(m.op, Op::Equal) && !m.value.is_empty());
        let lists = asked.map(|m| self.postings.get(&pair(&m.name, &m.value)).map_or(&[][..], Vec::as_slice));
        match lists.min_by_key(|list| list.len()) {
            Some(slots) => Box::new(slots.iter().filter_map(|s| self.slots[*s as usize].stored.as_ref())),
            None => Box::new(self.slots.iter().filter_map(|slot| slot.stored.as_ref())),
        }
    }
}

impl Series for Store {
    fn select(&self, matchers: &[Matcher], window: Window, visit: &mut Visit<'_>) -> Result<(), Error> {
        let mut samples = Samples::default();
        for stored in self.candidates(matchers) {
            if !all_match(matchers, &stored.labels) {
                continue;
            }
            samples.clear();
            stored.read(window, &mut samples);
            if !samples.is_empty() {
                visit(&stored.labels, &samples)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
