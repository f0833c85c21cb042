//! `resource.Quantity`: whether text is one, and its value.

/// Suffixes and their factors.
const SUFFIXES: [(&str, f64); 16] = [
    ("Ki", 1024.0),
    ("Mi", 1_048_576.0),
    ("Gi", 1_073_741_824.0),
    ("Ti", 1_099_511_627_776.0),
    ("Pi", 1_125_899_906_842_624.0),
    ("Ei", 1_152_921_504_606_846_976.0),
    ("n", 1e-9),
    ("u", 1e-6),
    ("m", 1e-3),
    ("k", 1e3),
    ("M", 1e6),
    ("G", 1e9),
    ("T", 1e12),
    ("P", 1e15),
    ("E", 1e18),
    ("", 1.0),
];

/// The value in base units (cores, bytes); None when the text is no quantity.
pub fn value(text: &str) -> Option<f64> {
    let digits = text.trim_start_matches(['+', '-']);
    let number = |t: &str| -> Option<f64> {
        let plain =
            !t.is_empty() && t.chars().all(|c| c.is_ascii_digit() || c == '.') && t.matches('.').count() < 2;
        if plain && t != "." { t.parse().ok() } else { None }
    };
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    if text.len() - digits.len() > 1 {
        return None;
    }
    for (suffix, factor) in SUFFIXES {
        if let Some(n) = digits.strip_suffix(suffix).and_then(number) {
            return Some(sign * n * factor);
        }
    }
    let (mantissa, exponent) = digits.split_once(['e', 'E'])?;
    let exponent: i32 = exponent.parse().ok()?;
    Some(sign * number(mantissa)? * 10_f64.powi(exponent))
}

/// Whether the text is a quantity.
pub fn is_valid(text: &str) -> bool {
    value(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_kubernetes_reads() {
        for (text, want) in [
            ("100m", 0.1),
            ("2", 2.0),
            ("1.5Gi", 1_610_612_736.0),
            ("1e3", 1000.0),
            ("-1", -1.0),
            ("1E", 1e18),
            (".5", 0.5),
        ] {
            let got = value(text).unwrap();
            assert!((got - want).abs() <= want.abs() * 1e-12, "{text}: {got}");
        }
        for text in ["", "m", "1x", "1.2.3", "--1", "+-1", "abc", "1 Gi", "."] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
