//! The themes that come with the program.

/// Name and source of each, in the order of `:theme`.
pub const BUILTIN: [(&str, &str); 11] = [
    ("dark", include_str!("../../../themes/dark.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("high-contrast", include_str!("../../../themes/high-contrast.toml")),
    ("colour-blind", include_str!("../../../themes/colour-blind.toml")),
    ("nord", include_str!("../../../themes/nord.toml")),
    ("gruvbox", include_str!("../../../themes/gruvbox.toml")),
    ("dracula", include_str!("../../../themes/dracula.toml")),
    ("solarized-light", include_str!("../../../themes/solarized-light.toml")),
    ("amber", include_str!("../../../themes/amber.toml")),
    ("mono", include_str!("../../../themes/mono.toml")),
    ("terminal", include_str!("../../../themes/terminal.toml")),
];

/// The names of the built-in themes.
pub fn builtin_names() -> impl Iterator<Item = &'static str> {
    BUILTIN.iter().map(|(name, _)| *name)
}

/// The source of a built-in theme.
pub(super) fn source(name: &str) -> Option<String> {
    BUILTIN.iter().find(|(n, _)| *n == name).map(|(_, text)| (*text).to_owned())
}
