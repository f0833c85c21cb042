//! Exact quantities: what quotas and limit ranges add up and compare.
//!
//! [`crate::domain::amount()`] reads into a float, which is enough to compare two
//! numbers a person wrote; sums of a hundred pods have to come out as the
//! real server prints them.

use std::fmt;

/// Nanounits in one unit; the finest a quantity can be.
const NANO: i128 = 1_000_000_000;

/// An amount of something, in nanounits, and the family of suffixes it is printed with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    nanos: i128,
    binary: bool,
}

const BINARY: [(&str, u32); 6] = [("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40), ("Pi", 50), ("Ei", 60)];
/// Powers of ten from the largest to the smallest.
const DECIMAL: [(&str, i32); 10] =
    [("E", 18), ("P", 15), ("T", 12), ("G", 9), ("M", 6), ("k", 3), ("", 0), ("m", -3), ("u", -6), ("n", -9)];

impl Amount {
    /// So many whole units.
    pub fn whole(n: usize) -> Self {
        Self { nanos: i128::try_from(n).unwrap_or(0).saturating_mul(NANO), binary: false }
    }

    /// Reads a quantity: `250m`, `1.5Gi`, `2e3`; `None` when it is none.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some((suffix, shift)) = BINARY.iter().find(|(s, _)| text.ends_with(s)) {
            let nanos = decimal(text.strip_suffix(suffix)?, 0)?.checked_mul(1 << shift)?;
            return Some(Self { nanos, binary: true });
        }
        let exponent = text.char_indices().find(|(_, c)| matches!(c, 'e' | 'E'));
        if let Some((mantissa, power)) = exponent.and_then(|(at, _)| text.split_at_checked(at))
            && let Some(power) = power.get(1..).and_then(|p| p.parse().ok())
        {
            return Some(Self { nanos: decimal(mantissa, power)?, binary: false });
        }
        let (suffix, power) =
            DECIMAL.iter().find(|(s, _)| !s.is_empty() && text.ends_with(s)).unwrap_or(&("", 0));
        Some(Self { nanos: decimal(text.strip_suffix(suffix)?, *power)?, binary: false })
    }

    /// The sum; nothing takes the suffixes of what is added to it.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let binary = if self.nanos == 0 { other.binary } else { self.binary };
        Self { nanos: self.nanos.saturating_add(other.nanos), binary }
    }

    /// The larger of two.
    #[must_use]
    pub fn or_more(self, other: Self) -> Self {
        if other.nanos > self.nanos { other } else { self }
    }

    /// Whether it is more than nothing.
    pub fn is_positive(self) -> bool {
        self.nanos > 0
    }

    /// Whether it is more than `other`.
    pub fn exceeds(self, other: Self) -> bool {
        self.nanos > other.nanos
    }

    /// How many times `other` it is.
    pub fn ratio(self, other: Self) -> f64 {
        self.nanos as f64 / other.nanos as f64
    }
}

/// `text` times ten to the `power`, in nanounits, rounded up as Kubernetes rounds.
fn decimal(text: &str, power: i32) -> Option<i128> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: i128 = digits.parse().ok()?;
    let scale = power.checked_add(9)?.checked_sub(i32::try_from(fraction.len()).ok()?)?;
    let factor = 10_i128.checked_pow(scale.unsigned_abs())?;
    let nanos = if scale >= 0 { number.checked_mul(factor)? } else { (number + factor - 1) / factor };
    Some(if text.starts_with('-') { -nanos } else { nanos })
}

/// The canonical form: no fraction, the largest suffix that allows that.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.nanos == 0 {
            return f.write_str("0");
        }
        if self.binary && self.nanos % NANO == 0 && self.nanos.abs() >= 1024 * NANO {
            let units = self.nanos / NANO;
            let fits = BINARY.iter().rev().find(|(_, shift)| units % (1 << shift) == 0);
            let (suffix, shift) = fits.unwrap_or(&("", 0));
            return write!(f, "{}{suffix}", units >> shift);
        }
        for (suffix, power) in DECIMAL {
            let unit = 10_i128.pow(u32::try_from(power + 9).unwrap_or(0));
            if self.nanos % unit == 0 {
                return write!(f, "{}{suffix}", self.nanos / unit);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_printed_as_kubectl_prints_them() {
        for (text, want) in [
            ("1500m", "1500m"),
            ("0.9", "900m"),
            ("2000m", "2"),
            ("1000", "1k"),
            ("2G", "2G"),
            ("1e3", "1k"),
            ("1024Mi", "1Gi"),
            ("1.5Gi", "1536Mi"),
            ("512Ki", "512Ki"),
            ("0Mi", "0"),
            ("-5", "-5"),
            ("1E", "1E"),
            ("0.0000000001", "1n"),
        ] {
            assert_eq!(Amount::parse(text).map(|a| a.to_string()).as_deref(), Some(want), "{text}");
        }
        for text in ["", "m", "1x", "1.2.3", "--1", "abc", "1 Gi", ".", "1e", "Ki"] {
            assert_eq!(Amount::parse(text), None, "{text}");
        }
    }

    #[test]
    fn sums_keep_the_suffixes_of_what_came_first() {
        let sum = |all: &[&str]| {
            all.iter().fold(Amount::default(), |sum, one| sum.plus(Amount::parse(one).unwrap())).to_string()
        };
        assert_eq!(sum(&["100Mi", "50Mi"]), "150Mi");
        assert_eq!(sum(&["1G", "1Mi"]), "1001048576");
        assert_eq!(sum(&["0.3", "200m"]), "500m");
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(nanos in -1_000_000_000_000_000_000_i128..1_000_000_000_000_000_000, binary: bool) {
            let amount = Amount { nanos, binary };
            let again = Amount::parse(&amount.to_string()).unwrap();
            prop_assert_eq!(again.nanos, nanos);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[-+0-9.eEKMGimnuk]{0,24}") {
            if let Some(amount) = Amount::parse(&text) {
                let shown = amount.to_string();
                prop_assert_eq!(Amount::parse(&shown).map(|a| a.nanos), Some(amount.nanos));
            }
        }
    }
}
