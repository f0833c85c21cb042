//! A silence being made, or ended: what it keeps quiet, for how long, why.
//!
//! The alerts are those of the moment the dialog opened; the gate refuses an
//! answer that comes more than thirty seconds after they were read.

mod view;

use super::Ctx;
use super::alerts::Chosen;
use super::dialog::{Asks, Form};
use crate::domain::{
    Actor, Alert, ClusterUrl, Confirmation, ContextName, Environment, Matcher, Now, SilenceOrder, SilenceVerb,
};
use crate::ui::Pen;
use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Rect;

/// Labels of an alert a silence asks for: what says which alert, about what.
/// Pods, instances and the like come and go; a silence of one of them would
/// not outlive it.
const KEPT: [&str; 10] = [
    "alertname",
    "namespace",
    "service",
    "sloth_service",
    "sloth_slo",
    "app",
    "deployment",
    "statefulset",
    "job",
    "severity",
];

/// The dialog.
#[derive(Debug)]
pub struct Silencing {
    chosen: Chosen,
    matchers: Vec<Matcher>,
    environment: Environment,
    context: ContextName,
    cluster: ClusterUrl,
    form: Form,
}

impl Silencing {
    /// Opens the dialog for what was chosen.
    pub fn new(chosen: Chosen, environment: Environment, place: (ContextName, ClusterUrl)) -> Self {
        let matchers = match &chosen {
            Chosen::Alert(alert) => {
                let kept = KEPT.iter().filter(|name| !alert.label(name).is_empty());
                kept.map(|name| Matcher::equal(name, alert.label(name))).collect()
            }
            Chosen::Silence(silence) => silence.matchers.clone(),
        };
        // A silence has a time; ending one has none.
        let time = match &chosen {
            Chosen::Alert(_) => Some(("For    ", "2h")),
            Chosen::Silence(_) => None,
        };
        Self {
            chosen,
            matchers,
            environment,
            context: place.0,
            cluster: place.1,
            form: Form::with(Confirmation::Key, time),
        }
    }

    /// The alerts it keeps quiet, or that will be heard again.
    fn alerts(&self, ctx: &Ctx<'_>) -> Vec<Alert> {
        ctx.alarms.matched(&self.matchers).into_iter().cloned().collect()
    }

    /// How long, in seconds; none if what is typed is no time.
    fn seconds(&self) -> Option<i64> {
        let span: SignedDuration = self.form.own().parse().ok()?;
        Some(span.as_secs()).filter(|seconds| *seconds > 0)
    }

    fn verb(&self, now: Now) -> SilenceVerb {
        match &self.chosen {
            Chosen::Alert(_) => {
                // Whole seconds: what comes back is compared with what was sent.
                let second = |s| Timestamp::from_second(s).unwrap_or(Timestamp::MAX);
                let starts = now.wall.as_second();
                let ends = starts.saturating_add(self.seconds().unwrap_or(0));
                SilenceVerb::Silence {
                    matchers: self.matchers.clone(),
                    starts: second(starts),
                    ends: second(ends),
                }
            }
            Chosen::Silence(silence) => SilenceVerb::Expire { silence: silence.clone() },
        }
    }

    fn confirmation(&self, ctx: &Ctx<'_>) -> Confirmation {
        SilenceOrder::confirmation(&self.verb(ctx.now), &self.alerts(ctx), self.environment)
    }

    /// What the gate decides on; none before the alerts were read.
    ///
    /// # Errors
    /// The time is none, or nothing was read: what and what to do.
    pub fn order(&self, ctx: &Ctx<'_>) -> Result<SilenceOrder, (String, String)> {
        if matches!(self.chosen, Chosen::Alert(_)) && self.seconds().is_none() {
            let text = format!("'{}' is not a time", self.form.own());
            return Err((text, "write 30m, 2h or 8h".to_owned()));
        }
        let read_at = ctx.alarms.at.ok_or_else(|| ("no alerts were read".to_owned(), String::new()))?;
        Ok(SilenceOrder {
            id: format!("silence-{}", ctx.now.wall.as_millisecond()).as_str().into(),
            context: self.context.clone(),
            cluster: self.cluster.clone(),
            verb: self.verb(ctx.now),
            reason: self.form.reason(),
            actor: Actor::default(),
            alerts: self.alerts(ctx),
            confirmation: self.confirmation(ctx),
            read_at,
        })
    }

    /// What must be answered depends on the alerts there are.
    pub fn settle(&mut self, ctx: &Ctx<'_>) {
        let confirmation = self.confirmation(ctx);
        self.form.ask(confirmation);
    }
}

impl Asks for Silencing {
    fn form(&self) -> &Form {
        &self.form
    }

    fn form_mut(&mut self) -> &mut Form {
        &mut self.form
    }

    fn refused(&mut self, why: (String, String)) {
        self.form.refuse(why);
        if self.form.reason().is_empty() {
            self.form.want_reason();
        }
    }

    fn draw(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        let title = match &self.chosen {
            Chosen::Alert(alert) => format!(" Silence {} ", alert.name()),
            Chosen::Silence(_) => " End a silence ".to_owned(),
        };
        let lines = self.lines(pen.brush(), ctx);
        self.form.draw(pen, area, (title, self.environment.is_production()), lines);
    }
}
