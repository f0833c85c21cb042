//! Commands with arguments, as typed into the palette.

use super::App;
use super::prompt::{LineKind, Prompt};
use crate::command::Command;
use crate::domain::{ContextName, Namespace, Now, WriteMode, short_duration};
use crate::msg::{Effect, Level, Notice};
use crate::screens::Route;
use crate::ui::TextInput;
use std::time::Duration;

/// Writing is never allowed for longer than this at a time.
const MOST_WRITE: Duration = Duration::from_hours(8);

type Word = fn(&mut App, &str, Now) -> Vec<Effect>;

const WORDS: [(Command, Word); 13] = [
    (Command::Login, App::login),
    (Command::Write, App::write),
    (Command::Context, App::context),
    (Command::Namespace, App::namespace),
    (Command::Catalog, App::reload_catalog),
    (Command::Theme, App::take_theme),
    (Command::Forward, App::forward),
    (Command::Note, App::note),
    (Command::Lock, App::aim_lock),
    (Command::SaveFilter, App::save_filter),
    (Command::ForgetFilter, App::forget_filter),
    (Command::Yaml, |app, args, now| app.open_thing(args, true, now)),
    (Command::Describe, |app, args, now| app.open_thing(args, false, now)),
];

impl App {
    /// Does a command with what was typed after it.
    pub(super) fn word(&mut self, command: Command, args: &str, now: Now) -> Vec<Effect> {
        match WORDS.iter().find(|(c, _)| *c == command) {
            Some((_, word)) => word(self, args, now),
            None => self.run(command, now),
        }
    }

    fn warn(&mut self, text: String, hint: &str, now: Now) -> Vec<Effect> {
        self.notices.push(Notice { level: Level::Warning, text, hint: hint.to_owned() }, now);
        Vec::new()
    }

    fn write(&mut self, args: &str, now: Now) -> Vec<Effect> {
        let Some(place) = &self.session.place else {
            return self.warn(
                "not connected: there is nothing to write to".to_owned(),
                ":ctx chooses a context",
                now,
            );
        };
        if let Some(setting) = &place.locked {
            return self.warn(
                format!("read-only by configuration: {setting}"),
                "take that setting away to write here",
                now,
            );
        }
        let time = match args {
            "" => Some(self.settings.write_for),
            text => parse_time(text),
        };
        let Some(time) = time.filter(|time| !time.is_zero() && *time <= MOST_WRITE) else {
            return self.warn(
                format!("'{args}' is not a time to write for"),
                "write 30m, 90s or 2h; at most 8h",
                now,
            );
        };
        let mode = WriteMode::Until { context: place.context.clone(), until: now.boot + time };
        let text = format!("writing is allowed in {} for {}", place.context, short_duration(time));
        self.session.mode = mode.clone();
        self.notices
            .push(Notice { level: Level::Warning, text, hint: ":readonly takes it back".to_owned() }, now);
        vec![Effect::RecordMode(mode)]
    }

    /// Takes writing back.
    pub(super) fn read_only(&mut self, now: Now) -> Vec<Effect> {
        if self.session.mode == WriteMode::ReadOnly {
            self.notices.push(Notice::new(Level::Info, "it is read-only already"), now);
            return Vec::new();
        }
        self.session.mode = WriteMode::ReadOnly;
        self.notices.push(Notice::new(Level::Success, "read-only again"), now);
        vec![Effect::RecordMode(WriteMode::ReadOnly)]
    }

    fn context(&mut self, args: &str, now: Now) -> Vec<Effect> {
        if args.is_empty() {
            return self.go(Route::Contexts, now);
        }
        if args == "-" {
            return self.last_context(now);
        }
        if let Some(Ok(contexts)) = &self.session.contexts
            && !contexts.iter().any(|context| context.name.as_str() == args)
        {
            let near =
                contexts.iter().map(|c| (strsim::osa_distance(c.name.as_str(), args), c.name.as_str())).min();
            let hint = near.map(|(_, name)| format!("did you mean '{name}'?")).unwrap_or_default();
            return self.warn(format!("the kubeconfig has no context '{args}'"), &hint, now);
        }
        self.connect(args.into(), None, now)
    }

    /// Connects to a context; the last picture stays until it stands.
    pub(super) fn connect(
        &mut self,
        context: ContextName,
        namespace: Option<Namespace>,
        _now: Now,
    ) -> Vec<Effect> {
        self.session.connecting = Some(context.to_string());
        vec![Effect::Connect { context, namespace }]
    }

    fn namespace(&mut self, args: &str, now: Now) -> Vec<Effect> {
        match args {
            "" => self.warn("which namespace?".to_owned(), "ns NAME, or ns all", now),
            "all" | "0" | "*" => self.look_at(None, now),
            name => self.look_at(Some(name.into()), now),
        }
    }

    /// Looks at one namespace of this context, or at all.
    pub(super) fn look_at(&mut self, namespace: Option<Namespace>, now: Now) -> Vec<Effect> {
        match self.session.place.as_ref().map(|place| place.context.clone()) {
            Some(context) => self.connect(context, namespace, now),
            None => self.warn("not connected".to_owned(), ":ctx chooses a context", now),
        }
    }

    fn reload_catalog(&mut self, args: &str, now: Now) -> Vec<Effect> {
        if !matches!(args, "" | "reload") {
            return self.warn(
                format!("catalog has no '{args}'"),
                ":catalog reload reads the files again",
                now,
            );
        }
        self.session.catalog_asked = true;
        vec![Effect::LoadCatalog]
    }

    fn take_theme(&mut self, args: &str, now: Now) -> Vec<Effect> {
        let names = self.settings.theme_names();
        if args.is_empty() {
            return self.warn("which theme?".to_owned(), &names.join(", "), now);
        }
        if !names.iter().any(|name| name == args) {
            let near = names.iter().map(|name| (strsim::osa_distance(name, args), name)).min();
            let hint = near.map(|(_, name)| format!("did you mean '{name}'?")).unwrap_or_default();
            return self.warn(format!("there is no theme '{args}'"), &hint, now);
        }
        let (theme, warnings) = self.settings.load_theme(args);
        self.theme = theme;
        args.clone_into(&mut self.theme_name);
        self.previewed = None;
        for warning in warnings {
            self.notices.push(warning, now);
        }
        vec![Effect::Repaint]
    }

    fn note(&mut self, args: &str, now: Now) -> Vec<Effect> {
        if args.is_empty() {
            self.prompt = Some(Prompt::Line(LineKind::Note, TextInput::default()));
            return Vec::new();
        }
        self.notices.push(Notice::new(Level::Success, "noted in the audit log"), now);
        vec![Effect::RecordNote(args.to_owned()), Effect::LoadAudit]
    }
}

/// `90s`, `30m`, `2h`, or minutes without a unit.
fn parse_time(text: &str) -> Option<Duration> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text.strip_prefix(digits)? {
        "s" => 1,
        "" | "m" | "min" => 60,
        "h" => 3600,
        _ => return None,
    };
    let n: u64 = digits.parse().ok()?;
    Some(Duration::from_secs(n.checked_mul(unit)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_to_write_for() {
        for (text, seconds) in [
            ("90s", Some(90)),
            ("30m", Some(1800)),
            ("2h", Some(7200)),
            ("5", Some(300)),
            ("x", None),
            ("-1m", None),
            ("", None),
            ("99999999999999999999h", None),
        ] {
            assert_eq!(parse_time(text).map(|t| t.as_secs()), seconds, "{text}");
        }
    }
}
