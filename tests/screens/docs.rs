//! Documentation that is made from the program stays what the program says.

#[test]
fn keys_page_is_the_command_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/keys.md");
    let expected = quarterdeck::command::markdown();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, &expected).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == expected,
        "docs/keys.md is not what the table says: UPDATE_DOCS=1 cargo test --test screens docs"
    );
}
