//! `qd approve` without a plan: those that ask for approval, and who agreed.

use crate::cli::out::{Out, Tone};
use crate::cli::print::print;
use crate::cli::session::Session;
use crate::cli::setup::Setup;
use crate::cli::table::{plain, table};
use crate::domain::{Fault, RecordText};
use crate::engine::gates::{Petition, short_hash};
use jiff::Timestamp;
use serde::Serialize;

/// A plan that asks for approval.
#[derive(Debug, Default, Serialize)]
struct Pending {
    namespace: String,
    /// The ConfigMap it stands in.
    petition: String,
    /// The hash of the plan; empty if it cannot be read.
    plan: String,
    /// What it would do.
    what: String,
    /// Why, as who planned it says.
    reason: String,
    /// Who planned it.
    by: String,
    at: Option<Timestamp>,
    /// Who agreed, in the order they did.
    approved_by: Vec<String>,
    /// Why it cannot be read; null if it can.
    unreadable: Option<String>,
}

/// Prints them.
pub(super) fn run(setup: &Setup, session: &Session) -> Result<u8, Fault> {
    let pending: Vec<Pending> = session.world.petitions().map(|text| pending(text)).collect();
    let names = || pending.iter().map(|one| one.plan.clone()).filter(|hash| !hash.is_empty()).collect();
    print(setup, &pending, names, || text(&setup.out, session, &pending))?;
    Ok(0)
}

fn pending(text: &RecordText) -> Pending {
    let (namespace, petition) = (text.key.namespace.to_string(), text.key.name.to_string());
    match Petition::read(&text.text) {
        Ok(Petition { plan, approvals, .. }) => Pending {
            namespace,
            petition,
            approved_by: approvals.iter().map(|approval| approval.by.to_string()).collect(),
            plan: plan.hash,
            what: plan.what,
            reason: plan.ask.reason,
            by: plan.by,
            at: Some(plan.at),
            unreadable: None,
        },
        Err(why) => Pending { namespace, petition, unreadable: Some(why), ..Pending::default() },
    }
}

fn text(out: &Out, session: &Session, pending: &[Pending]) -> String {
    if pending.is_empty() {
        let place = format!("{} of {}", session.scope(), session.link.place.context);
        return format!("no plan asks for approval in {place}; qd plan … --ask does\n");
    }
    let line = |one: &Pending| {
        if let Some(why) = &one.unreadable {
            let name = format!("{}/{}", one.namespace, one.petition);
            return vec![
                ("unreadable".to_owned(), Tone::Bad),
                plain("—"),
                plain("—"),
                plain("—"),
                plain(format!("{name}: {why}")),
            ];
        }
        let agreed = match one.approved_by.as_slice() {
            [] => ("nobody".to_owned(), Tone::Warn),
            names => (names.join(", "), Tone::Good),
        };
        let what =
            if one.reason.is_empty() { one.what.clone() } else { format!("{}: {}", one.what, one.reason) };
        vec![
            (short_hash(&one.plan), Tone::Strong),
            plain(&one.by),
            plain(Session::age(one.at)),
            agreed,
            plain(what),
        ]
    };
    let lines: Vec<_> = pending.iter().map(line).collect();
    table(out, &["PLAN", "BY", "AGE", "APPROVED BY", "WHAT"], &lines, "")
}
