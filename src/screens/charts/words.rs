//! Numbers at an axis, and moments.

use crate::domain::SignalSource;
use crate::screens::Ctx;
use crate::signals::chart::{Chart, KEPT};
use jiff::Timestamp;

const MIB: f64 = 1_048_576.0;
const GIB: f64 = 1024.0 * MIB;

/// `12.5/s`, `2k/s`
pub(super) fn axis_rate(value: f64, top: f64) -> String {
    if top >= 1000.0 { number(value / 1000.0, "k/s") } else { number(value, "/s") }
}

/// `0.5%`
pub(super) fn axis_ratio(value: f64, _top: f64) -> String {
    number(value * 100.0, "%")
}

/// `250ms`, `2.5s`
pub(super) fn axis_seconds(value: f64, top: f64) -> String {
    if top < 1.0 { number(value * 1000.0, "ms") } else { number(value, "s") }
}

/// `250m`, `1.5`: thousandths of a core as Kubernetes writes them
pub(super) fn axis_cores(value: f64, top: f64) -> String {
    if top < 1.0 { number(value * 1000.0, "m") } else { number(value, "") }
}

/// `128Mi`, `1.5Gi`
pub(super) fn axis_memory(value: f64, top: f64) -> String {
    if top >= GIB { number(value / GIB, "Gi") } else { number(value / MIB, "Mi") }
}

/// `80m`, `1.5`
pub(super) fn short_cores(value: f64) -> String {
    if value < 0.9995 { format!("{:.0}m", value * 1000.0) } else { format!("{value:.1}") }
}

/// `241Mi`, `1.5Gi`
pub(super) fn short_memory(value: f64) -> String {
    if value < GIB { format!("{:.0}Mi", value / MIB) } else { format!("{:.1}Gi", value / GIB) }
}

/// As many digits as a round number has; zero has no unit.
fn number(value: f64, unit: &str) -> String {
    let text = format!("{value:.3}");
    match text.trim_end_matches('0').trim_end_matches('.') {
        "0" | "-0" | "" => "0".to_owned(),
        digits => format!("{digits}{unit}"),
    }
}

/// A moment of a chart: to the second where steps are shorter than a minute,
/// with its day where the chart has several.
pub(super) fn moment(at_ms: i64, chart: &Chart, ctx: &Ctx<'_>) -> String {
    written(at_ms, (chart, chart.step_ms < 60_000), ctx)
}

fn written(at_ms: i64, (chart, seconds): (&Chart, bool), ctx: &Ctx<'_>) -> String {
    let Ok(at) = Timestamp::from_millisecond(at_ms) else { return String::new() };
    let zoned = at.to_zoned(ctx.zone.clone());
    let day = if chart.end_ms() - chart.start_ms >= 24 * 3_600_000 - chart.step_ms {
        zoned.strftime("%b %d ").to_string()
    } else {
        String::new()
    };
    if seconds {
        let utc = if ctx.clock(at).ends_with('Z') { "Z" } else { "" };
        return format!("{day}{}{utc}", zoned.strftime("%H:%M:%S"));
    }
    format!("{day}{}", ctx.clock(at))
}

/// Since when there are samples, where that is not the whole range.
pub(super) fn since(chart: &Chart, source: &SignalSource, ctx: &Ctx<'_>) -> Option<String> {
    let begins = chart.begins_ms()?;
    let at = written(begins.div_euclid(60_000) * 60_000, (chart, false), ctx);
    let kept = i64::try_from(KEPT.as_millis()).unwrap_or(i64::MAX);
    // A store that is full drops its oldest samples some minutes early.
    let dropped = chart.end_ms() - begins >= kept - 10 * 60_000;
    Some(match source {
        SignalSource::Scraper if dropped => {
            format!("no samples before {at}: qd keeps {} h", KEPT.as_secs() / 3600)
        }
        SignalSource::Scraper => format!("no samples before {at}: qd started reading then"),
        SignalSource::Prometheus(_) => format!("no samples before {at}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_have_round_numbers_with_units() {
        assert_eq!([0.0, 0.25, 12.5, 500.0].map(|v| axis_rate(v, 500.0)), ["0", "0.25/s", "12.5/s", "500/s"]);
        assert_eq!([0.0, 500.0, 2000.0].map(|v| axis_rate(v, 2000.0)), ["0", "0.5k/s", "2k/s"]);
        assert_eq!([0.0025, 0.01, 1.0].map(|v| axis_ratio(v, 1.0)), ["0.25%", "1%", "100%"]);
        assert_eq!([0.0025, 0.25].map(|v| axis_seconds(v, 0.5)), ["2.5ms", "250ms"]);
        assert_eq!([0.25, 1.0].map(|v| axis_seconds(v, 1.0)), ["0.25s", "1s"]);
        assert_eq!([0.25, 0.5].map(|v| axis_cores(v, 0.5)), ["250m", "500m"]);
        assert_eq!([0.25, 1.0].map(|v| axis_cores(v, 1.0)), ["0.25", "1"]);
        assert_eq!([0.0, 0.0804, 1.5].map(short_cores), ["0m", "80m", "1.5"]);
        assert_eq!([240.6 * MIB, 1536.0 * MIB].map(short_memory), ["241Mi", "1.5Gi"]);
        assert_eq!([0.0, 128.0 * MIB].map(|v| axis_memory(v, 512.0 * MIB)), ["0", "128Mi"]);
        assert_eq!([512.0 * MIB, 2048.0 * MIB].map(|v| axis_memory(v, 2048.0 * MIB)), ["0.5Gi", "2Gi"]);
    }
}
