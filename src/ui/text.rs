//! Text that fits: everything is measured in terminal columns, never in bytes.

use std::time::Duration;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Columns `text` takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// `text` in at most `room` columns; what does not fit ends in `…`.
pub fn clip(text: &str, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    if room == 0 {
        return String::new();
    }
    let mut out = String::with_capacity(room + 2);
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let wide = grapheme.width();
        if used + wide > room - 1 {
            break;
        }
        used += wide;
        out.push_str(grapheme);
    }
    out.push('…');
    out
}

/// The end of `text` in at most `room` columns; what does not fit is `…` at the front.
pub fn clip_left(text: &str, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    if room == 0 {
        return String::new();
    }
    let mut used = 0;
    let mut tail: Vec<&str> = Vec::new();
    for grapheme in text.graphemes(true).rev() {
        let wide = grapheme.width();
        if used + wide > room - 1 {
            break;
        }
        used += wide;
        tail.push(grapheme);
    }
    tail.push("…");
    tail.reverse();
    tail.concat()
}

/// Beginning and end of `text` in at most `room` columns; what does not fit is
/// `…` in the middle: of two pods' names, or of `shop-production` and
/// `shop-staging`, the ends differ.
pub fn clip_middle(text: &str, room: usize) -> String {
    if text.width() <= room || room < 3 {
        return clip(text, room);
    }
    let end = clip_left(text, room / 2 + 1);
    let begin = clip(text, room + 1 - end.width());
    format!("{}{end}", begin.trim_end_matches('…'))
}

/// `text` in exactly `room` columns.
pub fn pad(text: &str, room: usize) -> String {
    let mut out = clip(text, room);
    let missing = room.saturating_sub(out.width());
    out.extend(std::iter::repeat_n(' ', missing));
    out
}

/// `text` behind `lead` in lines of at most `room` columns; what goes on in
/// further lines stands under its beginning.
pub fn wrap_behind(lead: &str, text: &str, room: usize) -> Vec<String> {
    let indent = lead.width();
    let parts = wrap(text, room.saturating_sub(indent)).into_iter().enumerate();
    parts.map(|(n, part)| if n == 0 { format!("{lead}{part}") } else { " ".repeat(indent) + &part }).collect()
}

/// `text` in lines of at most `room` columns, broken at spaces where there are any.
pub fn wrap(text: &str, room: usize) -> Vec<String> {
    let room = room.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split_inclusive(' ') {
        let wide = word.width();
        // The space after a word may stand outside.
        if used + word.trim_end().width() <= room {
            line.push_str(word);
            used += wide;
            continue;
        }
        if used > 0 {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
            used = 0;
        }
        for grapheme in word.trim_start().graphemes(true) {
            let wide = grapheme.width();
            if used + wide > room && used > 0 {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push_str(grapheme);
            used += wide;
        }
    }
    lines.push(line.trim_end().to_owned());
    lines
}

/// `17 B`, `4.2 KiB`, `1.0 GiB`.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if count < 1024 {
        return format!("{count} B");
    }
    let mut size = count as f64 / 1024.0;
    let mut unit = UNITS[0];
    for larger in UNITS.iter().skip(1).take_while(|_| count >= 1024 * 1024) {
        // 1023.95 would be shown as 1024.0.
        if size < 1023.95 {
            break;
        }
        (size, unit) = (size / 1024.0, larger);
    }
    format!("{size:.1} {unit}")
}

/// An age at the grain the screen is allowed to change at: `<1m`, `7m`, `3h`,
/// `12d`. Seconds would wake an idle console every second.
pub fn age(age: Duration) -> String {
    let minutes = age.as_secs() / 60;
    match minutes {
        0 => "<1m".to_owned(),
        1..60 => format!("{minutes}m"),
        60..2880 => format!("{}h", minutes / 60),
        _ => format!("{}d", minutes / 1440),
    }
}
