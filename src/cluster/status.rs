//! Answers that are not what was asked for.

use super::site::Site;
use super::wire::Answer;
use crate::domain::{Fault, FaultKind, clean, redact_text};
use serde::Deserialize;

/// What each code means, and what to do. A code that is not here is judged by
/// its hundred.
const CODES: [(u16, FaultKind, &str, &str); 14] = [
    (400, FaultKind::Invalid, "the request was malformed", "this is a bug of quarterdeck: please report it"),
    (401, FaultKind::Unauthorized, "the credentials were not accepted", ""),
    (
        403,
        FaultKind::Forbidden,
        "not allowed",
        "ask the cluster's administrator for this verb on this resource",
    ),
    (404, FaultKind::NotFound, "not there", "it may have been deleted, or this server does not serve it"),
    (405, FaultKind::Invalid, "the server does not do this to this kind", ""),
    (409, FaultKind::Conflict, "it changed in the meantime", "look at it again, then decide again"),
    (410, FaultKind::Conflict, "that version is no longer kept", "it is being listed again"),
    (413, FaultKind::Invalid, "the request is too large for the server", ""),
    (
        415,
        FaultKind::Invalid,
        "the server does not take this patch format",
        "the server may be too old: JSON Patch is needed",
    ),
    (422, FaultKind::Invalid, "the server refused the content", ""),
    (429, FaultKind::Throttled, "the server asks to slow down", "wait, then try again"),
    (502, FaultKind::Server, "a proxy got no answer from the server", "it may pass by itself"),
    (503, FaultKind::Server, "the server is not ready", "it may be starting or overloaded; try again later"),
    (504, FaultKind::Timeout, "the server did not finish in time", "it may be overloaded"),
];

/// The body of a Kubernetes refusal.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Refusal {
    kind: String,
    pub(super) message: String,
    pub(super) reason: String,
    details: Option<Details>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Details {
    causes: Option<Vec<Cause>>,
    retry_after_seconds: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Cause {
    field: String,
    message: String,
}

/// The refusal in a body; none if something else than an API server wrote it.
pub(super) fn refusal(body: &[u8]) -> Option<Refusal> {
    serde_json::from_slice::<Refusal>(body).ok().filter(|refusal| refusal.kind == "Status")
}

/// Why `answer` to `asked` ("list pods") is not what was hoped for.
pub(super) fn of_answer(asked: &str, answer: &Answer, site: &Site) -> Fault {
    let code = answer.code;
    let (kind, why, hint) = meaning(code);
    let fault = match refusal(&answer.body) {
        Some(refusal) => of_refusal(asked, kind, why, &refusal, answer),
        None => Fault::new(kind, format!("cannot {asked}: {why} (HTTP {code}){}", stranger(answer, site))),
    };
    let fault = if code == 401 { fault.hint(site.renew_hint()) } else { fault };
    let fault = if looks_like_html(&answer.body) { fault.hint(PROXY_HINT) } else { fault };
    if hint.is_empty() { fault } else { fault.hint(hint) }
}

/// A body that is not what `asked` should bring although the code was fine.
pub(super) fn not_json(asked: &str, body: &[u8], error: &serde_json::Error, site: &Site) -> Fault {
    let start = opening(body);
    if looks_like_html(body) {
        let text = format!("cannot {asked}: {} answered with a web page: {start}", site.url);
        return Fault::new(FaultKind::Server, text).hint(PROXY_HINT);
    }
    Fault::new(FaultKind::Server, format!("cannot {asked}: the answer is not JSON ({error}): {start}"))
        .hint("something on the way may have cut or changed it")
}

const PROXY_HINT: &str =
    "a proxy or login page answered instead of the API server: check the address, the VPN and HTTPS_PROXY";

fn meaning(code: u16) -> (FaultKind, &'static str, &'static str) {
    if let Some((_, kind, why, hint)) = CODES.iter().find(|(known, ..)| *known == code) {
        return (*kind, why, hint);
    }
    match code {
        300..400 => (FaultKind::Server, "it points somewhere else", PROXY_HINT),
        400..500 => (FaultKind::Invalid, "the server refused it", ""),
        _ => (FaultKind::Server, "the server failed", "look at its logs; it may pass by itself"),
    }
}

fn of_refusal(asked: &str, kind: FaultKind, why: &str, refusal: &Refusal, answer: &Answer) -> Fault {
    let said = redact_text(&clean(&refusal.message));
    let mut text =
        if said.is_empty() { format!("cannot {asked}: {why}") } else { format!("cannot {asked}: {said}") };
    let causes = refusal.details.iter().flat_map(|details| details.causes.iter().flatten());
    // A cause that is about no field is the reason itself: which disruption budget is in the way.
    let (reasons, causes): (Vec<_>, Vec<_>) = causes.partition(|cause| cause.field.is_empty());
    for cause in reasons.into_iter().take(3).filter(|cause| !cause.message.is_empty()) {
        let reason = redact_text(&clean(&cause.message));
        if !said.contains(&reason) {
            text = format!("{text} {reason}");
        }
    }
    let mut fault = Fault::new(kind, text);
    // The message repeats the first causes; those it left out are worth a line.
    for cause in causes.into_iter().take(5) {
        let line = redact_text(&clean(&format!("{}: {}", cause.field, cause.message)));
        if !cause.message.is_empty() && !said.contains(&*clean(&cause.message)) {
            fault = fault.hint(line);
        }
    }
    let wait =
        refusal.details.as_ref().and_then(|details| details.retry_after_seconds).or(answer.retry_after);
    match wait {
        Some(seconds) if seconds > 0 => fault.hint(format!("the server asks to wait {seconds} s")),
        Some(_) | None => fault,
    }
}

/// Who spoke, when it was not an API server.
fn stranger(answer: &Answer, site: &Site) -> String {
    let start = opening(&answer.body);
    let target = answer.location.as_deref().map(|to| format!(", to {}", redact_text(&clean(to))));
    let said = if start.is_empty() { String::new() } else { format!(": {start}") };
    format!("{} from {}{said}", target.unwrap_or_default(), site.url)
}

fn looks_like_html(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"<")
}

/// The first words of a body, tags left out.
fn opening(body: &[u8]) -> String {
    let head = String::from_utf8_lossy(body.get(..2000).unwrap_or(body)).into_owned();
    let mut depth = 0_u32;
    let words: String = head
        .chars()
        .map(|c| match c {
            '<' => {
                depth += 1;
                ' '
            }
            '>' if depth > 0 => {
                depth -= 1;
                ' '
            }
            c if depth > 0 || c.is_control() => ' ',
            c => c,
        })
        .collect();
    let words: String = words.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(160).collect();
    redact_text(&clean(&words))
}
