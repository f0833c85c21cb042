//! From theme files to a theme.

use super::{Role, Theme};
use crate::msg::{Level, Notice};
use ratatui::style::{Color, Modifier, Style};
use std::collections::BTreeMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A chain of `inherits` longer than this is taken for a circle.
const MOST_PARENTS: usize = 8;

/// Loads theme `name`; `source` gives the text of a theme by name. Whatever is
/// wrong is ignored and told, with its line.
pub fn load(name: &str, source: &dyn Fn(&str) -> Option<String>) -> (Theme, Vec<Notice>) {
    let mut loader = Loader::default();
    loader.load(name, source, MOST_PARENTS);
    let styles = loader.styles();
    let styles = Role::ALL.iter().map(|(role, _, _)| resolved(&styles, *role)).collect();
    (Theme { name: name.to_owned(), styles }, loader.warnings)
}

#[derive(Default)]
struct Loader {
    palette: BTreeMap<String, Color>,
    roles: BTreeMap<Role, Named>,
    warnings: Vec<Notice>,
}

/// A style whose colours are still names: they are looked up once all palettes
/// are read, so that a theme may be nothing but another palette.
#[derive(Clone, Debug, Default)]
struct Named {
    fg: Option<Colour>,
    bg: Option<Colour>,
    modifiers: Modifier,
}

/// A colour's name, and where it is written.
#[derive(Clone, Debug)]
struct Colour {
    name: String,
    at: String,
}

/// One file being read.
struct File<'a> {
    name: &'a str,
    text: &'a str,
}

impl File<'_> {
    fn at<T>(&self, item: &Spanned<T>) -> String {
        self.line(item.span().start)
    }

    fn line(&self, byte: usize) -> String {
        let line = self.text.bytes().take(byte).filter(|b| *b == b'\n').count() + 1;
        format!("themes/{}.toml:{line}", self.name)
    }

    fn colour(&self, value: &Spanned<DeValue<'_>>) -> Colour {
        let name = value.get_ref().as_str().unwrap_or_default().to_owned();
        Colour { name, at: self.at(value) }
    }
}

impl Loader {
    fn warn(&mut self, text: String, hint: impl Into<String>) {
        self.warnings.push(Notice { level: Level::Warning, text, hint: hint.into() });
    }

    fn load(&mut self, name: &str, source: &dyn Fn(&str) -> Option<String>, depth: usize) {
        let Some(text) = source(name) else {
            self.warn(format!("there is no theme '{name}'"), "`:theme` lists them");
            return;
        };
        let file = File { name, text: &text };
        let table = match DeTable::parse(&text) {
            Ok(table) => table,
            Err(error) => {
                let at = file.line(error.span().map_or(0, |span| span.start));
                self.warn(format!("{at}: {}", error.message()), "the theme is ignored");
                return;
            }
        };
        let table = table.get_ref();
        if let Some(parent) = table.get("inherits") {
            match parent.get_ref().as_str() {
                Some(parent) if depth > 0 => self.load(parent, source, depth - 1),
                Some(name) => self.warn(format!("{}: inherits '{name}' in a circle", file.at(parent)), ""),
                None => self.warn(format!("{}: inherits must be the name of a theme", file.at(parent)), ""),
            }
        }
        if let Some(palette) = table.get("palette").and_then(|p| p.get_ref().as_table()) {
            self.read_palette(&file, palette);
        }
        if let Some(roles) = table.get("roles").and_then(|r| r.get_ref().as_table()) {
            self.read_roles(&file, "", roles);
        }
        for (key, _) in
            table.iter().filter(|(k, _)| !["inherits", "palette", "roles"].contains(&k.get_ref().as_ref()))
        {
            let hint = did_you_mean(key.get_ref(), ["inherits", "palette", "roles"].into_iter());
            self.warn(format!("{}: unknown key '{}'", file.at(key), key.get_ref()), hint);
        }
    }

    fn read_palette(&mut self, file: &File<'_>, palette: &DeTable<'_>) {
        for (name, value) in palette {
            let color = value.get_ref().as_str().and_then(|text| text.parse::<Color>().ok());
            match color {
                Some(color) => {
                    self.palette.insert(name.get_ref().to_string(), color);
                }
                None => self.warn(
                    format!("{}: '{}' is not a colour", file.at(value), name.get_ref()),
                    "write \"#1a2b3c\", a name such as \"blue\", or a number from 0 to 255",
                ),
            }
        }
    }

    fn read_roles(&mut self, file: &File<'_>, prefix: &str, roles: &DeTable<'_>) {
        for (key, value) in roles {
            let name = format!("{prefix}{}", key.get_ref());
            let Some(role) = Role::named(&name) else {
                let hint = did_you_mean(&name, Role::ALL.iter().map(|(_, name, _)| *name));
                self.warn(format!("{}: unknown role '{name}'", file.at(key)), hint);
                continue;
            };
            let style = self.read_style(file, value);
            self.roles.insert(role, style);
        }
    }

    /// `"name"` (a foreground), or a table of `fg`, `bg` and modifiers.
    fn read_style(&mut self, file: &File<'_>, value: &Spanned<DeValue<'_>>) -> Named {
        let mut style = Named::default();
        if value.get_ref().is_str() {
            style.fg = Some(file.colour(value));
            return style;
        }
        let Some(table) = value.get_ref().as_table() else {
            self.warn(
                format!("{}: a role is a colour or a table", file.at(value)),
                "{ fg = \"blue\", bold = true }",
            );
            return style;
        };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "fg" => style.fg = Some(file.colour(value)),
                "bg" => style.bg = Some(file.colour(value)),
                name => match MODIFIERS.iter().find(|(n, _)| *n == name) {
                    Some((_, modifier)) if value.get_ref().as_bool() == Some(true) => {
                        style.modifiers |= *modifier;
                    }
                    Some(_) => {}
                    None => {
                        let names = MODIFIERS.iter().map(|(n, _)| *n).chain(["fg", "bg"]);
                        let hint = did_you_mean(name, names);
                        self.warn(format!("{}: unknown property '{name}'", file.at(key)), hint);
                    }
                },
            }
        }
        style
    }

    fn styles(&mut self) -> BTreeMap<Role, Style> {
        let roles = std::mem::take(&mut self.roles);
        let styled = roles.into_iter().map(|(role, named)| {
            let mut style = Style::new().add_modifier(named.modifiers);
            style.fg = named.fg.and_then(|colour| self.colour(&colour));
            style.bg = named.bg.and_then(|colour| self.colour(&colour));
            (role, style)
        });
        styled.collect()
    }

    fn colour(&mut self, colour: &Colour) -> Option<Color> {
        let Colour { name, at } = colour;
        let found = self.palette.get(name).copied().or_else(|| name.parse().ok());
        if found.is_none() {
            let hint = did_you_mean(name, self.palette.keys().map(String::as_str));
            self.warn(format!("{at}: '{name}' is neither in the palette nor a colour"), hint);
        }
        found
    }
}

/// A role's own style over that of `text`; the fallback's if it has none.
fn resolved(styles: &BTreeMap<Role, Style>, role: Role) -> Style {
    let base = styles.get(&Role::Text).copied().unwrap_or_default();
    let mut role = role;
    // `text` falls back to itself, and the table has no circles (a test).
    while let (None, Some((_, _, fallback))) =
        (styles.get(&role), Role::ALL.get(role as usize).filter(|(r, _, f)| r != f))
    {
        role = *fallback;
    }
    base.patch(styles.get(&role).copied().unwrap_or_default())
}

const MODIFIERS: [(&str, Modifier); 6] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underlined", Modifier::UNDERLINED),
    ("reversed", Modifier::REVERSED),
    ("crossed-out", Modifier::CROSSED_OUT),
];

fn did_you_mean<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> String {
    let near = names.map(|name| (strsim::osa_distance(name, word), name)).min();
    near.filter(|(distance, _)| *distance <= 3)
        .map(|(_, name)| format!("did you mean '{name}'?"))
        .unwrap_or_default()
}
