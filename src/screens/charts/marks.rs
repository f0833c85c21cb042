//! What happened to the service while the chart was drawn: the timeline's
//! deploys and operations, and the deliveries with their ends.

use crate::domain::{AuditEntry, Happening, ServiceKey, timeline};
use crate::screens::Ctx;
use crate::ui::{PlotMark, Role};

/// What a mark is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Marked {
    /// Somebody did something from here.
    Operation,
    /// Another template began to run.
    Deploy,
    /// A canary, or another delivery, began or ended.
    Canary,
}

/// Their looks: the sign, the same in ASCII, the word of the legend.
pub(super) const LOOKS: [(Marked, &str, &str, Role, &str); 3] = [
    (Marked::Deploy, "▲", "^", Role::Strong, "deploy"),
    (Marked::Canary, "◆", "c", Role::Moving, "canary"),
    (Marked::Operation, "▪", "o", Role::Marked, "operation"),
];

/// A mark with its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ChartMark {
    pub(super) at_ms: i64,
    pub(super) what: Marked,
    pub(super) text: String,
}

impl ChartMark {
    /// Its sign and role.
    pub(super) fn look(&self, ascii: bool) -> (&'static str, Role) {
        let found = LOOKS.iter().find(|look| look.0 == self.what).unwrap_or(&LOOKS[0]);
        (if ascii { found.2 } else { found.1 }, found.3)
    }

    /// The same for a chart.
    pub(super) fn drawn(&self, ascii: bool) -> PlotMark {
        let (sign, role) = self.look(ascii);
        PlotMark { at_ms: self.at_ms, sign, role }
    }
}

/// The marks of a service between two moments, oldest first; of one moment the
/// one that says most comes last.
pub(super) fn marks(key: &ServiceKey, (from_ms, until_ms): (i64, i64), ctx: &Ctx<'_>) -> Vec<ChartMark> {
    let audit: &[AuditEntry] = ctx.audit.and_then(|audit| audit.as_ref().ok()).map_or(&[], Vec::as_slice);
    let moments = timeline(ctx.world, key, audit).into_iter().filter_map(|moment| {
        let what = match moment.what {
            Happening::Deploy => Marked::Deploy,
            Happening::Operation => Marked::Operation,
            Happening::Scaling | Happening::Condition | Happening::Warning | Happening::Event => return None,
        };
        Some(ChartMark { at_ms: moment.at.as_millisecond(), what, text: moment.text })
    });
    let deliveries = ctx.deliveries.iter().filter(|delivery| delivery.service == *key).flat_map(|delivery| {
        let mark =
            |at: jiff::Timestamp, text| ChartMark { at_ms: at.as_millisecond(), what: Marked::Canary, text };
        let versions = format!("{} {} to {}", delivery.strategy, delivery.from, delivery.to);
        let began = mark(delivery.started, format!("{versions} begins, by {}", delivery.by));
        let over = !delivery.is_running();
        let ended =
            over.then(|| mark(delivery.changed, format!("{versions}: {}", delivery.phase_word(ctx.now))));
        [Some(began), ended].into_iter().flatten()
    });
    let mut marks: Vec<ChartMark> = moments.chain(deliveries).collect();
    marks.retain(|mark| (from_ms..=until_ms).contains(&mark.at_ms));
    marks.sort_by(|a, b| (a.at_ms, a.what, &a.text).cmp(&(b.at_ms, b.what, &b.text)));
    marks
}
