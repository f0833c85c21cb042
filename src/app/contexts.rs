//! Several contexts: one is in front, others stay open behind it.
//!
//! Whatever is in front belongs to the context in front: its world, its places
//! and history, its dialog. News of the others are taken in behind it. Writing
//! is never taken along, and neither is what somebody was typing.

use super::App;
use super::observed::{Observed, Parked};
use crate::domain::{ContextName, Fault, Now, WriteMode};
use crate::msg::{ContextSettings, Effect, Event, Level, Notice, Outside, Place};

/// How notices begin that are over once a connection stands.
const CANNOT_CONNECT: &str = "cannot connect to";

impl App {
    /// A new connection stands; its world starts empty. The one in front stays
    /// open behind it if it is to another context.
    pub(super) fn connected(&mut self, place: Place, now: Now) -> Vec<Effect> {
        let effects = self.leave_context(&place, now);
        self.session.parked.retain(|parked| parked.place.context != place.context);
        self.router.reset();
        let seen = Observed::default();
        self.come_to(place, seen, now);
        effects
    }

    /// A connection that was open behind is in front again, as it was left.
    pub(super) fn returned(&mut self, place: Place, now: Now) -> Vec<Effect> {
        let known = self.session.parked.iter().position(|parked| parked.place.context == place.context);
        let Some(parked) = known.map(|at| self.session.parked.remove(at)) else {
            return self.connected(place, now);
        };
        let mut effects = self.leave_context(&place, now);
        self.router = parked.router;
        self.come_to(place, parked.seen, now);
        effects.extend(self.arrive(now));
        effects
    }

    fn come_to(&mut self, place: Place, seen: Observed, now: Now) {
        self.session.come_to(place, seen, now);
        self.notices.forget(CANNOT_CONNECT);
        self.session.seen.refresh(now);
        self.settle(now);
    }

    /// Closes what belongs to the context in front. A dialog is about an object
    /// there, and what is typed on was meant for it.
    fn leave_context(&mut self, to: &Place, now: Now) -> Vec<Effect> {
        if self.prompt.take().is_some() {
            self.deaf = true;
            self.refuse(None, now);
        }
        let Some(old) = &self.session.place else { return Vec::new() };
        let other_context = old.context != to.context;
        if !other_context && old.cluster == to.cluster {
            return Vec::new();
        }
        if other_context && let Some(place) = self.session.place.take() {
            let (seen, router) = (std::mem::take(&mut self.session.seen), std::mem::take(&mut self.router));
            self.session.parked.insert(0, Parked { place, seen, router });
        }
        // Writing is allowed for one context; another one starts read-only.
        if self.session.mode == WriteMode::ReadOnly {
            return Vec::new();
        }
        self.session.mode = WriteMode::ReadOnly;
        vec![Effect::RecordMode(WriteMode::ReadOnly)]
    }

    /// A connection behind was closed.
    pub(super) fn parted(&mut self, context: &ContextName) {
        self.session.parked.retain(|parked| parked.place.context != *context);
        self.session.list_open();
    }

    /// Goes to the context that was in front before this one.
    pub(super) fn last_context(&mut self, now: Now) -> Vec<Effect> {
        match self.session.parked.first().map(|parked| parked.place.context.clone()) {
            Some(context) => self.connect(context, None, now),
            None => self.not_begun("no other context is open: :ctx chooses one", now),
        }
    }

    /// Takes news in of a connection that is open behind.
    pub(super) fn elsewhere(&mut self, context: &ContextName, event: Event) {
        let Some(parked) = self.session.parked.iter_mut().find(|parked| parked.place.context == *context)
        else {
            return;
        };
        if let Event::Facts(facts) = event {
            // Its lists are worked out when it is in front again.
            parked.seen.apply(facts);
        } else if let Event::Signals(signals) = event {
            parked.seen.put_signals(signals);
        } else if let Event::Slos(board) = event {
            parked.seen.put_slos(*board);
        } else if let Event::Alarms(alarms) = event {
            parked.seen.put_alarms(*alarms);
        } else if let Event::Rights(namespace, rights) = event {
            parked.seen.rights.insert(namespace, Some(rights));
        } else if let Event::Found { ticket, found } = event {
            parked.router.pages.found(ticket, found);
        } else if let Event::Catalog(Ok((catalog, _))) = event {
            parked.seen.put_catalog((!catalog.entities().is_empty()).then_some(catalog));
        }
        // The rest would have to be told, and is of no use where the person is now.
    }

    pub(super) fn connect_failed(&mut self, context: &ContextName, fault: Fault, now: Now) -> Vec<Effect> {
        self.session.connecting = None;
        self.session.preparing = None;
        // Attempts go on; that they fail as before need not be told again.
        if self.session.fault.as_ref() != Some(&fault) {
            let place = if context.is_empty() { "the cluster" } else { context.as_str() };
            let mut notice = Notice::from(&fault);
            notice.text = format!("{CANNOT_CONNECT} {place}: {}", notice.text);
            self.notices.push(notice, now);
        }
        self.session.fault = Some(fault);
        self.session.refused_by = Some(context.clone());
        Vec::new()
    }

    /// Lends the terminal to the exec plugin of a context: the one named, the
    /// one that could not be connected to, or the one in front.
    pub(super) fn login(&mut self, args: &str, _now: Now) -> Vec<Effect> {
        let front = || self.session.place.as_ref().map(|place| place.context.clone());
        let named = (!args.is_empty()).then(|| ContextName::from(args));
        let context = named.or_else(|| self.session.refused_by.clone()).or_else(front).unwrap_or_default();
        vec![Effect::Outside(Outside::Login { context })]
    }

    /// Connects with what somebody logged in with; the namespace stays.
    pub(super) fn logged_in(&mut self, context: ContextName, now: Now) -> Vec<Effect> {
        let place = self.session.place.as_ref().filter(|place| place.context == context);
        let namespace = place.and_then(|place| place.namespace.clone());
        let text = format!("logged in to {context}");
        self.notices.push(Notice::new(Level::Success, text), now);
        self.connect(context, namespace, now)
    }

    /// Another context may look different. A theme chosen by hand stays as long
    /// as the configured one does not change.
    pub(super) fn configured(&mut self, settings: ContextSettings, now: Now) -> Vec<Effect> {
        self.settings.write_for = settings.write_for;
        self.settings.max_bulk = settings.max_bulk;
        if self.settings.theme == settings.theme {
            return Vec::new();
        }
        self.settings.theme = settings.theme;
        let (theme, warnings) = self.settings.load_theme(&self.settings.theme);
        self.theme = theme;
        self.theme_name.clone_from(&self.settings.theme);
        self.previewed = None;
        for warning in warnings {
            self.notices.push(warning, now);
        }
        vec![Effect::Repaint]
    }
}
