//! What begins and ends in a document, and what that does to the lines.

use super::Writer;
use super::table::Grid;
use crate::domain::clean;
use crate::ui::Role;
use pulldown_cmark::{CodeBlockKind, HeadingLevel, Tag, TagEnd};

impl Writer {
    pub(super) fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { level, .. } => {
                self.paragraph();
                self.blank();
                self.heading = Some(number(level));
                self.roles.push(Role::Title);
            }
            Tag::BlockQuote(_) => {
                self.paragraph();
                self.indents.push(if self.ascii { "| " } else { "│ " });
            }
            Tag::CodeBlock(kind) => {
                self.paragraph();
                self.code = true;
                if let CodeBlockKind::Fenced(language) = kind
                    && !language.is_empty()
                {
                    let word = clean(language.split([' ', ',']).next().unwrap_or_default());
                    self.push(vec![(Role::Dim, format!("  {word}"))]);
                }
            }
            Tag::List(first) => {
                self.paragraph();
                self.lists.push(first);
            }
            Tag::Item => {
                self.paragraph();
                self.begin_item();
            }
            Tag::Table(_) => {
                self.paragraph();
                self.grid = Some(Grid::default());
            }
            Tag::TableHead | Tag::TableRow => self.grid.iter_mut().for_each(Grid::row),
            Tag::TableCell => self.grid.iter_mut().for_each(Grid::cell),
            Tag::Strong => self.roles.push(Role::Strong),
            Tag::Emphasis => self.roles.push(Role::Text),
            Tag::Strikethrough => self.roles.push(Role::Dim),
            Tag::Link { dest_url, .. } => {
                self.first_link.get_or_insert_with(|| clean(&dest_url));
                self.roles.push(Role::Key);
            }
            Tag::Image { dest_url, .. } => {
                self.say(&format!("[picture {dest_url}: "));
                self.roles.push(Role::Dim);
            }
            Tag::MetadataBlock(_) => self.hidden = true,
            Tag::Paragraph
            | Tag::HtmlBlock
            | Tag::FootnoteDefinition(_)
            | Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::Superscript
            | Tag::Subscript => {}
        }
    }

    pub(super) fn end(&mut self, end: TagEnd) {
        match end {
            TagEnd::Heading(_) => {
                self.end_heading();
                self.roles.pop();
            }
            TagEnd::BlockQuote(_) => {
                self.paragraph();
                self.indents.pop();
                self.blank();
            }
            TagEnd::CodeBlock => {
                self.code = false;
                self.blank();
            }
            TagEnd::List(_) => {
                self.paragraph();
                self.lists.pop();
                if self.lists.is_empty() {
                    self.blank();
                }
            }
            TagEnd::Item => {
                self.paragraph();
                self.indents.pop();
            }
            TagEnd::Table => {
                if let Some(grid) = self.grid.take() {
                    grid.rows(self.width, self.ascii).into_iter().for_each(|row| self.rows.push(row));
                }
                self.blank();
            }
            TagEnd::Strong | TagEnd::Emphasis | TagEnd::Strikethrough | TagEnd::Link => {
                self.roles.pop();
            }
            TagEnd::Image => {
                self.roles.pop();
                self.say("]");
            }
            TagEnd::MetadataBlock(_) => self.hidden = false,
            TagEnd::Paragraph => {
                self.paragraph();
                if self.lists.is_empty() {
                    self.blank();
                }
            }
            TagEnd::TableHead
            | TagEnd::TableRow
            | TagEnd::TableCell
            | TagEnd::HtmlBlock
            | TagEnd::FootnoteDefinition
            | TagEnd::DefinitionList
            | TagEnd::DefinitionListTitle
            | TagEnd::DefinitionListDefinition
            | TagEnd::Superscript
            | TagEnd::Subscript => {}
        }
    }
}

fn number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}
