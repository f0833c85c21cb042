//! `qd service NAME`: everything about one service.

use super::status::versions;
use crate::catalog::{Entity, Joined, Link, Neighbour, Way};
use crate::cli::args::ServiceArgs;
use crate::cli::deliveries::{Rollout, Rollouts};
use crate::cli::find;
use crate::cli::json::Service;
use crate::cli::out::{Out, Tone};
use crate::cli::print::print;
use crate::cli::session::Session;
use crate::cli::setup::Setup;
use crate::cli::table::{Cell, plain, table};
use crate::domain::{
    ClusterEvent, Dependent, Fault, FaultKind, Pod, ReplicaSet, RolloutState, ServiceRow, Workload,
};
use crate::msg::DocumentAsk;
use crate::shell::catalogue::Source;
use crate::shell::{Tasks, docs};
use crate::ui::Role;
use crate::ui::markdown::markdown;
use serde::Serialize;
use std::sync::Arc;

/// Events shown.
const MOST_EVENTS: usize = 10;

/// A service with what belongs to it.
#[derive(Debug, Serialize)]
struct Detail<'a> {
    service: Service,
    /// What the catalogue says; null if it does not know the service.
    catalogue: Option<About>,
    /// Deliveries that run, or ended in the last 24 hours.
    deliveries: Vec<&'a Rollout>,
    workloads: Vec<Part>,
}

/// What the catalogue says of it.
#[derive(Debug, Serialize)]
struct About {
    /// `component:checkout`
    entity: String,
    description: String,
    lifecycle: String,
    /// Who is called when it breaks; null if nobody says.
    on_call: Option<String>,
    chat: Option<String>,
    runbook: Option<String>,
    links: Vec<Link>,
    /// What it needs directly, with how that is doing.
    depends_on: Vec<Dependent>,
    /// What it says it needs and nothing in the catalogue is called.
    unresolved: Vec<String>,
    /// What needs it, directly or not, nearest first.
    dependents: Vec<Dependent>,
}

/// One workload of it.
#[derive(Debug, Serialize)]
struct Part {
    workload: Arc<Workload>,
    rollout: RolloutState,
    /// Newest first.
    revisions: Vec<Arc<ReplicaSet>>,
    /// Those with a problem first.
    pods: Vec<Arc<Pod>>,
    /// Newest first.
    events: Vec<Arc<ClusterEvent>>,
}

/// Prints it.
pub(in crate::cli) async fn run(setup: &Setup, tasks: &Tasks, args: &ServiceArgs) -> Result<u8, Fault> {
    let session = Session::open(setup, tasks).await?;
    let mut row = find::service(&session.world, &args.service)?;
    let (rows, joined) = session.services();
    joined.enrich(&mut row);
    if let Some(wanted) = &args.docs {
        return document(setup, joined.entity(&row.key), &row, wanted);
    }
    let catalogue = joined.entity(&row.key).map(|entity| about(entity, &joined, &row, &rows));
    let mut rollouts = Rollouts::read(&session, &rows).await;
    rollouts.of_service(&row);
    let detail = Detail {
        service: Service::from(&row),
        catalogue,
        deliveries: rollouts.listed(),
        workloads: row.workloads.iter().map(|workload| part(&session, workload)).collect(),
    };
    let names = || detail.service.workloads.clone();
    print(setup, &detail, names, || text(&setup.out, &row, &detail, &rollouts))?;
    Ok(0)
}

/// Prints a document of it: laid out on a terminal, as it was written on a pipe.
fn document(setup: &Setup, entity: Option<&Entity>, row: &ServiceRow, wanted: &str) -> Result<u8, Fault> {
    let Some(entity) = entity else {
        let text = format!("the catalogue has no entry for {}", row.key);
        return Err(Fault::new(FaultKind::NotFound, text)
            .hint("--catalog names its files; `qd catalog lint` says what is wrong with them"));
    };
    let wanted = Some(wanted).filter(|wanted| !wanted.is_empty());
    let source = setup.config.text("catalog").and_then(Source::of_setting);
    let found = docs::find(source.as_ref(), &DocumentAsk::of(entity, wanted))?;
    let Some(columns) = setup.out.columns() else {
        setup.out.text(&found.text)?;
        return Ok(0);
    };
    for row in markdown(&found.text, columns.min(120), setup.config.flag("ascii")) {
        let strong = [Role::Title, Role::Strong, Role::Heading, Role::Key];
        let tone = |role| if strong.contains(role) { Tone::Strong } else { Tone::Plain };
        let pieces = row.pieces.iter().map(|(role, text)| setup.out.paint(text, tone(role)));
        setup.out.line(&pieces.collect::<String>())?;
    }
    Ok(0)
}

fn about(entity: &Entity, joined: &Joined, row: &ServiceRow, rows: &[ServiceRow]) -> About {
    let own = |text: Option<&str>| text.map(str::to_owned);
    let needs = joined.around(&row.key, Way::Up, (1, 1_000), rows);
    About {
        entity: entity.reference.to_string(),
        description: entity.description.clone(),
        lifecycle: entity.lifecycle.clone(),
        on_call: own(joined.on_call(&row.key)),
        chat: own(joined.chat(&row.key)),
        runbook: own(entity.runbook()),
        links: entity.links.clone(),
        depends_on: needs.iter().map(Neighbour::dependent).collect(),
        unresolved: joined
            .missing_needs(&row.key)
            .into_iter()
            .map(|gap| format!("{}: {}", gap.reference, gap.why))
            .collect(),
        dependents: joined.dependents(&row.key, rows).unwrap_or_default(),
    }
}

/// The lines about it: who, what it needs, what needs it, where to read on.
fn about_text(out: &Out, about: &About) -> String {
    let names = |found: &[Dependent]| {
        let word = |d: &Dependent| {
            let doubt = if d.ambiguous { " (ambiguous)" } else { "" };
            match d.health {
                Some(health) => format!("{} {}{doubt}", d.name, out.paint(health.word(), Tone::of(health))),
                None => format!("{}{doubt}", d.name),
            }
        };
        found.iter().map(word).collect::<Vec<_>>().join(", ")
    };
    let or = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut fields = vec![
        ("about", about.description.clone()),
        ("on call", or(&about.on_call)),
        ("chat", or(&about.chat)),
        ("depends on", names(&about.depends_on)),
        ("", about.unresolved.join(", ")),
        ("needed by", names(&about.dependents)),
        ("runbook", or(&about.runbook)),
    ];
    fields.extend(about.links.iter().map(|link| ("link", format!("{}  {}", link.title, link.url))));
    let lines: Vec<_> = fields
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| vec![(key.to_owned(), Tone::Faint), plain(value)])
        .collect();
    table(out, &["", ""], &lines, "  ")
}

fn part(session: &Session, workload: &Arc<Workload>) -> Part {
    let world = &session.world;
    let mut pods = world.pods_of_workload(workload);
    pods.sort_by_key(|pod| (pod.problem.is_none(), pod.key.clone()));
    let mut events = world.events_about(&workload.uid);
    // A pod of its own is the workload, whose events are there already.
    let others = pods.iter().filter(|pod| pod.uid != workload.uid);
    events.extend(others.flat_map(|pod| world.events_about(&pod.uid)));
    events.sort_by_key(|event| std::cmp::Reverse(event.last));
    events.truncate(MOST_EVENTS);
    Part {
        rollout: RolloutState::of(workload),
        revisions: world.revisions(&workload.uid),
        pods,
        events,
        workload: workload.clone(),
    }
}

fn text(out: &Out, row: &ServiceRow, detail: &Detail<'_>, rollouts: &Rollouts) -> String {
    let owner = match row.owner_words() {
        (words, true) => out.paint(&words, Tone::Bad),
        (_, false) if row.owner.is_empty() => "nobody says".to_owned(),
        (words, false) => words,
    };
    let tier = row.tier.map(|tier| format!(", tier {tier}")).unwrap_or_default();
    let mut text = format!(
        "{}  {}  {}  {}/{} available  {}\nowner {owner}{tier}, environment {}\n",
        out.paint(&row.key.to_string(), Tone::Strong),
        versions(row),
        out.paint(row.health.word(), Tone::of(row.health)),
        row.ready.0,
        row.ready.1,
        row.reason,
        row.environment.short(),
    );
    if let Some(about) = &detail.catalogue {
        text.push_str(&about_text(out, about));
    }
    let deliveries = rollouts.table(out, "  ");
    if !deliveries.is_empty() {
        text.push_str(&format!("\n{}\n{deliveries}", out.paint("Deliveries", Tone::Strong)));
    }
    for part in &detail.workloads {
        let w = &part.workload;
        let title = format!("{} {}", w.key.kind, w.key.name);
        text.push_str(&format!(
            "\n{}  {}  {}\n",
            out.paint(&title, Tone::Strong),
            w.strategy,
            if w.is_bare_pod() { w.bare_words() } else { part.rollout.sentence() }
        ));
        if !w.ownership.is_free() {
            text.push_str(&format!("  applied by {}: {}\n", w.ownership, w.ownership.remedy()));
        }
        let headings = ["REVISION", "VERSION", "PODS", "AGE", "CAUSE"];
        text.push_str(&table(
            out,
            &headings,
            &part.revisions.iter().map(|set| revision(w, set)).collect::<Vec<_>>(),
            "  ",
        ));
        let headings = ["POD", "READY", "STATUS", "RESTARTS", "AGE", "WHY"];
        text.push_str(&table(
            out,
            &headings,
            &part.pods.iter().map(|pod| pod_line(pod)).collect::<Vec<_>>(),
            "  ",
        ));
        let headings = ["EVENT", "AGE", "ABOUT", "MESSAGE"];
        text.push_str(&table(
            out,
            &headings,
            &part.events.iter().map(|event| event_line(event)).collect::<Vec<_>>(),
            "  ",
        ));
    }
    text
}

fn revision(workload: &Workload, set: &ReplicaSet) -> Vec<Cell> {
    let current = set.template.digest == workload.template.digest;
    let number = set.revision.map_or_else(|| "—".to_owned(), |number| number.to_string());
    vec![
        plain(if current { format!("{number} ◀") } else { number }),
        plain(set.template.version()),
        plain(set.pods_word(set.replicas.desired)),
        plain(Session::age(set.created)),
        plain(set.change_cause.clone().unwrap_or_default()),
    ]
}

fn pod_line(pod: &Pod) -> Vec<Cell> {
    let tone = if pod.problem.is_some() && !pod.is_ready() { Tone::Bad } else { Tone::Plain };
    let why = pod.problem.as_ref().map(|problem| format!("{} {}", problem.message, problem.last_exit));
    vec![
        plain(pod.key.name.as_str()),
        plain(format!("{}/{}", pod.ready.0, pod.ready.1)),
        (pod.status.to_string(), tone),
        plain(pod.restarts.to_string()),
        plain(Session::age(pod.created)),
        plain(why.unwrap_or_default().trim()),
    ]
}

fn event_line(event: &ClusterEvent) -> Vec<Cell> {
    let times = if event.count > 1 { format!(" ×{}", event.count) } else { String::new() };
    vec![
        plain(format!("{}{times}", event.reason)),
        plain(Session::age(event.last)),
        plain(format!("{}/{}", event.about_kind.to_lowercase(), event.about_name)),
        plain(event.message.clone()),
    ]
}
