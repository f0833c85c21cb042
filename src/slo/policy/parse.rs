//! Policies as people write them.

use super::{Gauge, PolicyAction, PolicyRule, Than, When};

/// Rules of one line: `remaining < 25% warn; remaining <= 0% freeze except
/// security, reliability`.
///
/// # Errors
/// What is wrong with the first rule that is, the rule quoted.
pub fn parse_rules(text: &str) -> Result<Vec<PolicyRule>, String> {
    let rules = text.split(';').map(str::trim).filter(|rule| !rule.is_empty());
    rules.map(|rule| one(rule).map_err(|why| format!("'{rule}': {why}"))).collect()
}

fn one(text: &str) -> Result<PolicyRule, String> {
    let (text, exceptions) = text.split_once(" except ").unwrap_or((text, ""));
    let Some((when, action)) = text.trim().rsplit_once(' ') else {
        return Err("a rule is such as: remaining < 25% warn".to_owned());
    };
    rule(when, action, &words(exceptions))
}

/// Words separated by commas or blanks.
fn words(text: &str) -> Vec<String> {
    text.split([',', ' ']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// A rule from its parts, wherever they stand.
pub(in crate::slo) fn rule(when: &str, action: &str, exceptions: &[String]) -> Result<PolicyRule, String> {
    let action = match action.trim() {
        "warn" => PolicyAction::Warn,
        "freeze" => PolicyAction::Freeze,
        other => return Err(format!("'{other}' is not one of warn, freeze")),
    };
    if action == PolicyAction::Warn && !exceptions.is_empty() {
        return Err("only a freeze has exceptions".to_owned());
    }
    Ok(PolicyRule { when: condition(when)?, action, exceptions: exceptions.to_vec() })
}

/// `remaining <= 0%`, `burn > 14.4`
fn condition(text: &str) -> Result<When, String> {
    let split = Than::ALL.iter().find_map(|(than, sign)| {
        let (what, mark) = text.split_once(sign)?;
        Some((*than, what.trim(), mark.trim()))
    });
    let Some((than, what, mark)) = split else {
        return Err(format!("'{text}' compares nothing: remaining < 25%, burn > 14.4"));
    };
    let what = match what {
        "remaining" => Gauge::Remaining,
        "burn" => Gauge::Burn,
        other => return Err(format!("'{other}' is not one of remaining, burn")),
    };
    let percent = mark.strip_suffix('%');
    let digits = percent.unwrap_or_else(|| mark.strip_suffix('x').unwrap_or(mark)).trim();
    let number: f64 = digits
        .parse()
        .ok()
        .filter(|n: &f64| n.is_finite())
        .ok_or_else(|| format!("'{mark}' is no number such as 25%, 0.25 or 14.4"))?;
    match (what, percent) {
        (Gauge::Burn, Some(_)) => Err(format!("'{mark}': a burn is a factor such as 14.4, no percentage")),
        (Gauge::Remaining, None) if number.abs() > 1.0 => {
            Err(format!("'{mark}' is more than the whole budget; did you mean {number}%?"))
        }
        (Gauge::Remaining, Some(_)) => Ok(When { what, than, mark: number / 100.0 }),
        (Gauge::Remaining | Gauge::Burn, None) => Ok(When { what, than, mark: number }),
    }
}
