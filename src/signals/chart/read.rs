//! From an answer to a chart.

use super::{Chart, ChartAsk, ChartLine, LINE, SEEN};
use crate::promql::{Answers, Error, Track, Value};

/// Asks a chart's question.
///
/// # Errors
/// The evaluation was stopped by its limits, or the source failed.
pub fn read(source: &dyn Answers, ask: &ChartAsk) -> Result<Chart, Error> {
    let value = source.range(&ask.promql, ask.start_ms, ask.end_ms, ask.step_ms)?;
    let tracks = if let Value::Matrix(tracks) = value { tracks } else { Vec::new() };
    let named = |name: &str| tracks.iter().find(|track| track.labels.get(LINE) == name);
    let seen: Vec<bool> = points(ask, named(SEEN)).iter().map(Option::is_some).collect();
    let lines = ask.kind.lines().iter().map(|name| {
        let mut values = points(ask, named(name));
        for (value, seen) in values.iter_mut().zip(&seen) {
            *value = value.filter(|_| *seen);
        }
        ChartLine { name, values }
    });
    Ok(Chart {
        start_ms: ask.start_ms,
        step_ms: ask.step_ms,
        window: ask.window,
        lines: lines.collect(),
        seen,
    })
}

/// The values of a track at the steps asked for; what is no number is none.
fn points(ask: &ChartAsk, track: Option<&Track>) -> Vec<Option<f64>> {
    let steps = (ask.end_ms - ask.start_ms).div_euclid(ask.step_ms.max(1)) + 1;
    let mut points = vec![None; usize::try_from(steps).unwrap_or(0)];
    let Some(track) = track else { return points };
    for (at, value) in track.points.times.iter().zip(&track.points.values) {
        let since = at - ask.start_ms;
        let on_step = since.rem_euclid(ask.step_ms.max(1)) == 0 && value.is_finite();
        let index = usize::try_from(since.div_euclid(ask.step_ms.max(1))).unwrap_or(usize::MAX);
        if let Some(point) = points.get_mut(index).filter(|_| on_step) {
            *point = Some(*value);
        }
    }
    points
}
