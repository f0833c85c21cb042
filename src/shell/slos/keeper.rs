//! The slots of every objective, in memory and on disk.

use super::Definitions;
use crate::domain::{SLOT_S, SignalSource, Slot};
use crate::promql::{Answers, Error};
use crate::slo::{Backtest, Board, LEAST, Reach, Sight, Slo, SloStatus, assess, backtest, measure};
use crate::store::{SLOTS_KEPT, SlotStore};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// A slot is counted anew until this long after its end: a page read in its
/// last seconds may still be on its way.
const SETTLE_S: i64 = 30;

/// The slot under way is written down this often.
const DRAFT_S: i64 = 60;

/// Slots that others made for an objective: the demo's simulated past.
pub type History = Arc<dyn Fn(&Slo) -> Vec<Slot> + Send + Sync>;

/// Keeps objectives. One owner, one round at a time.
pub struct Keeper {
    held: Vec<Held>,
    definitions: Definitions,
    place: String,
    store: Option<SlotStore>,
    history: Option<History>,
    /// Whether a server is asked, which has a past; else our own short memory.
    remembers: bool,
    drafted: i64,
    trouble: Option<String>,
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeper").field("held", &self.held.len()).finish_non_exhaustive()
    }
}

/// One objective with what is known of it.
struct Held {
    slo: Arc<Slo>,
    digest: u64,
    /// By index, none twice.
    slots: Vec<Slot>,
    /// The first slot that is not final.
    next: u32,
    /// What an earlier process counted in the slot that was under way.
    base: Option<Slot>,
    frontier: i64,
    /// The alert table over the history, and how long that was.
    played: Option<(u32, Arc<Backtest>)>,
    trouble: Option<String>,
}

impl Keeper {
    /// Keeps nothing yet. `place` says for people where files are looked for;
    /// `remembers` whether what is asked knows the past.
    pub fn new(place: String, folder: Option<&Path>, history: Option<History>, remembers: bool) -> Self {
        let (store, trouble) = match folder.map(SlotStore::open).transpose() {
            Ok(store) => (store, None),
            Err(fault) => (None, Some(format!("slots are not kept: {fault}"))),
        };
        let (held, definitions) = (Vec::new(), Definitions::default());
        Self { held, definitions, place, store, history, remembers, drafted: 0, trouble }
    }

    /// One that only looks at what `store` holds.
    pub fn reading(place: String, store: SlotStore) -> Self {
        Self { store: Some(store), ..Self::new(place, None, None, false) }
    }

    /// Takes the definitions as they are now; slots of objectives that were
    /// known before stay.
    pub fn define(&mut self, definitions: Definitions, now: i64) {
        if self.definitions == definitions {
            return;
        }
        let mut before: Vec<Held> = std::mem::take(&mut self.held);
        for slo in &definitions.slos {
            let digest = digest(slo);
            let known = before.iter().position(|held| held.slo.id == slo.id && held.digest == digest);
            let held = match known {
                Some(at) => Held { slo: Arc::new(slo.clone()), ..before.swap_remove(at) },
                None => self.begin(slo, digest, now),
            };
            self.held.push(held);
        }
        self.definitions = definitions;
    }

    fn begin(&mut self, slo: &Slo, digest: u64, now: i64) -> Held {
        let under_way = Slot::index_at(now);
        let oldest = under_way.saturating_sub(SLOTS_KEPT);
        let mut slots = self.history.as_ref().map(|history| history(slo)).unwrap_or_default();
        if let Some(store) = &self.store {
            match store.load(&slo.id, digest, oldest) {
                Ok(loaded) => {
                    if loaded.damaged > 0 {
                        tracing::warn!(
                            "slots of {}: {} bytes were damaged and left out",
                            slo.id,
                            loaded.damaged
                        );
                    }
                    for slot in loaded.slots {
                        put(&mut slots, slot);
                    }
                }
                Err(fault) => self.trouble = Some(format!("slots of {} cannot be read: {fault}", slo.id)),
            }
        }
        // A clock that was ahead must not leave slots that have not happened.
        slots.retain(|slot| slot.index <= under_way);
        let base = slots.last().copied().filter(|slot| slot.index == under_way && !self.remembers);
        let next = if self.remembers {
            // A server knows what happened while nobody looked.
            let window =
                u32::try_from(slo.window.length().as_secs() / u64::from(SLOT_S)).unwrap_or(SLOTS_KEPT);
            let back = under_way.saturating_sub(window.min(SLOTS_KEPT));
            slots.last().map_or(back, |last| last.index).max(back)
        } else {
            under_way
        };
        let frontier = slots.last().map_or(now, |slot| slot.ends().min(now));
        Held { slo: Arc::new(slo.clone()), digest, slots, next, base, frontier, played: None, trouble: None }
    }

    /// Counts every objective up to `now` (seconds since the epoch) and says how
    /// they stand.
    pub fn round(&mut self, source: &dyn Answers, from: SignalSource, now: i64) -> Board {
        let draft = now - self.drafted >= DRAFT_S;
        if draft {
            self.drafted = now;
        }
        // A server that fails once is not asked for every objective.
        let mut down: Option<String> = None;
        for held in &mut self.held {
            if down.is_some() {
                held.trouble.clone_from(&down);
                continue;
            }
            if let Err(Error::Source(why)) = held.count(source, !self.remembers, now) {
                down = Some(why);
            }
            held.play();
            if let Some(store) = &self.store
                && let Err(fault) = held.write_down(store, now, draft)
            {
                self.trouble = Some(format!("slots are not kept: {fault}"));
            }
        }
        self.board(Some(from), now)
    }

    /// How they stand, without counting anew.
    pub fn board(&self, source: Option<SignalSource>, now: i64) -> Board {
        let stand = |held: &Held| {
            let sight = Sight { now, frontier: held.frontier, trouble: held.trouble.as_deref() };
            let backtest = held.played.as_ref().map(|(_, played)| played.clone());
            Arc::new(SloStatus { backtest, ..assess(&held.slo, &held.slots, sight) })
        };
        let mut board = Board {
            folder: self.place.clone(),
            slos: self.held.iter().map(stand).collect(),
            findings: self.definitions.findings.clone(),
            source,
            warnings: self.warnings(),
        };
        board.sort();
        board
    }

    fn warnings(&self) -> Vec<String> {
        let mut warnings: Vec<String> = self.trouble.iter().cloned().collect();
        for why in self.held.iter().filter_map(|held| held.trouble.as_ref()) {
            if !warnings.contains(why) {
                warnings.push(why.clone());
            }
        }
        if self.store.as_ref().is_some_and(|store| !store.writes()) {
            warnings.push("another qd keeps the slots of this context; this one only counts".to_owned());
        }
        warnings
    }

    /// The slots of an objective, for those that look at its history.
    pub fn slots(&self, id: &str) -> &[Slot] {
        self.held.iter().find(|held| held.slo.id == id).map_or(&[], |held| &held.slots)
    }
}

impl Held {
    fn count(&mut self, source: &dyn Answers, look: bool, now: i64) -> Result<(), Error> {
        match measure(&self.slo, source, Reach { first: self.next, now, look }) {
            Ok(found) => {
                for mut slot in found {
                    if let Some(base) = self.base.filter(|base| base.index == slot.index) {
                        slot = base.plus(slot);
                    }
                    put(&mut self.slots, slot);
                }
                self.trouble = None;
                let begin = i64::from(Slot::index_at(now)) * i64::from(SLOT_S);
                let least = i64::try_from(LEAST.as_secs()).unwrap_or(0);
                self.frontier = if now - begin >= least { now } else { begin };
                Ok(())
            }
            Err(error) => {
                self.trouble = Some(error.to_string());
                Err(error)
            }
        }
    }

    /// Plays the alert table over the history again, once in an hour: it takes a
    /// few milliseconds for each month.
    fn play(&mut self) {
        const HOUR: u32 = 12;
        let Some(last) = self.slots.last().map(|slot| slot.index) else { return };
        if self.played.as_ref().is_none_or(|(at, _)| last >= at + HOUR) {
            self.played = Some((last, Arc::new(backtest(&self.slo, &self.slots))));
        }
    }

    /// Writes what is final since the last time, and now and then the slot
    /// under way; what did not work is tried again.
    fn write_down(&mut self, store: &SlotStore, now: i64, draft: bool) -> Result<(), crate::domain::Fault> {
        if self.trouble.is_some() {
            return Ok(());
        }
        let is_final = |slot: &Slot| slot.ends() + SETTLE_S <= now;
        let new: Vec<Slot> =
            self.slots.iter().filter(|slot| slot.index >= self.next && !slot.simulated).copied().collect();
        let (ended, under_way): (Vec<Slot>, Vec<Slot>) = new.into_iter().partition(is_final);
        store.append(&self.slo.id, self.digest, &ended, true)?;
        if draft {
            store.append(&self.slo.id, self.digest, &under_way, false)?;
        }
        let first_open = Slot::index_at(now - SETTLE_S);
        self.next = self.next.max(first_open);
        let oldest = first_open.saturating_sub(SLOTS_KEPT);
        if self.slots.first().is_some_and(|slot| slot.index < oldest) {
            self.slots.retain(|slot| slot.index >= oldest);
        }
        Ok(())
    }
}

/// Puts a slot in its place; a newer count replaces an older one.
fn put(slots: &mut Vec<Slot>, slot: Slot) {
    match slots.binary_search_by_key(&slot.index, |known| known.index) {
        Ok(at) => {
            if let Some(known) = slots.get_mut(at) {
                *known = slot;
            }
        }
        Err(at) => slots.insert(at, slot),
    }
}

/// What an objective's slots depend on: its indicator (FNV-1a over its JSON).
/// Another objective or window counts the same events.
pub fn digest(slo: &Slo) -> u64 {
    let text = serde_json::to_string(&slo.sli).unwrap_or_default();
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
