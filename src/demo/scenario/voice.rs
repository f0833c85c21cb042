//! What services write to their logs, each in the manner of its language.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde_json::json;

use super::model::{Language, Service};
use crate::demo::controllers::stamp::after;

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Normal work.
    Info,
    /// Odd.
    Warn,
    /// Broken.
    Error,
}

/// One line of a service's log: a message, and what goes with it.
pub fn line(
    service: &Service,
    at: Timestamp,
    level: Level,
    message: &str,
    fields: &[(&str, String)],
) -> String {
    let plain = fields.iter().fold(String::new(), |mut out, (k, v)| {
        // Writing to a String cannot fail.
        let _ = write!(out, " {k}={v}");
        out
    });
    let word = match level {
        Level::Info => "INFO",
        Level::Warn => "WARN",
        Level::Error => "ERROR",
    };
    match service.language {
        Language::Java => {
            let time = at.strftime("%Y-%m-%d %H:%M:%S,%3f");
            format!("{time} {word:<5} [{}] [http-nio-8080-exec-4] {message}{plain}", service.id())
        }
        Language::Rust => format!("{at:.6} {word:>5} {}: {message}{plain}", service.id().replace('-', "_")),
        Language::Go => {
            json_line(&format!("{at:.6}"), "time", ("level", word.to_owned()), "msg", message, fields)
        }
        Language::Python => {
            let level = word.to_lowercase();
            json_line(&format!("{at:.6}"), "timestamp", ("level", level), "event", message, fields)
        }
        Language::Node => {
            let level = match level {
                Level::Info => "30",
                Level::Warn => "40",
                Level::Error => "50",
            };
            let time = at.as_millisecond().to_string();
            json_line(&time, "time", ("level", level.to_owned()), "msg", message, fields)
        }
    }
}

/// Keys in the order a logger writes them, which a JSON map would not keep.
fn json_line(
    time: &str,
    time_key: &str,
    (level_key, level): (&str, String),
    message_key: &str,
    message: &str,
    fields: &[(&str, String)],
) -> String {
    let mut out = format!(
        "{{\"{time_key}\":{},\"{level_key}\":{},\"{message_key}\":{}",
        json!(time),
        json!(level),
        json!(message)
    );
    for (key, value) in fields {
        let _ = write!(out, ",\"{key}\":{}", json!(value));
    }
    out.push('}');
    out
}

/// What a service says while it starts.
pub fn start(service: &Service, version: &str, environment: &str, at: Timestamp) -> Vec<String> {
    let field = |k: &'static str, v: &str| (k, v.to_owned());
    let later = |s: f64| after(at, s);
    let runtime = match service.language {
        Language::Go => "go1.26",
        Language::Java => "Java 25.0.1, Spring Boot 4.0.2",
        Language::Python => "Python 3.14, uvicorn",
        Language::Node => "node v24.8.0",
        Language::Rust => "axum",
    };
    vec![
        line(
            service,
            later(0.1),
            Level::Info,
            &format!("starting {} {version}", service.id()),
            &[field("environment", environment), field("runtime", runtime)],
        ),
        line(service, later(0.4), Level::Info, "configuration loaded", &[field("source", "env")]),
        line(service, later(0.9), Level::Info, "database pool ready", &[field("connections", "8")]),
        line(service, later(1.2), Level::Info, "listening", &[field("addr", "0.0.0.0:8080")]),
    ]
}

/// What a service says when it is told to go.
pub fn stop(service: &Service, at: Timestamp) -> Vec<String> {
    vec![
        line(service, at, Level::Info, "SIGTERM received, draining", &[("in_flight", "3".to_owned())]),
        line(service, after(at, 1.0), Level::Info, "shutdown complete", &[]),
    ]
}
