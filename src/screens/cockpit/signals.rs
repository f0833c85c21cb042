//! The golden signals as lines: number, change, composition, history.

use crate::domain::{Reading, SignalState, Signals, count_of};
use crate::ui::{Brush, Role, Sign, Sparkline};
use ratatui::text::{Line, Span};

/// Columns of a history: half an hour of 30 s points, the newer half hour's half.
const CHART: usize = 30;

/// From this width on a line has room for its history.
const WITH_CHART: u16 = 76;

/// Error shares from which a number is marked. There is no target to measure
/// against before the service has an SLO.
const ERRORS_WARN: f64 = 0.01;
const ERRORS_BAD: f64 = 0.05;

/// The panel's lines. `offering` of `pods` pods run and offer metrics; `usage`
/// is said of what they use.
pub(super) fn lines(
    brush: Brush<'_>,
    state: Option<&SignalState>,
    (offering, pods): (usize, usize),
    width: u16,
    usage: Vec<Line<'static>>,
) -> Vec<Line<'static>> {
    let dim = |text: String| vec![Line::from(brush.span(Role::Dim, text))];
    match state {
        Some(SignalState::Ready(signals)) => ready(brush, signals, (offering, pods), width, usage),
        Some(SignalState::Stale { signals, why }) => {
            let mut lines = ready(brush, signals, (offering, pods), width, usage);
            let text = format!(
                "{} last numbers of {}: {why}",
                brush.sign(Sign::Warn),
                signals.at.strftime("%H:%MZ")
            );
            lines.insert(0, Line::from(brush.span(Role::Warn, text)));
            lines
        }
        Some(SignalState::Failed { why }) => {
            vec![Line::from(brush.span(Role::Warn, format!("signals cannot be worked out: {why}")))]
        }
        Some(SignalState::Waiting) => {
            dim(format!("Reading {offering} of {pods} pods; no request metrics of a known family so far."))
        }
        None if offering > 0 => {
            dim(format!("{offering} of {pods} pods offer metrics; not read yet. Rates need two readings."))
        }
        None => {
            vec![
                Line::from(brush.span(
                    Role::Dim,
                    "No pod offers metrics: rate, errors and latency are unknown, not zero.",
                )),
                Line::from(
                    brush.span(Role::Dim, "Annotate the template: prometheus.io/scrape, prometheus.io/port."),
                ),
            ]
        }
    }
}

fn ready(
    brush: Brush<'_>,
    signals: &Signals,
    (offering, pods): (usize, usize),
    width: u16,
    usage: Vec<Line<'static>>,
) -> Vec<Line<'static>> {
    let label = |text: &str| brush.span(Role::Heading, format!("{text:<8}"));
    let chart = |values: &[Option<f64>], role: Role| {
        let room = if width < WITH_CHART { 0 } else { CHART };
        brush.span(role, Sparkline { values }.text(room, brush.glyphs))
    };
    let change = change(signals.rate, signals.rate_hour_ago);
    let rate = Line::from(vec![
        label("RATE"),
        number(brush, signals.rate, per_second, Role::Strong, 10),
        brush.span(Role::Dim, format!("{change:<26}")),
        chart(&signals.rate_history, Role::Moving),
    ]);
    let codes = shares(&signals.codes, 3);
    let errors = Line::from(vec![
        label("ERRORS"),
        errors_span(brush, signals),
        brush.span(Role::Dim, format!("{codes:<26}")),
        chart(&signals.error_history, Role::Warn),
    ]);
    let mut latency = vec![label("LATENCY")];
    for (name, reading) in [("p50 ", signals.p50), ("p95 ", signals.p95), ("p99 ", signals.p99)] {
        latency.push(brush.span(Role::Dim, name));
        latency.push(number(brush, reading, seconds, Role::Strong, 8));
    }
    latency.push(chart(&signals.p95_history, Role::Moving));
    let mut lines = vec![rate, errors, Line::from(latency)];
    lines.extend(usage);
    if !signals.routes.is_empty() {
        lines.push(Line::from(vec![label("ROUTES"), brush.span(Role::Text, shares(&signals.routes, 4))]));
    }
    let note = format!(
        "{} mean of {} from {}, read every 15 s; charts 30 min",
        signals.window,
        signals.family,
        from(offering, pods)
    );
    lines.push(Line::from(brush.span(Role::Dim, note)));
    lines
}

/// `4 pods`, `3 of 5 pods`
fn from(offering: usize, pods: usize) -> String {
    if offering == pods { count_of(pods, "pod") } else { format!("{offering} of {}", count_of(pods, "pod")) }
}

fn number(
    brush: Brush<'_>,
    reading: Reading,
    form: fn(f64) -> String,
    role: Role,
    room: usize,
) -> Span<'static> {
    match reading.value() {
        Some(value) => brush.span(role, format!("{:<room$}", form(value))),
        // The words are longer than some numbers: a space stays behind them.
        None => brush.span(Role::Unknown, format!("{:<1$} ", reading.why_not(), room.saturating_sub(1))),
    }
}

/// The share of failures, or failed and all requests where those are few, with
/// its role. Few requests are never red: two failures among them are worth a look,
/// one is what happens.
pub(in crate::screens) fn error_share(signals: &Signals) -> Option<(String, Role)> {
    let share = signals.errors.value()?;
    Some(match signals.few() {
        Some((failed, all)) => (format!("{failed}/{all}"), if failed >= 2 { Role::Warn } else { Role::Good }),
        None => (percent(share), error_role(signals.errors)),
    })
}

fn errors_span(brush: Brush<'_>, signals: &Signals) -> Span<'static> {
    match error_share(signals) {
        Some((text, role)) => brush.span(role, format!("{text:<10}")),
        None => number(brush, signals.errors, percent, Role::Unknown, 10),
    }
}

/// The role an error share is shown in.
fn error_role(reading: Reading) -> Role {
    match reading.value() {
        Some(share) if share >= ERRORS_BAD => Role::Bad,
        Some(share) if share >= ERRORS_WARN => Role::Warn,
        Some(_) => Role::Good,
        None => Role::Unknown,
    }
}

/// `+5% vs 1h ago`; empty where either number is missing or the older is zero.
fn change(now: Reading, before: Reading) -> String {
    match (now.value(), before.value()) {
        (Some(now), Some(before)) if before > 0.0 => {
            format!("{:+.0}% vs 1h ago", (now / before - 1.0) * 100.0)
        }
        _ => String::new(),
    }
}

fn shares(parts: &[(String, f64)], most: usize) -> String {
    let parts = parts.iter().take(most);
    parts.map(|(name, share)| format!("{name} {:.0}%", share * 100.0)).collect::<Vec<_>>().join("  ")
}

/// `8.4/s`, `120/s`, `1.2k/s`
pub(in crate::screens) fn per_second(value: f64) -> String {
    match value {
        v if v >= 999.5 => format!("{:.1}k/s", v / 1000.0),
        v if v >= 9.95 => format!("{v:.0}/s"),
        v => format!("{v:.1}/s"),
    }
}

/// `0%`, `0.04%`, `2.1%`, `48%`
pub(in crate::screens) fn percent(ratio: f64) -> String {
    match ratio * 100.0 {
        p if p <= 0.0 => "0%".to_owned(),
        p if p < 0.01 => "<0.01%".to_owned(),
        p if p < 1.0 => format!("{p:.2}%"),
        p if p < 10.0 => format!("{p:.1}%"),
        p => format!("{p:.0}%"),
    }
}

/// `0.4ms`, `45ms`, `1.2s`
pub(in crate::screens) fn seconds(value: f64) -> String {
    match value * 1000.0 {
        ms if ms >= 999.5 => format!("{value:.1}s"),
        ms if ms >= 9.95 => format!("{ms:.0}ms"),
        ms => format!("{ms:.1}ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_requests_are_counted_and_never_red() {
        let signals = |rate: f64, errors: f64, window| Signals {
            at: jiff::Timestamp::UNIX_EPOCH,
            source: crate::domain::SignalSource::Scraper,
            family: String::new(),
            selector: String::new(),
            code_label: "code",
            window,
            rate: Reading::Value(rate),
            rate_hour_ago: Reading::Absent,
            errors: Reading::Value(errors),
            p50: Reading::Absent,
            p95: Reading::Absent,
            p99: Reading::Absent,
            usage: None,
            codes: Vec::new(),
            routes: Vec::new(),
            rate_history: Vec::new(),
            error_history: Vec::new(),
            p95_history: Vec::new(),
            explained: Vec::new(),
        };
        let cases = [
            (0.01, 1.0 / 3.0, "5 min", "1/3", Role::Good),
            (0.01, 1.0, "5 min", "3/3", Role::Warn),
            (0.01, 0.0, "5 min", "0/3", Role::Good),
            (0.001, 1.0, "1 min", "1/1", Role::Good),
            (19.0 / 300.0, 1.0, "5 min", "19/19", Role::Warn),
            (20.0 / 300.0, 1.0, "5 min", "100%", Role::Bad),
            (20.0 / 300.0, 0.05, "5 min", "5.0%", Role::Bad),
            (100.0, 0.02, "1 min", "2.0%", Role::Warn),
        ];
        for (rate, errors, window, text, role) in cases {
            let shown = error_share(&signals(rate, errors, window));
            assert_eq!(shown, Some((text.to_owned(), role)), "{rate} {errors} {window}");
        }
        let idle = Signals { errors: Reading::NoTraffic, ..signals(0.0, 0.0, "5 min") };
        assert_eq!(error_share(&idle), None);
    }

    #[test]
    fn pods_that_answer_nobody_are_not_counted_in() {
        assert_eq!([from(4, 4), from(1, 1), from(3, 5)], ["4 pods", "1 pod", "3 of 5 pods"]);
    }

    #[test]
    fn numbers_read_at_a_glance() {
        assert_eq!(
            [8.44, 9.97, 120.4, 999.9, 1234.0].map(per_second),
            ["8.4/s", "10/s", "120/s", "1.0k/s", "1.2k/s"]
        );
        assert_eq!(
            [0.0, 0.000_04, 0.0004, 0.021, 0.5].map(percent),
            ["0%", "<0.01%", "0.04%", "2.1%", "50%"]
        );
        assert_eq!([0.0004, 0.0454, 0.9996, 1.24].map(seconds), ["0.4ms", "45ms", "1.0s", "1.2s"]);
        assert_eq!(change(Reading::Value(105.0), Reading::Value(100.0)), "+5% vs 1h ago");
        assert_eq!(change(Reading::Value(1.0), Reading::Absent), "");
    }
}
