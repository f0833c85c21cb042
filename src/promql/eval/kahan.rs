//! Compensated summation (Kahan, with Neumaier's swap), bit for bit as
//! Prometheus sums since 3.0.

/// A running sum and what rounding has lost so far.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Kahan {
    pub(crate) sum: f64,
    pub(crate) lost: f64,
}

impl Kahan {
    #[inline]
    pub(crate) fn add(self, value: f64) -> Self {
        let total = self.sum + value;
        let lost = if total.is_infinite() {
            0.0
        } else if self.sum.abs() >= value.abs() {
            self.lost + ((self.sum - total) + value)
        } else {
            self.lost + ((value - total) + self.sum)
        };
        Self { sum: total, lost }
    }

    #[inline]
    pub(crate) fn total(self) -> f64 {
        if self.sum.is_infinite() { self.sum } else { self.sum + self.lost }
    }
}

/// A mean that sums directly until the sum would overflow, then goes on
/// incrementally.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Mean {
    sum: Kahan,
    count: f64,
    incremental: bool,
}

impl Mean {
    #[inline]
    pub(crate) fn add(&mut self, value: f64) {
        self.count += 1.0;
        if self.count <= 1.0 {
            self.sum = Kahan { sum: value, lost: 0.0 };
            return;
        }
        if !self.incremental {
            let next = self.sum.add(value);
            if !next.sum.is_infinite() {
                self.sum = next;
                return;
            }
            self.incremental = true;
            self.sum.sum /= self.count - 1.0;
            self.sum.lost /= self.count - 1.0;
        }
        let kept = (self.count - 1.0) / self.count;
        let scaled = Kahan { sum: kept * self.sum.sum, lost: kept * self.sum.lost };
        self.sum = scaled.add(value / self.count);
    }

    pub(crate) fn value(self) -> f64 {
        if self.incremental {
            self.sum.sum + self.sum.lost
        } else {
            self.sum.sum / self.count + self.sum.lost / self.count
        }
    }
}

/// The quantile of a list of values by linear interpolation; sorts the list,
/// NaN first, as Prometheus does.
pub(crate) fn quantile(q: f64, values: &mut [f64]) -> f64 {
    if values.is_empty() || q.is_nan() {
        return f64::NAN;
    }
    if q < 0.0 {
        return f64::NEG_INFINITY;
    }
    if q > 1.0 {
        return f64::INFINITY;
    }
    values.sort_by(|a, b| match (a.is_nan(), b.is_nan()) {
        (true, true) => std::cmp::Ordering::Equal,
        (true, false) => std::cmp::Ordering::Less,
        (false, true) => std::cmp::Ordering::Greater,
        (false, false) => a.total_cmp(b),
    });
    let last = (values.len() - 1) as f64;
    let rank = q * last;
    let lower = rank.floor().max(0.0);
    let upper = (lower + 1.0).min(last);
    let weight = rank - rank.floor();
    values[lower as usize] * (1.0 - weight) + values[upper as usize] * weight
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_what_plain_addition_loses() {
        let sum = [1.0, 1e100, 1.0, -1e100].into_iter().fold(Kahan::default(), Kahan::add);
        assert_eq!(sum.total().to_bits(), 2.0_f64.to_bits());
    }

    #[test]
    fn a_mean_survives_overflow() {
        let mut mean = Mean::default();
        for value in [f64::MAX, f64::MAX, f64::MAX] {
            mean.add(value);
        }
        assert!((mean.value() / f64::MAX - 1.0).abs() < 1e-12);
    }

    #[test]
    fn quantiles_interpolate_and_put_nan_first() {
        assert!((quantile(0.5, &mut [3.0, 1.0, 2.0, 4.0]) - 2.5).abs() < 1e-12);
        assert!(quantile(0.0, &mut [1.0, f64::NAN]).is_nan());
        assert!((quantile(1.0, &mut [1.0, f64::NAN]) - 1.0).abs() < 1e-12);
        assert!(quantile(2.0, &mut [1.0]).is_infinite());
    }
}
