use super::*;
use ratatui::style::Color;

#[test]
fn builtin_themes_load_without_a_warning() {
    for name in builtin_names() {
        let (theme, warnings) = load(name, &builtin::source);
        assert_eq!(warnings, vec![], "{name}");
        assert_eq!(theme.styles.len(), Role::ALL.len());
    }
}

#[test]
fn fallbacks_end_at_text() {
    for (index, (role, _, _)) in Role::ALL.iter().enumerate() {
        assert_eq!(*role as usize, index, "the table is in the order of the enum");
        let mut at = *role;
        for _ in 0..Role::ALL.len() {
            at = Role::ALL[at as usize].2;
        }
        assert_eq!(at, Role::Text, "{role:?} falls back in a circle");
    }
}

/// 4.5:1 for what must be read (WCAG AA), 3:1 for what is meant to stand back.
#[test]
fn truecolor_themes_have_contrast() {
    let mut measured = 0;
    for name in builtin_names() {
        let theme = Theme::builtin(name);
        let ground = theme.style(Role::Text).bg;
        for (role, word, _) in Role::ALL {
            let style = theme.style(*role);
            let faint = [Role::Border, Role::Disabled, Role::Idle].contains(role);
            let quiet = [Role::Dim, Role::Heading, Role::KeyWord].contains(role);
            let least = if faint {
                2.2
            } else if quiet {
                4.0
            } else {
                4.5
            };
            let (Some(fg), Some(bg)) = (style.fg, style.bg.or(ground)) else { continue };
            if let Some(ratio) = contrast(fg, bg) {
                measured += 1;
                assert!(ratio >= least, "{name}: {word} has {ratio:.1}:1, needs {least}:1");
            }
        }
        // Text of every status is also read on the selected line.
        let selected = theme.style(Role::Selected).bg.or(ground);
        for role in [Role::Text, Role::Good, Role::Moving, Role::Warn, Role::Bad, Role::Unknown, Role::Paused]
        {
            if let (Some(fg), Some(bg)) = (theme.style(role).fg, selected)
                && let Some(ratio) = contrast(fg, bg)
            {
                assert!(ratio >= 3.0, "{name}: {role:?} on the selected line has {ratio:.1}:1");
            }
        }
    }
    assert!(measured > 100, "{measured}");
}

#[test]
fn mono_has_no_colour_at_all() {
    let theme = Theme::builtin("mono");
    for (role, name, _) in Role::ALL {
        let style = theme.style(*role);
        assert_eq!((style.fg, style.bg), (None, None), "{name}");
    }
}

#[test]
fn what_is_wrong_is_told_with_its_line_and_the_rest_works() {
    let text = "inherits = \"dark\"\ncolour = 1\n[palette]\nsea = \"#0055ff\"\nbad = \"#zz\"\n[roles]\ntitel = \"sea\"\ntitle = { fg = \"sae\", bold = true, blink = true }\ngood = \"sea\"\n";
    let source = |name: &str| if name == "mine" { Some(text.to_owned()) } else { builtin::source(name) };
    let (theme, warnings) = load("mine", &source);
    let said: Vec<_> = warnings.iter().map(|w| format!("{} {}", w.text, w.hint)).collect();
    for expected in [
        "themes/mine.toml:2: unknown key 'colour'",
        "themes/mine.toml:5: 'bad' is not a colour",
        "themes/mine.toml:7: unknown role 'titel' did you mean 'title'?",
        "themes/mine.toml:8: 'sae' is neither in the palette nor a colour did you mean 'sea'?",
        "themes/mine.toml:8: unknown property 'blink'",
    ] {
        assert!(said.iter().any(|s| s.starts_with(expected)), "{expected}: {said:#?}");
    }
    assert_eq!(theme.style(Role::Good).fg, Some(Color::Rgb(0, 0x55, 0xff)));
    assert_eq!(theme.style(Role::Bad), Theme::builtin("dark").style(Role::Bad));
}

#[test]
fn circles_and_missing_parents_end() {
    let source = |name: &str| match name {
        "a" => Some("inherits = \"b\"".to_owned()),
        "b" => Some("inherits = \"a\"".to_owned()),
        "c" => Some("inherits = \"nowhere\"".to_owned()),
        "d" => Some("[roles\n".to_owned()),
        _ => None,
    };
    for name in ["a", "c", "d", "e"] {
        assert_eq!(load(name, &source).1.len(), 1, "{name}");
    }
}
