//! Stretches of time as people write them: `45ms`, `-38m`, `1d 6h`.

use serde::{Deserialize, Deserializer};

/// Seconds, possibly negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Span(pub f64);

const UNITS: &[(&str, f64)] = &[("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0), ("d", 86400.0)];

impl Span {
    /// Reads a span: an optional sign, then numbers with units.
    ///
    /// # Errors
    /// A sentence that quotes what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bad = || format!("\"{text}\" is not a time; write it like \"45ms\", \"-38m\" or \"1d 6h\"");
        let trimmed = text.trim();
        let (sign, mut rest) = match trimmed.strip_prefix('-') {
            Some(rest) => (-1.0, rest),
            None => (1.0, trimmed.strip_prefix('+').unwrap_or(trimmed)),
        };
        let mut total = 0.0;
        if rest.is_empty() {
            return Err(bad());
        }
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).ok_or_else(bad)?;
            let (number, tail) = rest.split_at(digits);
            let letters = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(letters);
            let number: f64 = number.parse().ok().ok_or_else(bad)?;
            let factor = UNITS.iter().find(|(u, _)| *u == unit).ok_or_else(bad)?.1;
            total += number * factor;
            rest = tail.trim_start();
        }
        Ok(Self(sign * total))
    }

    /// Seconds.
    pub fn seconds(self) -> f64 {
        self.0
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_nonsense_is_quoted() {
        for (text, want) in
            [("45ms", 0.045), ("-38m", -2280.0), ("1d 6h", 108_000.0), ("+1m30s", 90.0), ("0s", 0.0)]
        {
            assert!((Span::parse(text).unwrap().0 - want).abs() < 1e-9, "{text}");
        }
        for text in ["", "-", "5", "five", "3 weeks", "1..2s", "s"] {
            let error = Span::parse(text).unwrap_err();
            assert!(error.contains(&format!("\"{text}\"")), "{error}");
        }
    }
}
