//! The ConfigMaps and Secrets of a service by hash: against another place, and
//! against what its pods started with. Values of Secrets never get here.

use super::{PageLine, Target};
use crate::domain::{
    ConfigPair, ConfigState, KeyDiff, Namespace, ServiceKey, ServiceRow, behind_words, clean, counterpart,
    pair_configs, pods_before,
};
use crate::msg::{ConfigAsk, ConfigFound};
use crate::screens::pages::Page;
use crate::screens::{Ctx, Route};
use crate::ui::{Brush, Role, Sign, bytes, wrap};
use ratatui::text::{Line, Span};

/// The place compared with: the one asked for, else the nearest to production.
fn other<'a>(key: &ServiceKey, with: Option<&Namespace>, ctx: &Ctx<'a>) -> Option<&'a ServiceRow> {
    match with {
        Some(namespace) => ctx.service(&ServiceKey { namespace: namespace.clone(), name: key.name.clone() }),
        None => counterpart(ctx.rows, ctx.service(key)?),
    }
}

/// What has to be read; none if the service is not there.
pub(super) fn ask(key: &ServiceKey, with: Option<&Namespace>, ctx: &Ctx<'_>) -> Option<ConfigAsk> {
    Some(ConfigAsk::of(ctx.service(key)?, other(key, with, ctx)))
}

/// How the page is written.
struct Writer<'a> {
    brush: Brush<'a>,
    width: usize,
    here: &'a str,
    there: &'a str,
}

pub(super) fn lines(
    found: Option<&(ConfigAsk, ConfigFound)>,
    key: &ServiceKey,
    brush: Brush<'_>,
    ctx: &Ctx<'_>,
    width: usize,
) -> Vec<PageLine> {
    let Some(row) = ctx.service(key) else {
        return vec![PageLine::plain(brush, Role::Dim, format!("{key} is not there."))];
    };
    let Some((ask, found)) = found else {
        return vec![PageLine::plain(brush, Role::Dim, format!("Reading the configuration of {key}…"))];
    };
    let there = ask.there.as_ref().map(|(namespace, _)| namespace.as_str());
    let writer = Writer { brush, width, here: key.namespace.as_str(), there: there.unwrap_or_default() };
    let pairs = pair_configs(&found.here, &found.there);
    let mut lines = writer.head(there, &pairs);
    if found.left_out > 0 {
        let text = format!("{} more objects are referred to and were not read", found.left_out);
        lines.push(writer.said(Sign::Warn, Role::Warn, &text));
    }
    for pair in &pairs {
        lines.push(PageLine::blank());
        writer.object(pair, there.is_some(), &mut lines);
        if let Some(read) = pair.here {
            let (before, all) = pods_before(ctx.world, row, read);
            let written = read.content.as_ref().ok().and_then(Option::as_ref).and_then(|c| c.written);
            if before > 0 {
                let text = format!("written {} ago, {}", ctx.age(written), behind_words(before, all));
                writer.wrapped(Sign::Warn, Role::Warn, &text, &mut lines);
            }
        }
    }
    elsewhere(key, there, brush, ctx, &mut lines);
    lines
}

impl Writer<'_> {
    fn said(&self, sign: Sign, role: Role, text: &str) -> PageLine {
        PageLine::plain(self.brush, role, format!("{} {text}", self.brush.sign(sign)))
    }

    fn wrapped(&self, sign: Sign, role: Role, text: &str, lines: &mut Vec<PageLine>) {
        for (n, part) in wrap(text, self.width.saturating_sub(6).max(20)).into_iter().enumerate() {
            let lead = if n == 0 { format!("    {} ", self.brush.sign(sign)) } else { " ".repeat(6) };
            lines.push(PageLine::plain(self.brush, role, format!("{lead}{part}")));
        }
    }

    /// What is compared, and how much of it differs.
    fn head(&self, there: Option<&str>, pairs: &[ConfigPair<'_>]) -> Vec<PageLine> {
        let mut lines = Vec::new();
        let text = match there {
            Some(there) => format!("{} (+) against {there} (-), by the hash of what is in them", self.here),
            None => format!("{}: it is nowhere else among the services listed here", self.here),
        };
        lines.push(PageLine::heading(self.brush, text));
        if pairs.is_empty() {
            let text = "Its pods refer to no ConfigMap and no Secret.";
            lines.push(PageLine::plain(self.brush, Role::Dim, text));
            return lines;
        }
        if there.is_some() {
            let same = pairs.iter().filter(|pair| pair.state() == ConfigState::Same).count();
            let unknown = pairs.iter().filter(|pair| pair.state() == ConfigState::Unknown).count();
            let other = pairs.len() - same - unknown;
            let unknown = if unknown > 0 { format!(", {unknown} unknown") } else { String::new() };
            let (sign, role) =
                if same == pairs.len() { (Sign::Good, Role::Good) } else { (Sign::Differs, Role::Warn) };
            lines.push(self.said(sign, role, &format!("{same} the same, {other} not{unknown}")));
        }
        lines
    }

    /// An object: its hashes, and the keys that are not the same.
    fn object(&self, pair: &ConfigPair<'_>, compared: bool, lines: &mut Vec<PageLine>) {
        let Some(read) = pair.here.or(pair.there) else { return };
        let (sign, role) = match pair.state() {
            ConfigState::Same => (Sign::Good, Role::Good),
            ConfigState::OnlyHere if !compared => (Sign::Dot, Role::Text),
            ConfigState::Differs | ConfigState::OnlyHere | ConfigState::OnlyThere => {
                (Sign::Differs, Role::Warn)
            }
            ConfigState::Absent => (Sign::Bad, Role::Bad),
            ConfigState::Unknown => (Sign::Unknown, Role::Unknown),
        };
        let word = if compared || pair.state() != ConfigState::OnlyHere { pair.state().word() } else { "" };
        let mut spans = vec![
            self.brush.span(role, format!("{} ", self.brush.sign(sign))),
            self.brush.span(Role::Dim, format!("{} ", read.object.kind)),
            self.brush.span(Role::Strong, clean(&read.object.name)),
            self.brush.span(role, format!("  {word}")),
        ];
        for (read, place) in [(pair.here, self.here), (pair.there, self.there)] {
            let Some(read) = read else { continue };
            let hash = match &read.content {
                Ok(Some(content)) => content.hash.as_str(),
                Ok(None) => "—",
                Err(_) => "unknown",
            };
            spans.push(self.brush.span(Role::Text, format!("  {hash}")));
            spans.push(self.brush.span(Role::Dim, format!(" {place}")));
        }
        lines.push(Line::from(spans).into());
        for error in pair.errors() {
            self.wrapped(Sign::Unknown, Role::Unknown, &error, lines);
        }
        for (key, diff) in pair.keys() {
            self.key(pair, key, diff, lines);
        }
    }

    fn key(&self, pair: &ConfigPair<'_>, key: &str, diff: KeyDiff, lines: &mut Vec<PageLine>) {
        let size = |size: Option<usize>| bytes(u64::try_from(size.unwrap_or(0)).unwrap_or(u64::MAX));
        let (here, there) = pair.sizes(key);
        let shown = pair.lines(key).filter(|_| diff == KeyDiff::Differs);
        let (role, said) = match diff {
            KeyDiff::Missing => (Role::Removed, format!("- {key}  only in {} ({})", self.there, size(there))),
            KeyDiff::Added => (Role::Added, format!("+ {key}  only in {} ({})", self.here, size(here))),
            KeyDiff::Differs if shown.is_some() => (Role::Text, format!("{key}  differs")),
            KeyDiff::Differs => {
                let why = if pair.here.is_some_and(|read| read.object.kind == "Secret") {
                    "never shown"
                } else {
                    "not shown: a secret by its name, too long, or no text"
                };
                (Role::Text, format!("{key}  differs ({} here, {} there; {why})", size(here), size(there)))
            }
        };
        lines.push(PageLine::plain(self.brush, role, format!("    {said}")));
        for line in shown.into_iter().flatten() {
            let (role, sign) = match line.sign {
                '-' => (Role::Removed, "-"),
                '+' => (Role::Added, "+"),
                '…' => (Role::Dim, self.brush.sign(Sign::More)),
                _ => (Role::Dim, " "),
            };
            let text = clean(&line.text);
            lines.push(
                Line::from(vec![Span::raw("      "), self.brush.span(role, format!("{sign} {text}"))]).into(),
            );
        }
    }
}

/// The other places it may be compared with.
fn elsewhere(
    key: &ServiceKey,
    there: Option<&str>,
    brush: Brush<'_>,
    ctx: &Ctx<'_>,
    lines: &mut Vec<PageLine>,
) {
    let is_other = |row: &&ServiceRow| {
        row.key.name == key.name && row.key != *key && Some(row.key.namespace.as_str()) != there
    };
    let others: Vec<&ServiceRow> = ctx.rows.iter().filter(is_other).collect();
    if others.is_empty() {
        return;
    }
    lines.push(PageLine::blank());
    lines.push(PageLine::heading(brush, "Compare with"));
    for row in others {
        let namespace = row.key.namespace.clone();
        let text = format!("  {namespace}  {}  {}", row.environment.short(), row.version);
        let target = Target::Go(Route::Page(Page::Config(key.clone(), Some(namespace))));
        lines.push(PageLine { target: Some(target), ..PageLine::plain(brush, Role::Text, text) });
    }
}
