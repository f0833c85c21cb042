//! `qd completions` and `qd man`: made from the same command line.

use crate::cli::out::Out;
use crate::domain::{Fault, FaultKind};
use clap::Command;
use clap_complete::Shell;

/// Prints completions for `shell`.
pub(in crate::cli) fn completions(out: &Out, mut command: Command, shell: Shell) -> Result<u8, Fault> {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut command, "qd", &mut bytes);
    out.text(&String::from_utf8_lossy(&bytes))?;
    Ok(0)
}

/// Prints the manual page, all verbs in one.
pub(in crate::cli) fn man(out: &Out, command: &Command) -> Result<u8, Fault> {
    let mut bytes = Vec::new();
    let mut render = || -> std::io::Result<()> {
        let verbs = with_those_below(command, "");
        clap_mangen::Man::new(command.clone()).render(&mut bytes)?;
        for (name, verb) in verbs {
            bytes.extend(format!(".SH \"QD {}\"\n", name.to_uppercase()).into_bytes());
            let man = clap_mangen::Man::new(verb);
            man.render_synopsis_section(&mut bytes)?;
            man.render_description_section(&mut bytes)?;
            man.render_options_section(&mut bytes)?;
        }
        Ok(())
    };
    render()
        .map_err(|error| Fault::new(FaultKind::Internal, format!("cannot make the manual page: {error}")))?;
    out.text(&String::from_utf8_lossy(&bytes))?;
    Ok(0)
}

/// Every verb as it is typed: `audit`, then `audit verify`.
fn with_those_below(command: &Command, before: &str) -> Vec<(String, Command)> {
    let mut found = Vec::new();
    for verb in command.get_subcommands().filter(|verb| verb.get_name() != "help") {
        let name = format!("{before}{}", verb.get_name());
        found.push((name.clone(), verb.clone()));
        found.extend(with_those_below(verb, &format!("{name} ")));
    }
    found
}
