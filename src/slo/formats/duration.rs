//! Durations as the formats write them.

use std::time::Duration;

/// OpenSLO's shorthand (`m` minute, `h`, `d`, `w`, `M` month of 30 days, `Q`
/// quarter of 90, `Y` year of 365) and Prometheus' (`4w`, `1h30m`): a sequence
/// of numbers with units, none twice, none empty, more than zero in all.
pub(super) fn parse(text: &str) -> Option<Duration> {
    let mut total: u64 = 0;
    let mut digits = String::new();
    for c in text.trim().chars() {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        let seconds: u64 = match c {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            'w' => 604_800,
            'M' => 30 * 86_400,
            'Q' => 90 * 86_400,
            'y' | 'Y' => 365 * 86_400,
            _ => return None,
        };
        let count: u64 = digits.parse().ok()?;
        digits.clear();
        total = total.checked_add(count.checked_mul(seconds)?)?;
    }
    (digits.is_empty() && total > 0).then(|| Duration::from_secs(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shorthands() {
        let cases =
            [("28d", 2_419_200), ("4w", 2_419_200), ("1h30m", 5_400), ("1M", 2_592_000), ("1Q", 7_776_000)];
        for (text, seconds) in cases {
            assert_eq!(parse(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "0d", "d", "28", "28x", "99999999999999999999d", "-1d"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
