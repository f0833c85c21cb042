//! What somebody may have meant who typed a name that is none.

/// Likeness from which on a slip of the person typing is supposed, of 1.
pub const ALIKE: f64 = 0.8;
/// The same for names written in files: a wrong guess is read by many, and
/// files hold many names alike.
pub const MUCH_ALIKE: f64 = 0.88;

/// The one of `known` whose name is most like `typed`, the first of several
/// alike; none if the likeness (Jaro-Winkler, 1 for equal) is not above `least`.
pub fn nearest<T>(
    typed: &str,
    known: impl IntoIterator<Item = T>,
    name: impl Fn(&T) -> &str,
    least: f64,
) -> Option<T> {
    let mut best: Option<(f64, T)> = None;
    for one in known {
        let score = likeness(name(&one), typed);
        if score > best.as_ref().map_or(least, |(most, _)| *most) {
            best = Some((score, one));
        }
    }
    best.map(|(_, one)| one)
}

/// How alike two names are, 0 to 1 for equal (Jaro-Winkler); a beginning in
/// common counts most.
pub fn likeness(one: &str, other: &str) -> f64 {
    strsim::jaro_winkler(one, other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_alike_is_meant_and_nobody_by_one_unlike_all() {
        let known = ["checkout", "checkbook", "cart"];
        let near = |typed, least| nearest(typed, known, |name| name, least);
        assert_eq!(near("chekout", ALIKE), Some("checkout"));
        assert_eq!(near("checkbok", ALIKE), Some("checkbook"));
        assert_eq!(near("ledger", ALIKE), None);
        assert_eq!(near("crt", MUCH_ALIKE), Some("cart"));
        assert_eq!(near("chart", 0.99), None, "as alike as asked for");
        let twice = [("a", "cart"), ("b", "cart")];
        assert_eq!(nearest("cart", twice, |(_, name)| name, ALIKE), Some(("a", "cart")), "the first");
    }
}
