//! The text formats pods expose: Prometheus text 0.0.4 and OpenMetrics 1.0.
//!
//! A byte machine over the whole page, without allocation per sample: names
//! and values are slices of the page except where an escape forces a copy.
//! A bad line is counted and named, and the rest is kept; Prometheus would
//! reject the page. A page that is no metrics page at all (HTML, binary, an
//! empty body, one beyond the cap) is refused with a message of its own.
//!
//! Deliberately absent: protobuf, native histograms, folding of buckets into
//! histograms (PromQL wants the `_bucket` series as they are).

mod cursor;
mod line;
mod number;

use std::borrow::Cow;

use thiserror::Error;

/// Which text format a page is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `text/plain; version=0.0.4`: timestamps in milliseconds.
    Prometheus,
    /// `application/openmetrics-text`: timestamps in seconds, exemplars, and
    /// `# EOF` at the end.
    OpenMetrics,
}

impl Format {
    /// The format a `Content-Type` names; anything unknown is read as
    /// Prometheus text, the more common of the two.
    pub fn of_content_type(value: &str) -> Self {
        let kind = value.split(';').next().unwrap_or_default().trim();
        if kind.eq_ignore_ascii_case("application/openmetrics-text") {
            Self::OpenMetrics
        } else {
            Self::Prometheus
        }
    }
}

/// Bounds of one page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// Bytes of a page.
    pub body: usize,
    /// Samples of a page; what comes after is not read.
    pub samples: usize,
    /// Labels of a sample; a sample with more is a bad line.
    pub labels: usize,
    /// Bytes of one label value.
    pub value_bytes: usize,
}

impl Default for Caps {
    fn default() -> Self {
        Self { body: 64 << 20, samples: 200_000, labels: 64, value_bytes: 4096 }
    }
}

/// A label of a sample.
pub type Label<'a> = (Cow<'a, str>, Cow<'a, str>);

/// One sample line.
#[derive(Debug, PartialEq)]
pub struct Sample<'a, 's> {
    /// The text of name and labels, as it stands on the page. Equal texts are
    /// equal series, so it can serve as a key.
    pub series: &'a str,
    /// The metric name.
    pub name: Cow<'a, str>,
    /// The labels, in the order of the page, without the name.
    pub labels: &'s [Label<'a>],
    /// The value.
    pub value: f64,
    /// The exposed time, milliseconds since the epoch.
    pub time_ms: Option<i64>,
    /// The exemplar (OpenMetrics only).
    pub exemplar: Option<Exemplar<'a>>,
    /// Line on the page, from 1.
    pub line: usize,
}

/// An exemplar: usually a trace that fell into a bucket.
#[derive(Debug, Clone, PartialEq)]
pub struct Exemplar<'a> {
    /// Its labels, e.g. `trace_id`.
    pub labels: Vec<Label<'a>>,
    /// Its value.
    pub value: f64,
    /// Its time, milliseconds since the epoch.
    pub time_ms: Option<i64>,
}

/// What a page contains.
#[derive(Debug)]
pub enum Item<'a, 's> {
    /// A sample.
    Sample(&'s Sample<'a, 's>),
    /// `# TYPE name counter`
    Type(&'a str, &'a str),
    /// `# HELP name text`, escapes as written.
    Help(&'a str, &'a str),
    /// `# UNIT name seconds`
    Unit(&'a str, &'a str),
}

/// A line that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLine {
    /// Line on the page, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: &'static str,
    /// Its beginning, at most 80 characters.
    pub text: String,
}

/// Bad lines kept with their text; the rest is only counted.
pub const KEPT_BAD_LINES: usize = 10;

/// What became of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Samples delivered.
    pub samples: usize,
    /// The first bad lines.
    pub bad_lines: Vec<BadLine>,
    /// All bad lines.
    pub bad_count: usize,
    /// The sample cap was met; the rest of the page was not read.
    pub capped: bool,
    /// An OpenMetrics page without `# EOF`: it was probably cut off.
    pub truncated: bool,
}

impl Summary {
    /// Whether every line was read. A strict caller keeps nothing otherwise.
    pub fn is_clean(&self) -> bool {
        self.bad_count == 0 && !self.capped && !self.truncated
    }

    fn bad(&mut self, line: usize, reason: &'static str, text: &[u8]) {
        self.bad_count += 1;
        if self.bad_lines.len() < KEPT_BAD_LINES {
            let shown = String::from_utf8_lossy(text);
            self.bad_lines.push(BadLine { line, reason, text: shown.chars().take(80).collect() });
        }
    }
}

/// Why a page was not read at all.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refused {
    /// The body is larger than the cap.
    #[error("the page has {size} bytes, more than the {cap} allowed")]
    TooLarge {
        /// Bytes of the body.
        size: usize,
        /// The cap.
        cap: usize,
    },
    /// It is a web page, usually a login or an error page.
    #[error("the answer is a web page, not metrics: {0:?}")]
    Html(String),
    /// It has NUL bytes: protobuf, an image, a compressed body.
    #[error("the answer is binary, not text metrics (protobuf or compressed?)")]
    Binary,
}

/// Reads a page and hands over what it contains, in order.
///
/// # Errors
/// The page as a whole is not metrics text; bad lines are in the summary.
pub fn parse<'a>(
    body: &'a [u8],
    format: Format,
    caps: &Caps,
    visit: &mut dyn FnMut(Item<'a, '_>),
) -> Result<Summary, Refused> {
    refuse(body, caps)?;
    // One validation of the whole page is faster than one per line; only a
    // page with broken bytes is looked at line by line.
    let whole = std::str::from_utf8(body).ok();
    let mut summary = Summary::default();
    let mut machine = line::Machine::new(format, caps);
    let mut from = 0;
    let mut number = 0;
    let mut ended = false;
    while from < body.len() {
        let rest = &body[from..];
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let mut bytes = &rest[..length];
        if let [head @ .., b'\r'] = bytes {
            bytes = head;
        }
        number += 1;
        let text = match whole {
            Some(page) => page.get(from..from + bytes.len()),
            None => std::str::from_utf8(bytes).ok(),
        };
        from += length + 1;
        if summary.samples >= caps.samples {
            summary.capped = true;
            break;
        }
        let Some(text) = text else {
            summary.bad(number, "not UTF-8", bytes);
            continue;
        };
        if ended && !text.is_empty() {
            summary.bad(number, "after # EOF", bytes);
            continue;
        }
        match machine.line(text, number, visit) {
            Ok(line::Seen::Sample) => summary.samples += 1,
            Ok(line::Seen::Nothing) => {}
            Ok(line::Seen::End) => ended = true,
            Err(reason) => summary.bad(number, reason, bytes),
        }
    }
    summary.truncated = format == Format::OpenMetrics && !ended && !summary.capped;
    Ok(summary)
}

/// Bytes looked at for signs of something else.
const SNIFF: usize = 512;

fn refuse(body: &[u8], caps: &Caps) -> Result<(), Refused> {
    if body.len() > caps.body {
        return Err(Refused::TooLarge { size: body.len(), cap: caps.body });
    }
    let head = &body[..body.len().min(SNIFF)];
    if head.contains(&0) || head.starts_with(&[0x1f, 0x8b]) {
        return Err(Refused::Binary);
    }
    let trimmed = head.trim_ascii_start();
    if trimmed.starts_with(b"<") {
        let first = trimmed.split(|b| *b == b'\n').next().unwrap_or_default();
        let line = String::from_utf8_lossy(first).chars().take(80).collect();
        return Err(Refused::Html(line));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
