//! What Prometheus and Alertmanager say of alerts, as one list.
//!
//! Alertmanager knows what is silenced and who is told; Prometheus knows what
//! is pending, and what fires although no Alertmanager hears it.

use super::Reach;
use crate::domain::{Alarms, Alert, AlertState, clean};
use crate::metrics::alertmanager::Alertmanager;
use crate::metrics::prometheus::{self, ApiError, Client, Rule, Transport};
use jiff::Timestamp;

/// Reads both. What cannot be read is a warning beside what can.
pub async fn read(
    prometheus: Option<(&Client<Reach>, &str)>,
    alertmanager: Option<&Alertmanager<Reach>>,
    now: Timestamp,
) -> Alarms {
    gather(prometheus, alertmanager, now).await
}

/// The same over any transport.
pub async fn gather<T: Transport>(
    prometheus: Option<(&Client<T>, &str)>,
    alertmanager: Option<&Alertmanager<T>>,
    now: Timestamp,
) -> Alarms {
    let mut alarms = Alarms { silences_possible: alertmanager.is_some(), ..Alarms::default() };
    if let Some(server) = alertmanager {
        match futures::future::join(server.alerts(), server.silences()).await {
            (Ok(alerts), Ok(silences)) => {
                alarms.alerts = alerts;
                alarms.silences = silences.into_iter().filter(|silence| !silence.expired).collect();
                alarms.sources.push(format!("Alertmanager {}", server.place));
                alarms.at = Some(now);
            }
            (Err(error), _) | (_, Err(error)) => {
                alarms.warnings.push(format!("Alertmanager {}: {error}", server.place));
            }
        }
    }
    if let Some((client, name)) = prometheus {
        match rules(client).await {
            Ok((alerts, warnings)) => {
                let heard = |alert: &Alert| {
                    alarms.alerts.iter().any(|known| {
                        alert.labels.iter().all(|(label, value)| known.labels.get(label) == Some(value))
                    })
                };
                // Alertmanager adds labels of its own, and takes none away.
                let new: Vec<Alert> = alerts.into_iter().filter(|alert| !heard(alert)).collect();
                alarms.alerts.extend(new);
                alarms.warnings.extend(warnings);
                alarms.sources.push(format!("Prometheus {name}"));
                alarms.at = Some(now);
            }
            Err(error) => alarms.warnings.push(format!("alerts of Prometheus {name}: {error}")),
        }
    }
    alarms.sort();
    alarms
}

/// Alerts of all rules, and what is wrong with rules; of a server that shows no
/// rules, its alerts.
async fn rules<T: Transport>(client: &Client<T>) -> Result<(Vec<Alert>, Vec<String>), ApiError> {
    match client.rules().await {
        Ok(answer) => {
            let rules: Vec<Rule> = answer.data.into_iter().flat_map(|group| group.rules).collect();
            let mut warnings = answer.warnings;
            for rule in rules.iter().filter(|rule| rule.kind == "alerting" && rule.health == "err") {
                let why = rule.last_error.as_deref().unwrap_or("no reason given");
                warnings.push(clean(&format!("the alert rule {} cannot be evaluated: {why}", rule.name)));
            }
            Ok((rules.iter().flat_map(|rule| rule.alerts.iter().filter_map(alert)).collect(), warnings))
        }
        Err(ApiError::Missing { .. }) => {
            let answer = client.alerts().await?;
            Ok((answer.data.iter().filter_map(alert).collect(), answer.warnings))
        }
        Err(error) => Err(error),
    }
}

fn alert(raw: &prometheus::Alert) -> Option<Alert> {
    let state = match raw.state.as_str() {
        "firing" => AlertState::Firing,
        "pending" => AlertState::Pending,
        _ => return None,
    };
    let since = raw.active_at.as_deref().and_then(|text| text.parse().ok());
    Some(Alert::new(&raw.labels, &raw.annotations, state, since))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::prometheus::{Reply, Request};
    use std::collections::HashMap;
    use std::time::Duration;

    /// Answers by path.
    struct Canned(HashMap<&'static str, (u16, &'static str)>);

    impl Transport for Canned {
        async fn send(&self, request: Request) -> Result<Reply, ApiError> {
            let missing = (404, "404 page not found");
            let (status, body) = *self.0.get(request.path.as_str()).unwrap_or(&missing);
            Ok(Reply { status, body: body.as_bytes().into() })
        }
    }

    fn client(pages: &[(&'static str, u16, &'static str)]) -> Client<Canned> {
        Client::new(canned(pages), Duration::from_secs(1))
    }

    fn canned(pages: &[(&'static str, u16, &'static str)]) -> Canned {
        Canned(pages.iter().map(|(path, status, body)| (*path, (*status, *body))).collect())
    }

    const RULES: &str = r#"{"status":"success","data":{"groups":[{"name":"g","rules":[
        {"type":"alerting","name":"Errors","query":"x","health":"ok","state":"firing","alerts":[
          {"labels":{"alertname":"Errors","service":"cart"},"annotations":{},"state":"firing","activeAt":"2026-01-01T00:00:00Z","value":"1e+00"},
          {"labels":{"alertname":"Errors","service":"search"},"annotations":{},"state":"pending","value":"1"}]},
        {"type":"alerting","name":"Broken","query":"x","health":"err","lastError":"many-to-many","alerts":[]}]}]}}"#;
    const ALERTS: &str = r#"[{"labels":{"alertname":"Errors","service":"cart","cluster":"eu"},"annotations":{},
        "startsAt":"2026-01-01T00:00:00Z","status":{"state":"suppressed","silencedBy":["s1"],"inhibitedBy":[]}}]"#;
    const SILENCES: &str = r#"[{"id":"s1","matchers":[{"name":"service","value":"cart","isRegex":false}],
        "startsAt":"2026-01-01T00:00:00Z","endsAt":"2026-01-01T02:00:00Z","createdBy":"ann","comment":"known","status":{"state":"active"}},
        {"id":"s0","matchers":[],"createdBy":"x","comment":"y","status":{"state":"expired"}}]"#;

    #[tokio::test]
    async fn one_list_of_both_with_what_is_silenced_and_what_is_pending() {
        let server = client(&[("/api/v1/rules", 200, RULES)]);
        let am = canned(&[("/api/v2/alerts", 200, ALERTS), ("/api/v2/silences", 200, SILENCES)]);
        let am = Alertmanager::new(am, "http://am".to_owned());
        let alarms = gather(Some((&server, "http://p")), Some(&am), Timestamp::UNIX_EPOCH).await;
        let states: Vec<_> = alarms.alerts.iter().map(|alert| (alert.subject(), alert.state)).collect();
        assert_eq!(states, [("search", AlertState::Pending), ("cart", AlertState::Silenced)]);
        assert_eq!(alarms.silences.iter().map(|s| s.id.as_str()).collect::<Vec<_>>(), ["s1"]);
        assert_eq!(alarms.warnings, ["the alert rule Broken cannot be evaluated: many-to-many"]);
    }

    #[tokio::test]
    async fn what_fails_is_a_warning_beside_what_does_not() {
        let server = client(&[("/api/v1/rules", 502, "<html>Bad Gateway</html>")]);
        let am = canned(&[("/api/v2/alerts", 200, ALERTS), ("/api/v2/silences", 200, "[]")]);
        let am = Alertmanager::new(am, "http://am".to_owned());
        let alarms = gather(Some((&server, "http://p")), Some(&am), Timestamp::UNIX_EPOCH).await;
        assert_eq!(alarms.alerts.len(), 1);
        assert_eq!(
            alarms.warnings,
            ["alerts of Prometheus http://p: 502 from the server or a proxy before it: Bad Gateway"]
        );
        let old = r#"{"data":{"alerts":[{"labels":{"alertname":"A"},"state":"firing","value":"1"}]}}"#;
        let alone =
            gather(Some((&client(&[("/api/v1/alerts", 200, old)]), "p")), None, Timestamp::UNIX_EPOCH).await;
        assert_eq!((alone.alerts.len(), alone.silences_possible), (1, false), "a server without /rules");
    }
}
