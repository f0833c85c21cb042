//! What the person has configured, as far as the screen is concerned.

use crate::domain::matches_pattern;
use crate::msg::{Notice, Views};
use crate::ui::{Theme, theme};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::time::Duration;

/// The theme that is dark or light as the terminal is.
pub(super) const AUTO: &str = "auto";

/// How the console looks and behaves. Everything has a default.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct Settings {
    /// Name of the theme.
    pub theme: String,
    /// Themes of the user: name → TOML. They override built-in ones of the same name.
    pub themes: BTreeMap<String, String>,
    /// The text of `keys.toml`; empty if there is none.
    pub keys: String,
    /// Contexts whose name matches one of these are production; `*` stands for anything.
    pub production: Vec<String>,
    /// Whether the terminal's background is light; dark until it says so.
    pub light: bool,
    /// No colour at all (`NO_COLOR`).
    pub no_color: bool,
    /// Only ASCII signs and lines.
    pub ascii: bool,
    /// What is drawn is read aloud line by line: nothing stands beside anything.
    pub linear: bool,
    /// How long `:write` lasts unless a time is given.
    pub write_for: Duration,
    /// What rings when it ends: `operation`, `writing`, or `all`.
    pub notify: Vec<String>,
    /// Most objects one action may touch.
    pub max_bulk: usize,
    /// How lists look, as remembered.
    pub views: Views,
    /// In which zone times are shown. UTC is marked with a `Z`.
    pub timezone: TimeZone,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: "dark".to_owned(),
            themes: BTreeMap::new(),
            keys: String::new(),
            production: ["*prod*", "*prd*", "*live*"].map(str::to_owned).to_vec(),
            light: false,
            no_color: false,
            ascii: false,
            linear: false,
            write_for: Duration::from_mins(15),
            notify: Vec::new(),
            max_bulk: 5,
            views: Views::default(),
            timezone: TimeZone::UTC,
        }
    }
}

impl Settings {
    /// The theme called `name`; the colourless one if colours are off.
    pub fn load_theme(&self, name: &str) -> (Theme, Vec<Notice>) {
        let name = match name {
            _ if self.no_color => "mono",
            AUTO if self.light => "light",
            AUTO => "dark",
            name => name,
        };
        theme::load(name, &|name| {
            self.themes.get(name).cloned().or_else(|| {
                theme::BUILTIN.iter().find(|(n, _)| *n == name).map(|(_, text)| (*text).to_owned())
            })
        })
    }

    /// Every theme there is: built-in ones, `auto`, the user's own.
    pub fn theme_names(&self) -> Vec<String> {
        let mut names: Vec<String> = theme::builtin_names().map(str::to_owned).collect();
        names.push(AUTO.to_owned());
        names.extend(self.themes.keys().filter(|name| !theme::builtin_names().any(|n| n == *name)).cloned());
        names
    }

    /// Whether the end of `what` is to be heard.
    pub fn rings(&self, what: &str) -> bool {
        self.notify.iter().any(|word| word == "all" || word == what)
    }

    /// Whether a context is production by its name.
    pub fn is_production(&self, context: &str) -> bool {
        self.production
            .iter()
            .any(|pattern| matches_pattern(&pattern.to_lowercase(), &context.to_lowercase()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts_are_production_by_pattern() {
        let settings = Settings::default();
        for (context, expected) in [
            ("prod-eu", true),
            ("eu-PROD", true),
            ("live", true),
            ("staging", false),
            ("demo", false),
            ("", false),
        ] {
            assert_eq!(settings.is_production(context), expected, "{context}");
        }
        for (pattern, text, expected) in [
            ("a*b", "ab", true),
            ("a*b", "axxb", true),
            ("a*b", "axx", false),
            ("a", "ab", false),
            ("*", "", true),
            ("a*a", "a", false),
        ] {
            assert_eq!(matches_pattern(pattern, text), expected, "{pattern} {text}");
        }
    }
}
