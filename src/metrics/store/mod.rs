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
mod bounds;
mod chunk;
mod index;
mod series;

use std::collections::{HashMap, VecDeque};

use crate::promql::{Error, Labels, Matcher, Samples, Series, Visit, Window, all_match};
pub use bounds::{Caps, Full, Stats};
use index::Index;
pub use series::Append;
use series::Stored;

/// The farthest the age horizon moves in one sweep: ten minutes.
pub const SWEEP_STEP_MS: i64 = 600_000;

/// A handle to a stored series. It stays valid until the series is evicted and
/// never comes to mean another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SeriesId {
    slot: u32,
    generation: u32,
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
    /// Slots by label pair. Slots of removed series stay in it until half of
    /// them are stale; whoever reads it checks the labels.
    index: Index,
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

impl Store {
    /// An empty store.
    pub fn new(caps: Caps) -> Self {
        Self {
            caps,
            slots: Vec::new(),
            free: Vec::new(),
            by_labels: HashMap::new(),
            index: Index::default(),
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
        if self.by_labels.len() >= self.caps.series || self.held() + bytes > self.caps.bytes {
            return Err(Full { series: self.by_labels.len(), bytes: self.held() });
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::default());
            (self.slots.len() - 1) as u32
        });
        let place = &mut self.slots[slot as usize];
        place.stored = Some(stored);
        let id = SeriesId { slot, generation: place.generation };
        self.by_labels.insert(labels.clone(), id);
        self.index.add(labels, slot);
        self.bytes += bytes;
        Ok(id)
    }

    /// Bytes held, everything included.
    fn held(&self) -> usize {
        self.bytes + self.index.bytes()
    }

    /// Builds the index anew, without the slots of removed series.
    fn reindex(&mut self) {
        self.index = Index::default();
        self.stale = 0;
        let mut live: Vec<(&Labels, u32)> =
            self.by_labels.iter().map(|(labels, id)| (labels, id.slot)).collect();
        // In the order of slots every list grows at its end.
        live.sort_unstable_by_key(|(_, slot)| *slot);
        for (labels, slot) in live {
            self.index.add(labels, slot);
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
        let mut after = stored.head.bytes();
        if appended.sealed {
            after += stored.chunks.back().map_or(0, chunk::Chunk::bytes);
            self.sealed.push_back(id);
        }
        self.bytes = (self.bytes + after).saturating_sub(before);
        if self.held() > self.caps.bytes {
            self.make_room(0);
        }
        appended.outcome
    }

    /// Drops the samples at these times that are not sealed yet; markers stay.
    pub fn thin(&mut self, id: SeriesId, times: &[i64]) {
        let Some(stored) = self.stored_mut(id) else { return };
        let before = stored.head.bytes();
        stored.head.thin(times);
        let after = stored.head.bytes();
        self.bytes = (self.bytes + after).saturating_sub(before);
    }

    /// Evicts oldest chunks until `more` bytes fit.
    fn make_room(&mut self, more: usize) {
        while self.held() + more > self.caps.bytes && self.evict_oldest() {}
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
            bytes: self.held(),
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

    /// Series that can satisfy the matchers.
    fn candidates<'a>(&'a self, matchers: &[Matcher]) -> Box<dyn Iterator<Item = &'a Stored> + 'a> {
        match self.index.candidates(matchers) {
            Some(slots) => Box::new(slots.into_iter().filter_map(|s| self.slots[s as usize].stored.as_ref())),
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
