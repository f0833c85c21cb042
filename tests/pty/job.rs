//! ctrl-z and `fg`, under a shell with job control.

use crate::terminal::program;
use std::sync::Arc;

#[test]
fn ctrl_z_gives_the_terminal_to_the_shell_and_fg_takes_it_again() {
    let home = Arc::new(tempfile::tempdir().unwrap());
    let mut terminal = program(home, "/bin/bash", &["--norc", "--noprofile", "-i"]).start();
    terminal.press(&format!("{} demo --scenario quiet\r", env!("CARGO_BIN_EXE_qd")));
    terminal.shows("live");
    terminal.press("\x1a");
    terminal.shows("Stopped");
    terminal.is_given_back();
    // The shell has the keys: lines are echoed and run.
    terminal.press("echo $((6*7))\r");
    terminal.shows("42");
    terminal.press("fg\r");
    terminal.until("the console again", |screen| screen.contains("READ-ONLY") && !screen.contains("42"));
    terminal.press("?");
    terminal.shows("Help");
    terminal.press("\x1b");
    // Sent together, they would be alt-q.
    terminal.until("no help", |screen| !screen.contains("Help"));
    terminal.press("q");
    terminal.until("the shell again", |screen| screen.contains("fg") && !screen.contains("READ-ONLY"));
    terminal.press("exit\r");
    assert_eq!(terminal.ends().exit_code(), 0);
}
