//! `exec`: a command, or a shell, in a simulated container.

use std::sync::Arc;

use serde_json::{Value, json};

use super::tty::{Editor, Typed};
use super::{Heard, Line, machine, pod, upgrade};
use crate::demo::api::dispatch::Call;
use crate::demo::api::respond::Answer;
use crate::demo::api::{Api, PodProxy};
use crate::demo::kubelet::shell::{Output, Shell};
use crate::demo::status::ApiError;

const STDIN: u8 = 0;
const STDOUT: u8 = 1;
const STDERR: u8 = 2;
const STATUS: u8 = 3;

/// What the request asks for.
struct Wanted {
    command: Vec<String>,
    stdin: bool,
    tty: bool,
}

pub(super) fn answer(api: &Arc<Api>, call: &Call) -> Answer {
    let value = pod(api, call)?;
    let query = &call.query;
    let wanted = Wanted {
        command: query.all("command").map(str::to_owned).collect(),
        stdin: query.flag("stdin"),
        tty: query.flag("tty"),
    };
    if !wanted.stdin && !query.flag("stdout") && !query.flag("stderr") {
        return Err(ApiError::bad_request("you must specify at least one of stdin, stdout, stderr"));
    }
    if wanted.command.is_empty() {
        return Err(ApiError::bad_request("you must specify at least 1 command for the container"));
    }
    let container = container(&value, &call.route.name, query.text("container"))?;
    let shell = Shell::new(machine::of(&api.store, &value, &container));
    let place = (call.route.namespace.clone(), call.route.name.clone());
    let proxy = api.pod_proxy();
    upgrade(api, call, move |line| Session { line, shell, wanted, proxy, place }.run())
}

/// A container of the pod that runs.
fn container(pod: &Value, name: &str, wanted: Option<&str>) -> Result<Value, ApiError> {
    let phase = pod["status"]["phase"].as_str().unwrap_or_default();
    if matches!(phase, "Succeeded" | "Failed") {
        return Err(ApiError::bad_request(format!(
            "cannot exec into a container in a completed pod; current phase is {phase}"
        )));
    }
    let all = pod["spec"]["containers"].as_array().map(Vec::as_slice).unwrap_or_default();
    let picked = match wanted {
        Some(wanted) => all.iter().find(|c| c["name"] == wanted),
        None => all.first(),
    };
    let Some(picked) = picked else {
        let wanted = wanted.unwrap_or_default();
        return Err(ApiError::bad_request(format!("container {wanted} is not valid for pod {name}")));
    };
    let statuses = pod["status"]["containerStatuses"].as_array().into_iter().flatten();
    let running =
        statuses.into_iter().any(|s| s["name"] == picked["name"] && s["state"].get("running").is_some());
    if running {
        return Ok(picked.clone());
    }
    let own = picked["name"].as_str().unwrap_or_default();
    Err(ApiError::plain(
        500,
        "InternalError",
        format!("unable to upgrade connection: container not found (\"{own}\")"),
    ))
}

struct Session {
    line: Line,
    shell: Shell,
    wanted: Wanted,
    proxy: Option<Arc<PodProxy>>,
    place: (String, String),
}

impl Session {
    async fn run(mut self) {
        let program = self.wanted.command.first().and_then(|c| c.rsplit('/').next()).unwrap_or_default();
        let shell = matches!(program, "sh" | "ash" | "bash") && self.wanted.command.len() == 1;
        let status = if shell { self.interactive().await } else { self.once().await };
        if let Some(status) = status {
            // Whoever hung up does not hear how it ended.
            let _ = self.line.say(STATUS, status.to_string().as_bytes()).await;
        }
        self.line.close().await;
    }

    /// One command; its end is the end. `None` when the client is gone.
    async fn once(&mut self) -> Option<Value> {
        if self.wanted.command.len() == 1 && self.wanted.command[0].ends_with("cat") && self.wanted.stdin {
            return self.echo_input().await;
        }
        let (proxy, (ns, pod)) = (self.proxy.clone(), self.place.clone());
        let page = move |path: &str| proxy.as_ref().and_then(|p| p(&ns, &pod, path));
        match self.shell.exec(&self.wanted.command, &page) {
            Some(output) => {
                self.show(&output).await?;
                Some(ended(output.code))
            }
            None => Some(not_a_program(&self.wanted.command[0])),
        }
    }

    /// `cat` without a file gives back what it is given.
    async fn echo_input(&mut self) -> Option<Value> {
        loop {
            match self.line.hear().await? {
                Heard::Bytes(STDIN, bytes) if !bytes.is_empty() => self.line.say(STDOUT, &bytes).await?,
                Heard::End(STDIN) => return Some(ended(0)),
                Heard::Bytes(..) | Heard::End(_) => {}
            }
        }
    }

    /// A shell that reads lines until told to go.
    async fn interactive(&mut self) -> Option<Value> {
        let mut editor = Editor::new(self.wanted.tty);
        if !self.wanted.stdin {
            return Some(ended(0));
        }
        self.prompt().await?;
        loop {
            let typed = match self.line.hear().await? {
                Heard::Bytes(STDIN, bytes) => editor.feed(&bytes),
                Heard::End(STDIN) => {
                    let last = editor.take();
                    let code = self.obey(&last).await?.code;
                    return Some(ended(code));
                }
                Heard::Bytes(..) | Heard::End(_) => continue,
            };
            for event in typed {
                match event {
                    Typed::Echo(text) => self.line.say(STDOUT, text.as_bytes()).await?,
                    Typed::Line(line) => {
                        let output = self.obey(&line).await?;
                        if output.leave {
                            return Some(ended(output.code));
                        }
                        self.prompt().await?;
                    }
                    Typed::Interrupt => self.prompt().await?,
                    Typed::End => return Some(ended(0)),
                }
            }
        }
    }

    async fn prompt(&mut self) -> Option<()> {
        if self.wanted.tty {
            let prompt = self.shell.prompt();
            self.line.say(STDOUT, prompt.as_bytes()).await?;
        }
        Some(())
    }

    async fn obey(&mut self, line: &str) -> Option<Output> {
        let (proxy, (ns, pod)) = (self.proxy.clone(), self.place.clone());
        let page = move |path: &str| proxy.as_ref().and_then(|p| p(&ns, &pod, path));
        let output = self.shell.line(line, &page);
        self.show(&output).await?;
        Some(output)
    }

    /// A terminal has one stream, and needs a carriage return for each newline.
    async fn show(&mut self, output: &Output) -> Option<()> {
        for (channel, text) in [(STDOUT, &output.out), (STDERR, &output.err)] {
            if text.is_empty() {
                continue;
            }
            if self.wanted.tty {
                self.line.say(STDOUT, text.replace('\n', "\r\n").as_bytes()).await?;
            } else {
                self.line.say(channel, text.as_bytes()).await?;
            }
        }
        Some(())
    }
}

/// The Status on the last channel.
fn ended(code: u8) -> Value {
    if code == 0 {
        return json!({"metadata": {}, "status": "Success"});
    }
    json!({
        "metadata": {},
        "status": "Failure",
        "message": format!("command terminated with non-zero exit code: exit status {code}"),
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": code.to_string()}]},
    })
}

fn not_a_program(name: &str) -> Value {
    let message = format!(
        "Internal error occurred: error executing command in container: failed to exec in container: OCI runtime exec failed: exec failed: unable to start container process: exec: \"{name}\": executable file not found in $PATH"
    );
    json!({"metadata": {}, "status": "Failure", "message": message, "reason": "InternalError",
        "details": {"causes": [{"message": message}]}, "code": 500})
}
