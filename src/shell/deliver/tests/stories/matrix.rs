//! Strategy by means by outcome: what there is to be told.

use serde::Deserialize;
use std::fmt;
use std::str::FromStr;

use crate::engine::record::Strategy;
use crate::engine::router::RouterKind;

/// What shares requests out, and how its first step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Means {
    pub(super) by: By,
    pub(super) how: How,
}

/// What shares requests out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum By {
    Pods,
    HttpRoute,
    VirtualService,
    Subsets,
    Ingress,
    Selector,
}

/// What the first step sends to the canary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum How {
    Weight,
    Header,
    Mirror,
}

const BYS: [(By, &str); 6] = [
    (By::Pods, "pods"),
    (By::HttpRoute, "http-route"),
    (By::VirtualService, "virtual-service"),
    (By::Subsets, "subsets"),
    (By::Ingress, "ingress"),
    (By::Selector, "selector"),
];
const HOWS: [(How, &str); 3] = [(How::Weight, ""), (How::Header, " header"), (How::Mirror, " mirror")];

impl By {
    /// The route it is; none for pods.
    pub(super) fn router(self) -> Option<RouterKind> {
        match self {
            Self::Pods => None,
            Self::HttpRoute => Some(RouterKind::HttpRoute),
            Self::VirtualService | Self::Subsets => Some(RouterKind::VirtualService),
            Self::Ingress => Some(RouterKind::Ingress),
            Self::Selector => Some(RouterKind::Service),
        }
    }
}

impl How {
    /// The step it puts before those with a weight, as it is typed.
    pub(super) fn step(self) -> Option<&'static str> {
        match self {
            Self::Weight => None,
            Self::Header => Some("header:X-Canary=always"),
            Self::Mirror => Some("mirror:20"),
        }
    }
}

impl Means {
    /// Every one, those no strategy has too.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        BYS.into_iter().flat_map(|(by, _)| HOWS.into_iter().map(move |(how, _)| Self { by, how }))
    }
}

impl fmt::Display for Means {
    /// `http-route`, `http-route header`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = BYS.iter().find(|(by, _)| *by == self.by).map_or("", |(_, word)| word);
        let how = HOWS.iter().find(|(how, _)| *how == self.how).map_or("", |(_, word)| word);
        write!(f, "{by}{how}")
    }
}

impl FromStr for Means {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::all().find(|means| means.to_string() == text).ok_or_else(|| {
            let all: Vec<String> = Self::all().map(|means| means.to_string()).collect();
            format!("'{text}' is none of all, routes, {}", all.join(", "))
        })
    }
}

/// How a delivery fares: a column of the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Outcome {
    /// Nothing happens.
    Healthy,
    /// Its requests fail.
    Bad,
    /// Its pods never become available.
    NeverStarts,
    /// Its image cannot be pulled.
    ImagePull,
    /// Its pods crash again and again.
    CrashLoop,
    /// A quota forbids its pods.
    Quota,
    /// A person aborts.
    Aborted,
    /// A person promotes.
    PromotedByHand,
    /// A person holds it, or it waits for one.
    Held,
    /// Somebody gives stable another version.
    StableChanged,
    /// Somebody gives the canary another version.
    CanaryChanged,
    /// Stable is scaled meanwhile.
    Resized,
    /// Somebody changes what shares the requests out.
    RouteChanged,
    /// Somebody deletes the record.
    RecordDeleted,
    /// Metrics cannot be read, or nothing is asked.
    NothingMeasured,
    /// The API server is away.
    Outage,
    /// The driver is lost.
    DriverLost,
    /// Stable's new pods fail.
    PromotionFails,
}

const OUTCOMES: [Outcome; 18] = [
    Outcome::Healthy,
    Outcome::Bad,
    Outcome::NeverStarts,
    Outcome::ImagePull,
    Outcome::CrashLoop,
    Outcome::Quota,
    Outcome::Aborted,
    Outcome::PromotedByHand,
    Outcome::Held,
    Outcome::StableChanged,
    Outcome::CanaryChanged,
    Outcome::Resized,
    Outcome::RouteChanged,
    Outcome::RecordDeleted,
    Outcome::NothingMeasured,
    Outcome::Outage,
    Outcome::DriverLost,
    Outcome::PromotionFails,
];

const STRATEGIES: [Strategy; 3] = [Strategy::Canary, Strategy::Rolling, Strategy::BlueGreen];

/// One field of the matrix.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cell {
    pub(super) strategy: Strategy,
    pub(super) means: Means,
    pub(super) outcome: Outcome,
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} by {}: {:?}", self.strategy.name(), self.means, self.outcome)
    }
}

impl Cell {
    /// Every field, the impossible ones too.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        let rows = STRATEGIES.into_iter().flat_map(|s| Means::all().map(move |means| (s, means)));
        rows.flat_map(|(strategy, means)| {
            OUTCOMES.into_iter().map(move |outcome| Self { strategy, means, outcome })
        })
    }

    /// Why it cannot be; none if it can.
    pub(super) fn impossible(self) -> Option<&'static str> {
        let Self { strategy, means, outcome } = self;
        why_no_means(strategy, means).or_else(|| match (strategy, outcome) {
            (Strategy::Rolling, Outcome::CanaryChanged) => Some("a rolling update has no canary"),
            (Strategy::Rolling, Outcome::PromotionFails) => {
                Some("a rolling update is nothing but its promotion: see its other failures")
            }
            (_, Outcome::RouteChanged) if means.by == By::Pods => Some("pods are no route"),
            _ => None,
        })
    }
}

fn why_no_means(strategy: Strategy, means: Means) -> Option<&'static str> {
    match (strategy, means.by, means.how) {
        (Strategy::Rolling, By::Pods, How::Weight) | (Strategy::BlueGreen, By::Selector, How::Weight) => None,
        (Strategy::Rolling, ..) => Some("a rolling update sends nobody anywhere: it replaces pods"),
        (Strategy::BlueGreen, ..) => Some("blue/green switches the selector of one Service"),
        (Strategy::Canary, By::Selector, _) => Some("a selector sends all or nothing: that is blue/green"),
        (Strategy::Canary, By::Pods, How::Header | How::Mirror) => Some("pods alone pick no requests"),
        (Strategy::Canary, By::Ingress, How::Mirror) => Some("ingress-nginx copies by the main Ingress only"),
        (Strategy::Canary, ..) => None,
    }
}

/// One way a story is played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Way {
    pub(super) strategy: Strategy,
    pub(super) means: Means,
}

impl Way {
    /// Whether no other means before it is like it.
    pub(super) fn is_first(self) -> bool {
        matches!(self.means.by, By::Pods | By::HttpRoute | By::Selector) && self.means.how == How::Weight
    }
}

/// By which means of each strategy a story is played: their words, `all`, or
/// `routes` for all but pods.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Plays {
    #[serde(default)]
    canary: Words,
    #[serde(default)]
    rolling: Words,
    #[serde(default)]
    blue_green: Words,
}

/// Words of means.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "Vec<String>")]
struct Words(Vec<Word>);

#[derive(Clone, Copy, Debug)]
enum Word {
    All,
    Routes,
    Is(Means),
}

impl TryFrom<Vec<String>> for Words {
    type Error = String;

    fn try_from(words: Vec<String>) -> Result<Self, String> {
        let one = |word: &String| match word.as_str() {
            "all" => Ok(Word::All),
            "routes" => Ok(Word::Routes),
            word => word.parse().map(Word::Is),
        };
        words.iter().map(one).collect::<Result<_, _>>().map(Self)
    }
}

impl Plays {
    /// Every way, in the order of the matrix.
    pub(super) fn all(&self) -> Vec<Way> {
        let mut ways = Vec::new();
        let strategies = [
            (Strategy::Canary, &self.canary),
            (Strategy::Rolling, &self.rolling),
            (Strategy::BlueGreen, &self.blue_green),
        ];
        for (strategy, words) in strategies {
            let is = |means: Means, word: &Word| match word {
                Word::All => why_no_means(strategy, means).is_none(),
                Word::Routes => means.by != By::Pods && why_no_means(strategy, means).is_none(),
                Word::Is(one) => *one == means,
            };
            let means = Means::all().filter(|means| words.0.iter().any(|word| is(*means, word)));
            ways.extend(means.map(|means| Way { strategy, means }));
        }
        ways
    }
}
