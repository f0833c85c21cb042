//! Broken files cost what is broken in them.

use super::*;
use proptest::prelude::*;

fn load(text: &str) -> (Config, Vec<String>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config.toml");
    std::fs::write(&path, text).unwrap();
    let (config, warnings) = load_config(&path, false);
    let folder = format!("{}/", dir.path().display());
    let cut = |w: &Warning| w.to_string().replace(&folder, "");
    (config, warnings.iter().map(cut).collect())
}

#[test]
fn an_unknown_key_is_named_with_its_place_and_its_neighbour() {
    let (config, warnings) = load("theme = \"ink\"\n\n  thme = \"x\"\nmouse = false\n");
    assert_eq!(config.text("theme"), Some("ink"));
    assert!(!config.flag("mouse"));
    assert_eq!(warnings, ["config.toml:3:3: unknown option 'thme'; did you mean 'theme'? Ignored"]);
}

#[test]
fn wrong_values_are_quoted_with_what_is_allowed() {
    let cases = [
        ("color = \"green\"", "config.toml:1:9: color: 'green' is not one of auto, always, never; ignored"),
        ("write-minutes = 0", "config.toml:1:17: write-minutes: 0 is not between 1 and 240; ignored"),
        ("mouse = \"yes\"", "config.toml:1:9: mouse: \"yes\" is given, true or false is expected; ignored"),
        (
            "timezone = \"Mars/Base\"",
            "config.toml:1:12: timezone: 'Mars/Base' is not a time zone known here, such as local, UTC or \
             Europe/Berlin; ignored",
        ),
        ("theme = 3", "config.toml:1:9: theme: 3 is a number; text in quotes is expected; ignored"),
        ("theme = []", "config.toml:1:9: theme: a list is given, text in quotes is expected; ignored"),
        ("[colour]", "config.toml:1:2: unknown option 'colour'; did you mean 'color'? Ignored"),
    ];
    for (text, expected) in cases {
        assert_eq!(load(text).1, [expected], "{text}");
    }
}

#[test]
fn a_broken_line_costs_only_itself() {
    let (config, warnings) = load("theme = \"ink\nmouse = false\n");
    assert!(!warnings.is_empty());
    assert!(warnings[0].starts_with("config.toml:1:"), "{warnings:?}");
    assert!(!config.flag("mouse"));
    assert_eq!(config.get("mouse").unwrap().value, Value::Flag(false));
}

#[test]
fn every_default_fits_its_own_row_and_every_variable_is_its_own() {
    for row in &OPTIONS {
        assert_eq!(row.default().is_some(), !row.default.is_empty(), "{}", row.name);
        assert_eq!(OPTIONS.iter().filter(|r| r.variable() == row.variable()).count(), 1);
    }
    assert_eq!(OptionRow::find("write-minutes").unwrap().variable(), "QD_WRITE_MINUTES");
}

#[test]
fn a_later_layer_wins_and_keeps_its_origin() {
    let mut config = Config::defaults();
    assert_eq!(config.number("write-minutes"), Some(15));
    let (file, _) = load("write-minutes = 30");
    config.overlay(file);
    assert_eq!(config.number("write-minutes"), Some(30));
    assert!(matches!(config.get("write-minutes").unwrap().origin, Origin::File(_, 1)));
}

proptest! {
    #[test]
    fn no_file_crashes_the_loader(text in "\\PC{0,40}(\n\\PC{0,40}){0,4}") {
        let (_, warnings) = load(&text);
        prop_assert!(warnings.len() <= 200);
    }
}

#[test]
fn a_context_has_its_own_file_and_flags_win_over_it() {
    let dir = tempfile::tempdir().unwrap();
    let folders = crate::store::Folders::find(Some(dir.path()), Some(dir.path()));
    std::fs::create_dir_all(dir.path().join("contexts")).unwrap();
    std::fs::write(folders.config_file(), "theme = \"light\"\nwrite-minutes = 5\n").unwrap();
    std::fs::write(folders.context_file("eu"), "theme = \"ink\"\nwrite-minutes = 9\nread-only = true\n")
        .unwrap();
    let row = OptionRow::find("write-minutes").unwrap();
    let typed =
        vec![(row, Setting { value: Value::Number(30), origin: Origin::Flag("write-minutes".to_owned()) })];
    let (layers, warnings) = Layers::load(&folders, typed, true);
    assert_eq!(warnings, vec![]);
    let (eu, warnings) = layers.within("eu");
    assert_eq!(warnings, vec![]);
    assert_eq!(
        (eu.text("theme"), eu.number("write-minutes"), eu.flag("read-only")),
        (Some("ink"), Some(30), true)
    );
    let (us, _) = layers.within("us");
    assert_eq!((us.text("theme"), us.flag("read-only")), (Some("light"), false));
}
