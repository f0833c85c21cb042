//! What is wrong with files, as the verbs say it.

#![allow(clippy::format_push_string, reason = "a page of text, once: an allocation per line is no cost")]

use super::out::{Out, Tone, aside};
use super::print::print;
use super::setup::Setup;
use crate::domain::{Fault, Finding, count_of};
use serde::Serialize;

/// The answer of a verb that only checks.
#[derive(Debug, Serialize)]
pub(super) struct Checked {
    /// Files looked at.
    pub(super) files: usize,
    /// Things in them that can be used.
    pub(super) usable: usize,
    /// What is wrong, by file and line.
    pub(super) findings: Vec<Finding>,
}

impl Checked {
    /// Sorts the findings, each once.
    pub(super) fn new(files: usize, usable: usize, mut findings: Vec<Finding>) -> Self {
        findings.sort();
        findings.dedup();
        Self { files, usable, findings }
    }

    fn fatal(&self) -> usize {
        self.findings.iter().filter(|finding| finding.fatal).count()
    }

    /// Prints it; 1 if something cannot be used. `what` is one usable thing: `SLO`.
    pub(super) fn report(&self, setup: &Setup, what: &str) -> Result<u8, Fault> {
        let names = || {
            let mut files: Vec<_> = self.findings.iter().map(|finding| finding.file.clone()).collect();
            files.dedup();
            files
        };
        print(setup, self, names, || self.text(&setup.out, what))?;
        Ok(u8::from(self.fatal() > 0))
    }

    fn text(&self, out: &Out, what: &str) -> String {
        let mut text: String = self.findings.iter().map(|finding| line(out, finding) + "\n").collect();
        let fatal = self.fatal();
        let verdict = match (fatal, self.findings.len() - fatal) {
            (0, 0) => out.paint("nothing wrong", Tone::Good),
            (fatal, other) => format!("{}, {}", count_of(fatal, "error"), count_of(other, "warning")),
        };
        let (files, usable) = (count_of(self.files, "file"), count_of(self.usable, what));
        text.push_str(&format!("{files}, {usable}: {verdict}\n"));
        text
    }
}

fn line(out: &Out, finding: &Finding) -> String {
    let (word, tone) = if finding.fatal { ("error", Tone::Bad) } else { ("warning", Tone::Warn) };
    format!("{}:{}: {}: {}", finding.file, finding.line, out.paint(word, tone), finding.text)
}

/// Says on standard error what could not be used, before a list of the rest.
pub(super) fn mention(findings: &[Finding]) {
    for finding in findings.iter().filter(|finding| finding.fatal) {
        aside(&format!("qd: {}:{}: {}", finding.file, finding.line, finding.text));
    }
}
