//! What colour the terminal's background has: asked once (OSC 11), answered
//! whenever the answer comes, or never.
//!
//! The terminal answers on the same line as the keyboard. crossterm does not
//! know the answer and hands it out as keys: alt-], `11;rgb:…`, alt-\. This
//! takes exactly that out of what was typed and lets everything else through,
//! in its order. So nothing is waited for, however far away the terminal is,
//! and no key is lost.

use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// The question: the background's colour.
pub(in crate::shell) const QUESTION: &str = "\x1b]11;?\x1b\\";

/// Longer answers are none: `11;rgba:ffff/ffff/ffff/ffff` has 28 characters.
const LONGEST: usize = 32;

/// What is taken out of the keys.
#[derive(Debug, Default)]
pub(super) struct Background {
    asked: bool,
    /// What may become the answer, as it came.
    held: Vec<Input>,
    text: String,
}

impl Background {
    /// The question went out.
    pub(super) fn asked(&mut self) {
        self.asked = true;
    }

    /// What was typed, without the answer; whether the background is light, if
    /// the answer is complete now.
    pub(super) fn sift(&mut self, inputs: Vec<Input>) -> (Vec<Input>, Option<bool>) {
        if !self.asked {
            return (inputs, None);
        }
        let (mut typed, mut light) = (Vec::with_capacity(inputs.len()), None);
        for input in inputs {
            match self.take(&input) {
                Taken::Held => self.held.push(input),
                Taken::NotOurs => {
                    typed.append(&mut self.held);
                    self.text.clear();
                    typed.push(input);
                }
                Taken::Whole => {
                    light = is_light(&self.text).or(light);
                    *self = Self::default();
                }
            }
        }
        (typed, light)
    }

    fn take(&mut self, input: &Input) -> Taken {
        let Input::Key(KeyEvent { code: KeyCode::Char(c), modifiers, kind: KeyEventKind::Press, .. }) = input
        else {
            return Taken::NotOurs;
        };
        let modifiers = *modifiers - KeyModifiers::SHIFT;
        match (self.held.is_empty(), *c, modifiers) {
            (true, ']', KeyModifiers::ALT) => Taken::Held,
            // Both ends a terminal may give it: ST, and BEL.
            (false, '\\', KeyModifiers::ALT) | (false, 'g', KeyModifiers::CONTROL)
                if self.text.starts_with("11;") =>
            {
                Taken::Whole
            }
            (false, c, KeyModifiers::NONE) if self.goes_on(c) => {
                self.text.push(c);
                Taken::Held
            }
            (true | false, ..) => Taken::NotOurs,
        }
    }

    fn goes_on(&self, c: char) -> bool {
        let start = "11;rgb";
        match start.chars().nth(self.text.len()) {
            Some(expected) => c == expected,
            None => self.text.len() < LONGEST && (c.is_ascii_hexdigit() || ":/a".contains(c)),
        }
    }
}

enum Taken {
    Held,
    NotOurs,
    Whole,
}

/// Whether `11;rgb:ffff/ffff/dddd` is a light colour. One to four hexadecimal
/// digits each, as X11 writes colours; weights of Rec. 709.
fn is_light(answer: &str) -> Option<bool> {
    let (_, channels) = answer.split_once(':')?;
    let mut parts = channels.split('/').map(|text| {
        let most = 16_u32.checked_pow(u32::try_from(text.len()).ok()?)?.checked_sub(1).filter(|m| *m > 0)?;
        Some(f64::from(u32::from_str_radix(text, 16).ok()?) / f64::from(most))
    });
    let mut next = || parts.next().flatten();
    let (red, green, blue) = (next()?, next()?, next()?);
    Some(0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(c: char, modifiers: KeyModifiers) -> Input {
        Input::Key(KeyEvent::new(KeyCode::Char(c), modifiers))
    }

    /// As crossterm hands the bytes of an answer out.
    fn answer(text: &str, st: bool) -> Vec<Input> {
        let mut keys = vec![key(']', KeyModifiers::ALT)];
        keys.extend(
            text.chars().map(|c| {
                key(c, if c.is_ascii_uppercase() { KeyModifiers::SHIFT } else { KeyModifiers::NONE })
            }),
        );
        keys.push(if st { key('\\', KeyModifiers::ALT) } else { key('g', KeyModifiers::CONTROL) });
        keys
    }

    fn asked() -> Background {
        let mut background = Background::default();
        background.asked();
        background
    }

    #[test]
    fn answers_of_terminals() {
        let cases = [
            ("11;rgb:0000/0000/0000", Some(false)),
            ("11;rgb:1e1e/1e1e/2e2e", Some(false)),
            ("11;rgb:FFFF/FFFF/FFFF", Some(true)),
            ("11;rgb:fd/f6/e3", Some(true)),
            ("11;rgba:ffff/ffff/ffff/ffff", Some(true)),
            ("11;rgb:f/0/0", Some(false)),
            ("11;rgb:", None),
            ("11;rgb:ff/ff", None),
        ];
        for (text, light) in cases {
            for st in [true, false] {
                let mut background = asked();
                assert_eq!(background.sift(answer(text, st)), (Vec::new(), light), "{text}");
                let again = answer(text, st);
                assert_eq!(background.sift(again.clone()), (again, None), "it is asked once");
            }
        }
    }

    #[test]
    fn an_answer_in_pieces_among_keys() {
        let j = || key('j', KeyModifiers::NONE);
        let mut background = asked();
        let mut pieces = answer("11;rgb:ffff/ffff/ffff", true);
        let rest = pieces.split_off(9);
        assert_eq!(background.sift([vec![j()], pieces].concat()), (vec![j()], None));
        assert_eq!(background.sift([rest, vec![j()]].concat()), (vec![j()], Some(true)));
    }

    #[test]
    fn keys_that_only_look_like_one_come_through_in_order() {
        for text in ["", "1", "11;", "12;", "11;rgx", &"11;rgb:".repeat(9)] {
            let mut keys = answer(text, true);
            keys.pop();
            keys.push(Input::Key(KeyEvent::from(KeyCode::Enter)));
            assert_eq!(asked().sift(keys.clone()), (keys, None), "{text}");
        }
        let never = answer("11;rgb:ffff/ffff/ffff", true);
        assert_eq!(Background::default().sift(never.clone()), (never, None), "nothing was asked");
    }

    proptest! {
        #[test]
        fn no_key_is_lost(text in "[a-z0-9;:/\\]\\\\]{0,60}", alts in proptest::collection::vec(any::<bool>(), 60)) {
            let modifier = |alt| if alt { KeyModifiers::ALT } else { KeyModifiers::NONE };
            let mut keys: Vec<_> = text.chars().zip(alts).map(|(c, alt)| key(c, modifier(alt))).collect();
            keys.push(Input::Key(KeyEvent::from(KeyCode::Enter)));
            let (typed, light) = asked().sift(keys.clone());
            if light.is_none() && !text.contains("11;") {
                prop_assert_eq!(typed, keys);
            }
        }
    }
}
