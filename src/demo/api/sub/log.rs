//! `log`: the lines of a container, once or followed.

use std::sync::Arc;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::sync::watch;

use crate::demo::api::dispatch::Call;
use crate::demo::api::respond::{self, Answer};
use crate::demo::api::server::Cut;
use crate::demo::api::{Api, read};
use crate::demo::status::{ApiError, Cause, Gr};
use crate::demo::store::LogLine;

const PODS: Gr<'static> = Gr { group: "", resource: "pods" };

struct Wanted {
    namespace: String,
    pod: String,
    uid: String,
    container: String,
    previous: bool,
    timestamps: bool,
    since: Option<Timestamp>,
}

/// GET.
pub(super) fn get(api: &Arc<Api>, call: &Call) -> Answer {
    let name = call.route.name.as_str();
    let pod =
        api.store.get("pods", &call.route.namespace, name).ok_or_else(|| ApiError::not_found(PODS, name))?;
    let value = pod.value();
    let limits = Limits::of(call, name)?;
    let container = container(&value, name, call.query.text("container"))?;
    if value["spec"]["nodeName"].as_str().unwrap_or_default().is_empty() {
        return Ok(respond::text(200, ""));
    }
    let wanted = Wanted {
        namespace: call.route.namespace.clone(),
        pod: name.to_owned(),
        uid: pod.uid().to_owned(),
        container,
        previous: call.query.flag("previous"),
        timestamps: call.query.flag("timestamps"),
        since: limits.since(api),
    };
    let older = wanted.previous && !waits_again(&value, &wanted.container);
    let lines = api.store.read_log(&wanted.namespace, &wanted.pod, &wanted.container, older, 0);
    let lines = match lines {
        Some(lines) => lines,
        None if wanted.previous => {
            let c = &wanted.container;
            return Err(ApiError::bad_request(format!(
                "previous terminated container \"{c}\" in pod \"{name}\" not found"
            )));
        }
        None => waiting(&value, &wanted.container, name)?,
    };
    let mut lines: Vec<LogLine> =
        lines.into_iter().filter(|l| wanted.since.is_none_or(|t| l.at >= t)).collect();
    if let Some(tail) = limits.tail_lines.and_then(|n| usize::try_from(n).ok()) {
        lines.drain(..lines.len().saturating_sub(tail));
    }
    let mut text = wanted.text(&lines);
    if let Some(limit) = limits.limit_bytes.and_then(|n| usize::try_from(n).ok()) {
        text.truncate(limit);
    }
    if !call.query.flag("follow") || wanted.previous {
        return Ok(respond::text(200, text));
    }
    let next = lines.last().map_or(0, |l| l.seq + 1);
    Ok(follow(api, wanted, text, next))
}

/// Whether a container that ended waits to be started again: the run that ended is then both its
/// log and its previous log, as a kubelet has it.
fn waits_again(pod: &Value, container: &str) -> bool {
    let statuses = pod["status"]["containerStatuses"].as_array().into_iter().flatten();
    statuses
        .filter(|s| s["name"] == container)
        .any(|s| s["state"]["waiting"].is_object() && s["lastState"]["terminated"].is_object())
}

/// A container that has not started has no log; why is in its status.
fn waiting(pod: &Value, container: &str, name: &str) -> Result<Vec<LogLine>, ApiError> {
    let statuses = pod["status"]["containerStatuses"].as_array().into_iter().flatten();
    let own = statuses.into_iter().find(|s| s["name"] == container);
    let reason =
        own.map_or("ContainerCreating", |s| s["state"]["waiting"]["reason"].as_str().unwrap_or_default());
    match reason {
        "" => Ok(Vec::new()),
        "ImagePullBackOff" | "ErrImagePull" => Err(ApiError::bad_request(format!(
            "container \"{container}\" in pod \"{name}\" is waiting to start: trying and failing to pull image"
        ))),
        reason => Err(ApiError::bad_request(format!(
            "container \"{container}\" in pod \"{name}\" is waiting to start: {reason}"
        ))),
    }
}

fn container(pod: &Value, name: &str, wanted: Option<&str>) -> Result<String, ApiError> {
    let names = |key: &str| -> Vec<String> {
        let list = pod["spec"][key].as_array().into_iter().flatten();
        list.filter_map(|c| c["name"].as_str()).map(str::to_owned).collect()
    };
    let (own, init) = (names("containers"), names("initContainers"));
    if let Some(wanted) = wanted {
        if own.iter().chain(&init).any(|c| c == wanted) {
            return Ok(wanted.to_owned());
        }
        return Err(ApiError::bad_request(format!("container {wanted} is not valid for pod {name}")));
    }
    if let [only] = own.as_slice() {
        return Ok(only.clone());
    }
    let mut message =
        format!("a container name must be specified for pod {name}, choose one of: [{}]", own.join(" "));
    if !init.is_empty() {
        message.push_str(" or one of the init containers: [");
        message.push_str(&init.join(" "));
        message.push(']');
    }
    Err(ApiError::bad_request(message))
}

/// How much of the log is asked for.
struct Limits {
    tail_lines: Option<i64>,
    limit_bytes: Option<i64>,
    since_seconds: Option<i64>,
    since_time: Option<Timestamp>,
}

impl Limits {
    /// 400 for what does not parse, 422 for what makes no sense.
    fn of(call: &Call, pod: &str) -> Result<Self, ApiError> {
        let time = |t: &str| {
            t.parse::<Timestamp>().map_err(|_parse| {
                ApiError::bad_request(format!(
                    "parsing time \"{t}\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"{t}\" as \"2006\""
                ))
            })
        };
        let limits = Self {
            tail_lines: read::number(&call.query, "tailLines")?,
            limit_bytes: read::number(&call.query, "limitBytes")?,
            since_seconds: read::number(&call.query, "sinceSeconds")?,
            since_time: call.query.text("sinceTime").map(time).transpose()?,
        };
        let causes = limits.faults();
        if causes.is_empty() { Ok(limits) } else { Err(ApiError::invalid("", "PodLogOptions", pod, causes)) }
    }

    fn faults(&self) -> Vec<Cause> {
        let mut causes = Vec::new();
        let mut at_least = |field: &str, value: Option<i64>, least: i64| {
            if let Some(n) = value.filter(|n| *n < least) {
                let why =
                    if least == 0 { "must be greater than or equal to 0" } else { "must be greater than 0" };
                causes.push(Cause::invalid(field, &n.into(), why));
            }
        };
        at_least("tailLines", self.tail_lines, 0);
        at_least("limitBytes", self.limit_bytes, 1);
        at_least("sinceSeconds", self.since_seconds, 1);
        if self.since_seconds.is_some() && self.since_time.is_some() {
            causes.push(Cause {
                reason: "FieldValueForbidden",
                message: "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified".into(),
                field: "[]".into(),
            });
        }
        causes
    }

    fn since(&self, api: &Api) -> Option<Timestamp> {
        let seconds = self.since_seconds.map(SignedDuration::from_secs);
        seconds.and_then(|s| api.store.clock().now().checked_sub(s).ok()).or(self.since_time)
    }
}

impl Wanted {
    fn text(&self, lines: &[LogLine]) -> Vec<u8> {
        let mut out = Vec::new();
        for line in lines {
            if self.timestamps {
                out.extend_from_slice(line.at.strftime("%Y-%m-%dT%H:%M:%S.%9fZ ").to_string().as_bytes());
            }
            out.extend_from_slice(line.text.as_bytes());
            out.push(b'\n');
        }
        out
    }
}

struct Follow {
    api: Arc<Api>,
    wanted: Wanted,
    first: Option<Vec<u8>>,
    next: u64,
    written: watch::Receiver<u64>,
}

/// Whether this run of the container has ended: then so does its log, as the
/// kubelet's does, also while the container waits to be started again.
fn is_over(pod: &Value, container: &str) -> bool {
    let statuses = pod["status"]["containerStatuses"].as_array().into_iter().flatten();
    let own = statuses.into_iter().find(|status| status["name"] == container);
    own.is_some_and(|status| {
        let state = &status["state"];
        state["terminated"].is_object() || state["waiting"]["reason"] == "CrashLoopBackOff"
    })
}

fn follow(api: &Arc<Api>, wanted: Wanted, text: Vec<u8>, next: u64) -> http::Response<respond::Body> {
    let state =
        Follow { api: api.clone(), wanted, first: Some(text), next, written: api.store.log_written() };
    let frames = futures::stream::unfold(state, |mut state| async move {
        let piece = state.piece().await?;
        Some((Ok::<_, Cut>(Bytes::from(piece)), state))
    });
    respond::streamed("text/plain", frames)
}

impl Follow {
    /// The next lines; None when the pod is gone, its container ended or the server stops.
    async fn piece(&mut self) -> Option<Vec<u8>> {
        if let Some(first) = self.first.take().filter(|f| !f.is_empty()) {
            return Some(first);
        }
        loop {
            self.written.borrow_and_update();
            let w = &self.wanted;
            let lines = self
                .api
                .store
                .read_log(&w.namespace, &w.pod, &w.container, false, self.next)
                .unwrap_or_default();
            if let Some(last) = lines.last() {
                self.next = last.seq + 1;
                return Some(self.wanted.text(&lines));
            }
            let pod = self.api.store.get("pods", &w.namespace, &w.pod)?;
            if pod.uid() != w.uid || is_over(&pod.value(), &w.container) {
                return None;
            }
            tokio::select! {
                () = self.api.stop.cancelled() => return None,
                changed = self.written.changed() => changed.ok()?,
            }
        }
    }
}
