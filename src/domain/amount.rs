//! `resource.Quantity`: whether text is one, and its value; and what a pod asks
//! for and may use at most.

use std::ops::Add;

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
pub fn amount(text: &str) -> Option<f64> {
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
pub fn is_amount(text: &str) -> bool {
    amount(text).is_some()
}

/// What is asked for of one resource, and what may be used at most: in
/// thousandths of a core, or in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// Reserved for it; none if nothing is.
    pub asked: Option<u64>,
    /// Its limit; none if there is none.
    pub limit: Option<u64>,
}

/// The room of a container or a pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rooms {
    /// In thousandths of a core.
    pub cpu: Room,
    /// In bytes.
    pub memory: Room,
}

impl Rooms {
    /// Those of a container, given the text of its requests and of its limits by
    /// resource. What is no quantity counts as missing, and so does zero, which
    /// Kubernetes takes for no limit.
    pub fn read<'a>(
        asked: impl Fn(&str) -> Option<&'a str>,
        limit: impl Fn(&str) -> Option<&'a str>,
    ) -> Self {
        let room = |name: &str, unit: f64| {
            let value = |text: Option<&str>| {
                let value = (text.and_then(amount)? * unit).round();
                (value >= 1.0).then_some(value as u64)
            };
            let limit = value(limit(name));
            // The API server fills a missing request in from the limit.
            Room { asked: value(asked(name)).or(limit), limit }
        };
        Self { cpu: room("cpu", 1000.0), memory: room("memory", 1.0) }
    }
}

impl Add for Rooms {
    type Output = Self;

    /// Those of both together: what one asks for is asked for, and a limit there
    /// is only where both have one.
    fn add(self, other: Self) -> Self {
        let both = |a: Room, b: Room| Room {
            asked: a.asked.map_or(b.asked, |a| Some(a.saturating_add(b.asked.unwrap_or(0)))),
            limit: a.limit.zip(b.limit).map(|(a, b)| a.saturating_add(b)),
        };
        Self { cpu: both(self.cpu, other.cpu), memory: both(self.memory, other.memory) }
    }
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
            let got = amount(text).unwrap();
            assert!((got - want).abs() <= want.abs() * 1e-12, "{text}: {got}");
        }
        for text in ["", "m", "1x", "1.2.3", "--1", "+-1", "abc", "1 Gi", "."] {
            assert!(!is_amount(text), "{text}");
        }
    }

    #[test]
    fn a_pod_without_a_limit_on_one_container_has_none() {
        let rooms = |asked: &'static str, limit: &'static str| {
            let of = |text: &'static str| {
                move |name: &str| text.split(' ').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
            };
            Rooms::read(of(asked), of(limit))
        };
        let app = rooms("cpu=250m memory=256Mi", "memory=512Mi");
        assert_eq!(app.cpu, Room { asked: Some(250), limit: None });
        assert_eq!(app.memory, Room { asked: Some(256 << 20), limit: Some(512 << 20) });
        let proxy = rooms("", "cpu=1 memory=64Mi");
        assert_eq!(proxy.cpu, Room { asked: Some(1000), limit: Some(1000) }, "filled in from the limit");
        let pod = app + proxy;
        assert_eq!(pod.cpu, Room { asked: Some(1250), limit: None });
        assert_eq!(pod.memory.limit, Some(576 << 20));
        let odd = rooms("cpu=lots memory=0", "cpu=-1 memory=1e-9");
        assert_eq!(odd, Rooms::default(), "nothing that is no amount counts");
    }
}
