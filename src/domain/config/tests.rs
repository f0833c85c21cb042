//! Configuration compared by hash.

use super::*;
use crate::domain::FaultKind;

fn read(kind: &'static str, name: &str, data: &[(&str, &str)]) -> ConfigRead {
    let data = data.iter().map(|(key, value)| ((*key).to_owned(), value.as_bytes().to_vec())).collect();
    let content = ConfigContent::of(kind, data, None, 7);
    ConfigRead { object: ConfigRef { kind, name: name.to_owned() }, content: Ok(Some(content)) }
}

fn hash(read: &ConfigRead) -> &str {
    &read.content.as_ref().unwrap().as_ref().unwrap().hash
}

#[test]
fn equal_content_has_equal_hashes_and_keys_do_not_run_into_values() {
    let a = read("ConfigMap", "a", &[("x", "1"), ("y", "2")]);
    assert_eq!(hash(&a), hash(&read("ConfigMap", "b", &[("y", "2"), ("x", "1")])));
    assert_eq!(hash(&a).len(), SHORT);
    for other in [&[("x", "1")][..], &[("x1", ""), ("y", "2")], &[("x", "2"), ("y", "1")], &[]] {
        assert_ne!(hash(&a), hash(&read("ConfigMap", "a", other)), "{other:?}");
    }
}

#[test]
fn keys_are_told_apart_and_lines_are_shown_of_what_is_no_secret() {
    let here = [read("ConfigMap", "app", &[("app.yaml", "a: 1\nb: 2\nc: 3\n"), ("new", "1"), ("same", "s")])];
    let there =
        [read("ConfigMap", "app", &[("app.yaml", "a: 1\nb: 9\nc: 3\n"), ("old", "1"), ("same", "s")])];
    let pairs = pair_configs(&here, &there);
    assert_eq!(pairs[0].state(), ConfigState::Differs);
    assert_eq!(
        pairs[0].keys(),
        [("app.yaml", KeyDiff::Differs), ("new", KeyDiff::Added), ("old", KeyDiff::Missing)]
    );
    let lines: Vec<String> = pairs[0]
        .lines("app.yaml")
        .unwrap()
        .iter()
        .map(|line| format!("{}{}", line.sign, line.text))
        .collect();
    assert_eq!(lines, [" a: 1", "-b: 9", "+b: 2", " c: 3"]);
    assert_eq!(pairs[0].sizes("new"), (Some(1), None));
}

#[test]
fn nothing_of_a_secret_is_held_or_shown() {
    let here = [
        read("Secret", "db", &[("uri", "postgres://hunter2")]),
        read("ConfigMap", "app", &[("db-password", "hunter2"), ("url", "https://u:hunter2@h/")]),
    ];
    let there = [
        read("Secret", "db", &[("uri", "postgres://other")]),
        read("ConfigMap", "app", &[("db-password", "other"), ("url", "https://u:other@h/x")]),
    ];
    let pairs = pair_configs(&here, &there);
    let secret = pairs.iter().find(|pair| pair.here.unwrap().object.kind == "Secret").unwrap();
    assert_eq!(secret.keys(), [("uri", KeyDiff::Differs)]);
    assert!(secret.lines("uri").is_none());
    let open = pairs.iter().find(|pair| pair.here.unwrap().object.kind == "ConfigMap").unwrap();
    assert!(open.lines("db-password").is_none(), "its name says what it is");
    assert_eq!(shown("  db_password: hunter2"), "  db_password: ••••");
    assert_eq!(shown("token=abc"), "token= ••••");
    assert_eq!(shown("passwords:"), "passwords:");
    assert_eq!(shown("port: 1"), "port: 1");
    let shown = format!("{:?}", open.lines("url").unwrap());
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(!format!("{secret:?}").contains("hunter2"));
}

#[test]
fn generated_names_are_paired_and_what_has_no_like_stands_alone() {
    let here = [read("ConfigMap", "app-5f8d9k2h7b", &[("a", "1")]), read("ConfigMap", "mine", &[])];
    let there = [
        read("ConfigMap", "app-t4m2c8b6gg", &[("a", "1")]),
        read("ConfigMap", "theirs", &[]),
        read("Secret", "mine", &[]),
    ];
    let pairs = pair_configs(&here, &there);
    let states: Vec<ConfigState> = pairs.iter().map(ConfigPair::state).collect();
    assert_eq!(
        states,
        [ConfigState::Same, ConfigState::OnlyHere, ConfigState::OnlyThere, ConfigState::OnlyThere]
    );
    assert_eq!(stem("app-config"), "app-config");
    assert_eq!(stem("a-b"), "a-b");
}

#[test]
fn what_could_not_be_read_is_never_the_same() {
    let fine = [read("Secret", "db", &[])];
    let object = fine[0].object.clone();
    let fault = Fault::new(FaultKind::Forbidden, "no");
    let forbidden = [ConfigRead { object: object.clone(), content: Err(fault) }];
    assert_eq!(pair_configs(&fine, &forbidden)[0].state(), ConfigState::Unknown);
    let absent = [ConfigRead { object, content: Ok(None) }];
    assert_eq!(pair_configs(&absent, &fine)[0].state(), ConfigState::Absent);
    assert!(pair_configs(&absent, &fine)[0].keys().is_empty());
}

#[test]
fn big_values_are_compared_by_hash_alone_and_long_differences_end() {
    let big = "x\n".repeat(5 << 20);
    let here = [read("ConfigMap", "app", &[("blob", &big), ("many", &"a\n".repeat(1_000))])];
    let there = [read("ConfigMap", "app", &[("blob", "x"), ("many", &"b\n".repeat(1_000))])];
    let pairs = pair_configs(&here, &there);
    assert_eq!(pairs[0].keys().len(), 2);
    assert!(pairs[0].lines("blob").is_none());
    assert_eq!(pairs[0].sizes("blob"), (Some(10 << 20), Some(1)));
    let lines = pairs[0].lines("many").unwrap();
    assert_eq!(lines.len(), MOST_DIFF + 1);
    assert!(lines.last().unwrap().text.contains("more than"));
}

#[test]
fn nothing_can_be_tried_against_the_hash_of_a_secret() {
    let of = |kind, salt| {
        let data = [("password".to_owned(), b"hunter2".to_vec())].into();
        ConfigContent::of(kind, data, None, salt).hash
    };
    assert_ne!(of("Secret", 1), of("Secret", 2));
    assert_eq!(of("Secret", 1), of("Secret", 1));
    assert_eq!(of("ConfigMap", 1), of("ConfigMap", 2), "what anybody may read is the same everywhere");
}

#[test]
fn a_private_key_is_not_shown_whatever_it_is_called() {
    let pem = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIB\n-----END EC PRIVATE KEY-----\n";
    let here = [read("ConfigMap", "app", &[("server.pem", pem)])];
    let there = [read("ConfigMap", "app", &[("server.pem", "none")])];
    let pairs = pair_configs(&here, &there);
    assert_eq!(pairs[0].keys(), [("server.pem", KeyDiff::Differs)]);
    assert!(pairs[0].lines("server.pem").is_none());
    assert!(!format!("{here:?}").contains("MHcCAQEEIB"));
}
