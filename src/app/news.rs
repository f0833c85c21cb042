//! What each event means.

use super::App;
use super::prompt::Prompt;
use super::settings::AUTO;
use crate::catalog::Catalog;
use crate::domain::{AuditEntry, Fault, Finding, Now, ObjectKey, WriteMode, count_of};
use crate::msg::{Effect, Event, Level, Notice};
use crate::screens::Act;
use std::sync::Arc;

impl App {
    /// Takes one event in.
    pub(super) fn take(&mut self, event: Event, now: Now) -> Vec<Effect> {
        if let Event::Wake = event {
            return self.wake(now);
        }
        // Who looks away changes nothing on the screen.
        if matches!(event, Event::Focus(_)) {
            return Vec::new();
        }
        let Some(event) = self.quiet(event, now) else { return Vec::new() };
        self.dirty = true;
        self.refreshed(now);
        if self.deaf && matches!(event, Event::Key(_) | Event::Mouse(_) | Event::Paste(_)) {
            return Vec::new();
        }
        let effects = self.mean(event, now);
        self.settle(now);
        effects
    }

    fn mean(&mut self, event: Event, now: Now) -> Vec<Effect> {
        match event {
            Event::Key(key) => self.key(key, now),
            Event::Mouse(mouse) => self.mouse(mouse, now),
            Event::Paste(text) => self.paste(&text, now),
            Event::Resize(..)
            | Event::Wake
            | Event::Focus(_)
            | Event::Elsewhere(..)
            | Event::Facts(_)
            | Event::Leases(_)
            | Event::Signals(_)
            | Event::Chart { .. }
            | Event::Slos(_)
            | Event::Alarms(_) => Vec::new(),
            Event::Preparing(what) => self.preparing(what),
            Event::Connected(place) => self.connected(place, now),
            Event::Returned(place) => self.returned(place, now),
            Event::Parted(context) => {
                self.parted(&context);
                Vec::new()
            }
            Event::Configured(settings) => self.configured(settings, now),
            Event::ConnectFailed(context, fault) => self.connect_failed(&context, fault, now),
            Event::Contexts(contexts) => {
                self.session.contexts = Some(contexts);
                Vec::new()
            }
            Event::Planned { ticket, plan } => self.planned(ticket, plan),
            Event::DeliveryPlanned { ticket, plan } => self.delivery_planned(ticket, plan, now),
            Event::Driving(records) => self.driving(records, now),
            Event::DeliveryBegun { operation, begun } => self.delivery_begun(&operation, begun, now),
            Event::Run(run) => self.ran(*run, now),
            Event::Audit(audit) => self.audited(audit),
            Event::Found { ticket, found } => {
                self.router.pages.found(ticket, found);
                Vec::new()
            }
            Event::Logs(update) => {
                self.router.cockpit.take_log(update.clone());
                self.router.logs.take(update);
                Vec::new()
            }
            Event::Forwards(list) => self.forwarding(list, now),
            Event::Catalog(read) => self.cataloged(read, now),
            Event::Edited(edited) => self.edited(*edited, now),
            Event::Rights(namespace, rights) => {
                self.session.seen.rights.insert(namespace, Some(rights));
                Vec::new()
            }
            Event::Mode(mode) => {
                self.session.mode = mode;
                Vec::new()
            }
            Event::Background { light } => self.background(light),
            Event::LoggedIn(context) => self.logged_in(context, now),
            Event::Notice(notice) => {
                self.notices.push(notice, now);
                Vec::new()
            }
        }
    }

    fn preparing(&mut self, what: String) -> Vec<Effect> {
        self.session.preparing = Some(what);
        Vec::new()
    }

    fn audited(&mut self, audit: Result<Vec<AuditEntry>, Fault>) -> Vec<Effect> {
        self.session.audit = Some(audit);
        Vec::new()
    }

    /// Takes news in that may change nothing on the screen; everything else
    /// comes back.
    fn quiet(&mut self, event: Event, now: Now) -> Option<Event> {
        if let Event::Facts(facts) = event {
            if self.session.seen.apply(facts) {
                self.dirty = true;
                self.refreshed(now);
            }
            return None;
        }
        if let Event::Signals(signals) = event {
            self.dirty |= self.session.seen.put_signals(signals);
            return None;
        }
        if let Event::Chart { ticket, found } = event {
            // A picture of later does not belong into a frozen one.
            let frozen = self.session.seen.frozen.is_some();
            if !frozen && self.router.charts.take(ticket, found.map(|chart| *chart)) {
                self.dirty = true;
                self.settle(now);
            }
            return None;
        }
        if let Event::Alarms(alarms) = event {
            if self.session.seen.put_alarms(*alarms) {
                self.dirty = true;
                self.settle(now);
            }
            return None;
        }
        if let Event::Leases(found) = event {
            if self.session.seen.hear(found, now) {
                self.dirty = true;
                self.settle(now);
            }
            return None;
        }
        if let Event::Slos(board) = event {
            if self.session.seen.put_slos(*board) {
                self.dirty = true;
                self.settle(now);
            }
            return None;
        }
        if let Event::Elsewhere(context, event) = event {
            self.elsewhere(&context, *event);
            return None;
        }
        Some(event)
    }

    fn driving(&mut self, records: Vec<ObjectKey>, now: Now) -> Vec<Effect> {
        self.session.drive(records, now);
        self.started(now);
        Vec::new()
    }

    /// Asks for the heartbeats that are due.
    pub(super) fn heartbeats(&mut self, now: Now) -> Option<Effect> {
        let seen = &mut self.session.seen;
        let asks = seen.deliveries.ask(&seen.world, now);
        (!asks.is_empty()).then_some(Effect::LookAtLeases(asks))
    }

    /// Quits if what was waited for has come.
    pub(super) fn departure(&mut self, now: Now) -> Vec<Effect> {
        let Some(Prompt::Leave(leaving)) = &self.prompt else { return Vec::new() };
        self.left(*leaving, now)
    }

    /// Works the lists out again if they are behind.
    fn refreshed(&mut self, now: Now) {
        if self.session.seen.refresh(now) {
            self.started(now);
            self.settle(now);
        }
    }

    pub(super) fn settle(&mut self, now: Now) {
        let ctx = self.session.ctx(now);
        self.router.screen_mut().settle(&ctx);
    }

    fn wake(&mut self, now: Now) -> Vec<Effect> {
        if self.due.is_some_and(|due| due.boot <= now.boot) {
            self.dirty = true;
            self.settle(now);
        }
        self.refreshed(now);
        let mut effects = self.expire_mode(now);
        effects.extend(self.questions(now));
        effects
    }

    /// Write mode ends by itself, and that is recorded like every other end.
    fn expire_mode(&mut self, now: Now) -> Vec<Effect> {
        let WriteMode::Until { context, .. } = &self.session.mode else { return Vec::new() };
        if self.session.mode.remaining(context, now).is_some() {
            return Vec::new();
        }
        self.session.mode = WriteMode::ReadOnly;
        self.notices.push(Notice::new(Level::Info, "writing ended: read-only again"), now);
        let text = "writing ended: read-only again".to_owned();
        let ring = self.settings.rings("writing").then_some(Effect::Ring(text));
        ring.into_iter().chain([Effect::RecordMode(WriteMode::ReadOnly)]).collect()
    }

    /// What is wrong with the catalogue stops nothing: it is counted.
    fn cataloged(&mut self, read: Result<(Arc<Catalog>, Vec<Finding>), Fault>, now: Now) -> Vec<Effect> {
        let asked = std::mem::take(&mut self.session.catalog_asked);
        let (catalog, findings) = match read {
            Ok(read) => read,
            Err(fault) => {
                let mut notice = Notice::from(&fault);
                notice.text = format!("the catalogue was not read: {}", notice.text);
                self.notices.push(notice, now);
                return Vec::new();
            }
        };
        let entries = count_of(catalog.entities().len(), "entry");
        let fatal = findings.iter().filter(|finding| finding.fatal).count();
        if let Some(worst) = findings.iter().find(|finding| finding.fatal) {
            let text = format!("catalogue: {entries}, {} of its files", count_of(fatal, "mistake"));
            let hint = format!("{}:{}: {}; `qd catalog lint` has all", worst.file, worst.line, worst.text);
            self.notices.push(Notice { level: Level::Warning, text, hint }, now);
        } else if asked {
            self.notices.push(Notice::new(Level::Success, format!("catalogue read: {entries}")), now);
        }
        let there = !catalog.entities().is_empty();
        self.session.seen.put_catalog(there.then_some(catalog));
        Vec::new()
    }

    /// The theme `auto` follows the terminal.
    fn background(&mut self, light: bool) -> Vec<Effect> {
        self.settings.light = light;
        if self.theme_name != AUTO || self.previewed.is_some() {
            return Vec::new();
        }
        self.theme = self.settings.load_theme(AUTO).0;
        vec![Effect::Repaint]
    }

    fn ran(&mut self, run: crate::msg::RunView, now: Now) -> Vec<Effect> {
        let level = match &run.phase {
            crate::domain::Phase::Succeeded => Level::Success,
            crate::domain::Phase::Refused(_) => Level::Warning,
            crate::domain::Phase::Failed(_) | crate::domain::Phase::Unknown(_) => Level::Error,
            crate::domain::Phase::Asked | crate::domain::Phase::Writing | crate::domain::Phase::Watching => {
                Level::Info
            }
        };
        let here = self.session.place.as_ref().is_some_and(|place| place.context == run.order.target.context);
        let place = if here { String::new() } else { format!(" in {}", run.order.target.context) };
        let (verb, key, word, why) = (
            run.order.verb.phrase(),
            run.order.target.key.clone(),
            run.phase.word(),
            run.phase.why().to_owned(),
        );
        if !self.session.put_run(run) {
            return Vec::new();
        }
        let why = if why.is_empty() { String::new() } else { format!(": {why}") };
        let text = format!("{verb} of {}{place} {word}{why}", key.name);
        self.notices.push(Notice::new(level, text.clone()), now);
        let ring = self.settings.rings("operation").then_some(Effect::Ring(text));
        ring.into_iter().chain([Effect::LoadAudit]).collect()
    }

    /// Carries out what a screen asks for.
    pub(super) fn perform(&mut self, acts: Vec<Act>, now: Now) -> Vec<Effect> {
        let mut effects = Vec::new();
        for act in acts {
            match act {
                Act::Go(route) => effects.extend(self.go(route, now)),
                Act::Do(effect) => effects.push(effect),
                Act::Tell(notice) => self.notices.push(notice, now),
                Act::Connect(context) => effects.extend(self.connect(context, None, now)),
                Act::Run(command) => effects.extend(self.run(command, now)),
                Act::Follow(query) => effects.extend(self.follow(query)),
            }
        }
        effects
    }
}
