//! The console as one value: events in, effects and a picture out.
//!
//! [`App::update`] decides, [`App::view`] draws, [`App::next_wake`] says when
//! something on the screen changes by itself. Screens own their state; what
//! is here is routing: which screen, which dialog, who gets the key. Absent on
//! purpose: clocks, files, sockets. `Now` is an input.

mod aim;
mod approvals;
mod away;
mod contexts;
mod deliveries;
mod deploy;
mod dialogs;
mod forwards;
mod frame;
mod header;
mod input;
mod leases;
mod leave;
mod many;
mod news;
mod notices;
mod observed;
mod open;
mod outside;
mod petitions;
mod prompt;
mod refused;
mod requests;
mod router;
mod session;
mod settings;
mod silences;
mod starting;
mod travel;
mod views;
mod wake;
mod words;

pub use deliveries::Deliveries;
pub use settings::Settings;

use crate::command::Keymap;
use crate::domain::{Now, World};
use crate::msg::{Effect, Event};
use crate::ui::{Glyphs, Hits, Hyperlink, Pen, Role, Theme, fold};
use away::Presence;
use notices::Notices;
use prompt::Prompt;
use refused::Refused;
use router::Router;
use session::Session;
use std::cell::RefCell;

/// The console.
pub struct App {
    settings: Settings,
    keymap: Keymap,
    theme: Theme,
    /// The theme chosen, by name; another one may be looked at in the palette.
    theme_name: String,
    previewed: Option<String>,
    session: Session,
    router: Router,
    notices: Notices,
    prompt: Option<Prompt>,
    /// Whether somebody looks, and what was there when they last did.
    presence: Presence,
    tickets: u64,
    dirty: bool,
    /// A confirmation closed its dialog and no frame was drawn since: what is
    /// typed now was meant for the dialog, not for the screen below.
    deaf: bool,
    /// A key was refused a moment ago: what is typed on was not meant for the screen.
    refused: Option<Refused>,
    due: Option<Now>,
    /// What the last frame drew where; only drawing knows.
    hits: RefCell<Hits>,
}

impl App {
    /// A console that knows nothing yet. Warnings about themes and keys are
    /// shown as notices.
    pub fn new(settings: Settings, now: Now) -> Self {
        let (keymap, mut warnings) = Keymap::parse(&settings.keys, "keys.toml");
        let (theme, more) = settings.load_theme(&settings.theme);
        warnings.extend(more);
        let mut notices = Notices::default();
        for warning in warnings {
            notices.push(warning, now);
        }
        Self {
            session: Session::new(settings.timezone.clone(), settings.views.clone()),
            router: Router::default(),
            hits: RefCell::default(),
            due: None,
            prompt: None,
            presence: Presence::new(now),
            tickets: 0,
            dirty: true,
            theme_name: settings.theme.clone(),
            previewed: None,
            deaf: false,
            refused: None,
            settings,
            keymap,
            theme,
            notices,
        }
    }

    /// Takes one event in and says what is to be done about it.
    pub fn update(&mut self, event: Event, now: Now) -> Vec<Effect> {
        self.attend(&event, now);
        let mut effects = self.take(event, now);
        self.welcome(now);
        effects.extend(self.preview());
        effects.extend(self.peek(now));
        effects.extend(self.chart(now));
        effects.extend(self.redirects(now));
        effects.extend(self.departure(now));
        effects.extend(self.heartbeats(now));
        self.due = self.next_change(now);
        effects
    }

    /// Shows the theme the palette's cursor is on, and the chosen one again after.
    fn preview(&mut self) -> Option<Effect> {
        let wanted = match &self.prompt {
            Some(Prompt::Menu(menu)) => menu.theme().map(str::to_owned),
            Some(
                Prompt::Line(..)
                | Prompt::Quit
                | Prompt::Action(_)
                | Prompt::Asking(_)
                | Prompt::Silencing(_)
                | Prompt::Approving(_)
                | Prompt::Leave(_)
                | Prompt::Bulk(_),
            )
            | None => None,
        };
        if wanted == self.previewed {
            return None;
        }
        let name = wanted.as_ref().unwrap_or(&self.theme_name);
        // What is wrong with a theme is told when it is chosen.
        self.theme = self.settings.load_theme(name).0;
        self.previewed = wanted;
        Some(Effect::Repaint)
    }

    /// Draws the console as it is at `now`.
    pub fn view(&self, frame: &mut ratatui::Frame<'_>, now: Now) {
        let mut hits = Hits::default();
        let area = frame.area();
        let mut pen = Pen {
            buf: frame.buffer_mut(),
            theme: &self.theme,
            glyphs: Glyphs { ascii: self.settings.ascii, linear: self.settings.linear },
            keymap: &self.keymap,
            hits: &mut hits,
        };
        pen.clear(area, Role::Text);
        self.draw(&mut pen, area, now);
        if self.settings.ascii {
            fold(frame.buffer_mut());
        }
        self.hits.replace(hits);
    }

    /// Text of the last frame that leads to addresses outside.
    pub fn links(&self) -> Vec<Hyperlink> {
        self.hits.borrow().links().to_vec()
    }

    /// What was observed of the connected cluster, frozen or not.
    pub fn world(&self) -> &World {
        &self.session.seen.world
    }

    /// Whether anything on the screen may have changed since [`Self::take_dirty`].
    pub fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// Like [`Self::is_dirty`], and the next frame is taken to be drawn.
    pub fn take_dirty(&mut self) -> bool {
        self.deaf = false;
        std::mem::replace(&mut self.dirty, false)
    }
}
