//! Reading floats as Prometheus (and Go) write them.

/// Parses a float: decimal, hexadecimal, `NaN`, `Inf` with optional sign, in
/// any case. Underscores and words Go does not know are refused.
pub fn parse_float(text: &str) -> Option<f64> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', ..] => (true, text.get(1..)?),
        [b'+', ..] => (false, text.get(1..)?),
        _ => (false, text),
    };
    let first = *digits.as_bytes().first()?;
    let value = if first.is_ascii_digit() || first == b'.' {
        match digits.get(..2) {
            Some("0x" | "0X") => hexadecimal(digits.get(2..)?)?,
            _ => digits.parse().ok()?,
        }
    } else if digits.eq_ignore_ascii_case("inf") || digits.eq_ignore_ascii_case("infinity") {
        f64::INFINITY
    } else if digits.eq_ignore_ascii_case("nan") {
        f64::NAN
    } else {
        return None;
    };
    Some(if negative { -value } else { value })
}

/// `1f`, `1.8p3`: an integer, or a float with a binary exponent.
fn hexadecimal(text: &str) -> Option<f64> {
    let (mantissa, exponent) = match text.split_once(['p', 'P']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut value = 0.0;
    for digit in whole.chars().chain(fraction.chars()) {
        value = value * 16.0 + f64::from(digit.to_digit(16)?);
    }
    let scale = i32::try_from(fraction.len()).ok()?.checked_mul(4)?;
    Some(value * f64::from(exponent.checked_sub(scale)?).exp2())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_of_every_dress() {
        let close = |text: &str, want: f64| {
            let got = parse_float(text).unwrap();
            assert!(
                (got.is_infinite() && got.total_cmp(&want).is_eq()) || (got - want).abs() < 1e-12,
                "{text}: {got}"
            );
        };
        close("1", 1.0);
        close("-.5", -0.5);
        close("+Inf", f64::INFINITY);
        close("-inf", f64::NEG_INFINITY);
        close("1e3", 1000.0);
        close("0x1F", 31.0);
        close("-0x1.8p1", -3.0);
        assert!(parse_float("nan").unwrap().is_nan());
        for bad in ["", "-", "+", "x", "1_000", "infinit", "0x", "1 ", " 1", "--1", "0xg", "1e"] {
            assert_eq!(parse_float(bad), None, "{bad:?}");
        }
    }
}
