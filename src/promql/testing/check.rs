//! Comparing a result with what a script expects.

use super::expect::Expect;
use super::script::EvalBlock;
use super::series::{Line, Point};
use crate::promql::eval::frame::times;
use crate::promql::labels::Labels;
use crate::promql::value::{Track, Value};
use crate::promql::warn::{Severity, Warnings};

/// Equal within 1e-6 of the sum, NaN equal to NaN, zero only to zero: the
/// tolerance of Prometheus' runner.
pub(super) fn almost(a: f64, b: f64) -> bool {
    #[allow(clippy::float_cmp, reason = "infinities and exact matches")]
    let same = a == b || (a.is_nan() && b.is_nan());
    if same {
        return true;
    }
    let (sum, difference) = (a.abs() + b.abs(), (a - b).abs());
    if a == 0.0 || b == 0.0 || sum < f64::MIN_POSITIVE {
        return difference < 1e-6 * f64::MIN_POSITIVE;
    }
    difference / sum.min(f64::MAX) < 1e-6
}

/// Notes against `expect warn|info|no_warn|no_info`.
pub(super) fn notes(block: &EvalBlock, warnings: &Warnings) -> Result<(), String> {
    for severity in [Severity::Warning, Severity::Info] {
        let got: Vec<String> =
            warnings.iter().filter(|n| n.severity == severity).map(ToString::to_string).collect();
        let wanted: Vec<_> = block
            .expects
            .iter()
            .filter_map(
                |e| if let Expect::Note(s, text) = e { (*s == severity).then_some(text) } else { None },
            )
            .collect();
        let forbidden = block.expects.iter().any(|e| matches!(e, Expect::NoNote(s) if *s == severity));
        if forbidden && let Some(note) = got.first() {
            return Err(format!("unexpected note: {note}"));
        }
        if let Some(missing) = wanted.iter().find(|t| !got.iter().any(|g| t.accepts(g))) {
            return Err(format!("missing note {missing:?}, have {got:?}"));
        }
        if !wanted.is_empty()
            && let Some(extra) = got.iter().find(|g| !wanted.iter().any(|t| t.accepts(g)))
        {
            return Err(format!("note nobody expects: {extra}"));
        }
    }
    Ok(())
}

/// An instant result.
pub(super) fn instant(block: &EvalBlock, value: &Value) -> Result<(), String> {
    let literal =
        block.expects.iter().find_map(|e| if let Expect::Literal(text) = e { Some(text) } else { None });
    match (value, literal, block.scalar) {
        (Value::Text(got), Some(want), _) if got == want => Ok(()),
        (Value::Text(got), want, _) => Err(format!("string {got:?}, expected {want:?}")),
        (_, Some(want), _) => Err(format!("{}, expected string {want:?}", value.type_name())),
        (Value::Scalar(got), None, Some(want)) if almost(*got, want) => Ok(()),
        (Value::Scalar(got), None, want) => Err(format!("scalar {got}, expected {want:?}")),
        (Value::Vector(samples), None, _) => {
            let ordered = block.expects.iter().any(|e| matches!(e, Expect::Ordered));
            let got: Vec<(Labels, f64)> = samples.iter().map(|s| (s.labels.clone(), s.value)).collect();
            vector(block, &got, ordered)
        }
        (Value::Matrix(tracks), None, _) => range_vector(block, tracks),
    }
}

fn vector(block: &EvalBlock, got: &[(Labels, f64)], ordered: bool) -> Result<(), String> {
    for (at, (labels, value)) in got.iter().enumerate() {
        let place = block.series.iter().position(|line| line.labels == *labels);
        let Some(place) = place else {
            return Err(format!("unexpected element {labels} {value}"));
        };
        let want = block.series[place].points.first().copied().flatten();
        if !want.is_some_and(|want| almost(want, *value)) {
            let want = want.map_or_else(|| "no sample".to_owned(), |want| want.to_string());
            return Err(format!("{labels}: {value}, expected {want}"));
        }
        if ordered && place != at {
            return Err(format!("{labels}: place {at}, expected {place}"));
        }
    }
    match block.series.iter().find(|line| !got.iter().any(|(labels, _)| *labels == line.labels)) {
        Some(missing) => Err(format!("missing element {}", missing.labels)),
        None => Ok(()),
    }
}

fn range_vector(block: &EvalBlock, tracks: &[Track]) -> Result<(), String> {
    let expected = block.expects.iter().find_map(|e| {
        if let Expect::Times { start_ms, step_ms } = e { Some((*start_ms, *step_ms)) } else { None }
    });
    let (start_ms, step_ms) = expected.ok_or("a range vector, and no `expect range vector`")?;
    matrix(&block.series, tracks, |i| start_ms + times(i, step_ms))
}

/// The middle step of a range query against the instant expectation.
pub(super) fn middle(block: &EvalBlock, value: &Value, at_ms: i64) -> Result<(), String> {
    let Value::Matrix(tracks) = value else {
        return Err(format!("a range query gave a {}", value.type_name()));
    };
    let at = |track: &Track| {
        let found = track.points.times.iter().position(|t| *t == at_ms)?;
        Some((track.labels.clone(), track.points.values[found]))
    };
    let got: Vec<(Labels, f64)> = tracks.iter().filter_map(at).collect();
    if let Some(want) = block.scalar {
        return match got.first() {
            Some((_, value)) if almost(*value, want) => Ok(()),
            other => Err(format!("as a range: {other:?}, expected {want}")),
        };
    }
    vector(block, &got, false).map_err(|how| format!("as a range: {how}"))
}

/// A range result.
pub(super) fn range(block: &EvalBlock, value: &Value, start_ms: i64, step_ms: i64) -> Result<(), String> {
    let Value::Matrix(tracks) = value else {
        return Err(format!("a range query gave a {}", value.type_name()));
    };
    matrix(&block.series, tracks, |i| start_ms + times(i, step_ms))
}

fn matrix(want: &[Line], got: &[Track], time: impl Fn(usize) -> i64) -> Result<(), String> {
    for track in got {
        let Some(line) = want.iter().find(|line| line.labels == track.labels) else {
            return Err(format!("unexpected series {}", track.labels));
        };
        points(&line.points, track, &time).map_err(|how| format!("{}: {how}", track.labels))?;
    }
    let filled = want.iter().filter(|line| line.points.iter().any(Option::is_some));
    for line in filled {
        if !got.iter().any(|track| track.labels == line.labels) {
            return Err(format!("missing series {}", line.labels));
        }
    }
    Ok(())
}

fn points(want: &[Point], track: &Track, time: impl Fn(usize) -> i64) -> Result<(), String> {
    let expected: Vec<(i64, f64)> =
        want.iter().enumerate().filter_map(|(i, p)| p.map(|value| (time(i), value))).collect();
    let got: Vec<(i64, f64)> =
        track.points.times.iter().copied().zip(track.points.values.iter().copied()).collect();
    let same =
        expected.len() == got.len() && expected.iter().zip(&got).all(|(w, g)| w.0 == g.0 && almost(w.1, g.1));
    if same { Ok(()) } else { Err(format!("{got:?}, expected {expected:?}")) }
}
