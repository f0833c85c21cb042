//! Requests of every wrong shape: what is refused, how, and what is taken all the same.

pub(super) mod objects;
pub(super) mod patches;

use http::Method;
use serde_json::json;

use crate::case::Case;
use crate::make;

/// A body, and how it is answered; no message where it is the parser's own.
type Row = (&'static str, u16, &'static str);

/// Sends each body, which must be answered so.
async fn each(c: &Case, method: Method, path: &str, kind: &str, rows: &[Row]) {
    for (body, code, message) in rows {
        let headers = [("content-type", kind)];
        let answer = c.admin.send(method.clone(), path, &headers, body.as_bytes().to_vec()).await;
        let (status, text) = (answer.status, answer.text.clone());
        assert_eq!(status, *code, "{method} {kind} {body}: {text}");
        if !message.is_empty() {
            assert_eq!(answer.is(*code)["message"], *message, "{method} {kind} {body}");
        }
    }
}

async fn config_map(c: &Case) -> String {
    c.create(&c.core("configmaps"), &make::config_map("a", json!({"k": "v"}))).await;
    format!("{}/a", c.core("configmaps"))
}
