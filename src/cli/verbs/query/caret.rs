//! An error in an expression, shown at its place.

use crate::domain::{Fault, FaultKind};
use unicode_width::UnicodeWidthStr as _;

/// The failure, the line of the expression it is in, and a caret under the
/// byte at `position`.
pub(super) fn fault(expr: &str, message: &str, position: Option<usize>) -> Fault {
    let message = message.trim().lines().next().unwrap_or("not PromQL");
    let fault = Fault::new(FaultKind::Invalid, format!("the expression: {message}"));
    let Some((before, _)) = position.and_then(|position| expr.split_at_checked(position)) else {
        return fault.hint(expr);
    };
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = expr.split_at_checked(start).and_then(|(_, rest)| rest.lines().next()).unwrap_or(expr);
    let left = before.split_at_checked(start).map_or(0, |(_, left)| left.width());
    fault.hint(line).hint(format!("{}^", " ".repeat(left)))
}

/// The byte Prometheus means by `1:5: parse error` (line and column, from 1).
pub(super) fn prometheus_position(expr: &str, message: &str) -> Option<usize> {
    let (before, _) = message.split_once(": parse error")?;
    let place = before.rsplit([' ', '"']).next()?;
    let (line, column) = place.split_once(':')?;
    let (line, column): (usize, usize) = (line.parse().ok()?, column.parse().ok()?);
    let start: usize = expr.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    Some(start + column.checked_sub(1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_under_the_byte() {
        let shown = fault("sum(\n  世 + )", "unexpected", Some(5 + 2 + 3 + 3));
        assert_eq!(shown.hints, ["  世 + )", "       ^"]);
        assert_eq!(fault("1 +", "x\ny", Some(99)).hints, ["1 +"]);
    }

    #[test]
    fn positions_of_a_prometheus_are_understood() {
        let message =
            r#"Prometheus answered bad_data: invalid parameter "query": 1:5: parse error: unexpected"#;
        assert_eq!(prometheus_position("1 + )", message), Some(4));
        assert_eq!(prometheus_position("1 +\n )", "2:2: parse error"), Some(5));
        assert_eq!(prometheus_position("1", "no place"), None);
    }
}
