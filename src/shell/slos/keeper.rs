//! The slots of every objective, in memory and on disk.

use super::Definitions;
use super::groups::Groups;
use super::held::{Held, Known, digest};
use crate::domain::{SignalSource, Slot};
use crate::metrics::prometheus::IN_FLIGHT;
use crate::promql::{Answers, Error};
use crate::shell::at_once::at_once;
use crate::slo::{Board, Past, Piece, Sight, Sli, Slo, SloStatus, assess, backtest, contributors};
use crate::store::SlotStore;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// Who burns a budget is asked again after this long, of so many at once: each
/// costs five questions.
const WHO_EVERY_S: i64 = 60;
const WHO_AT_ONCE: usize = 2;

/// The slot under way is written down this often.
const DRAFT_S: i64 = 60;

/// Slots that others made for an objective: the demo's simulated past.
pub type History = Arc<dyn Fn(&Slo) -> Vec<Slot> + Send + Sync>;

/// Keeps objectives. One owner, one round at a time.
pub struct Keeper {
    held: Vec<Held>,
    definitions: Definitions,
    /// Label sets of objectives that are split.
    groups: Groups,
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

impl Keeper {
    /// Keeps nothing yet. `place` says for people where files are looked for;
    /// `remembers` whether what is asked knows the past.
    pub fn new(place: String, folder: Option<&Path>, history: Option<History>, remembers: bool) -> Self {
        let (store, trouble) = match folder.map(SlotStore::open).transpose() {
            Ok(store) => (store, None),
            Err(fault) => (None, Some(format!("slots are not kept: {fault}"))),
        };
        let (held, definitions, groups) = (Vec::new(), Definitions::default(), Groups::default());
        Self { held, definitions, groups, place, store, history, remembers, drafted: 0, trouble }
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
        self.definitions = definitions;
        self.groups.recall(&self.definitions.slos, self.store.as_ref());
        self.hold(now);
    }

    /// Holds what the definitions are split into; what was held before stays.
    fn hold(&mut self, now: i64) {
        let mut before: Vec<Held> = std::mem::take(&mut self.held);
        for slo in self.groups.split(&self.definitions.slos) {
            let digest = digest(&slo);
            let known = before.iter().position(|held| held.slo.id == slo.id && held.digest == digest);
            let held = if let Some(at) = known {
                before.swap_remove(at).defined(slo)
            } else {
                let (history, store) = (self.history.as_ref(), self.store.as_ref());
                let known = Known { history, store, remembers: self.remembers };
                Held::begin(slo, digest, now, known, &mut self.trouble)
            };
            self.held.push(held);
        }
    }

    /// Counts every objective up to `now` (seconds since the epoch) and says how
    /// they stand.
    pub fn round(&mut self, source: &dyn Answers, from: SignalSource, now: i64) -> Board {
        let draft = now - self.drafted >= DRAFT_S;
        if draft {
            self.drafted = now;
        }
        if self.groups.ask(&self.definitions.slos, source, self.store.as_ref(), now) {
            self.hold(now);
        }
        // A server that fails once is not asked for every objective.
        let (down, unkept) = (OnceLock::<String>::new(), OnceLock::<String>::new());
        let (store, look) = (self.store.as_ref(), !self.remembers);
        let counted = self.held.iter_mut().filter(|held| !held.is_composite());
        // Our own evaluator has no waiting that others could use.
        at_once(counted, if self.remembers { IN_FLIGHT } else { 1 }, |held| {
            if let Some(why) = down.get() {
                held.trouble = Some(why.clone());
                return;
            }
            if let Err(Error::Source(why)) = held.count(source, look, now) {
                let _the_first_counts = down.set(why);
            }
            if let Some(Err(fault)) = store.map(|store| held.write_down(store, now, draft)) {
                let _the_first_counts = unkept.set(format!("slots are not kept: {fault}"));
            }
        });
        self.trouble = unkept.into_inner().or(self.trouble.take());
        if down.get().is_none() {
            self.ask_who_burns(source, now);
        }
        self.play();
        self.board(Some(from), now)
    }

    /// Asks who burns what: of a few objectives in each round, those whose answer
    /// is oldest and of these the ones that burn most, so that a hundred cost no
    /// more than two.
    fn ask_who_burns(&mut self, source: &dyn Answers, now: i64) {
        let asked = |held: &Held| held.burnt_by.as_ref().map_or(i64::MIN, |(at, _)| *at);
        let mut due: Vec<&mut Held> =
            self.held.iter_mut().filter(|held| held.burns(now) && asked(held) <= now - WHO_EVERY_S).collect();
        due.sort_by(|a, b| asked(a).cmp(&asked(b)).then_with(|| b.bad_share().total_cmp(&a.bad_share())));
        for held in due.into_iter().take(WHO_AT_ONCE) {
            // What fails is asked again a minute later; the count says why it fails.
            let found = contributors(&held.slo, source, now).unwrap_or_default();
            held.burnt_by = Some((now, Arc::new(found)));
        }
    }

    /// Plays alert tables over the history again, each once in an hour: it takes
    /// a few milliseconds for each month.
    fn play(&mut self) {
        const HOUR: u32 = 12;
        let again = |held: &Held| {
            let (past, _, _) = self.past(held);
            let (_, last) = past.span()?;
            let due = held.played.as_ref().is_none_or(|(at, _)| last.index >= at + HOUR);
            due.then(|| (last.index, Arc::new(backtest(&held.slo, past))))
        };
        let played: Vec<_> = self.held.iter().map(again).collect();
        for (held, played) in self.held.iter_mut().zip(played) {
            held.played = played.or(held.played.take());
        }
    }

    /// An objective's past, up to when it was counted, and what is wrong: its
    /// own, or that of its parts.
    fn past<'a>(&'a self, held: &'a Held) -> (Past<'a>, i64, Option<&'a str>) {
        let Sli::Composite { parts } = &held.slo.sli else {
            return (Past::Slots(&held.slots), held.frontier, held.trouble.as_deref());
        };
        let of = |id: &str| self.held.iter().find(|other| other.slo.id == id);
        let all: Vec<_> = parts.iter().filter_map(|part| Some((part, of(&part.id)?))).collect();
        let frontier = all.iter().map(|(_, held)| held.frontier).min().unwrap_or(held.frontier);
        let missing = (all.len() < parts.len()).then_some("one of its parts is not counted");
        let trouble = all.iter().find_map(|(_, held)| held.trouble.as_deref()).or(missing);
        let pieces = all.into_iter().map(|(part, held)| Piece { part, slots: &held.slots });
        (Past::Parts(pieces.collect()), frontier, trouble)
    }

    /// How they stand, without counting anew.
    pub fn board(&self, source: Option<SignalSource>, now: i64) -> Board {
        let stand = |held: &Held| {
            let (past, frontier, trouble) = self.past(held);
            let sight = Sight { now, frontier, trouble };
            let backtest = held.played.as_ref().map(|(_, played)| played.clone());
            let contributors =
                held.burnt_by.as_ref().filter(|_| held.burns(now)).map(|(_, found)| found.clone());
            Arc::new(SloStatus { backtest, contributors, ..assess(&held.slo, past, sight) })
        };
        let mut board = Board {
            folder: self.place.clone(),
            slos: self.held.iter().map(stand).collect(),
            policies: self.definitions.policies.clone(),
            findings: self.definitions.findings.clone(),
            source,
            warnings: self.warnings(),
        };
        board.sort();
        board
    }

    fn warnings(&self) -> Vec<String> {
        let mut warnings: Vec<String> = self.trouble.iter().cloned().collect();
        warnings.extend(self.groups.warnings());
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

    /// The past of an objective, for those that look at its history.
    pub fn history(&self, id: &str) -> Past<'_> {
        let held = self.held.iter().find(|held| held.slo.id == id);
        held.map_or(Past::Slots(&[]), |held| self.past(held).0)
    }
}
