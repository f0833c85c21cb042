//! Client of Alertmanager's API v2: alerts, silences, and making or ending one.
//!
//! A silence is made only with the gate's permit, and never asked for twice:
//! where no answer came, the list of silences says whether it is there.

use super::prometheus::answer::first_line;
use super::prometheus::{ApiError, How, Reply, Request, Transport};
use crate::domain::{
    Alert, AlertState, Fault, FaultKind, LabelSet, Matcher, Permit, Silence, SilenceOrder, SilenceVerb, clean,
};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

/// A client over a transport.
pub struct Alertmanager<T> {
    transport: T,
    /// Its address, for people.
    pub place: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawAlert {
    #[serde(default)]
    labels: LabelSet,
    #[serde(default)]
    annotations: LabelSet,
    starts_at: Option<Timestamp>,
    #[serde(default)]
    status: RawStatus,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct RawStatus {
    #[serde(default)]
    state: String,
    #[serde(default)]
    silenced_by: Vec<String>,
    #[serde(default)]
    inhibited_by: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawSilence {
    #[serde(default)]
    id: String,
    #[serde(default)]
    matchers: Vec<Matcher>,
    starts_at: Option<Timestamp>,
    ends_at: Option<Timestamp>,
    #[serde(default)]
    created_by: String,
    #[serde(default)]
    comment: String,
    #[serde(default)]
    status: RawStatus,
}

impl From<RawAlert> for Alert {
    fn from(raw: RawAlert) -> Self {
        let state = match (raw.status.silenced_by.is_empty(), raw.status.inhibited_by.is_empty()) {
            (false, _) => AlertState::Silenced,
            (true, false) => AlertState::Inhibited,
            (true, true) => AlertState::Firing,
        };
        let alert = Self::new(&raw.labels, &raw.annotations, state, raw.starts_at);
        Self { silenced_by: raw.status.silenced_by, ..alert }
    }
}

impl From<RawSilence> for Silence {
    fn from(raw: RawSilence) -> Self {
        let matcher = |m: Matcher| Matcher { name: clean(&m.name), value: clean(&m.value), ..m };
        Self {
            id: clean(&raw.id),
            matchers: raw.matchers.into_iter().map(matcher).collect(),
            starts: raw.starts_at,
            ends: raw.ends_at,
            author: clean(&raw.created_by),
            comment: clean(&raw.comment),
            expired: raw.status.state == "expired",
        }
    }
}

impl<T: Transport> Alertmanager<T> {
    /// A client of the server at `place`.
    pub fn new(transport: T, place: String) -> Self {
        Self { transport, place }
    }

    /// Every alert that fires, whoever is told.
    pub async fn alerts(&self) -> Result<Vec<Alert>, ApiError> {
        let all = ["active", "silenced", "inhibited", "unprocessed"];
        let form = all.map(|name| (name.to_owned(), "true".to_owned())).to_vec();
        let raw: Vec<RawAlert> = self.read("alerts", form).await?;
        Ok(raw.into_iter().map(Alert::from).collect())
    }

    /// Silences in force or to come, and those that ended lately.
    pub async fn silences(&self) -> Result<Vec<Silence>, ApiError> {
        let raw: Vec<RawSilence> = self.read("silences", Vec::new()).await?;
        Ok(raw.into_iter().map(Silence::from).collect())
    }

    async fn read<D: DeserializeOwned>(
        &self,
        endpoint: &'static str,
        form: Vec<(String, String)>,
    ) -> Result<D, ApiError> {
        let request = Request { path: format!("/api/v2/{endpoint}"), form, how: How::Get };
        let reply = self.transport.send(request).await?;
        if reply.status == 404 {
            return Err(ApiError::Missing { endpoint });
        }
        parsed(endpoint, &reply)
    }

    /// Makes or ends a silence; its id.
    ///
    /// # Errors
    /// The permit is for something else, Alertmanager refused, or nobody knows
    /// whether it was done.
    pub async fn carry_out(&self, order: &SilenceOrder, permit: Permit) -> Result<String, Fault> {
        if *permit.operation() != order.id || permit.digest() != order.digest() {
            return Err(Fault::new(
                FaultKind::Refused,
                "the permit is for another silence: nothing was sent",
            ));
        }
        let request = match &order.verb {
            SilenceVerb::Silence { matchers, starts, ends } => {
                let author = order.actor.to_string();
                let body = json!({"matchers": matchers, "startsAt": starts, "endsAt": ends,
                                  "createdBy": author, "comment": order.reason});
                Request {
                    path: "/api/v2/silences".to_owned(),
                    form: Vec::new(),
                    how: How::Json(body.to_string()),
                }
            }
            SilenceVerb::Expire { silence } => {
                let id: String =
                    silence.id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
                Request { path: format!("/api/v2/silence/{id}"), form: Vec::new(), how: How::Delete }
            }
        };
        match self.transport.send(request).await {
            Ok(reply) if (200..300).contains(&reply.status) => Ok(made(order, &reply)),
            Ok(reply) => Err(refused(order, &reply)),
            Err(error) if unanswered(&error) => self.read_back(order, &error).await,
            Err(error) => {
                Err(Fault::new(FaultKind::Unreachable, format!("cannot {}: {error}", order.phrase())))
            }
        }
    }

    /// The request went out and no answer came: the list of silences knows.
    async fn read_back(&self, order: &SilenceOrder, error: &ApiError) -> Result<String, Fault> {
        let unknown = |why: String| {
            Err(Fault::new(
                FaultKind::OutcomeUnknown,
                format!("UNKNOWN whether it did {}: {why}", order.phrase()),
            )
            .hint("`qd silence list` shows what is in force; it was not asked twice"))
        };
        let silences = match self.silences().await {
            Ok(silences) => silences,
            Err(again) => return unknown(format!("{error}; and the silences cannot be read: {again}")),
        };
        let found = silences.into_iter().find(|silence| match &order.verb {
            SilenceVerb::Silence { matchers, ends, .. } => {
                silence.matchers == *matchers
                    && silence.ends == Some(*ends)
                    && silence.comment == order.reason
            }
            SilenceVerb::Expire { silence: meant } => silence.id == meant.id && silence.expired,
        });
        match found {
            Some(silence) => Ok(silence.id),
            None => unknown(format!("{error}; it is not among the silences so far")),
        }
    }
}

/// The id of what was made, or ended.
fn made(order: &SilenceOrder, reply: &Reply) -> String {
    #[derive(Deserialize)]
    struct Made {
        #[serde(rename = "silenceID")]
        id: String,
    }
    match (&order.verb, serde_json::from_slice::<Made>(&reply.body)) {
        (SilenceVerb::Expire { silence }, _) => silence.id.clone(),
        (SilenceVerb::Silence { .. }, Ok(made)) => clean(&made.id),
        (SilenceVerb::Silence { .. }, Err(_)) => String::new(),
    }
}

/// Whether a request may have arrived although no answer came.
fn unanswered(error: &ApiError) -> bool {
    matches!(error, ApiError::Timeout(_) | ApiError::TooLarge(_) | ApiError::Shape { .. })
        || matches!(error, ApiError::Connection(why) if !why.contains("refused"))
}

fn parsed<D: DeserializeOwned>(endpoint: &'static str, reply: &Reply) -> Result<D, ApiError> {
    if !(200..300).contains(&reply.status) || !reply.body.trim_ascii_start().starts_with(b"[") {
        return Err(ApiError::Http { status: reply.status, first_line: said(reply) });
    }
    serde_json::from_slice(&reply.body).map_err(|error| ApiError::Shape { endpoint, what: error.to_string() })
}

/// What an answer that is none says: a JSON string, a message, or a web page.
fn said(reply: &Reply) -> String {
    #[derive(Deserialize)]
    struct Message {
        message: String,
    }
    let text = serde_json::from_slice::<String>(&reply.body)
        .or_else(|_| serde_json::from_slice::<Message>(&reply.body).map(|m| m.message));
    clean(&text.unwrap_or_else(|_| first_line(&reply.body)))
}

fn refused(order: &SilenceOrder, reply: &Reply) -> Fault {
    let kind = match reply.status {
        401 => FaultKind::Unauthorized,
        403 => FaultKind::Forbidden,
        404 => FaultKind::NotFound,
        400..=499 => FaultKind::Invalid,
        _ => FaultKind::Server,
    };
    Fault::new(
        kind,
        format!("Alertmanager refused to {}: {} ({})", order.phrase(), said(reply), reply.status),
    )
}

#[cfg(test)]
mod tests;
