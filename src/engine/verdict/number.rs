//! Numbers as a person reads them, and rounded so that a replay agrees.
//!
//! `ln` and `exp` differ in the last bit between machines. Evidence is
//! rounded to six significant digits *before* it is compared or stored, so
//! the stored number, the printed number and the decision always agree.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A number kept to the last bit, as its shortest text: JSON has no NaN, and a
/// condition judges what was measured, not what was rounded. A NaN equals one.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Exact(f64);

impl Exact {
    /// Keeps `value`.
    pub fn new(value: f64) -> Self {
        Self(if value.is_nan() { f64::NAN } else { value })
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl PartialEq for Exact {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl Eq for Exact {}

impl fmt::Display for Exact {
    /// Six digits, for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", rounded(self.0))
    }
}

impl TryFrom<String> for Exact {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map(Self::new).map_err(|_not| format!("{text:?} is no number"))
    }
}

impl From<Exact> for String {
    fn from(exact: Exact) -> Self {
        exact.0.to_string()
    }
}

/// An optional number as [`Exact`], for serde: JSON read back may be one bit off.
pub mod exact {
    use super::Exact;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    /// Writes it.
    ///
    /// # Errors
    /// The writer's.
    #[allow(clippy::ref_option, reason = "serde calls it with a reference")]
    pub fn serialize<S: Serializer>(number: &Option<f64>, to: S) -> Result<S::Ok, S::Error> {
        number.map(Exact::new).serialize(to)
    }

    /// Reads it.
    ///
    /// # Errors
    /// It is no number.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
        Ok(Option::<Exact>::deserialize(from)?.map(Exact::get))
    }
}

/// Rounds to six significant digits; what is nearer to zero than 1e-15
/// vanishes. Readers of JSON may be one bit off where a power of ten beyond
/// 1e22 is involved, and a verdict read back must replay to the bit.
pub fn rounded(x: f64) -> f64 {
    if x == 0.0 || !x.is_finite() {
        return x;
    }
    let digits = 5 - x.abs().log10().floor() as i32;
    // Far above this range a power of ten would overflow.
    if !(-300..=20).contains(&digits) {
        return 0.0;
    }
    // Dividing by an exact power of ten gives the nearest short decimal.
    if digits >= 0 {
        let scale = 10_f64.powi(digits);
        (x * scale).round() / scale
    } else {
        let scale = 10_f64.powi(-digits);
        (x / scale).round() * scale
    }
}

/// `0.042` as `4.2 %`, two significant digits, never more than needed.
pub fn percent(rate: f64) -> String {
    let p = rate * 100.0;
    if p == 0.0 {
        return "0 %".to_owned();
    }
    if p >= 9.95 {
        return format!("{p:.0} %");
    }
    let decimals = (1 - p.log10().floor() as i32).clamp(1, 6) as usize;
    let text = format!("{p:.decimals$}");
    let short = text.trim_end_matches('0').trim_end_matches('.');
    format!("{short} %")
}

/// `9800` as `9.8k`; below 1,000 in full.
pub fn count(n: u64) -> String {
    let scaled = |unit: f64, suffix: &str| {
        let v = n as f64 / unit;
        if v >= 99.5 {
            format!("{v:.0}{suffix}")
        } else {
            let text = format!("{v:.1}");
            format!("{}{suffix}", text.trim_end_matches(".0"))
        }
    };
    match n {
        0..1_000 => n.to_string(),
        1_000..999_500 => scaled(1e3, "k"),
        999_500..999_500_000 => scaled(1e6, "M"),
        _ => scaled(1e9, "G"),
    }
}

/// Evidence by its name: `E=8e5`, `E>1e12`.
pub fn named_evidence(name: &str, e: f64) -> String {
    let text = evidence(e);
    if text.starts_with(['<', '>']) { format!("{name}{text}") } else { format!("{name}={text}") }
}

/// Evidence: `0.013`, `3.4`, `812`, `8e5`.
pub fn evidence(e: f64) -> String {
    if e >= super::eprocess::E_MAX {
        return ">1e12".to_owned();
    }
    if e <= 1.0 / super::eprocess::E_MAX {
        return "<1e-12".to_owned();
    }
    match e {
        e if e >= 9_999.5 => format!("{e:.0e}"),
        e if e >= 99.5 => format!("{e:.0}"),
        e if e >= 0.95 => format!("{e:.1}"),
        e if e >= 0.001 => format!("{e:.3}"),
        _ => format!("{e:.0e}"),
    }
}

/// Seconds as `45 s`, `12 min`, `2 h 5 min`.
pub fn duration(seconds: u64) -> String {
    match seconds {
        0..90 => format!("{seconds} s"),
        90..5_400 => format!("{} min", seconds.div_ceil(60)),
        5_400..172_800 => {
            let minutes = seconds.div_ceil(60);
            match minutes % 60 {
                0 => format!("{} h", minutes / 60),
                rest => format!("{} h {rest} min", minutes / 60),
            }
        }
        _ => format!("{} days", seconds / 86_400),
    }
}

/// Requests per second: `0.3/s`, `12/s`.
pub fn per_second(rate: f64) -> String {
    if rate >= 9.95 {
        format!("{rate:.0}/s")
    } else if rate >= 0.095 {
        format!("{rate:.1}/s")
    } else {
        format!("{:.1}/min", rate * 60.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_digits_and_stable() {
        assert!((rounded(1.234_567_89) - 1.234_57).abs() < 1e-15);
        assert!((rounded(812_345_678.0) - 812_346_000.0).abs() < 1e-6);
        for x in [3.3e-9, 0.017, 2.0, 1e12, 7.77e11] {
            assert!(rounded(rounded(x)).to_bits() == rounded(x).to_bits());
        }
        assert!(rounded(0.0).abs() < f64::MIN_POSITIVE);
    }

    proptest::proptest! {
        /// What is stored in a record is what was decided on.
        #[test]
        fn survives_json(digits in 1.0_f64..10.0, exponent in -320_i32..21) {
            let x = rounded(digits * 10_f64.powi(exponent));
            let text = serde_json::to_string(&x).unwrap();
            let back: f64 = serde_json::from_str(&text).unwrap();
            proptest::prop_assert_eq!(back.to_bits(), x.to_bits(), "{}", text);
        }
    }

    #[test]
    fn exact_numbers_survive_json_whatever_they_are() {
        for x in [0.1 + 0.2, f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 5e-324, f64::MAX] {
            let text = serde_json::to_string(&Exact::new(x)).unwrap();
            assert_eq!(serde_json::from_str::<Exact>(&text).unwrap(), Exact::new(x), "{text}");
        }
        assert!(serde_json::from_str::<Exact>("\"much\"").unwrap_err().to_string().contains("no number"));
    }

    #[test]
    fn words() {
        let cases = [
            (percent(0.0421), "4.2 %"),
            (percent(0.002_08), "0.21 %"),
            (percent(0.5), "50 %"),
            (percent(0.01), "1 %"),
            (percent(0.000_1), "0.01 %"),
            (percent(0.0), "0 %"),
            (count(999), "999"),
            (count(9_800), "9.8k"),
            (count(10_000), "10k"),
            (count(999_600), "1M"),
            (evidence(812_345.0), "8e5"),
            (evidence(20.0), "20.0"),
            (evidence(0.013), "0.013"),
            (evidence(1e12), ">1e12"),
            (duration(45), "45 s"),
            (duration(700), "12 min"),
            (duration(7_500), "2 h 5 min"),
            (duration(7_200), "2 h"),
            (per_second(0.3), "0.3/s"),
            (per_second(0.01), "0.6/min"),
        ];
        for (got, want) in cases {
            assert_eq!(got, want);
        }
    }
}
