//! How long to leave a failing server alone.

use std::time::Duration;

/// The longest pause.
const MOST: Duration = Duration::from_mins(5);

/// The pause after `failures` in a row: `usual` doubled with each, at most five
/// minutes, spread by `dice` (0 to 1) over half to one and a half of it, so
/// that consoles which failed together do not come back together.
pub fn pause(usual: Duration, failures: u32, dice: f64) -> Duration {
    if failures == 0 {
        return usual;
    }
    let doubled = usual.saturating_mul(1 << (failures - 1).min(8)).min(MOST);
    doubled.mul_f64(0.5 + dice.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_are_spread_and_end_at_five_minutes() {
        let usual = Duration::from_secs(15);
        let at = |failures, dice| pause(usual, failures, dice).as_millis();
        let middle = [0, 1, 2, 3, 4, 5, 6, 60].map(|n| at(n, 0.5) / 1000);
        assert_eq!(middle, [15, 15, 30, 60, 120, 240, 300, 300]);
        assert_eq!((at(2, 0.0), at(2, 1.0)), (15_000, 45_000));
    }
}
