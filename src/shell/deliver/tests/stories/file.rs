//! A story as it is written: `tests/stories/<name>.toml`.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::Path;

use super::matrix::{Outcome, Plays};
use crate::domain::typed_duration;
use crate::engine::canary::Request;
use crate::engine::delivery::PaceStep;
use crate::engine::record::OnDriverLoss;

/// One story.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Story {
    /// The file, without its folder and ending.
    #[serde(skip)]
    pub(super) name: String,
    /// What is told, one sentence.
    pub(super) about: String,
    /// The column of the matrix it is for.
    pub(super) outcome: Outcome,
    /// By which strategies and means it is played.
    pub(super) play: Plays,
    /// Stable's size.
    #[serde(default = "four")]
    pub(super) replicas: u32,
    /// As typed behind `--steps`; one that picks comes before them where the means say so.
    #[serde(default)]
    pub(super) steps: Steps,
    /// How long blue/green is looked at before the switch, and a rolling update at least.
    #[serde(default)]
    pub(super) look: Seconds,
    /// How long it keeps the old colour.
    #[serde(default)]
    pub(super) keep: Seconds,
    /// How long a rolling update is watched; not at all if nothing is said.
    #[serde(default)]
    pub(super) watch: Seconds,
    /// Every step waits for a person.
    #[serde(default)]
    pub(super) manual: bool,
    /// How long pods may take.
    #[serde(default = "two_minutes")]
    pub(super) deadline: Seconds,
    /// Whether the route names the canary's Service before.
    #[serde(default)]
    pub(super) named: bool,
    /// What a successor does first.
    #[serde(default)]
    pub(super) on_driver_loss: OnDriverLoss,
    /// What happens, one after another.
    #[serde(default)]
    pub(super) when: Vec<When>,
    /// How it ends.
    pub(super) end: End,
}

/// Something that happens, or is looked at, once the delivery is there.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct When {
    /// The phase, with the step from 1: `watching 1`. Whichever it is in, if left out.
    pub(super) phase: Option<String>,
    /// Stable is whole with the new version.
    #[serde(default)]
    pub(super) whole: bool,
    /// For so long, and so long after what happened before.
    #[serde(default, rename = "for")]
    pub(super) lasts: Seconds,
    #[serde(default)]
    pub(super) then: Then,
    #[serde(default)]
    pub(super) expect: Expect,
}

/// What happens.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Then {
    /// Of 1,000 requests the new version fails so many; stable fails 10.
    pub(super) errors: Option<u64>,
    /// The same of stable.
    pub(super) stable_errors: Option<u64>,
    /// Whether new pods become available.
    pub(super) starts: Option<bool>,
    /// Pods of the new version wait, or die, for this reason.
    pub(super) pods: Option<String>,
    /// No pods can be made, with this message.
    pub(super) quota: Option<String>,
    /// People ask, all in the same moment.
    #[serde(default)]
    pub(super) ask: Vec<Request>,
    /// Somebody gives stable another version.
    pub(super) stable_version: Option<String>,
    /// Somebody gives the canary another version.
    pub(super) canary_version: Option<String>,
    /// Stable is scaled.
    pub(super) stable_replicas: Option<u32>,
    /// Somebody sets the canary's weight.
    pub(super) weight: Option<u32>,
    /// Somebody has the route pick what that step does, from 1.
    pub(super) pick: Option<usize>,
    /// Whether metrics can be read.
    pub(super) metrics: Option<bool>,
    /// Requests a second.
    pub(super) requests: Option<u64>,
    /// Requests the old version was asked before everybody went to the new one.
    pub(super) past: Option<u64>,
    /// Of 10,000 requests so many carry the header.
    pub(super) carriers: Option<u64>,
    /// The API server does not answer for so long.
    pub(super) outage: Option<Seconds>,
    /// What goes.
    #[serde(default)]
    pub(super) lose: Vec<Lost>,
}

/// What can go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Lost {
    /// All pods of stable die.
    StablePods,
    /// Somebody deletes the route.
    Route,
    /// Somebody deletes the record.
    Record,
    /// The process that drives is killed.
    Driver,
}

impl Then {
    pub(super) fn loses(&self, what: Lost) -> bool {
        self.lose.contains(&what)
    }
}

/// What is so in that moment, if nobody crashes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Expect {
    /// As [`When::phase`].
    pub(super) phase: Option<String>,
    /// Words of the progress.
    pub(super) progress: Option<String>,
    /// Of the newest verdict: the decision, the cause, words of its reason.
    pub(super) verdict: Option<String>,
    pub(super) cause: Option<String>,
    pub(super) cause_not: Option<String>,
    pub(super) reason: Option<String>,
    /// Whether it says what it needs.
    pub(super) needs: Option<bool>,
    /// The canary's part that was judged by, in percent.
    pub(super) share: Option<f64>,
    /// The canary's weight in the route.
    pub(super) weight: Option<u32>,
    /// The canary's size.
    pub(super) canary: Option<u32>,
    /// Stable's version.
    pub(super) stable: Option<String>,
    /// What became of requests, in their order, and words of the newest answer.
    pub(super) answers: Option<Vec<bool>>,
    pub(super) answer: Option<String>,
    /// Everything written until then, by the means it is played with.
    #[serde(default)]
    pub(super) writes: Writes,
}

/// Every write in its order, by the means.
pub(super) type Writes = BTreeMap<String, Vec<String>>;

/// How it ends.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct End {
    /// `promoted`, `rolled-back`; `gone` with its record; or where it stays.
    pub(super) phase: String,
    /// How long it stays there.
    pub(super) after: Option<Seconds>,
    /// The version stable runs.
    pub(super) stable: String,
    /// Words of the reason.
    #[serde(default)]
    pub(super) why: Vec<String>,
    /// The step in which the way back began, from 1.
    pub(super) turned: Option<usize>,
    /// Seconds from the beginning, and from what happened last.
    pub(super) within: Option<(u64, u64)>,
    pub(super) took: Option<(u64, u64)>,
    /// Everything written.
    #[serde(default)]
    pub(super) writes: Writes,
}

/// Steps as they are typed.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Steps(pub(super) Vec<PaceStep>);

impl Default for Steps {
    fn default() -> Self {
        Self::try_from("25@30s-2m,50@30s-2m".to_owned()).unwrap()
    }
}

impl TryFrom<String> for Steps {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let steps = text.split(',').map(|step| step.trim().parse().map_err(|no| format!("{no}")));
        steps.collect::<Result<_, _>>().map(Self)
    }
}

/// A time as it is typed: `90s`, `5m`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Seconds(pub(super) u64);

impl TryFrom<String> for Seconds {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let time = typed_duration(&text).map_err(|_not| format!("{text:?} is no time such as 90s or 5m"))?;
        Ok(Self(time.as_secs()))
    }
}

fn four() -> u32 {
    4
}

fn two_minutes() -> Seconds {
    Seconds(120)
}

/// Reads a story.
///
/// # Errors
/// `file:line: why`.
pub(super) fn read(file: &str, text: &str) -> Result<Story, String> {
    let mut story: Story = parsed(file, text)?;
    story.name = Path::new(file).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    if let Some(wrong) = story.wrong() {
        return Err(format!("{file}:{}: {}", line_of(text, wrong.0), wrong.1));
    }
    Ok(story)
}

fn parsed<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, String> {
    toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let line = text.get(..start).unwrap_or(text).matches('\n').count() + 1;
        format!("{file}:{line}: {}", error.message().lines().collect::<Vec<_>>().join(" "))
    })
}

/// The first line that begins with a key or quotes the word.
fn line_of(text: &str, word: &str) -> usize {
    let quoted = format!("\"{word}\"");
    let at = text.lines().position(|line| line.trim_start().starts_with(word) || line.contains(&quoted));
    at.map_or(1, |at| at + 1)
}

/// Where a delivery can be.
const PHASES: [&str; 9] = [
    "scaling",
    "watching",
    "held",
    "promoting",
    "cleaning-up",
    "rolling-back",
    "promoted",
    "rolled-back",
    "gone",
];

impl Story {
    /// What is well formed and still makes no story: the word it stands at, and why.
    fn wrong(&self) -> Option<(&str, String)> {
        let phases = self.when.iter().flat_map(|when| [&when.phase, &when.expect.phase]).flatten();
        for phase in phases.chain([&self.end.phase]) {
            let (word, step) = phase.split_once(' ').unwrap_or((phase, "1"));
            if !PHASES.contains(&word) || step.parse::<usize>().is_err() {
                let known = PHASES.join(", ");
                return Some((phase, format!("'{phase}' is no phase, with its step from 1 if any: {known}")));
            }
        }
        let stays = !["promoted", "rolled-back", "gone"].contains(&self.end.phase.as_str());
        if stays != self.end.after.is_some() {
            let text = "a story that stays where it is says for how long: after".to_owned();
            return Some(("phase", text));
        }
        let played: Vec<String> = self.play.all().iter().map(|play| play.means.to_string()).collect();
        let expected = self.when.iter().map(|when| &when.expect.writes).chain([&self.end.writes]);
        let unplayed = expected.flat_map(|writes| writes.keys()).find(|means| !played.contains(means));
        if let Some(means) = unplayed {
            return Some((means, format!("writes are expected by '{means}', by which it is not played")));
        }
        played.is_empty().then(|| ("play", "it is played by nothing".to_owned()))
    }
}
