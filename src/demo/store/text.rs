//! An object's JSON, kept small: what siblings have in common is kept once.
//!
//! The pods of a set differ in a name, an address and a few times, some 300 of
//! 3,000 bytes. So a text is kept as its difference (LZ4, with a sibling's text
//! as the dictionary) from the text of its family, and put together when
//! somebody reads it, at about 2 GB/s.

use std::borrow::Cow;
use std::sync::Arc;

use lz4_flex::block::{compress_with_dict, decompress_with_dict};

/// Longest text that others are told apart from. LZ4 looks back 64 KiB, and has to reach the
/// whole of a sibling from anywhere in a text.
const MAX_BASE: usize = 32 << 10;
/// A difference has to be less than this part of the text, or the text becomes the family's own:
/// a first version, without status, is a bad measure for all that follow.
const WORTH: usize = 4;

/// A text of bytes.
#[derive(Clone, Debug)]
pub(super) struct Text {
    /// The text itself, or the sibling's that the difference begins from.
    base: Arc<[u8]>,
    /// Empty when `base` is the text.
    difference: Box<[u8]>,
    len: u32,
}

impl Text {
    /// A text that shares nothing.
    pub(super) fn whole(text: &[u8]) -> Self {
        Self { base: text.into(), difference: Box::default(), len: text.len() as u32 }
    }

    /// A text as its difference from `base`, which becomes this text where that does not pay.
    pub(super) fn beside(text: &[u8], base: &mut Option<Arc<[u8]>>) -> Self {
        if text.len() > MAX_BASE {
            return Self::whole(text);
        }
        if let Some(base) = base {
            let difference = compress_with_dict(text, base);
            if difference.len() * WORTH < text.len() {
                return Self { base: base.clone(), difference: difference.into(), len: text.len() as u32 };
            }
        }
        let whole = Self::whole(text);
        *base = Some(whole.base.clone());
        whole
    }

    /// The text.
    pub(super) fn bytes(&self) -> Cow<'_, [u8]> {
        if self.difference.is_empty() {
            return Cow::Borrowed(&self.base);
        }
        // Written by `beside` from the same base; if it ever did not fit, an empty text shows it.
        Cow::Owned(decompress_with_dict(&self.difference, self.len as usize, &self.base).unwrap_or_default())
    }

    /// Bytes kept for this text alone.
    pub(super) fn size(&self) -> usize {
        if self.difference.is_empty() { self.base.len() } else { self.difference.len() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(name: &str, ip: &str) -> Vec<u8> {
        // Unlike itself throughout: what is saved is saved by the sibling.
        let rest: String = (0..200_u32).map(|n| (n * n * 7919).to_string()).collect();
        format!("{{\"name\":\"{name}\",\"status\":\"{rest}\",\"podIP\":\"{ip}\"}}").into_bytes()
    }

    #[test]
    fn a_sibling_costs_what_differs_and_reads_as_it_was_written() {
        let mut base = None;
        let one = Text::beside(&pod("web-1", "10.0.0.1"), &mut base);
        let two = Text::beside(&pod("web-2", "10.0.0.2"), &mut base);
        assert_eq!((&*one.bytes(), &*two.bytes()), (&*pod("web-1", "10.0.0.1"), &*pod("web-2", "10.0.0.2")));
        assert!(two.size() < 60, "{} bytes for a name and an address", two.size());
        assert!(Arc::ptr_eq(&one.base, &two.base));
    }

    #[test]
    fn a_text_unlike_its_family_becomes_what_the_next_are_told_apart_from() {
        let mut base = None;
        Text::beside(b"{\"kind\":\"Pod\"}", &mut base);
        let grown = Text::beside(&pod("web-1", "10.0.0.1"), &mut base);
        assert_eq!(base.as_deref(), Some(&*pod("web-1", "10.0.0.1")));
        assert_eq!(grown.size(), pod("web-1", "10.0.0.1").len());
    }

    proptest::proptest! {
        #[test]
        fn any_texts_read_as_they_were_written(texts: Vec<Vec<u8>>, long in 0_usize..2 * MAX_BASE) {
            let mut base = None;
            let noise: Vec<u8> = (0..long).map(|i| ((i * i) >> 3) as u8).collect();
            for text in texts.iter().chain([&noise, &noise]) {
                let kept = Text::beside(text, &mut base);
                proptest::prop_assert_eq!(&*kept.bytes(), &**text);
                proptest::prop_assert!(base.as_ref().is_none_or(|b| b.len() <= MAX_BASE));
            }
        }
    }
}
