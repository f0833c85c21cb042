//! Log lines, safe to show.

use super::Cluster;
use super::lines::{Lines, Piece};
use super::paths::{escape, finish, query};
use super::status::of_answer;
use super::wire::Limits;
use crate::domain::{Fault, FaultKind, Name, Namespace, clean, redact_text};
use futures::stream::{self, BoxStream, StreamExt as _};
use http::{Request, header};
use std::time::Duration;

/// Longer lines are cut: no screen shows them, and one may be the whole log.
const MOST_LINE: usize = 16 << 10;
/// A log that is not followed must go on within this time.
const QUIET: Duration = Duration::from_secs(30);

/// Which lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogQuery {
    /// The container; none: the only one.
    pub container: Option<String>,
    /// Of the run before the last restart.
    pub previous: bool,
    /// At most this many, the last ones.
    pub tail: Option<u32>,
    /// Not older than this.
    pub since: Option<Duration>,
    /// Go on as new lines come.
    pub follow: bool,
    /// Each line begins with its time.
    pub timestamps: bool,
}

impl Cluster {
    /// Lines of a pod's log, cleaned of escape sequences and of credentials in
    /// URLs and headers, cut at 16 KiB. An `Err` is the last item.
    ///
    /// # Errors
    /// The pod or container is not there or has not started; not allowed.
    pub async fn logs(
        &self,
        namespace: &Namespace,
        pod: &Name,
        wanted: &LogQuery,
    ) -> Result<BoxStream<'static, Result<String, Fault>>, Fault> {
        let asked = format!("read logs of po/{pod} -n {namespace}");
        let builder = Request::get(path(namespace, pod, wanted)).header(header::ACCEPT_ENCODING, "identity");
        let body = match self.wire.open(&asked, finish(builder, Vec::new())?, Limits::ONE).await? {
            Ok(body) => body,
            Err(answer) => return Err(of_answer(&asked, &answer, &self.wire.site)),
        };
        let lines = Lines::new(body, MOST_LINE, &asked, self.wire.site.clone());
        let quiet = (!wanted.follow).then_some(QUIET);
        Ok(stream::unfold(Some(lines), move |lines| next(lines, quiet)).boxed())
    }
}

async fn next(
    lines: Option<Lines>,
    quiet: Option<Duration>,
) -> Option<(Result<String, Fault>, Option<Lines>)> {
    let mut lines = lines?;
    let piece = match quiet {
        None => lines.next().await,
        Some(limit) => tokio::time::timeout(limit, lines.next()).await.unwrap_or_else(|_elapsed| {
            let text = format!("the log stopped coming for {} s", limit.as_secs());
            Err(Fault::new(FaultKind::Timeout, text))
        }),
    };
    match piece {
        Ok(Piece::Line(line) | Piece::Torn(line)) => Some((Ok(shown(&line)), Some(lines))),
        Ok(Piece::Cut(line)) => {
            let start = line.get(..MOST_LINE).unwrap_or(&line);
            Some((Ok(format!("{}… (cut)", shown(start))), Some(lines)))
        }
        Ok(Piece::End) => None,
        Err(fault) => Some((Err(fault), None)),
    }
}

/// A program that redraws its line ends with what it would show last.
fn shown(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let text = text.trim_end_matches('\r');
    redact_text(&clean(text.rsplit('\r').next().unwrap_or_default()))
}

fn path(namespace: &Namespace, pod: &Name, wanted: &LogQuery) -> String {
    let tail = wanted.tail.map(|lines| lines.to_string());
    let since = wanted.since.map(|age| age.as_secs().max(1).to_string());
    let mut pairs = Vec::new();
    for (key, value) in [("container", &wanted.container), ("tailLines", &tail), ("sinceSeconds", &since)] {
        if let Some(value) = value {
            pairs.push((key, value.as_str()));
        }
    }
    for (key, on) in
        [("previous", wanted.previous), ("follow", wanted.follow), ("timestamps", wanted.timestamps)]
    {
        if on {
            pairs.push((key, "true"));
        }
    }
    let (namespace, pod) = (escape(namespace.as_str()), escape(pod.as_str()));
    format!("/api/v1/namespaces/{namespace}/pods/{pod}/log{}", query(&pairs))
}
