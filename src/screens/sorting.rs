//! Sorting the lines of a list by a column. Stable: what is equal stays in the
//! list's own order. What has no value comes last, whichever way round.

use crate::msg::ListView;
use std::cmp::Ordering;

/// What a line is sorted by.
#[derive(Clone, Debug)]
pub(super) enum Key {
    /// Upper and lower case alike.
    Text(String),
    /// A number.
    Number(f64),
    /// There is none.
    Absent,
}

impl Key {
    /// A text; absent if it is empty or a dash.
    pub(super) fn text(text: &str) -> Self {
        if matches!(text, "" | "—") { Self::Absent } else { Self::Text(text.to_lowercase()) }
    }

    /// A number that may be missing.
    pub(super) fn number(number: Option<f64>) -> Self {
        number.filter(|number| !number.is_nan()).map_or(Self::Absent, Self::Number)
    }

    /// Available of those asked for: the emptiest is the least.
    pub(super) fn ready((available, desired): (u32, u32)) -> Self {
        Self::number((desired > 0).then(|| f64::from(available) / f64::from(desired)))
    }

    /// A moment: the newest is the least, as its age is.
    pub(super) fn age(at: Option<jiff::Timestamp>) -> Self {
        Self::number(at.map(|at| -(at.as_second() as f64)))
    }

    fn compare(&self, other: &Self, descending: bool) -> Ordering {
        let order = match (self, other) {
            (Self::Absent, Self::Absent) => return Ordering::Equal,
            (Self::Absent, _) => return Ordering::Greater,
            (_, Self::Absent) => return Ordering::Less,
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Number(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Number(_)) => Ordering::Greater,
        };
        if descending { order.reverse() } else { order }
    }
}

/// Sorts `rows` by the column chosen, if there is one; `key` says what a row
/// has in it.
pub(super) fn sort<T>(rows: &mut Vec<T>, view: Option<&ListView>, key: impl Fn(&T, &str) -> Key) {
    let Some((title, descending)) = view.and_then(ListView::sorted) else { return };
    let mut keyed: Vec<(Key, T)> = rows.drain(..).map(|row| (key(&row, title), row)).collect();
    keyed.sort_by(|(a, _), (b, _)| a.compare(b, descending));
    rows.extend(keyed.into_iter().map(|(_, row)| row));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorting_is_stable_and_what_is_absent_comes_last() {
        let rows = [("a", Some(2.0)), ("b", None), ("c", Some(1.0)), ("d", Some(2.0)), ("e", Some(f64::NAN))];
        let sorted = |sort: &str| {
            let view = ListView { sort: sort.to_owned(), ..ListView::default() };
            let mut rows = rows.to_vec();
            super::sort(&mut rows, Some(&view), |row, _| Key::number(row.1));
            rows.iter().map(|row| row.0).collect::<String>()
        };
        assert_eq!(sorted("N"), "cadbe");
        assert_eq!(sorted("-N"), "adcbe");
        assert_eq!(sorted(""), "abcde");
    }
}
