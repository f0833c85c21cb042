use super::*;
use proptest::prelude::*;

const PAGE: &str = "\
---
title: hidden
---
# Checkout

Takes the **order** and `charges` it. See [the runbook](runbook.md#roll-back) and [status](https://status.example.com).

- one
- two
  - deep: [logs](logs.md)
1. first
2. second

> quoted words

```sh
kubectl get pods   # \u{1b}[31mred
```

| code | meaning | what to do |
|---|---|---|
| 500 | it broke | roll back |
| 決済 | a\u{301} wide one | [ask](chat.md) |

## Roll back!
";

fn text(rows: &[Row]) -> Vec<String> {
    rows.iter().map(|row| row.pieces.iter().map(|(_, text)| text.as_str()).collect()).collect()
}

#[test]
fn a_page_as_people_write_them() {
    let rows = markdown(PAGE, 60, false);
    let lines = text(&rows);
    let expected = [
        "Checkout",
        "",
        "Takes the order and charges it. See the runbook and status.",
        "",
        "• one",
        "• two",
        "  • deep: logs",
        "",
        "1. first",
        "2. second",
        "",
        "│ quoted words",
        "",
        "  sh",
        "    kubectl get pods   # red",
        "",
        "code  meaning     what to do",
        "────  ──────────  ──────────",
        "500   it broke    roll back",
        "決済  a\u{301} wide one  ask",
        "",
        "Roll back!",
        "",
    ];
    assert_eq!(lines, expected, "{lines:#?}");
    let led: Vec<_> = rows.iter().filter_map(|row| row.link.as_deref()).collect();
    assert_eq!(led, ["runbook.md#roll-back", "logs.md", "chat.md"]);
    let headings: Vec<_> = rows.iter().filter_map(|row| row.heading.clone()).collect();
    assert_eq!(
        headings.iter().map(|h| (h.level, h.slug.as_str())).collect::<Vec<_>>(),
        [(1, "checkout"), (2, "roll-back")]
    );
}

#[test]
fn a_table_without_room_breaks_its_cells() {
    let rows = markdown(PAGE, 24, true);
    let lines = text(&rows);
    assert!(lines.iter().any(|line| line.starts_with("500")), "{lines:#?}");
    assert!(lines.iter().all(|line| crate::ui::width(line) <= 26), "{lines:#?}");
}

#[test]
fn a_million_of_anything_ends() {
    for piece in ["> ", "- ", "[", "*", "| a ", "\n# h\n\n", "    x\n"] {
        let rows = markdown(&piece.repeat(100_000), 80, false);
        assert!(rows.len() <= MOST_LINES + 1, "{piece:?}");
    }
}

proptest! {
    #[test]
    fn any_text_is_harmless(text in any::<String>(), width in 0usize..120) {
        for row in markdown(&text, width, false) {
            for (_, piece) in row.pieces {
                prop_assert!(!piece.chars().any(char::is_control), "{piece:?}");
            }
        }
    }
}

#[test]
fn a_table_without_a_head_has_none() {
    let lines = text(&markdown("| | |\n|---|---|\n| team | shop |\n| tier | 1 |\n", 60, false));
    assert_eq!(&lines[..2], ["team  shop", "tier  1"], "{lines:?}");
}
