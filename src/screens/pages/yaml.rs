//! An object as YAML, without what nobody reads and without secrets.

use super::{PageLine, Target};
use crate::domain::{Fault, clean, veil};
use crate::ui::{Brush, Role};
use ratatui::text::{Line, Span};
use serde_json::Value;
use std::collections::BTreeSet;

/// Lines kept of an object; a ConfigMap may be 1 MiB of lines, an aggregated
/// API gives ten times as much.
const MOST_LINES: usize = 20_000;
/// Bytes kept of a line: a whole file may be one.
const LONGEST_LINE: usize = 4_096;

/// An object to read: as text, once.
#[derive(Debug)]
pub struct Yaml {
    object: Result<Box<Value>, Fault>,
    lines: Vec<YamlLine>,
    /// Lines beyond those kept.
    more: usize,
    managers: Vec<String>,
}

/// A line of it.
#[derive(Debug)]
struct YamlLine {
    /// Columns before its text, the dashes of lists among them.
    indent: usize,
    text: String,
    /// Lines that stand below it, to be folded.
    below: usize,
}

impl YamlLine {
    fn of(line: &str) -> Self {
        let indent = line.len() - line.trim_start_matches([' ', '-']).len();
        let text = match line.get(..line.floor_char_boundary(LONGEST_LINE)) {
            Some(start) if start.len() < line.len() => {
                format!("{}… (cut: a line of {} bytes)", clean(start), line.len())
            }
            Some(_) | None => clean(line),
        };
        Self { indent, text, below: 0 }
    }
}

/// Counts for each line those that are indented deeper right after it.
fn count_below(lines: &mut [YamlLine]) {
    // Lines whose count is still open, each deeper than the one before.
    let mut open: Vec<(usize, usize)> = Vec::new();
    let ends = lines.iter().map(|line| line.indent).chain([0]).enumerate().collect::<Vec<_>>();
    for (at, indent) in ends {
        while let Some((start, _)) = open.pop_if(|(_, deep)| *deep >= indent) {
            if let Some(line) = lines.get_mut(start) {
                line.below = at - start - 1;
            }
        }
        open.push((at, indent));
    }
}

impl Yaml {
    /// The text of an object as the server has it.
    pub fn of(object: Result<Box<Value>, Fault>) -> Self {
        let object = object.map(|mut object| {
            veil(&mut object);
            object
        });
        let managers = object.as_ref().map(|object| managers(object)).unwrap_or_default();
        let mut yaml = Self { object, lines: Vec::new(), more: 0, managers };
        yaml.show_managed(false);
        yaml
    }

    /// With or without who owns which field.
    pub fn show_managed(&mut self, shown: bool) {
        let Ok(object) = &self.object else { return };
        let mut object = object.clone();
        if !shown && let Some(meta) = object.pointer_mut("/metadata").and_then(Value::as_object_mut) {
            meta.remove("managedFields");
        }
        let text =
            serde_saphyr::to_string(&object).unwrap_or_else(|error| format!("cannot be written: {error}"));
        self.lines = text.lines().take(MOST_LINES).map(YamlLine::of).collect();
        self.more = text.lines().count().saturating_sub(MOST_LINES);
        count_below(&mut self.lines);
    }
}

/// Who writes fields of it, each once.
fn managers(object: &Value) -> Vec<String> {
    let list = object.pointer("/metadata/managedFields").and_then(Value::as_array);
    let names = list.into_iter().flatten().filter_map(|field| field.get("manager").and_then(Value::as_str));
    let names: BTreeSet<String> = names.map(clean).collect();
    names.into_iter().collect()
}

pub(super) fn lines(
    yaml: Option<&Yaml>,
    what: &str,
    folded: &BTreeSet<usize>,
    brush: Brush<'_>,
) -> Vec<PageLine> {
    let Some(yaml) = yaml else {
        return vec![PageLine::plain(brush, Role::Dim, format!("Reading {what}…"))];
    };
    if let Err(fault) = &yaml.object {
        let hints = fault.hints.iter().map(|hint| PageLine::plain(brush, Role::Dim, hint.clone()));
        return std::iter::once(PageLine::plain(brush, Role::Bad, fault.text.clone())).chain(hints).collect();
    }
    let mut out = Vec::new();
    if !yaml.managers.is_empty() {
        let text = format!("# fields written by {}; m shows which", yaml.managers.join(", "));
        out.push(PageLine::plain(brush, Role::Dim, text));
    }
    let mut skip: Option<usize> = None;
    for (index, YamlLine { indent, text, below }) in yaml.lines.iter().enumerate() {
        if skip.is_some_and(|depth| *indent > depth) {
            continue;
        }
        skip = None;
        let mut line = colour(brush, text);
        if folded.contains(&index) && *below > 0 {
            skip = Some(*indent);
            line.push_span(brush.span(Role::Dim, format!("  … {below} lines")));
        }
        out.push(PageLine { target: (*below > 0).then_some(Target::Fold(index)), ..PageLine::from(line) });
    }
    if yaml.more > 0 {
        let text = format!("… {} more lines; `kubectl get -o yaml` has them all", yaml.more);
        out.push(PageLine::plain(brush, Role::Warn, text));
    }
    out
}

/// Keys stand back, values stand out.
fn colour(brush: Brush<'_>, text: &str) -> Line<'static> {
    match text.split_once(": ") {
        Some((key, value)) if !key.contains(['"', '\'']) => Line::from(vec![
            brush.span(Role::Dim, format!("{key}: ")),
            brush.span(Role::Text, value.to_owned()),
        ]),
        Some(_) | None if text.trim_end().ends_with(':') => {
            Line::from(Span::styled(text.to_owned(), brush.style(Role::Heading)))
        }
        Some(_) | None => Line::from(brush.span(Role::Text, text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn text(yaml: &Yaml) -> String {
        yaml.lines.iter().flat_map(|line| [line.text.as_str(), "\n"]).collect()
    }

    #[test]
    fn secrets_and_managed_fields_stay_out() {
        let object = json!({
            "metadata": {
                "managedFields": [{"manager": "helm"}, {"manager": "kubectl"}],
                "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{\"password\":\"hunter2\"}"},
            },
            "spec": {
                "env": [{"name": "DB_PASSWORD", "value": "hunter2"}, {"name": "PORT", "value": "80"}],
                "url": "postgres://user:hunter2@db/x",
            },
        });
        let mut yaml = Yaml::of(Ok(Box::new(object)));
        assert!(!text(&yaml).contains("hunter2"), "{}", text(&yaml));
        assert!(!text(&yaml).contains("manager"), "{}", text(&yaml));
        assert!(text(&yaml).contains("80") && text(&yaml).contains("DB_PASSWORD"));
        assert_eq!(yaml.managers, ["helm", "kubectl"]);
        yaml.show_managed(true);
        assert!(text(&yaml).contains("manager: helm"), "{}", text(&yaml));
        assert!(!text(&yaml).contains("hunter2"));
    }

    #[test]
    fn ten_megabytes_are_bounded_and_what_is_missing_is_said() {
        let lines = "a line of a file in a ConfigMap\n".repeat(200_000);
        let one = "é".repeat(5 << 20);
        let object = json!({"kind": "ConfigMap", "data": {"lines": lines, "one": one}, "x": {"y": {"z": 1}}});
        let yaml = Yaml::of(Ok(Box::new(object)));
        assert_eq!(yaml.lines.len(), MOST_LINES);
        assert!(yaml.more > 100_000, "{}", yaml.more);
        let object = json!({"data": {"one": one, "two": "x"}});
        let yaml = Yaml::of(Ok(Box::new(object)));
        let text = text(&yaml);
        assert!(text.len() < 3 * LONGEST_LINE && text.contains("… (cut: a line of 10"), "{}", text.len());
        assert!(text.contains("two: x"), "the rest is there");
    }

    #[test]
    fn lines_below_are_those_that_are_deeper() {
        let mut lines: Vec<_> =
            ["a:", "  b:", "    c: 1", "  d: 2", "e:", "- f: 3", "  g: 4", "h: 5"].map(YamlLine::of).into();
        count_below(&mut lines);
        assert_eq!(lines.iter().map(|line| line.below).collect::<Vec<_>>(), [3, 1, 0, 0, 2, 0, 0, 0]);
    }
}
