//! An object in the person's editor.

use super::program;
use crate::cluster::Cluster;
use crate::domain::{Fault, FaultKind, Target, yaml_words};
use crate::engine::edit::{editable, steps};
use crate::msg::Edited;
use crate::store::{Folders, write_private};
use serde_json::Value;
use std::path::Path;
use tokio::process::Command;

/// Opens the object as it is now in `$VISUAL`, `$EDITOR` or `vi`, and reads what
/// was changed. The text stays in a file of our own folder for as long as it
/// may be needed: until it is found to change nothing.
///
/// # Errors
/// The object cannot be read or is another one now, the editor fails, or the
/// text is no YAML object; the file is named in it.
pub async fn edit(cluster: &Cluster, target: Target, folders: &Folders) -> Result<Edited, Fault> {
    let key = &target.key;
    let raw = cluster.read(key).await?;
    if raw.pointer("/metadata/uid").and_then(Value::as_str) != Some(target.uid.as_str()) {
        let text = format!("{key} was deleted and created again since you chose it");
        return Err(Fault::new(FaultKind::Conflict, text).hint("choose the new one and edit again"));
    }
    let base = editable(&raw);
    let yaml = serde_saphyr::to_string(&base)
        .map_err(|error| Fault::new(FaultKind::Internal, format!("cannot write {key} as YAML: {error}")))?;
    let name = format!("{}-{}-{}.yaml", key.kind.short(), key.namespace, key.name);
    let file = folders.state.join("edits").join(name);
    let head = format!(
        "# {key} in {}\n# Save and quit to see what would change; nothing is sent before you confirm it.\n\
         # An empty file, or one that is not changed, leaves everything as it is.\n",
        target.context
    );
    write_private(&file, format!("{head}{yaml}").as_bytes())?;
    open_editor(&file).await?;
    let ops = read_back(&base, &file)?;
    if ops.is_empty() {
        let _best_effort = std::fs::remove_file(&file);
    }
    Ok(Edited { target, ops, file })
}

async fn open_editor(file: &Path) -> Result<(), Fault> {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let editor = set("VISUAL").or_else(|| set("EDITOR")).unwrap_or_else(|| "vi".to_owned());
    // `code --wait` is a program with an argument.
    let mut words = editor.split_whitespace();
    let name = words.next().unwrap_or("vi");
    let mut command = Command::new(name);
    command.args(words).arg(file);
    let hint = "set EDITOR to one that is there, such as EDITOR=nano";
    program(name, &mut command, hint).await.map_err(|fault| kept(fault, file))
}

fn read_back(base: &Value, file: &Path) -> Result<Vec<crate::domain::JsonOp>, Fault> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        Fault::new(FaultKind::Internal, format!("cannot read {} again: {error}", file.display()))
    })?;
    if text.lines().all(|line| line.trim().is_empty() || line.starts_with('#')) {
        return Ok(Vec::new());
    }
    let edited: Value = serde_saphyr::from_str(&text).map_err(|error| {
        let place =
            error.location().map(|at| format!(" at {}:{}", at.line(), at.column())).unwrap_or_default();
        let why = yaml_words(&error.without_snippet().to_string());
        kept(Fault::new(FaultKind::Invalid, format!("not YAML{place}: {why}")), file)
    })?;
    steps(base, &edited).map_err(|why| kept(Fault::new(FaultKind::Invalid, why), file))
}

fn kept(fault: Fault, file: &Path) -> Fault {
    fault.hint(format!("nothing was sent; your text is in {}", file.display()))
}
