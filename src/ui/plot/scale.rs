//! The axis of values: round, and calm.

/// Which numbers are round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// 1, 2, 5, 10: what is counted and timed.
    Decimal,
    /// Powers of two: memory.
    Binary,
}

/// How the top of an axis is chosen. The bottom is always zero: half as high
/// is half as much.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// Which tops there are.
    pub round: Round,
    /// The top is never lower: what is next to nothing must look so.
    pub least: f64,
    /// The top is never higher: no share is above 1.
    pub most: f64,
}

/// The axis comes down only where the highest value leaves this much free
/// below the next lower top: a value that hovers at a round number must not
/// have it jump to and fro.
const SLACK: f64 = 1.25;

impl Scale {
    /// The top for values up to `highest`, where it was at `before`.
    pub fn top(self, highest: Option<f64>, before: Option<f64>) -> f64 {
        let highest = highest.filter(|v| v.is_finite()).unwrap_or(0.0).max(0.0);
        let wanted = self.over(highest);
        match before.filter(|before| before.is_finite() && *before > 0.0) {
            Some(before) if wanted < before && self.over(highest * SLACK) >= before => before,
            _ => wanted,
        }
    }

    /// The lowest top that is not below `value`.
    fn over(self, value: f64) -> f64 {
        let value = value.max(self.least).min(self.most);
        let top = match self.round {
            Round::Binary => 2.0_f64.powf(value.log2().ceil()),
            Round::Decimal => {
                let unit = 10.0_f64.powf(value.log10().floor());
                // 10 * 0.1 and 0.1 * 10 differ in the last bit: a top just missed is met.
                let fits = |factor: &&f64| **factor * unit >= value * (1.0 - 1e-9);
                [1.0, 2.0, 5.0, 10.0].iter().find(fits).copied().unwrap_or(10.0) * unit
            }
        };
        if top.is_finite() { top.min(self.most) } else { self.most }
    }
}

/// Where an axis of `rows` has labels: the row, 0 at the top, and which part of
/// the top stands there.
pub(super) fn ticks(rows: u16) -> Vec<(u16, f64)> {
    let Some(last) = rows.checked_sub(1) else { return Vec::new() };
    let parts = match rows {
        0..=1 => 0,
        2..=3 => 1,
        4..=8 => 2,
        _ => 4,
    };
    if parts == 0 {
        return vec![(0, 1.0)];
    }
    (0..=parts)
        .map(|n| {
            let part = f64::from(n) / f64::from(parts);
            let row = ((1.0 - part) * f64::from(last)).round() as u16;
            (row, part)
        })
        .collect()
}
