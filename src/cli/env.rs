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
    /// Whether the terminal is known to open links in text (OSC 8).
    pub(super) links: bool,
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
        let set = |name: &str| var(name).ok().filter(|value| !value.is_empty());
        let term = set("TERM").unwrap_or_default();
        Self {
            background: Background {
                answers: set("TMUX").is_none() && set("STY").is_none() && answers(&term),
                light: set("COLORFGBG").is_some_and(|colours| is_light(&colours)),
            },
            links: opens_links(&term, &set),
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

/// Terminals that open links, by what they call themselves. tmux and screen drop
/// or garble them unless they are set up, so there nothing is assumed.
fn opens_links(term: &str, set: &dyn Fn(&str) -> Option<String>) -> bool {
    const TERMS: [&str; 6] = ["xterm-kitty", "xterm-ghostty", "foot", "alacritty", "wezterm", "contour"];
    const PROGRAMS: [&str; 5] = ["iTerm.app", "WezTerm", "ghostty", "vscode", "Hyper"];
    const MARKS: [&str; 4] = ["KITTY_WINDOW_ID", "WT_SESSION", "KONSOLE_VERSION", "DOMTERM"];
    if !answers(term) || set("TMUX").is_some() || set("STY").is_some() {
        return false;
    }
    // VTE 0.50 was the first; GNOME Terminal and its relatives say which they are.
    let vte = set("VTE_VERSION").and_then(|version| version.parse::<u32>().ok());
    TERMS.iter().any(|known| term.starts_with(known))
        || set("TERM_PROGRAM").is_some_and(|program| PROGRAMS.contains(&program.as_str()))
        || MARKS.iter().any(|mark| set(mark).is_some())
        || vte.is_some_and(|version| version >= 5000)
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
    fn links_are_for_terminals_known_to_open_them() {
        for (term, name, value, expected) in [
            ("xterm-256color", "", "", false),
            ("xterm-kitty", "", "", true),
            ("foot", "", "", true),
            ("xterm-256color", "TERM_PROGRAM", "iTerm.app", true),
            ("xterm-256color", "TERM_PROGRAM", "Apple_Terminal", false),
            ("xterm-256color", "VTE_VERSION", "7600", true),
            ("xterm-256color", "VTE_VERSION", "4205", false),
            ("xterm-256color", "WT_SESSION", "a-b-c", true),
            ("tmux-256color", "KITTY_WINDOW_ID", "1", false),
            ("xterm-kitty", "TMUX", "/tmp/tmux", false),
            ("dumb", "WT_SESSION", "a-b-c", false),
        ] {
            let set = |asked: &str| (asked == name).then(|| value.to_owned());
            assert_eq!(opens_links(term, &set), expected, "{term} {name}={value}");
        }
    }

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
