//! Numbers that may be percentages: `maxSurge: 25%`, `minAvailable: 1`.

use serde_json::Value;

/// Which way a percentage of pods is rounded to whole pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// To the next larger pod (surge, `minAvailable` of a budget).
    Up,
    /// To the next smaller pod (unavailability).
    Down,
}

/// `value` scaled to `total`: an integer stands for itself, `"25%"` for a
/// share. `None` when it is neither.
pub fn scaled(value: &Value, total: i32, round: Round) -> Option<i32> {
    if let Some(n) = value.as_i64() {
        return i32::try_from(n).ok();
    }
    let percent: i64 = value.as_str()?.strip_suffix('%')?.parse().ok()?;
    let product = percent.checked_mul(i64::from(total))?;
    let whole = match round {
        Round::Up => product.div_euclid(100) + i64::from(product.rem_euclid(100) != 0),
        Round::Down => product.div_euclid(100),
    };
    i32::try_from(whole).ok()
}

/// `maxSurge` and `maxUnavailable` of a rolling update in pods. When both
/// round to zero nothing could ever move, so one pod may be unavailable.
pub fn fence_posts(surge: &Value, unavailable: &Value, desired: i32) -> (i32, i32) {
    let surge = scaled(surge, desired, Round::Up).unwrap_or(0);
    let unavailable = scaled(unavailable, desired, Round::Down).unwrap_or(0);
    if surge == 0 && unavailable == 0 { (0, 1) } else { (surge, unavailable) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn surge_rounds_up_and_unavailability_down() {
        for (surge, unavailable, desired, want) in [
            (json!("25%"), json!("25%"), 4, (1, 1)),
            (json!("25%"), json!("25%"), 3, (1, 0)),
            (json!("25%"), json!("25%"), 10, (3, 2)),
            (json!("25%"), json!("25%"), 1, (1, 0)),
            (json!(0), json!("10%"), 3, (0, 1)),
            (json!(0), json!(0), 5, (0, 1)),
            (json!("100%"), json!(0), 5, (5, 0)),
            (json!("x"), json!(null), 5, (0, 1)),
        ] {
            assert_eq!(
                fence_posts(&surge, &unavailable, desired),
                want,
                "{surge} {unavailable} of {desired}"
            );
        }
    }
}
