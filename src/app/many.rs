//! From marks to one answer for several objects.

use super::App;
use super::prompt::Prompt;
use crate::command::Command;
use crate::domain::{GateInput, Kind, Now, Right, Verb, Workload, admit, count_of, meant_by_name};
use crate::msg::{Effect, Level, Notice, RunView};
use crate::screens::Selected;
use crate::screens::bulk::Bulk;
use std::sync::Arc;

impl App {
    /// Opens `verb` for what is marked; `None` if nothing is.
    pub(super) fn aim_marked(&mut self, verb: &Verb, now: Now) -> Option<Vec<Effect>> {
        let ctx = self.session.ctx(now);
        let marked = self.router.screen().marked(&ctx);
        if marked.is_empty() {
            return None;
        }
        let place = ctx.place?;
        let target = |key, uid| place.target(key, uid, "".into());
        let fits = |kind: Kind| Right::to(verb.name(), kind).is_ok();
        let mut targets = Vec::new();
        for one in &marked {
            let workload = match one {
                Selected::Pod(key) if fits(Kind::Pod) => {
                    targets.extend(ctx.world.pod(key).map(|pod| target(key.clone(), pod.uid.clone())));
                    continue;
                }
                Selected::Pod(key) => ctx.world.workload_of_pod(key).cloned(),
                Selected::Workload(key) => ctx.world.workload(key).cloned(),
                Selected::Service(key) => {
                    let all = meant_by_name(&ctx.world.workloads_of(key));
                    let meant = |w: &&Arc<Workload>| fits(w.key.kind) && (!w.is_bare_pod() || all.len() == 1);
                    all.iter().find(meant).cloned()
                }
            };
            targets
                .extend(workload.filter(|w| fits(w.key.kind)).map(|w| target(w.key.clone(), w.uid.clone())));
        }
        targets.sort_by(|a, b| a.key.cmp(&b.key));
        targets.dedup_by(|a, b| a.uid == b.uid);
        let most = self.settings.max_bulk;
        let problem = match targets.len() {
            0 => Some(format!("{} fits nothing of what is marked", verb.name())),
            n if n > most => Some(format!("{} at once: max-bulk allows {most}", count_of(n, "object"))),
            _ => None,
        };
        if let Some(text) = problem {
            let hint = "esc takes the marks away".to_owned();
            self.notices.push(Notice { level: Level::Warning, text, hint }, now);
            return Some(Vec::new());
        }
        self.prompt = Some(Prompt::Bulk(Box::new(Bulk::new(verb.clone(), targets, now))));
        Some(Vec::new())
    }

    /// Takes an answer for all plans to the gate: all pass, or none is let out.
    pub(super) fn fire_all(&mut self, answer: &str, now: Now) -> Vec<Effect> {
        let Some(Prompt::Bulk(bulk)) = &mut self.prompt else { return Vec::new() };
        let (Some(plans), Some(place)) = (bulk.plans(), &self.session.place) else { return Vec::new() };
        let admitted: Result<Vec<_>, _> = plans
            .into_iter()
            .map(|plan| {
                admit(&GateInput {
                    plan,
                    here: place.here(&self.session.mode, now),
                    running: self.session.running_on(&plan.order.target.uid),
                    answer,
                })
            })
            .collect();
        let permits = match admitted {
            Ok(permits) => permits,
            Err(refusal) => {
                bulk.refused(&refusal, now);
                return Vec::new();
            }
        };
        let Some(Prompt::Bulk(bulk)) = self.prompt.take() else { return Vec::new() };
        self.deaf = true;
        let plans = bulk.into_plans();
        let key = self.keymap.key(Command::Operations);
        let text = plans.first().map(|plan| plan.order.verb.phrase()).unwrap_or_default();
        let text = format!("{text} of {} begins", count_of(plans.len(), "object"));
        self.notices.push(Notice { level: Level::Info, text, hint: format!("{key} shows how it goes") }, now);
        self.router.screen_mut().unmark();
        let mut effects = Vec::new();
        for (plan, permit) in plans.into_iter().zip(permits) {
            self.session.put_run(RunView::begun(&plan.order));
            effects.push(Effect::Execute { plan, permit });
        }
        effects
    }
}
