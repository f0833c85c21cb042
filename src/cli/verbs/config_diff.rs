//! `qd config-diff SERVICE`: its ConfigMaps and Secrets by hash, here and in
//! another environment, and whether its pods started before they were written.

use crate::cli::args::ConfigDiffArgs;
use crate::cli::find;
use crate::cli::out::{Out, Tone};
use crate::cli::print::print;
use crate::cli::session::Session;
use crate::cli::setup::Setup;
use crate::cli::table::{plain, table};
use crate::domain::{
    ConfigPair, ConfigRead, ConfigState, Fault, FaultKind, KeyDiff, ServiceRow, World, behind_words, clean,
    counterpart, pair_configs, pods_before,
};
use crate::msg::{ConfigAsk, ConfigFound};
use crate::shell::{Tasks, look};
use jiff::Timestamp;
use serde::Serialize;

/// The comparison.
#[derive(Debug, Serialize)]
struct Compared {
    service: String,
    /// Where it is.
    namespace: String,
    /// What it is compared with; null if it is nowhere else.
    with: Option<String>,
    /// Objects referred to that were not read: there are too many.
    left_out: usize,
    objects: Vec<Object>,
}

/// A ConfigMap or Secret and its like.
#[derive(Debug, Serialize)]
struct Object {
    kind: &'static str,
    name: String,
    /// `same`, `differs`, `only-here`, `only-there`, `absent`, `unknown`.
    state: ConfigState,
    /// Of its content here; null if it is not there, or not known.
    hash: Option<String>,
    /// The same in the other place.
    other_hash: Option<String>,
    /// When its content was last written here.
    written: Option<Timestamp>,
    /// Pods here that were created before that: they have the variables of before.
    pods_before: usize,
    /// Pods here that refer to it.
    pods: usize,
    /// Why it could not be read, with the right that is missing; empty if it was.
    errors: Vec<String>,
    /// What is not the same.
    keys: Vec<Key>,
}

/// A key that is not the same in both places.
#[derive(Debug, Serialize)]
struct Key {
    #[serde(rename = "key")]
    name: String,
    state: KeyDiff,
    /// The lines that differ, `-` there and `+` here; null if they are not shown.
    lines: Option<Vec<String>>,
}

/// Prints it. Code 2 if something differs, 1 if something could not be read.
pub(in crate::cli) async fn run(setup: &Setup, tasks: &Tasks, args: &ConfigDiffArgs) -> Result<u8, Fault> {
    let session = Session::open(setup, tasks).await?;
    let row = find::service(&session.world, &args.service)?;
    let rows = session.world.services();
    let other = match &args.with {
        Some(namespace) => {
            let typed = format!("{namespace}/{}", row.key.name);
            Some(find::service(&session.world, &typed)?).filter(|other| other.key != row.key)
        }
        None => counterpart(&rows, &row).cloned(),
    };
    if args.with.is_some() && other.is_none() {
        let text = format!("{} cannot be compared with itself", row.key);
        return Err(Fault::new(FaultKind::Invalid, text).hint("--with names another namespace"));
    }
    let found = look::configs(&session.link.cluster, ConfigAsk::of(&row, other.as_ref())).await;
    let compared = compare(&session.world, &row, other.as_ref(), &found);
    let names = || compared.objects.iter().map(|object| format!("{}/{}", object.kind, object.name)).collect();
    print(setup, &compared, names, || text(&setup.out, &compared))?;
    Ok(code(&compared))
}

fn code(compared: &Compared) -> u8 {
    let any = |state: &dyn Fn(ConfigState) -> bool| compared.objects.iter().any(|o| state(o.state));
    if compared.left_out > 0 || any(&|state| state == ConfigState::Unknown) {
        return 1;
    }
    let differs = compared.with.is_some() && any(&|state| state != ConfigState::Same);
    if differs { 2 } else { 0 }
}

fn compare(world: &World, row: &ServiceRow, other: Option<&ServiceRow>, found: &ConfigFound) -> Compared {
    let pairs = pair_configs(&found.here, &found.there);
    Compared {
        service: row.key.name.to_string(),
        namespace: row.key.namespace.to_string(),
        with: other.map(|other| other.key.namespace.to_string()),
        left_out: found.left_out,
        objects: pairs.iter().filter_map(|pair| object(world, row, pair)).collect(),
    }
}

fn object(world: &World, row: &ServiceRow, pair: &ConfigPair<'_>) -> Option<Object> {
    let read = pair.here.or(pair.there)?;
    let content = |read: Option<&ConfigRead>| read?.content.as_ref().ok()?.clone();
    let (here, there) = (content(pair.here), content(pair.there));
    let (pods_before, pods) = pair.here.map_or((0, 0), |read| pods_before(world, row, read));
    let lines = |key: &str| {
        let lines = pair.lines(key)?;
        Some(lines.into_iter().map(|line| format!("{}{}", line.sign, clean(&line.text))).collect())
    };
    let keys = pair.keys().into_iter().map(|(key, state)| Key {
        name: key.to_owned(),
        state,
        lines: if state == KeyDiff::Differs { lines(key) } else { None },
    });
    Some(Object {
        kind: read.object.kind,
        name: clean(&read.object.name),
        state: pair.state(),
        written: here.as_ref().and_then(|content| content.written),
        hash: here.map(|content| content.hash),
        other_hash: there.map(|content| content.hash),
        pods_before,
        pods,
        errors: pair.errors(),
        keys: keys.collect(),
    })
}

fn text(out: &Out, compared: &Compared) -> String {
    let Compared { service, namespace, with, .. } = compared;
    let mut text = match with {
        Some(with) => format!("{service}: {namespace} (+) against {with} (-)\n\n"),
        None => format!("{service}: {namespace}; it is nowhere else among the services seen\n\n"),
    };
    if compared.objects.is_empty() {
        return format!("{text}its pods refer to no ConfigMap and no Secret\n");
    }
    let hash = |hash: &Option<String>| plain(hash.as_deref().unwrap_or("—"));
    let rows: Vec<_> = compared
        .objects
        .iter()
        .map(|object| {
            let (word, tone) = if with.is_none() && object.state == ConfigState::OnlyHere {
                ("—", Tone::Plain)
            } else {
                (object.state.word(), tone(object.state))
            };
            let name = (object.name.clone(), Tone::Strong);
            let stale = Session::age(object.written);
            let cells = vec![plain(object.kind), name, (word.to_owned(), tone), hash(&object.hash)];
            [cells, vec![hash(&object.other_hash), plain(stale)]].concat()
        })
        .collect();
    let there = with.as_deref().unwrap_or("—").to_uppercase();
    let headings = ["KIND", "NAME", "STATE", &namespace.to_uppercase(), &there, "WRITTEN"];
    text.push_str(&table(out, &headings, &rows, ""));
    for object in &compared.objects {
        details(out, object, &mut text);
    }
    if compared.left_out > 0 {
        text.push_str(&format!("\n{} more objects are referred to and were not read\n", compared.left_out));
    }
    text
}

/// What a table has no room for: errors, pods that are behind, keys.
fn details(out: &Out, object: &Object, text: &mut String) {
    let behind = object.pods_before > 0;
    if object.errors.is_empty() && object.keys.is_empty() && !behind {
        return;
    }
    text.push_str(&format!("\n{} {}\n", object.kind, object.name));
    for error in &object.errors {
        text.push_str(&format!("  {}\n", out.paint(error, Tone::Bad)));
    }
    if behind {
        let said = format!("written {}", behind_words(object.pods_before, object.pods));
        text.push_str(&format!("  {}\n", out.paint(&said, Tone::Warn)));
    }
    for Key { name: key, state, lines } in &object.keys {
        let said = match (state, lines) {
            (KeyDiff::Missing, _) => format!("- {key} (only there)"),
            (KeyDiff::Added, _) => format!("+ {key} (only here)"),
            (KeyDiff::Differs, Some(_)) => format!("{key} differs"),
            (KeyDiff::Differs, None) => format!("{key} differs (not shown)"),
        };
        text.push_str(&format!("  {said}\n"));
        for line in lines.iter().flatten() {
            text.push_str(&format!("    {line}\n"));
        }
    }
}

fn tone(state: ConfigState) -> Tone {
    match state {
        ConfigState::Same => Tone::Good,
        ConfigState::Differs | ConfigState::OnlyHere | ConfigState::OnlyThere => Tone::Warn,
        ConfigState::Absent | ConfigState::Unknown => Tone::Bad,
    }
}
