//! Going through a page: from line to line, to what is looked for, along links.

use super::{Page, PageLine, Pages, Target, docs, find};
use crate::msg::{Effect, Level, Notice};
use crate::screens::{Act, Ctx};

impl Pages {
    /// Goes where the line leads.
    pub(super) fn follow(&mut self, _ctx: &Ctx<'_>) -> Vec<Act> {
        let target = self.drawn.borrow().get(self.at.get()).and_then(|(_, target)| target.clone());
        match target {
            Some(Target::Go(route)) => vec![Act::Go(route)],
            Some(Target::Copy(text)) => {
                let told = Notice::new(Level::Info, format!("copied {text}"));
                vec![Act::Do(Effect::Copy(text)), Act::Tell(told)]
            }
            Some(Target::Fold(line)) => {
                if !self.folded.remove(&line) {
                    self.folded.insert(line);
                }
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    /// To the next line that holds what is looked for; without that, to the
    /// next line that leads somewhere.
    pub(super) fn jump(&mut self, down: bool) -> Vec<Act> {
        let drawn = self.drawn.borrow();
        let here = self.at.get();
        let holds = |(text, target): &(String, Option<Target>)| {
            if self.filter.is_empty() { target.is_some() } else { find::holds(text, &self.filter) }
        };
        let found = if down {
            drawn.iter().enumerate().skip(here + 1).find(|(_, line)| holds(line)).map(|(i, _)| i)
        } else {
            drawn.iter().enumerate().take(here).rev().find(|(_, line)| holds(line)).map(|(i, _)| i)
        };
        match found {
            Some(line) => {
                self.at.set(line);
                Vec::new()
            }
            None if self.filter.is_empty() => Vec::new(),
            None => {
                let text = format!("no further line has '{}'", self.filter);
                vec![Act::Tell(Notice::new(Level::Info, text))]
            }
        }
    }

    /// Puts the heading a link meant at the top, once the page is there.
    pub(super) fn go_to_heading(&self, lines: &[PageLine], height: usize) {
        let wanted = match &self.page {
            Some(Page::Docs(_, wanted)) if self.docs.is_some() => wanted.clone(),
            // With its samples a number takes more lines.
            Some(Page::Explain(_, number)) if self.traces.is_some() => format!("#{number}"),
            Some(_) | None => return,
        };
        if self.going.replace(false)
            && let Some(line) = docs::goal(lines, &wanted)
        {
            self.at.set(line);
            self.top.set(line.min(lines.len().saturating_sub(height)));
        }
    }

    /// Keeps the cursor within the page and in sight; the first line drawn.
    pub(super) fn window(&self, len: usize, height: usize) -> usize {
        self.height.set(height);
        self.at.set(self.at.get().min(len.saturating_sub(1)));
        let (at, top) = (self.at.get(), self.top.get().min(len.saturating_sub(height)));
        let top = if at < top {
            at
        } else if at >= top + height {
            at + 1 - height
        } else {
            top
        };
        self.top.set(top);
        top
    }
}
