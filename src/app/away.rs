//! Whether somebody looks at the console, and what they missed when they come
//! back. It is told in the line of notices and on a page: no key is waited for,
//! and none means anything else because of it.

use super::App;
use crate::domain::{
    Alert, AlertState, Away, ContextName, Glimpse, Kind, LinkState, Now, Seen, ServiceRow, StreamState,
};
use crate::msg::{Event, Level, Notice};
use crate::screens::delivery::Delivery;
use crate::ui::age;
use std::time::Duration;

/// Without the focus for so long, somebody was away.
const UNFOCUSED: Duration = Duration::from_mins(2);
/// Without a key for so long, where the terminal says nothing of its focus.
const STILL: Duration = Duration::from_mins(10);
/// For so long after a key somebody still looks.
const LOOKS_ON: Duration = Duration::from_secs(5);

/// Who looks.
#[derive(Debug)]
pub(super) struct Presence {
    /// The last key, click or paste, or the moment the focus came back.
    last: Now,
    /// Since when the terminal has not the focus; none if it has, or never said.
    lost: Option<Now>,
    /// Whether the terminal ever said.
    says: bool,
    /// What was there when somebody last looked, in which context.
    glimpse: Option<(ContextName, Glimpse)>,
    /// To be told once no dialog is in front.
    untold: bool,
}

impl Presence {
    /// Somebody has just started the console.
    pub(super) fn new(now: Now) -> Self {
        Self { last: now, lost: None, says: false, glimpse: None, untold: false }
    }

    /// Somebody looks, and has seen what there is.
    fn here(&mut self, now: Now) {
        *self = Self { last: now, lost: None, glimpse: None, ..*self };
    }
}

impl App {
    /// Notes who looks, before `event` changes anything.
    pub(super) fn attend(&mut self, event: &Event, now: Now) {
        if let Event::Focus(focused) = event {
            self.presence.says = true;
            self.focus(*focused, now);
        } else if matches!(event, Event::Key(_) | Event::Mouse(_) | Event::Paste(_)) {
            let last = self.presence.last;
            if !self.presence.says && now.elapsed(last) >= STILL {
                self.returned_after(last, now);
            }
            self.presence.here(now);
        } else if matches!(event, Event::Connected(_) | Event::Returned(_)) {
            // Another cluster is no news about the one before.
            self.presence.glimpse = None;
        } else if self.presence.glimpse.is_none() {
            let still = now.elapsed(self.presence.last) >= LOOKS_ON;
            if still || self.presence.lost.is_some() {
                self.presence.glimpse = self.glimpse();
            }
        }
    }

    fn focus(&mut self, focused: bool, now: Now) {
        if !focused {
            if self.presence.lost.is_none() {
                self.presence.lost = Some(now);
                self.presence.glimpse = self.glimpse();
            }
            return;
        }
        if let Some(lost) = self.presence.lost.filter(|lost| now.elapsed(*lost) >= UNFOCUSED) {
            self.returned_after(lost, now);
        }
        self.presence.here(now);
    }

    /// Somebody is back who left at `left`.
    fn returned_after(&mut self, left: Now, now: Now) {
        let Some((context, before)) = self.presence.glimpse.take() else { return };
        let Some((_, after)) = self.glimpse().filter(|(here, _)| *here == context) else { return };
        let said = self.notices.told_since(left);
        let away = Away::new(left.wall, now.elapsed(left), &before, &after, said);
        self.presence.untold = !away.missed.is_empty();
        self.session.away = Some(away);
    }

    /// Tells what was missed, unless a dialog is being answered.
    pub(super) fn welcome(&mut self, now: Now) {
        if !self.presence.untold || self.prompt.is_some() {
            return;
        }
        self.presence.untold = false;
        let Some(away) = &self.session.away else { return };
        let level = if away.is_bad() { Level::Warning } else { Level::Info };
        let text = format!("while you were away ({}): {}", age(away.took), away.words());
        self.notices.push(Notice { level, text, hint: ":away shows it".to_owned() }, now);
        self.dirty = true;
    }

    /// What there is to see; none without a connection, or while the picture
    /// is frozen: then nothing was missed.
    fn glimpse(&self) -> Option<(ContextName, Glimpse)> {
        let seen = &self.session.seen;
        let place = self.session.place.as_ref()?;
        if seen.frozen.is_some() {
            return None;
        }
        let ctx = self.session.ctx(self.presence.last);
        let linked = matches!(seen.world.link(), LinkState::Live { .. });
        let recorded = linked && matches!(seen.world.stream(Kind::ConfigMap), StreamState::Live);
        let live = linked && matches!(ctx.services_stream(), StreamState::Live);
        let service = |row: &ServiceRow| {
            let (reason, version) = (row.reason.clone(), row.version.clone());
            (row.key.clone(), Seen { health: row.health, reason, version })
        };
        let fires = |alert: &&Alert| alert.state == AlertState::Firing;
        let named = |alert: &Alert| {
            let about = alert.subject();
            let about = if about.is_empty() { String::new() } else { format!(" ({about})") };
            (alert.id.clone(), format!("{}{about}", alert.name()))
        };
        let alerts = || seen.alarms.alerts.iter().filter(fires).map(named).collect();
        let delivery = |delivery: &Delivery| {
            let word = delivery.stage.word().to_owned();
            (delivery.id.clone(), (delivery.service.clone(), word, delivery.stage.is_over()))
        };
        let glimpse = Glimpse {
            services: live.then(|| seen.rows.iter().map(service).collect()),
            alerts: seen.alarms.at.is_some().then(alerts),
            deliveries: recorded.then(|| seen.deliveries.all().iter().map(delivery).collect()),
        };
        Some((place.context.clone(), glimpse))
    }
}
