//! The environment, read once.

use std::env::var;

/// What the environment says besides the `QD_*` variables, which clap reads.
#[derive(Clone, Debug, Default)]
pub(super) struct Env {
    /// The login name; empty if nobody says.
    pub(super) user: String,
    /// `KUBECONFIG`: a list of paths.
    pub(super) kubeconfig: Option<String>,
    /// Whether colours are unwanted: <https://no-color.org>.
    pub(super) no_color: bool,
    /// Whether the terminal can do nothing.
    pub(super) dumb: bool,
    /// What is known of the terminal's background.
    pub(super) background: Background,
    /// For tests of the way out: the view panics after this many frames. Read
    /// in debug builds only.
    pub(super) panic_after: Option<u32>,
}

/// How to know the terminal's background.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Background {
    /// The terminal can be asked: it answers itself, nothing between us and it
    /// keeps the answer, and it is no console that prints what it does not know.
    pub(super) answers: bool,
    /// It is light, where the terminal says so without being asked.
    pub(super) light: bool,
}

impl Env {
    /// Reads it.
    pub(super) fn read() -> Self {
        let set = |name| var(name).ok().filter(|value| !value.is_empty());
        let term = set("TERM").unwrap_or_default();
        Self {
            background: Background {
                answers: set("TMUX").is_none() && set("STY").is_none() && answers(&term),
                light: set("COLORFGBG").is_some_and(|colours| is_light(&colours)),
            },
            user: set("USER").or_else(|| set("LOGNAME")).unwrap_or_default(),
            kubeconfig: set("KUBECONFIG"),
            no_color: set("NO_COLOR").is_some(),
            dumb: term == "dumb",
            panic_after: if cfg!(debug_assertions) {
                set("QD_TEST_PANIC_AFTER_FRAMES").and_then(|frames| frames.parse().ok())
            } else {
                None
            },
        }
    }
}

/// Multiplexers answer late or for another terminal; the kernel's console and
/// those without a name do not answer.
fn answers(term: &str) -> bool {
    const SILENT: [&str; 5] = ["dumb", "linux", "screen", "tmux", "vt"];
    !term.is_empty() && !SILENT.iter().any(|silent| term.starts_with(silent))
}

/// `COLORFGBG=0;15`: foreground and background as colours of the sixteen. 7 and
/// 9 to 15 are light.
fn is_light(colours: &str) -> bool {
    let background = colours.rsplit(';').next().and_then(|number| number.parse::<u8>().ok());
    background.is_some_and(|number| number == 7 || (9..16).contains(&number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_asked_and_who_says_it_unasked() {
        for (term, expected) in [
            ("xterm-256color", true),
            ("alacritty", true),
            ("xterm-kitty", true),
            ("screen-256color", false),
            ("tmux-256color", false),
            ("linux", false),
            ("dumb", false),
            ("vt220", false),
            ("", false),
        ] {
            assert_eq!(answers(term), expected, "{term:?}");
        }
        for (colours, expected) in
            [("15;0", false), ("0;15", true), ("0;default;7", true), ("default;default", false), ("", false)]
        {
            assert_eq!(is_light(colours), expected, "{colours}");
        }
    }
}
