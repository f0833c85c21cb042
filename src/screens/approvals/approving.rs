//! Agreeing to one plan: what it would do, whose it is, who agreed already.
//!
//! The plan is frozen when the dialog opens. Whether this person may agree is
//! looked at behind the gate, where the files with the rules are read.

use crate::domain::{Confirmation, Environment, Target, short_duration};
use crate::engine::delivery::SavedPlan;
use crate::engine::gates::{Petition, short_hash};
use crate::screens::Ctx;
use crate::screens::dialog::{Asks, Form, badge};
use crate::ui::{Pen, Role, Sign, wrap};
use ratatui::layout::Rect;
use ratatui::text::Line;

/// The dialog.
#[derive(Debug)]
pub struct Approving {
    petition: Petition,
    target: Target,
    environment: Environment,
    confirmation: Confirmation,
    form: Form,
}

impl Approving {
    /// Opens the dialog for a plan and its Deployment as it is reached here.
    pub fn new(petition: Petition, target: Target, environment: Environment) -> Self {
        let confirmation = Confirmation::of(target.key.name.as_str(), environment.has_users());
        let form = Form::new(confirmation.clone());
        Self { petition, target, environment, confirmation, form }
    }

    /// What is agreed to.
    pub fn plan(&self) -> &SavedPlan {
        &self.petition.plan
    }

    /// The Deployment, frozen.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// What must be answered.
    pub fn confirmation(&self) -> &Confirmation {
        &self.confirmation
    }

    /// Their words about it.
    pub fn note(&self) -> String {
        self.form.reason()
    }
}

impl Asks for Approving {
    fn form(&self) -> &Form {
        &self.form
    }

    fn form_mut(&mut self) -> &mut Form {
        &mut self.form
    }

    fn draw(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        let production = self.environment.is_production();
        let (brush, plan) = (pen.brush(), self.plan());
        let mut head = badge(brush, production);
        let key = &self.target.key;
        head.push(brush.span(Role::Strong, format!("{} {}/{}", key.kind, key.namespace, key.name)));
        let dot = brush.sign(Sign::Dot);
        let place = format!("context {} {dot} {}", self.target.context, self.target.cluster);
        let mut lines = vec![Line::from(head), Line::from(brush.span(Role::Dim, place)), Line::default()];
        let ago = short_duration(ctx.now.since(plan.at));
        let made = format!("plan {} by {}, {ago} ago:", short_hash(&plan.hash), plan.by);
        let mut said = vec![plan.what.clone(), made, format!("  {}", plan.ask.command_line())];
        for approval in &self.petition.approvals {
            let ago = short_duration(ctx.now.since(approval.at));
            let note = if approval.note.is_empty() { String::new() } else { format!(": {}", approval.note) };
            said.push(format!("approved by {} {ago} ago{note}", approval.by));
        }
        said.push("Agreeing delivers nothing: who made the plan, or another, carries it out.".to_owned());
        for part in said.iter().flat_map(|text| wrap(text, Form::room(area))) {
            lines.push(Line::from(brush.span(Role::Text, part)));
        }
        self.form.draw(pen, area, (format!(" Approve {} ", key.name), production), lines);
    }
}
