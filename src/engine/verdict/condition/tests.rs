//! Conditions, read and refused.

use super::*;

#[test]
fn conditions_people_write() {
    let cases: [(&str, f64, bool); 12] = [
        ("result[0] >= 0.95", 0.95, true),
        ("result[0] >= 0.95", 0.949, false),
        ("result[0] >= 0.95", f64::NAN, false),
        ("isNaN(result[0]) || result[0] >= 0.95", f64::NAN, true),
        ("result < 5", 4.0, true),
        ("result[0]<=1e-3", 0.001, true),
        ("result[0] > 1 && result[0] < 3", 2.0, true),
        ("result[0] > 1 && result[0] < 3", 3.0, false),
        ("result[0] < 1 || result[0] > 3 && result[0] < 5", 0.0, true),
        ("(result[0] < 1 || result[0] > 3) && result[0] < 5", 6.0, false),
        ("!(result[0] == 7)", 7.0, false),
        ("result[0] != -2", -2.0, false),
    ];
    for (text, value, want) in cases {
        assert_eq!(Condition::parse(text).unwrap().holds(value), want, "{text} at {value}");
    }
}

#[test]
fn errors_point_at_the_place() {
    let cases = [
        ("result[0] => 5", "condition `result[0] => 5`, column 11: expected a comparison such as `>=`"),
        (
            "result[1] > 5",
            "condition `result[1] > 5`, column 8: expected `[0]`: only the first element of the answer is compared",
        ),
        (
            "len(result) > 0",
            "condition `len(result) > 0`, column 1: expected `result[0]`, `isNaN(result[0])` or `(`",
        ),
        ("result[0] > five", "condition `result[0] > five`, column 13: expected a number"),
        ("result[0] > 5 and", "condition `result[0] > 5 and`, column 15: expected `&&`, `||` or the end"),
        ("", "condition ``, column 1: expected `result[0]`, `isNaN(result[0])` or `(`"),
    ];
    for (text, want) in cases {
        assert_eq!(Condition::parse(text).unwrap_err().to_string(), want);
    }
}

proptest::proptest! {
    /// What is kept in a record is what its author wrote.
    #[test]
    fn a_condition_is_read_as_it_is_written(
        parts in proptest::collection::vec((0_usize..6, -1e6_f64..1e6, 0_u8..8), 1..9),
        value in -1e6_f64..1e6,
    ) {
        let one = |(operator, with, kind): &(usize, f64, u8)| match kind {
            0 => Condition::IsNan,
            1 => Condition::Not(Box::new(Condition::Compare(OPERATORS[*operator].1, *with))),
            _ => Condition::Compare(OPERATORS[*operator].1, *with),
        };
        let whole = parts.iter().skip(1).fold(one(&parts[0]), |all, part| {
            let (all, part) = (Box::new(all), Box::new(one(part)));
            if part.holds(value) { Condition::And(part, all) } else { Condition::Or(all, part) }
        });
        let text = whole.to_string();
        let read = Condition::parse(&text).unwrap();
        proptest::prop_assert_eq!(&read, &whole, "{}", text);
        let json = serde_json::to_string(&whole).unwrap();
        proptest::prop_assert_eq!(serde_json::from_str::<Condition>(&json).unwrap(), whole);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,40}") {
        if let Ok(read) = Condition::parse(&text) {
            proptest::prop_assert_eq!(Condition::parse(&read.to_string()).unwrap(), read);
        }
    }
}

#[test]
fn nesting_is_bounded() {
    let deep = "(".repeat(10_000);
    assert!(Condition::parse(&deep).unwrap_err().what.contains("at most 32"));
}
