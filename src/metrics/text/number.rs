//! Values and times.

use super::Format;
use crate::promql::parse_float;

/// Largest integer read digit by digit: below 2^53 every step is exact.
const EXACT_DIGITS: usize = 15;

/// A sample's value; most are plain integers, which need no float parser.
pub(super) fn value(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    if bytes.is_empty() || bytes.len() > EXACT_DIGITS || !bytes.iter().all(u8::is_ascii_digit) {
        return parse_float(text);
    }
    let whole = bytes.iter().fold(0_u64, |sum, digit| sum * 10 + u64::from(digit - b'0'));
    Some(whole as f64)
}

/// Times beyond year 9999 are refused: adding to them could overflow.
const FAR_MS: f64 = 253_402_300_800_000.0;

/// A sample's time in milliseconds.
pub(super) fn time_ms(text: &str, format: Format) -> Option<i64> {
    let ms = match format {
        Format::Prometheus => text.parse::<i64>().ok()? as f64,
        Format::OpenMetrics => (parse_float(text)? * 1000.0).round(),
    };
    (ms.abs() < FAR_MS).then_some(ms as i64)
}
