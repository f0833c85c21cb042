//! Texts and numbers.

use serde_json::{Number, Value};

use super::format;
use super::{Findings, wrong_type};
use crate::demo::crd::node::Node;
use crate::demo::status::{Cause, quote};

pub(super) fn text(schema: &Node, path: &str, text: &str, out: &mut Findings) {
    let limits = &schema.limits;
    let length = text.chars().count() as u64;
    if let Some(most) = limits.max_length {
        out.check(length <= most, || Cause::too_long(path, usize::try_from(most).unwrap_or(usize::MAX)));
    }
    if let Some(least) = limits.min_length {
        let why = format!("{path} in body should be at least {least} chars long");
        out.check(length >= least, || Cause::invalid(path, &text.into(), &why));
    }
    if let Some((shown, Some(regex))) = &limits.pattern {
        let why = format!("{path} in body should match '{shown}'");
        out.check(regex.is_match(text), || Cause::invalid(path, &text.into(), &why));
    }
    if !limits.format.is_empty() {
        out.check(format::fits(&limits.format, text), || wrong_type(path, &limits.format, text));
    }
}

pub(super) fn number(schema: &Node, path: &str, number: &Number, out: &mut Findings) {
    let limits = &schema.limits;
    let Some(n) = number.as_f64() else { return };
    whole(schema, path, number, out);
    let value = Value::Number(number.clone());
    // Go compares and prints integers with the limit cut to an integer.
    let shown = |limit: f64| if number.is_f64() { limit } else { limit.trunc() };
    if let Some(factor) = limits.multiple_of.filter(|f| *f > 0.0) {
        let times = n / factor;
        let why = format!("{path} in body should be a multiple of {factor}");
        out.check((times - times.round()).abs() < 1e-9, || Cause::invalid(path, &value, &why));
    }
    if let Some(most) = limits.maximum.map(shown) {
        let (good, than) = if limits.exclusive_maximum {
            (n < most, "less than")
        } else {
            (n <= most, "less than or equal to")
        };
        out.check(good, || Cause::invalid(path, &value, &format!("{path} in body should be {than} {most}")));
    }
    if let Some(least) = limits.minimum.map(shown) {
        let (good, than) = if limits.exclusive_minimum {
            (n > least, "greater than")
        } else {
            (n >= least, "greater than or equal to")
        };
        out.check(good, || Cause::invalid(path, &value, &format!("{path} in body should be {than} {least}")));
    }
}

fn whole(schema: &Node, path: &str, number: &Number, out: &mut Findings) {
    let (ok, what) = match &*schema.limits.format {
        "int32" => (number.as_i64().is_some_and(|n| i32::try_from(n).is_ok()), "integer with format int32"),
        _ if matches!(schema.types.as_slice(), [only] if &**only == "integer") => {
            (!number.is_f64(), "integer (default format)")
        }
        _ => return,
    };
    if !ok {
        out.nameless(&format!("Checked value must be of type {what} in {path}"));
    }
}

/// The value is none of those allowed.
pub(super) fn outside(path: &str, value: &Value, allowed: &[Value]) -> Cause {
    let text = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
    let shown = value.as_str().map_or_else(|| value.to_string(), quote);
    let all: Vec<String> = allowed.iter().map(|v| quote(&text(v))).collect();
    Cause {
        reason: "FieldValueNotSupported",
        message: format!("Unsupported value: {shown}: supported values: {}", all.join(", ")),
        field: path.to_owned(),
    }
}
