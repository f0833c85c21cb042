//! What commands say, and that any line ends.

use super::*;
use proptest::prelude::*;

fn shell() -> Shell {
    let text = |t: &str| t.to_owned();
    Shell::new(Machine {
        hostname: text("web-1"),
        env: vec![(text("LOG_LEVEL"), text("info"))],
        files: [("/app/server", "\u{7f}ELF\n"), ("/etc/hostname", "web-1\n")]
            .map(|(k, v)| (text(k), text(v)))
            .into(),
    })
}

fn page(path: &str) -> Option<(u16, String)> {
    (path == "/metrics").then(|| (200, "up 1\n".to_owned()))
}

#[test]
fn commands_say_what_they_should() {
    for (line, out, err, code) in [
        ("ls", "server\n", "", 0),
        ("ls -l /", "app\netc\n", "", 0),
        ("cd /etc; ls; pwd", "hostname\n/etc\n", "", 0),
        ("cat /etc/hostname ../etc/hostname", "web-1\nweb-1\n", "", 0),
        ("cat /nope", "", "cat: /nope: No such file or directory\n", 1),
        ("cat /etc", "", "cat: /etc: Is a directory\n", 1),
        ("echo $LOG_LEVEL '$LOG_LEVEL' \"$LOG_LEVEL  x\"", "info $LOG_LEVEL info  x\n", "", 0),
        ("false; echo $?", "1\n", "", 0),
        ("env", "LOG_LEVEL=info\n", "", 0),
        ("curl -s localhost:8080/metrics", "up 1\n", "", 0),
        ("curl localhost/x", "", "curl: (7) Failed to connect to localhost: Connection refused\n", 7),
        ("env | head", "", "sh: '|': pipes, redirections and jobs are not simulated\n", 2),
        ("rm -rf /", "", "sh: rm: not found\n", 127),
        ("", "", "", 0),
    ] {
        let got = shell().line(line, &page);
        assert_eq!((got.out.as_str(), got.err.as_str(), got.code), (out, err, code), "{line}");
    }
    assert_eq!(shell().line("exit 3; echo no", &page), Output { code: 3, leave: true, ..Output::default() });
}

#[test]
fn a_program_is_run_without_a_shell() {
    let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(shell().exec(&words("/bin/cat /etc/hostname"), &page).unwrap().out, "web-1\n");
    assert_eq!(shell().exec(&words("echo $LOG_LEVEL"), &page).unwrap().out, "$LOG_LEVEL\n");
    let script = vec!["sh".to_owned(), "-c".to_owned(), "echo $LOG_LEVEL".to_owned()];
    assert_eq!(shell().exec(&script, &page).unwrap().out, "info\n");
    assert_eq!(shell().exec(&words("nmap -sS"), &page), None);
}

proptest! {
    #[test]
    fn any_line_ends(line in "[ -~]{0,80}") {
        let mut shell = shell();
        shell.line(&line, &page);
        prop_assert!(shell.prompt().starts_with('/'));
    }
}
