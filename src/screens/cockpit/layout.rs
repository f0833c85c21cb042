//! How much room each panel gets.

/// Shares `room` rows among panels that `want` so many: everybody gets a row in
/// turn until nobody wants more; the panel with the keys gets four per turn.
pub(in crate::screens) fn share(want: &[u16], focus: Option<usize>, room: u16) -> Vec<u16> {
    let mut given = vec![0u16; want.len()];
    let mut left = room;
    loop {
        let before = left;
        for (index, (given, want)) in given.iter_mut().zip(want).enumerate() {
            let turn = if focus == Some(index) { 4 } else { 1 };
            let more = want.saturating_sub(*given).min(turn).min(left);
            *given += more;
            left -= more;
        }
        if left == before {
            return given;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_panel_with_the_keys_gets_most_and_nothing_is_lost() {
        assert_eq!(share(&[10, 10, 10], Some(1), 12), [2, 8, 2]);
        assert_eq!(share(&[1, 1], None, 10), [1, 1]);
        assert_eq!(share(&[5, 5], Some(0), 0), [0, 0]);
        assert_eq!(share(&[], None, 3), Vec::<u16>::new());
        assert_eq!(share(&[9, 9, 9], None, 10).iter().sum::<u16>(), 10);
    }
}
