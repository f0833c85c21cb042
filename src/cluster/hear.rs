//! Hearing that objects change, at the moment they do.
//!
//! Only their versions come with the news: whoever wants to know more reads the
//! object. Each watch begins with the versions there are, so what happened while
//! none was open is heard too, and no version has to be remembered.

use super::heads::{self, Head, Partial};
use super::lines::{Lines, Piece};
use super::paths::{finish, list, query};
use super::wire::Limits;
use super::{Cluster, status};
use crate::domain::{Fault, FaultKind, Kind, Namespace};
use http::{Request, header};
use serde::Deserialize;
use std::convert::Infallible;
use std::time::Duration;

/// Seconds a watch lasts: at least, and at most this much longer, so that many
/// do not renew at once.
const LASTS: (u64, u64) = (60, 60);
/// From the end of a watch to the next at least.
const BREATH: Duration = Duration::from_secs(1);
/// After a failure, and after a refusal: a right may be given later.
const AGAIN: (Duration, Duration) = (Duration::from_secs(5), Duration::from_mins(1));
/// Without metadata alone, a whole ConfigMap with its escapes.
const MOST_LINE: usize = 4 << 20;

#[derive(Deserialize)]
struct News {
    object: Partial,
}

impl Cluster {
    /// Tells every version that comes of the objects of a kind selected by
    /// labels, for as long as it is polled. Where the server refuses a watch
    /// nothing is heard.
    pub async fn hear(
        &self,
        kind: Kind,
        namespace: &Namespace,
        labels: &str,
        heard: impl Fn(Head),
    ) -> Infallible {
        loop {
            let rest = match self.hear_once(kind, namespace, labels, &heard).await {
                Ok(()) => BREATH,
                Err(fault) => {
                    tracing::debug!(%namespace, "cannot hear of {}: {fault}", kind.plural());
                    if fault.kind == FaultKind::Forbidden { AGAIN.1 } else { AGAIN.0 }
                }
            };
            tokio::time::sleep(rest).await;
        }
    }

    async fn hear_once(
        &self,
        kind: Kind,
        namespace: &Namespace,
        labels: &str,
        heard: &impl Fn(Head),
    ) -> Result<(), Fault> {
        let asked = format!("watch {} with {labels}", kind.plural());
        let seconds = LASTS.0 + fastrand::u64(0..LASTS.1);
        let lasts = seconds.to_string();
        let pairs = [("watch", "true"), ("labelSelector", labels), ("timeoutSeconds", &lasts)];
        let path = format!("{}{}", list(kind, Some(namespace)), query(&pairs));
        let request =
            Request::get(path).header(header::ACCEPT, heads::ONE).header(header::ACCEPT_ENCODING, "identity");
        let body = match self.wire.open(&asked, finish(request, Vec::new())?, Limits::ONE).await? {
            Ok(body) => body,
            Err(answer) => return Err(status::of_answer(&asked, &answer, &self.wire.site)),
        };
        let mut lines = Lines::new(body, MOST_LINE, &asked, self.wire.site.clone());
        let all = async {
            while let Piece::Line(line) = lines.next().await? {
                let news = serde_json::from_slice::<News>(&line)
                    .map_err(|error| status::not_json(&asked, &line, &error, &self.wire.site))?;
                heard(news.object.head(kind));
            }
            Ok(())
        };
        // A connection that died without a word ends here.
        let most = Duration::from_secs(seconds) + AGAIN.0;
        tokio::time::timeout(most, all).await.unwrap_or(Ok(()))
    }
}
