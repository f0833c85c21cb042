use super::*;
use crate::domain::{Actor, Confirmation, Here, Now, SilenceGate, WriteMode, admit_silence};
use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

/// Answers in order, and remembers what was asked.
struct Script {
    answers: Mutex<VecDeque<Result<Reply, ApiError>>>,
    asked: Mutex<Vec<Request>>,
}

impl Transport for Script {
    async fn send(&self, request: Request) -> Result<Reply, ApiError> {
        self.asked.lock().unwrap().push(request);
        self.answers.lock().unwrap().pop_front().expect("a question too many")
    }
}

fn server(answers: Vec<Result<Reply, ApiError>>) -> Alertmanager<Script> {
    let script = Script { answers: Mutex::new(answers.into()), asked: Mutex::default() };
    Alertmanager::new(script, "http://am".to_owned())
}

fn reply(status: u16, body: &'static str) -> Reply {
    Reply { status, body: body.as_bytes().into() }
}

fn order() -> SilenceOrder {
    let at = |s| Timestamp::from_second(s).unwrap();
    SilenceOrder {
        id: "op-1".into(),
        context: "dev".into(),
        cluster: "http://x".into(),
        verb: SilenceVerb::Silence {
            matchers: vec![Matcher::equal("alertname", "X")],
            starts: at(1_000),
            ends: at(8_200),
        },
        reason: "known".to_owned(),
        actor: Actor { os_user: "ann".to_owned(), ..Actor::default() },
        alerts: Vec::new(),
        confirmation: Confirmation::Key,
        read_at: at(1_000),
    }
}

fn permit(order: &SilenceOrder) -> Permit {
    let (context, cluster) = ("dev".into(), "http://x".into());
    let mode = WriteMode::CommandLine;
    let here = Here { mode: &mode, context: &context, cluster: &cluster, now: Now::at(1_001) };
    admit_silence(&SilenceGate { order, here, answer: "y" }).unwrap()
}

const ALERTS: &str = r#"[
 {"labels":{"alertname":"A","severity":"page"},"annotations":{"summary":"bad"},"startsAt":"2026-01-01T00:00:00Z",
  "fingerprint":"f","receivers":[{"name":"x"}],"status":{"state":"active","silencedBy":[],"inhibitedBy":[]}},
 {"labels":{"alertname":"B"},"annotations":{},"startsAt":"2026-01-01T00:00:00Z",
  "status":{"state":"suppressed","silencedBy":["s1"],"inhibitedBy":[]}},
 {"labels":{"alertname":"C"},"annotations":{},"status":{"state":"suppressed","silencedBy":[],"inhibitedBy":["f"]}}]"#;

#[tokio::test]
async fn alerts_say_who_keeps_them_quiet() {
    let alerts = server(vec![Ok(reply(200, ALERTS))]).alerts().await.unwrap();
    let states: Vec<_> = alerts.iter().map(|alert| (alert.name(), alert.state)).collect();
    assert_eq!(
        states,
        [("A", AlertState::Firing), ("B", AlertState::Silenced), ("C", AlertState::Inhibited)]
    );
    assert_eq!((alerts[0].summary.as_str(), alerts[1].silenced_by.len()), ("bad", 1));
}

#[tokio::test]
async fn every_failure_of_reading_has_its_own_message() {
    for (answer, words) in [
        (
            Ok(reply(502, "<html><title>Bad Gateway</title>")),
            "502 from the server or a proxy before it: Bad Gateway",
        ),
        (Ok(reply(404, "404 page not found")), "this server has no alerts endpoint"),
        (Ok(reply(200, "<html>login</html>")), "200 from the server or a proxy before it: login"),
        (Ok(reply(500, "\"inner trouble\"")), "500 from the server or a proxy before it: inner trouble"),
        (Ok(reply(200, "[{]")), "unexpected answer from alerts"),
        (Err(ApiError::Timeout(Duration::from_secs(30))), "no answer from Prometheus within 30s"),
    ] {
        let why = server(vec![answer]).alerts().await.unwrap_err().to_string();
        assert!(why.starts_with(words), "{why}");
    }
}

#[tokio::test]
async fn a_silence_is_asked_for_once_and_read_back_where_no_answer_came() {
    let lost = || Err(ApiError::Timeout(Duration::from_secs(14)));
    let good = server(vec![Ok(reply(200, r#"{"silenceID":"s9"}"#))]);
    assert_eq!(good.carry_out(&order(), permit(&order())).await.unwrap(), "s9");
    let asked = good.transport.asked.lock().unwrap().remove(0);
    let How::Json(body) = &asked.how else { panic!("{asked:?}") };
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["matchers"][0]["isEqual"], true);
    assert_eq!((&body["createdBy"], &body["comment"]), (&"ann".into(), &"known".into()));

    let there = r#"[{"id":"s9","matchers":[{"name":"alertname","value":"X","isRegex":false,"isEqual":true}],
        "startsAt":"1970-01-01T00:16:40Z","endsAt":"1970-01-01T02:16:40Z","createdBy":"ann","comment":"known",
        "status":{"state":"active"}}]"#;
    let found = server(vec![lost(), Ok(reply(200, there))]);
    assert_eq!(found.carry_out(&order(), permit(&order())).await.unwrap(), "s9");
    let gone =
        server(vec![lost(), Ok(reply(200, "[]"))]).carry_out(&order(), permit(&order())).await.unwrap_err();
    assert_eq!(gone.kind, FaultKind::OutcomeUnknown);
    assert!(gone.text.contains("UNKNOWN"), "{gone}");
    let refused = server(vec![Ok(reply(400, "\"invalid silence: end in the past\""))]);
    let refused = refused.carry_out(&order(), permit(&order())).await.unwrap_err();
    assert!(refused.text.contains("invalid silence: end in the past (400)"), "{refused}");
    let other = SilenceOrder { reason: "another".to_owned(), ..order() };
    let forged = server(Vec::new()).carry_out(&other, permit(&order())).await.unwrap_err();
    assert!(forged.text.contains("nothing was sent"), "{forged}");
}
