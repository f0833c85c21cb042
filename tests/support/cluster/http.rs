//! A raw client: what was sent, and what came back to the byte.

use futures::{AsyncBufReadExt as _, TryStreamExt as _};
use http::{HeaderMap, Method, Request};
use http_body_util::BodyExt as _;
use kube::Client;
use kube::client::Body;
use serde_json::Value;

use super::until::{PATIENCE, until};

pub(crate) const JSON: &str = "application/json";
pub(crate) const MERGE: &str = "application/merge-patch+json";
pub(crate) const STRATEGIC: &str = "application/strategic-merge-patch+json";
pub(crate) const JSON_PATCH: &str = "application/json-patch+json";
pub(crate) const APPLY: &str = "application/apply-patch+yaml";

/// A user of the server.
#[derive(Clone)]
pub(crate) struct Http(pub(crate) Client);

/// One response, with the request it answers for the failure message.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    asked: String,
}

impl Answer {
    /// The body, when the status is `status`.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{} answered {}", self.asked, self.text);
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("{} answered no JSON ({error}): {}", self.asked, self.text))
    }

    /// A failure in the form every client reads; returns the whole Status.
    #[track_caller]
    pub(crate) fn fails(self, code: u16, reason: &str) -> Value {
        let asked = self.asked.clone();
        let status = self.is(code);
        for (field, wanted) in
            [("kind", "Status"), ("apiVersion", "v1"), ("status", "Failure"), ("reason", reason)]
        {
            assert_eq!(status[field], wanted, "{field} of the answer to {asked}: {status}");
        }
        assert_eq!(status["code"], code, "code in the answer to {asked}: {status}");
        status
    }

    /// As [`Self::fails`], with exactly this message.
    #[track_caller]
    pub(crate) fn says(self, code: u16, reason: &str, message: &str) -> Value {
        let asked = self.asked.clone();
        let status = self.fails(code, reason);
        assert_eq!(status["message"], message, "message in the answer to {asked}");
        status
    }

    /// The answer if it is the one that is waited for, else what it was.
    pub(crate) fn which(self, wanted: impl FnOnce(&Self) -> bool) -> Result<Self, String> {
        if wanted(&self) {
            Ok(self)
        } else {
            Err(format!("{} answers {}: {}", self.asked, self.status, self.text))
        }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Http {
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Answer {
        let asked = format!("{method} {path}");
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body)).expect("a request");
        let response = self.0.send(request).await.unwrap_or_else(|error| panic!("{asked}: {error}"));
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.unwrap_or_else(|error| panic!("{asked}: {error}")).to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: head.status.as_u16(), headers: head.headers, text, asked }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], Vec::new()).await
    }

    pub(crate) async fn get_as(&self, accept: &str, path: &str) -> Answer {
        self.send(Method::GET, path, &[("accept", accept)], Vec::new()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, &[("content-type", JSON)], body.to_string().into()).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PUT, path, &[("content-type", JSON)], body.to_string().into()).await
    }

    pub(crate) async fn patch(&self, kind: &str, path: &str, body: &Value) -> Answer {
        self.send(Method::PATCH, path, &[("content-type", kind)], body.to_string().into()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, &[], Vec::new()).await
    }

    pub(crate) async fn delete_with(&self, path: &str, options: &Value) -> Answer {
        self.send(Method::DELETE, path, &[("content-type", JSON)], options.to_string().into()).await
    }

    /// Opens a watch; `path` has the whole query.
    pub(crate) async fn watch(&self, path: &str) -> Watch {
        self.watch_as(JSON, path).await
    }

    pub(crate) async fn watch_as(&self, accept: &str, path: &str) -> Watch {
        // A kind defined a moment ago may have no watch cache yet: 429, try again.
        let open = async || {
            let request = Request::get(path).header("accept", accept).body(Vec::new()).expect("a request");
            match self.0.request_stream(request).await {
                Err(kube::Error::Api(status)) if status.code == 429 => Err(status.message),
                opened => Ok(opened.unwrap_or_else(|error| panic!("GET {path}: {error}"))),
            }
        };
        let lines = until("the watch is open", open).await;
        Watch { lines: Box::pin(lines), path: path.to_owned() }
    }
}

/// An open watch.
pub(crate) struct Watch {
    lines: std::pin::Pin<Box<dyn futures::AsyncBufRead + Send>>,
    path: String,
}

impl Watch {
    /// The next event, or `None` at the end of the stream.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        let mut line = String::new();
        let read = tokio::time::timeout(PATIENCE, self.lines.read_line(&mut line)).await;
        let read = read.unwrap_or_else(|_| panic!("no event for {PATIENCE:?} on {}", self.path));
        let read = read.unwrap_or_else(|error| panic!("{}: {error}", self.path));
        (read > 0).then(|| serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}")))
    }

    /// The type and the name of the next event, bookmarks left out.
    pub(crate) async fn step(&mut self) -> (String, String) {
        loop {
            let event = self.next().await.unwrap_or_else(|| panic!("{} ended", self.path));
            if event["type"] != "BOOKMARK" {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                return (text(&event["type"]), text(&event["object"]["metadata"]["name"]));
            }
        }
    }

    /// Everything up to the end of the stream.
    pub(crate) async fn rest(self) -> Vec<Value> {
        let lines = self.lines.lines().try_collect::<Vec<_>>().await.expect("an open stream");
        lines.iter().map(|line| serde_json::from_str(line).expect("an event")).collect()
    }
}
