//! `qd forward TARGET LOCAL:REMOTE`: a tunnel until ctrl-c.

use crate::cli::args::ForwardArgs;
use crate::cli::out::{Out, aside, complain};
use crate::cli::session::Session;
use crate::cli::setup::Setup;
use crate::domain::{Fact, Fault, FaultKind, ForwardTarget};
use crate::msg::{Forward, ForwardAsk};
use crate::shell::forward::Forwards;
use crate::shell::{Signals, Tasks, clock, write_note};
use crate::ui::bytes;
use std::time::Duration;

/// Facts taken at once.
const BATCH: usize = 256;
/// Connections have this long to say that they are over.
const LAST_NEWS: Duration = Duration::from_millis(100);

/// Opens it, tells of trouble, and closes it with a signal.
pub(in crate::cli) async fn run(setup: &Setup, tasks: &Tasks, args: &ForwardArgs) -> Result<u8, Fault> {
    let mut signals = Signals::listen()?;
    if setup.config.guardrails().denies("forward") {
        return Err(Fault::new(FaultKind::Refused, "forward is denied in this context")
            .hint("take it out of `deny` in the context's file, if it is meant to be possible"));
    }
    let mut session = Session::open(setup, tasks).await?;
    let target = ForwardTarget::find(&session.world, &args.target)?;
    let ports = args.ports.unwrap_or_else(|| target.ports());
    let ask = ForwardAsk { pod: target.pod.key.clone(), service: target.service, ports };
    let mut forwards = Forwards::new(tasks.clone());
    let mut news = forwards.news();
    let mut forward = forwards.open(session.link.cluster.clone(), ask, clock::now().wall)?;
    let opens = format!("{} opens port {} of {}", forward.address(), ports.remote, forward.target());
    write_note(&setup.audit(), &session.link.place, &session.actor, opens.clone()).await?;
    setup.out.line(&format!("{opens} ({}) until ctrl-c", forward.pod.name))?;
    let mut facts = Vec::new();
    loop {
        tokio::select! {
            _ = signals.next() => break,
            Some(list) = news.next() => tell(&mut forward, list),
            n = session.link.facts.recv_many(&mut facts, BATCH), if !session.link.facts.is_closed() => {
                if n > 0 {
                    follow(&mut session, &mut facts, &forward, &forwards);
                }
            }
        }
    }
    if let Ok(Some(list)) = tokio::time::timeout(LAST_NEWS, news.next()).await {
        tell(&mut forward, list);
    }
    summary(&setup.out, &forward)?;
    Ok(0)
}

/// Says what went wrong since it was last looked at.
fn tell(known: &mut Forward, list: Vec<Forward>) {
    let Some(new) = list.into_iter().find(|forward| forward.id == known.id) else { return };
    if let Some(fault) = new.fault.as_ref().filter(|fault| Some(*fault) != known.fault.as_ref()) {
        complain(fault);
    }
    if new.pod != known.pod {
        aside(&format!("{} is gone: {} leads to {} now", known.pod.name, new.address(), new.pod.name));
    }
    *known = new;
}

/// A tunnel to a service goes on to its next pod.
fn follow(session: &mut Session, facts: &mut Vec<Fact>, forward: &Forward, forwards: &Forwards) {
    facts.drain(..).for_each(|fact| session.world.apply(fact));
    let Some(service) = &forward.service else { return };
    if let Some(pod) = ForwardTarget::successor(&session.world, service, &forward.pod) {
        forwards.redirect(forward.id, pod.key.clone());
    }
}

fn summary(out: &Out, forward: &Forward) -> Result<(), Fault> {
    out.line(&format!("closed; {} sent, {} received", bytes(forward.sent), bytes(forward.received)))
}
