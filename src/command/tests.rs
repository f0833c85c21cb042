use super::keymap::CHAINS;
use super::*;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::collections::{BTreeMap, HashMap, HashSet};

#[test]
fn names_are_unique_and_plain() {
    let mut names = HashSet::new();
    for row in TABLE {
        assert!(names.insert(row.name), "{} twice", row.name);
        assert!(
            row.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
            "{}",
            row.name
        );
        assert!(row.title.ends_with('.'), "{}: a sentence", row.name);
        assert!(!row.scopes.is_empty(), "{}: valid nowhere", row.name);
    }
}

#[test]
fn no_key_means_two_things_in_one_chain() {
    for chain in CHAINS {
        let mut seen: HashMap<&str, &str> = HashMap::new();
        for row in TABLE.iter().filter(|row| row.scopes.iter().any(|s| chain.contains(s))) {
            for key in row.keys {
                let before = seen.insert(key, row.name);
                assert!(
                    before.is_none_or(|b| b == row.name),
                    "{key}: {before:?} and {} in {chain:?}",
                    row.name
                );
            }
        }
    }
}

#[test]
fn every_scope_is_reached_and_every_key_parses() {
    for row in TABLE {
        for scope in row.scopes {
            assert!(CHAINS.iter().any(|chain| chain.contains(scope)), "{scope:?}");
        }
        for key in row.keys {
            assert_eq!(Chord::parse(key).unwrap().to_string(), *key);
        }
    }
    let (_, warnings) = Keymap::with(&BTreeMap::new(), "keys.toml");
    assert_eq!(warnings, vec![]);
}

#[test]
fn text_fields_have_no_plain_keys() {
    for row in TABLE.iter().filter(|row| row.scopes.iter().any(|s| s.takes_text())) {
        for key in row.keys {
            assert!(Chord::parse(key).unwrap().text().is_none(), "{key} of {} is text", row.name);
        }
    }
}

#[test]
fn ctrl_d_never_deletes_and_prefixes_of_screen_stay_free() {
    for row in TABLE.iter().filter(|row| row.keys.contains(&"ctrl-d")) {
        assert_eq!(row.risk, Risk::Look, "{}", row.name);
    }
    assert!(!TABLE.iter().any(|row| row.keys.contains(&"ctrl-a")), "screen's prefix");
}

#[test]
fn enter_is_never_bound_to_a_yes_outside_a_typed_field() {
    for row in TABLE.iter().filter(|row| row.risk.mutates() && row.keys.contains(&"enter")) {
        assert_eq!(row.scopes, &[Scope::ActionText], "{}", row.name);
    }
}

#[test]
fn enter_cannot_be_made_to_mean_yes() {
    for row in TABLE.iter().filter(|row| row.risk.mutates() || row.name.starts_with("quit-")) {
        let (map, warnings) = Keymap::parse(&format!("{} = [\"enter\", \"f9\"]", row.name), "keys.toml");
        let typed = row.scopes == [Scope::ActionText];
        assert_eq!(map.keys(row.command).iter().any(|key| key.is_enter()), typed, "{}", row.name);
        assert!(typed || warnings[0].text.contains("enter is pressed by habit"), "{warnings:?}");
        assert!(map.keys(row.command).contains(&Chord::parse("f9").unwrap()), "the rest holds");
    }
}

#[test]
fn overrides_replace_keys_and_conflicts_are_reported() {
    let (map, warnings) = Keymap::parse(
        "logs = \"f3\"\nrestart = [\"ctrl-r\"]\nlgos = \"x\"\ndescribe = \"nope\"",
        "keys.toml",
    );
    assert_eq!(map.key(Command::Logs), "f3");
    let chain = Scope::Services.chain();
    assert_eq!(map.resolve(chain, Chord::parse("l").unwrap()), None, "the default key is gone");
    assert_eq!(map.resolve(chain, Chord::parse("ctrl-r").unwrap()), Some(Command::Restart));
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert_eq!(warnings[0].hint, "did you mean 'logs'?");
    let (map, warnings) = Keymap::parse("logs = \"r\"", "keys.toml");
    assert_eq!(map.resolve(chain, Chord::parse("r").unwrap()), Some(Command::Logs));
    assert!(warnings[0].text.contains("'r' is taken by logs"), "{warnings:?}");
    let (_, warnings) = Keymap::parse("a = 1\nlogs = [", "keys.toml");
    assert!(warnings[0].text.starts_with("keys.toml:2"), "{warnings:?}");
}

#[test]
fn terminals_may_report_shift_or_not() {
    let with = KeyEvent::new(KeyCode::Char('r'), KeyModifiers::SHIFT);
    let without = KeyEvent::new(KeyCode::Char('R'), KeyModifiers::NONE);
    assert_eq!(Chord::of(with), Chord::of(without));
    let tab = KeyEvent::new(KeyCode::Tab, KeyModifiers::SHIFT);
    assert_eq!(Chord::of(tab), Chord::parse("shift-tab").unwrap());
}

#[test]
fn ranking_prefers_what_people_mean() {
    let names = ["shop/checkout", "shop/cart", "batch/check-stock", "ops/kubernetes"];
    let found = rank("check", names.into_iter());
    assert_eq!(found.len(), 2);
    assert_eq!(found[0], 0);
    assert_eq!(matched("check", names[0]), [5, 6, 7, 8, 9]);
    assert_eq!(matched("", names[0]), [0; 0]);
    assert_eq!(rank("", names.into_iter()).len(), 4);
    assert_eq!(rank("zzz", names.into_iter()).len(), 0);
}
