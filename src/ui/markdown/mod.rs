//! Markdown as lines of a terminal: headings, lists, tables, code, quotes and
//! links (`CommonMark` with tables and task lists).
//!
//! Absent on purpose: pictures (their words are shown), and HTML, which is shown
//! as it was written. Every text is cleaned of control and escape sequences, for
//! a checkout is not more trustworthy than a cluster.

mod flow;
mod table;
mod tags;
#[cfg(test)]
mod tests;

use super::Role;
use crate::domain::clean;
use flow::flow;
use pulldown_cmark::{Event, Options, Parser};
use table::Grid;

/// More lines than this are not read by anybody.
const MOST_LINES: usize = 20_000;
/// Deeper lists and quotes are not indented further.
const DEEPEST: usize = 8;

/// A piece of text in one role.
pub type Piece = (Role, String);

/// A line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// What it says.
    pub pieces: Vec<Piece>,
    /// Where its first link leads, as written.
    pub link: Option<String>,
    /// Its heading, on the first line of one.
    pub heading: Option<Heading>,
}

/// A heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// 1 to 6.
    pub level: u8,
    /// Its words.
    pub text: String,
    /// What links to it are called: `roll-back`.
    pub slug: String,
}

/// Lays `text` out in lines of `width` columns; ASCII only if asked.
pub fn markdown(text: &str, width: usize, ascii: bool) -> Vec<Row> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut writer = Writer::new(width.max(8), ascii);
    // Before it is read: what is read comes in pieces, and an escape sequence may
    // be cut in two. Afterwards again, for `&#27;` is a way to write one.
    let text: String = text.lines().map(|line| clean(&line.replace('\t', "    ")) + "\n").collect();
    for event in Parser::new_ext(&text, options) {
        if writer.rows.len() >= MOST_LINES {
            writer.pieces = vec![(Role::Warn, format!("only {MOST_LINES} lines are shown"))];
            break;
        }
        writer.take(event);
    }
    writer.paragraph();
    writer.rows.truncate(MOST_LINES + 1);
    writer.rows
}

/// What links call a heading: its letters and digits in lower case, spaces as dashes.
pub fn slug(text: &str) -> String {
    let kept = text.to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

struct Writer {
    width: usize,
    ascii: bool,
    rows: Vec<Row>,
    pieces: Vec<Piece>,
    /// Where the first link of the paragraph leads.
    first_link: Option<String>,
    /// Roles of what is open, innermost last.
    roles: Vec<Role>,
    /// What stands before every line: lists and quotes that are open.
    indents: Vec<&'static str>,
    /// Numbers of the lists that are open; none for bullets.
    lists: Vec<Option<u64>>,
    /// What stands before the next line only.
    bullet: String,
    heading: Option<u8>,
    code: bool,
    /// Front matter is not shown.
    hidden: bool,
    grid: Option<Grid>,
}

impl Writer {
    fn new(width: usize, ascii: bool) -> Self {
        Self {
            width,
            ascii,
            rows: Vec::new(),
            pieces: Vec::new(),
            first_link: None,
            roles: Vec::new(),
            indents: Vec::new(),
            lists: Vec::new(),
            bullet: String::new(),
            heading: None,
            code: false,
            hidden: false,
            grid: None,
        }
    }

    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(end) => self.end(end),
            Event::Text(text) if self.code => self.code_lines(&text),
            Event::Text(text) | Event::InlineHtml(text) => self.say(&text),
            Event::Html(text) => {
                for line in text.lines() {
                    self.say(line);
                    self.paragraph();
                }
            }
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.roles.push(Role::Strong);
                self.say(&text);
                self.roles.pop();
            }
            Event::FootnoteReference(name) => self.say(&format!("[{name}]")),
            Event::SoftBreak => self.say(" "),
            Event::HardBreak => self.paragraph(),
            Event::Rule => {
                self.paragraph();
                let rule = if self.ascii { "-" } else { "─" }.repeat(self.width.min(40));
                self.rows.push(Row { pieces: vec![(Role::Border, rule)], ..Row::default() });
                self.blank();
            }
            Event::TaskListMarker(done) => self.say(if done { "[x] " } else { "[ ] " }),
        }
    }

    fn begin_item(&mut self) {
        let dot = if self.ascii { "* " } else { "• " };
        self.bullet = match self.lists.last_mut() {
            Some(Some(number)) => {
                *number += 1;
                format!("{}. ", *number - 1)
            }
            Some(None) | None => dot.to_owned(),
        };
        self.indents.push("  ");
    }

    fn end_heading(&mut self) {
        let text: String = self.pieces.iter().map(|(_, text)| text.as_str()).collect();
        let at = self.rows.len();
        self.paragraph();
        if let (Some(level), Some(row)) = (self.heading.take(), self.rows.get_mut(at)) {
            row.heading = Some(Heading { level, slug: slug(&text), text });
        }
        self.blank();
    }

    fn say(&mut self, text: &str) {
        let text = clean(text);
        if self.hidden || text.is_empty() {
            return;
        }
        if let Some(grid) = &mut self.grid {
            grid.say(&text, self.first_link.take());
            return;
        }
        let role = self.roles.last().copied().unwrap_or(Role::Text);
        self.pieces.push((role, text));
    }

    fn code_lines(&mut self, text: &str) {
        for line in text.lines() {
            let line = clean(line);
            self.push(vec![(Role::Strong, format!("    {line}"))]);
        }
    }

    fn blank(&mut self) {
        if self.rows.last().is_some_and(|row| !row.pieces.is_empty()) {
            self.rows.push(Row::default());
        }
    }

    /// Ends the paragraph that is open.
    fn paragraph(&mut self) {
        if self.pieces.is_empty() {
            return;
        }
        let pieces = std::mem::take(&mut self.pieces);
        self.push(pieces);
    }

    fn push(&mut self, pieces: Vec<Piece>) {
        let shown = self.indents.len().min(DEEPEST);
        let rest: String = self.indents.iter().take(shown).copied().collect();
        let bullet = std::mem::take(&mut self.bullet);
        let before: String = self.indents.iter().take(shown.saturating_sub(1)).copied().collect();
        let first = if bullet.is_empty() { rest.clone() } else { format!("{before}{bullet}") };
        let mut link = self.first_link.take();
        for (n, mut line) in
            flow(pieces, self.width.saturating_sub(super::width(&first)).max(8)).into_iter().enumerate()
        {
            let indent = if n == 0 { &first } else { &rest };
            if !indent.is_empty() {
                line.insert(0, (Role::Dim, indent.clone()));
            }
            self.rows.push(Row { pieces: line, link: link.take(), heading: None });
        }
    }
}
