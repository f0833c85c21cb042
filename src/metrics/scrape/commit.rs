//! From a page to appended samples: one target's memory between scrapes.

use std::collections::HashMap;

use super::Target;
use super::labels::joined;
use crate::metrics::store::{Append, Full, SeriesId, Store};
use crate::metrics::text::{self, Caps, Format, Item, Refused, Sample, Summary};
use crate::promql::Labels;
use crate::promql::labels::NAME;
use crate::promql::stale::STALE;

/// An exposed time may be this far ahead, milliseconds: clocks of pods differ,
/// but a sample of tomorrow would hide everything until then.
const AHEAD_MS: i64 = 600_000;

/// How far back the clock may be seen before it counts as a jump,
/// milliseconds.
const JUMP_MS: i64 = 2_000;

/// What became of one scrape.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// The page was fetched and was metrics.
    pub up: bool,
    /// Samples on the page.
    pub scraped: usize,
    /// Samples stored.
    pub stored: usize,
    /// Series this target did not have in its scrape before.
    pub added: usize,
    /// Series that ended and got a staleness marker.
    pub ended: usize,
    /// The same series twice on the page; the first was kept.
    pub duplicates: usize,
    /// Samples older than what the store has, or too far in the future.
    pub out_of_order: usize,
    /// The store had no room for a series; how many samples were lost.
    pub refused: usize,
    /// Why it had none.
    pub full: Option<Full>,
    /// The parser's account: bad lines, caps, truncation.
    pub page: Summary,
    /// Why the target is not up.
    pub error: Option<String>,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    id: SeriesId,
    round: u64,
    /// The page gives its times: no staleness markers then.
    timed: bool,
}

/// The names of the series a scrape adds about itself.
const REPORT: [&str; 5] = [
    "up",
    "scrape_duration_seconds",
    "scrape_samples_scraped",
    "scrape_samples_post_metric_relabeling",
    "scrape_series_added",
];

/// What is remembered of one target: which text on its page is which series.
#[derive(Debug, Default)]
pub struct TargetState {
    known: HashMap<Box<str>, Known>,
    round: u64,
}

/// When a scrape happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Its start, milliseconds since the epoch: the time of its samples.
    pub start_ms: i64,
    /// How long it took, milliseconds.
    pub took_ms: i64,
}

impl TargetState {
    /// Stores a page, or marks every series of the target as ended when there
    /// is none (`body` is an error text then).
    pub fn commit(
        &mut self,
        target: &Target,
        body: Result<(&[u8], Format), &str>,
        moment: Moment,
        caps: &Caps,
        store: &mut Store,
    ) -> Outcome {
        store.observe_clock(moment.start_ms + moment.took_ms, JUMP_MS);
        self.round += 1;
        let mut outcome = Outcome::default();
        match body {
            Ok((page, format)) => match self.page(target, page, format, moment, caps, store, &mut outcome) {
                Ok(summary) => {
                    outcome.up = true;
                    outcome.page = summary;
                }
                Err(refused) => outcome.error = Some(refused.to_string()),
            },
            Err(error) => outcome.error = Some(error.to_owned()),
        }
        self.end_missing(moment.start_ms, store, &mut outcome);
        report(target, moment, &outcome, store);
        outcome
    }

    #[allow(clippy::too_many_arguments, reason = "one scrape has this many parts")]
    fn page(
        &mut self,
        target: &Target,
        page: &[u8],
        format: Format,
        moment: Moment,
        caps: &Caps,
        store: &mut Store,
        outcome: &mut Outcome,
    ) -> Result<Summary, Refused> {
        text::parse(page, format, caps, &mut |item| {
            if let Item::Sample(sample) = item {
                outcome.scraped += 1;
                self.sample(target, sample, moment.start_ms, store, outcome);
            }
        })
    }

    fn sample(
        &mut self,
        target: &Target,
        sample: &Sample<'_, '_>,
        start_ms: i64,
        store: &mut Store,
        outcome: &mut Outcome,
    ) {
        let exposed = sample.time_ms.filter(|_| target.honor_timestamps);
        let at_ms = exposed.unwrap_or(start_ms);
        if at_ms > start_ms + AHEAD_MS {
            outcome.out_of_order += 1;
            return;
        }
        let round = self.round;
        let known = match self.known.get_mut(sample.series) {
            Some(known) => known,
            None => match self.learn(target, sample, exposed.is_some(), store) {
                Ok(known) => {
                    outcome.added += 1;
                    known
                }
                Err(full) => {
                    outcome.refused += 1;
                    outcome.full = Some(full);
                    return;
                }
            },
        };
        if known.round == round {
            outcome.duplicates += 1;
            return;
        }
        known.round = round;
        match store.append(known.id, at_ms, sample.value) {
            Append::Stored => outcome.stored += 1,
            // Other text, same labels: the same series twice on the page. With
            // exposed times it is the old sample seen again.
            Append::Duplicate if exposed.is_some() => {}
            Append::Duplicate | Append::Conflict => outcome.duplicates += 1,
            Append::OutOfOrder => outcome.out_of_order += 1,
            Append::Gone => {
                self.known.remove(sample.series);
                self.sample(target, sample, start_ms, store, outcome);
            }
        }
    }

    fn learn(
        &mut self,
        target: &Target,
        sample: &Sample<'_, '_>,
        timed: bool,
        store: &mut Store,
    ) -> Result<&mut Known, Full> {
        let id = store.series(&joined(sample, target))?;
        let known = Known { id, round: self.round.wrapping_sub(1), timed };
        Ok(self.known.entry(sample.series.into()).or_insert(known))
    }

    /// Series that were there and are not any more get a marker, once.
    fn end_missing(&mut self, at_ms: i64, store: &mut Store, outcome: &mut Outcome) {
        let round = self.round;
        self.known.retain(|_, known| {
            if known.round == round {
                return true;
            }
            if !known.timed && store.append(known.id, at_ms, STALE) == Append::Stored {
                outcome.ended += 1;
            }
            false
        });
    }

    /// Ends every series of a target that is scraped no more, its own report
    /// included.
    pub fn end(&mut self, target: &Target, at_ms: i64, store: &mut Store) {
        self.round += 1;
        self.end_missing(at_ms, store, &mut Outcome::default());
        for name in REPORT {
            append_own(target, name, STALE, at_ms, store);
        }
    }

    /// Drops the samples of scrapes at these times, of the series that go on.
    pub fn thin(&self, target: &Target, times: &[i64], store: &mut Store) {
        for known in self.known.values().filter(|known| !known.timed) {
            store.thin(known.id, times);
        }
        for name in REPORT {
            if let Ok(id) = store.series(&own(target, name)) {
                store.thin(id, times);
            }
        }
    }

    /// Series remembered.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }
}

fn report(target: &Target, moment: Moment, outcome: &Outcome, store: &mut Store) {
    let values = [
        f64::from(u8::from(outcome.up)),
        moment.took_ms as f64 / 1000.0,
        outcome.scraped as f64,
        outcome.stored as f64,
        outcome.added as f64,
    ];
    for (name, value) in REPORT.iter().zip(values) {
        append_own(target, name, value, moment.start_ms, store);
    }
}

fn append_own(target: &Target, name: &str, value: f64, at_ms: i64, store: &mut Store) {
    if let Ok(id) = store.series(&own(target, name)) {
        store.append(id, at_ms, value);
    }
}

/// The labels of a series a scrape adds about itself.
fn own(target: &Target, name: &str) -> Labels {
    Labels::from_pairs(target.labels.iter().chain([(NAME, name)]))
}
