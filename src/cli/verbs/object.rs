//! `qd yaml` and `qd describe`: any object of any kind the server serves.

use crate::cli::args::ObjectArgs;
use crate::cli::out::{Out, Tone};
use crate::cli::print::print;
use crate::cli::setup::Setup;
use crate::domain::{Asked, Fault, Thing, Told};
use crate::shell::{arrive, clock};

/// Prints the object as YAML, or with `-o json` as JSON.
pub(in crate::cli) async fn yaml(setup: &Setup, args: &ObjectArgs) -> Result<u8, Fault> {
    let thing = read(setup, args).await?;
    print(setup, &thing.object, || vec![name(&thing)], || thing.yaml())?;
    Ok(0)
}

/// Prints what is known about it.
pub(in crate::cli) async fn describe(setup: &Setup, args: &ObjectArgs) -> Result<u8, Fault> {
    let thing = read(setup, args).await?;
    print(setup, &thing, || vec![name(&thing)], || text(&setup.out, &thing))?;
    Ok(0)
}

async fn read(setup: &Setup, args: &ObjectArgs) -> Result<Thing, Fault> {
    let words: Vec<&str> = args.object.iter().map(String::as_str).collect();
    let asked = Asked::parse(&words)?;
    let (cluster, place, doubt) = arrive(&setup.connect_options(), false).await?;
    if let Some(fault) = doubt
        && fault.kind.exit_code() == 5
    {
        return Err(fault);
    }
    cluster.thing(&Asked { namespace: asked.namespace.or(place.namespace), ..asked }).await
}

/// `widgets.example.com/w1`
fn name(thing: &Thing) -> String {
    let name = thing.object.pointer("/metadata/name").and_then(serde_json::Value::as_str);
    crate::domain::clean(&format!("{}/{}", thing.resource.full_name(), name.unwrap_or_default()))
}

fn text(out: &Out, thing: &Thing) -> String {
    let line = |told: Told| match told {
        Told::Heading(text) => out.paint(&text, Tone::Strong),
        Told::Fact(name, value) => format!("  {} {value}", out.paint(&format!("{name:<14}"), Tone::Faint)),
        Told::Text(text) => format!("  {text}"),
        Told::Bad(text) => format!("  {}", out.paint(&text, Tone::Bad)),
    };
    thing.told(clock::now()).into_iter().flat_map(|told| [line(told), "\n".to_owned()]).collect()
}
