//! Documents beside the entries of the catalogue: runbooks, READMEs, TechDocs.
//!
//! Only files of the same checkout are read: those below the folder that has
//! `.git`, or without one below the entry's own folder. Links and the entry's
//! annotations are what somebody wrote; they lead nowhere else. Addresses on the
//! network are shown and not asked.

use super::catalogue::Source;
use crate::domain::{Fault, FaultKind};
use crate::msg::{DocumentAsk, DocumentText};
use crate::store::read_text;
use std::path::{Component, Path, PathBuf};

/// Folders above the entry that are looked at for `.git`.
const MOST_UP: usize = 16;
/// Other documents that are listed.
const MOST_OTHERS: usize = 100;
/// Folders within folders that are looked into for them.
const MOST_DEEP: usize = 4;
/// Names of the page a folder begins with, the preferred one first.
pub(super) const FIRST: [&str; 5] = ["README.md", "readme.md", "Readme.md", "README", "docs/index.md"];

/// Finds the document asked for, else the one a service begins with.
///
/// # Errors
/// There is none, it cannot be read, or it is outside the checkout.
pub fn find(source: Option<&Source>, ask: &DocumentAsk) -> Result<DocumentText, Fault> {
    match source {
        Some(Source::Texts(texts)) => in_memory(texts, ask),
        Some(Source::Paths(_)) | None => on_disk(ask),
    }
}

/// The places an entry names itself, relative to its folder: runbook, TechDocs.
pub(super) fn named(ask: &DocumentAsk) -> Vec<String> {
    // `dir:.` is the folder of the entry, `dir:./handbook` one below it.
    let techdocs = ask.techdocs.iter().filter_map(|reference| reference.strip_prefix("dir:"));
    let techdocs = techdocs.map(|dir| format!("{}/docs/index.md", dir.trim_end_matches('/')));
    ask.runbook.iter().cloned().chain(techdocs).collect()
}

/// The places where the first page may be, relative to the entry's folder.
fn candidates(ask: &DocumentAsk) -> Vec<String> {
    named(ask).into_iter().chain(FIRST.map(str::to_owned)).collect()
}

fn nothing(ask: &DocumentAsk, place: &str) -> Fault {
    match &ask.wanted {
        Some(wanted) => Fault::new(FaultKind::NotFound, format!("there is no '{wanted}' in {place}"))
            .hint("the link that led here is broken"),
        None => Fault::new(FaultKind::NotFound, format!("nobody wrote a document beside {}", ask.entry))
            .hint("README.md, docs/index.md, backstage.io/techdocs-ref: dir:., or quarterdeck.dev/runbook: runbook.md"),
    }
}

fn in_memory(texts: &[(String, String)], ask: &DocumentAsk) -> Result<DocumentText, Fault> {
    let folder = Path::new(&ask.entry).parent().unwrap_or(Path::new(""));
    let names = match &ask.wanted {
        Some(wanted) => vec![PathBuf::from(wanted)],
        None => candidates(ask).iter().map(|name| folder.join(name)).collect(),
    };
    let held = |path: &Path| texts.iter().find(|(name, _)| Path::new(name) == path);
    let found =
        names.iter().find_map(|name| held(&plain(name)?)).ok_or_else(|| nothing(ask, "the catalogue"))?;
    let beside = |name: &str| is_text(Path::new(name)) && Path::new(name).starts_with(folder);
    let others = texts.iter().map(|(name, _)| name.clone()).filter(|name| beside(name) && *name != found.0);
    Ok(DocumentText {
        path: found.0.clone(),
        text: found.1.clone(),
        others: others.take(MOST_OTHERS).collect(),
    })
}

fn on_disk(ask: &DocumentAsk) -> Result<DocumentText, Fault> {
    let cannot = |path: &Path, error: &std::io::Error| {
        Fault::new(FaultKind::NotFound, format!("cannot look into '{}': {error}", path.display()))
            .hint(":catalog reload reads the catalogue again, if it has moved")
    };
    let folder = Path::new(&ask.entry).parent().unwrap_or(Path::new("."));
    let folder = folder.canonicalize().map_err(|error| cannot(folder, &error))?;
    let root = checkout(&folder);
    let names = match &ask.wanted {
        Some(wanted) => vec![root.join(wanted)],
        None => candidates(ask).iter().map(|name| folder.join(name)).collect(),
    };
    for name in names {
        let Ok(real) = name.canonicalize() else { continue };
        if !real.starts_with(&root) {
            let text = format!("'{}' leads out of {} and is not read", name.display(), root.display());
            return Err(
                Fault::new(FaultKind::Refused, text).hint("documents are read from the checkout only")
            );
        }
        if !real.is_file() {
            continue;
        }
        if !is_text(&real) {
            let text = format!("'{}' is no text that could be shown", real.display());
            return Err(Fault::new(FaultKind::Invalid, text));
        }
        let text = read_text(&real)?.ok_or_else(|| nothing(ask, &root.display().to_string()))?;
        let mut others = Vec::new();
        list(&folder, &root, 0, &mut others);
        let path = relative(&real, &root);
        others.retain(|other| *other != path);
        return Ok(DocumentText { path, text, others });
    }
    Err(nothing(ask, &root.display().to_string()))
}

/// The folder above that has `.git`, else the folder itself.
pub(super) fn checkout(folder: &Path) -> PathBuf {
    let found = folder.ancestors().take(MOST_UP).find(|above| above.join(".git").exists());
    found.unwrap_or(folder).to_owned()
}

pub(super) fn relative(path: &Path, root: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}

pub(super) fn is_text(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    extension.is_none_or(|extension| matches!(extension.as_str(), "md" | "markdown" | "mdx" | "txt"))
}

/// Documents below `folder`, in the order of their names.
pub(super) fn list(folder: &Path, root: &Path, depth: usize, found: &mut Vec<String>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        if found.len() >= MOST_OTHERS {
            return;
        }
        let hidden = path.file_name().is_none_or(|name| {
            let name = name.to_string_lossy();
            name.starts_with('.') || name == "node_modules" || name == "target"
        });
        // A link may lead in a circle, or out.
        if hidden || path.is_symlink() {
            continue;
        }
        if path.is_dir() && depth < MOST_DEEP {
            list(&path, root, depth + 1, found);
        } else if path.extension().is_some() && is_text(&path) {
            found.push(relative(&path, root));
        }
    }
}

/// Without `.` and `..`; none if it leads out.
pub(super) fn plain(path: &Path) -> Option<PathBuf> {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => out.push(name),
            Component::CurDir => {}
            Component::ParentDir if out.pop() => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(entry: &Path) -> DocumentAsk {
        DocumentAsk { entry: entry.display().to_string(), ..DocumentAsk::default() }
    }

    #[test]
    fn documents_of_a_checkout_and_nothing_beyond_it() {
        let home = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = home.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("secret.md", "no");
        write("repo/.git/HEAD", "");
        write("repo/shared.md", "shared");
        write("repo/shop/catalog-info.yaml", "");
        write("repo/shop/README.md", "# Shop");
        write("repo/shop/docs/index.md", "# Docs");
        write("repo/shop/ops/runbook.md", "# Run");
        write("repo/shop/logo.png", "");
        std::os::unix::fs::symlink("../../secret.md", home.path().join("repo/shop/out.md")).unwrap();
        let entry = home.path().join("repo/shop/catalog-info.yaml");
        let first = find(None, &ask(&entry)).unwrap();
        assert_eq!((first.path.as_str(), first.text.as_str()), ("shop/README.md", "# Shop"));
        assert_eq!(first.others, ["shop/docs/index.md", "shop/ops/runbook.md"]);
        let with = |ask: DocumentAsk| find(None, &ask).map(|found| found.path).map_err(|fault| fault.text);
        assert_eq!(
            with(DocumentAsk { runbook: Some("ops/runbook.md".into()), ..ask(&entry) }).unwrap(),
            "shop/ops/runbook.md"
        );
        assert_eq!(
            with(DocumentAsk { techdocs: Some("dir:.".into()), ..ask(&entry) }).unwrap(),
            "shop/docs/index.md"
        );
        let wanted = |name: &str| with(DocumentAsk { wanted: Some(name.into()), ..ask(&entry) });
        assert_eq!(wanted("shared.md").unwrap(), "shared.md", "a link within the checkout");
        for (name, why) in [
            ("../secret.md", "leads out"),
            ("shop/out.md", "leads out"),
            ("/etc/hostname", "leads out"),
            ("shop/logo.png", "no text"),
            ("shop/nosuch.md", "there is no"),
        ] {
            let refused = wanted(name).unwrap_err();
            assert!(refused.contains(why), "{name}: {refused}");
        }
        let nobody = home.path().join("repo/empty/catalog-info.yaml");
        write("repo/empty/catalog-info.yaml", "");
        assert!(with(ask(&nobody)).unwrap_err().contains("nobody wrote a document"));
        assert!(with(ask(Path::new("/no/such/catalog-info.yaml"))).unwrap_err().contains("cannot look into"));
    }

    #[test]
    fn documents_in_memory() {
        let texts = [("shop/catalog-info.yaml", ""), ("shop/README.md", "hello"), ("shop/runbook.md", "run")];
        let source = Source::Texts(texts.map(|(name, text)| (name.to_owned(), text.to_owned())).into());
        let ask = |wanted: Option<&str>| {
            let wanted = wanted.map(str::to_owned);
            let ask =
                DocumentAsk { entry: "shop/catalog-info.yaml".into(), wanted, ..DocumentAsk::default() };
            find(Some(&source), &ask)
        };
        let first = ask(None).unwrap();
        assert_eq!(
            (first.path.as_str(), first.others),
            ("shop/README.md", vec!["shop/runbook.md".to_owned()])
        );
        assert_eq!(ask(Some("shop/../shop/runbook.md")).unwrap().text, "run");
        assert!(ask(Some("../x.md")).is_err());
    }
}
