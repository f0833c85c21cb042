//! Rule 4. No mutation is blindly retried; an unknown outcome is shown as
//! unknown and read back.

use super::fixtures::{connected, deployment, mutation, permit, status};
use super::server::{Heard, Reply, Server};
use quarterdeck::domain::{FaultKind, Mutation, WriteOutcome};
use serde_json::json;

/// Sends one write to a server that answers PATCH with `reply`; says what came
/// of it and how many PATCHes the server heard.
async fn write_to(reply: impl Fn() -> Reply + Send + Sync + 'static) -> (WriteOutcome, usize) {
    let script = move |heard: &Heard| match heard.method.as_str() {
        "PATCH" => reply(),
        _ => Reply::json(200, &deployment("uid-1", "app:v1")),
    };
    let server = Server::start(script).await;
    let cluster = connected(&server).await;
    let mutation = mutation(&cluster);
    let outcome = cluster.write(permit(&mutation), &mutation).await;
    (outcome, server.count("PATCH"))
}

fn refused(outcome: &WriteOutcome) -> FaultKind {
    let WriteOutcome::Refused(fault) = outcome else { panic!("expected a refusal: {outcome:?}") };
    fault.kind
}

fn unknown(outcome: &WriteOutcome) {
    let WriteOutcome::Unknown(fault) = outcome else { panic!("expected unknown: {outcome:?}") };
    assert_eq!(fault.kind, FaultKind::OutcomeUnknown);
}

#[tokio::test]
async fn rule_4_never_twice_when_the_server_says_503() {
    let (outcome, sent) =
        write_to(|| Reply::json(503, &status(503, "ServiceUnavailable", "the server is starting"))).await;
    assert_eq!((refused(&outcome), sent), (FaultKind::Server, 1));
}

#[tokio::test]
async fn rule_4_never_twice_when_the_server_says_429() {
    let (outcome, sent) = write_to(|| {
        let body = status(429, "TooManyRequests", "too many requests").to_string();
        Reply::Full(429, "Retry-After: 1\r\n", body)
    })
    .await;
    assert_eq!((refused(&outcome), sent), (FaultKind::Throttled, 1));
    let WriteOutcome::Refused(fault) = outcome else { unreachable!() };
    assert!(fault.hints.iter().any(|hint| hint.contains("wait 1 s")), "{fault:?}");
}

#[tokio::test]
async fn rule_4_never_twice_and_unknown_when_the_server_says_504() {
    let (outcome, sent) = write_to(|| Reply::json(504, &status(504, "Timeout", "did not complete"))).await;
    unknown(&outcome);
    assert_eq!(sent, 1);
}

#[tokio::test]
async fn rule_4_never_twice_and_unknown_when_the_connection_is_cut() {
    let (outcome, sent) = write_to(|| Reply::Cut).await;
    unknown(&outcome);
    assert_eq!(sent, 1);
}

#[tokio::test]
async fn rule_4_unknown_when_the_answer_is_torn_or_no_object() {
    let torn = || Reply::Torn("{\"metadata\":{".to_owned());
    let (outcome, sent) = write_to(torn).await;
    unknown(&outcome);
    assert_eq!(sent, 1);
    let (outcome, sent) = write_to(|| Reply::Full(200, "", "<html>Log in</html>".to_owned())).await;
    unknown(&outcome);
    assert_eq!(sent, 1);
}

#[tokio::test]
async fn rule_4_a_cut_connection_that_was_kept_alive_is_not_tried_again() {
    // The first answer leaves the connection in the pool; the PATCH goes over
    // it and is cut: nothing may send it again over a fresh one.
    let script = |heard: &Heard| match heard.method.as_str() {
        "PATCH" => Reply::Cut,
        _ => Reply::json(200, &deployment("uid-1", "app:v1")),
    };
    let server = Server::start(script).await;
    let cluster = connected(&server).await;
    let mutation = mutation(&cluster);
    cluster.read(&mutation.target.key).await.unwrap();
    unknown(&cluster.write(permit(&mutation), &mutation).await);
    assert_eq!(server.count("PATCH"), 1);
}

#[tokio::test]
async fn rule_4_what_a_server_may_have_done_is_unknown_and_what_it_cannot_have_done_is_refused() {
    let said =
        |code: u16, message: &'static str| move || Reply::json(code, &status(code, "InternalError", message));
    let cases: [(u16, &'static str, bool); 6] = [
        (500, "etcdserver: request timed out", true),
        (500, "Internal error occurred: failed calling webhook \"policy\": context deadline exceeded", false),
        (500, "Internal error occurred: no codec", false),
        (503, "the server is currently unable to handle the request", false),
        (403, "deployments.apps \"checkout\" is forbidden", false),
        (404, "deployments.apps \"checkout\" not found", false),
    ];
    for (code, message, ambiguous) in cases {
        let (outcome, sent) = write_to(said(code, message)).await;
        assert_eq!(matches!(outcome, WriteOutcome::Unknown(_)), ambiguous, "{code} {message}: {outcome:?}");
        assert_eq!(sent, 1, "{code} {message}");
    }
    // Words of a proxy, not of an API server.
    let proxies = [
        (502, "bad gateway"),
        (503, "upstream connect error or disconnect/reset before headers"),
        (500, "oops"),
    ];
    for (code, words) in proxies {
        let (outcome, sent) = write_to(move || Reply::Full(code, "", words.to_owned())).await;
        unknown(&outcome);
        assert_eq!(sent, 1, "{code} {words}");
    }
}

#[tokio::test]
async fn rule_4_nobody_there_is_refused_because_nothing_was_sent() {
    let mut server = Server::start(|_: &Heard| Reply::Cut).await;
    let cluster = connected(&server).await;
    server.stop();
    let mutation = mutation(&cluster);
    let outcome = loop {
        // The listener closes when its task has ended.
        match cluster.write(permit(&mutation), &mutation).await {
            WriteOutcome::Unknown(_) => {}
            outcome @ (WriteOutcome::Applied { .. } | WriteOutcome::Refused(_)) => break outcome,
        }
    };
    assert_eq!(refused(&outcome), FaultKind::Unreachable);
}

#[tokio::test]
async fn rule_4_an_unknown_outcome_is_read_back() {
    for (live, expected) in [
        (deployment("uid-1", "app:v2"), Some(true)),
        (deployment("uid-1", "app:v1"), Some(false)),
        (deployment("uid-1", "app:v3"), None),
        (deployment("uid-2", "app:v2"), None),
    ] {
        let server = Server::start(move |_: &Heard| Reply::json(200, &live)).await;
        let cluster = connected(&server).await;
        assert_eq!(cluster.took_effect(&mutation(&cluster)).await.unwrap(), expected);
        assert_eq!(server.count("PATCH"), 0, "looking does not write");
    }
}

#[tokio::test]
async fn rule_4_making_and_deleting_are_not_repeated_and_read_back_as_well() {
    for there in [true, false] {
        let script = move |heard: &Heard| match heard.method.as_str() {
            "GET" if there => Reply::json(200, &deployment("uid-1", "app:v1")),
            "GET" => Reply::json(404, &status(404, "NotFound", "deployments.apps \"checkout\" not found")),
            _ => Reply::Cut,
        };
        let server = Server::start(script).await;
        let cluster = connected(&server).await;
        let target = mutation(&cluster).target;
        let body = deployment("", "app:v1");
        for (write, method, done) in [
            (Mutation::create(target.clone(), body), "POST", there),
            (Mutation::delete(target), "DELETE", !there),
        ] {
            unknown(&cluster.write(permit(&write), &write).await);
            assert_eq!(cluster.took_effect(&write).await.unwrap(), Some(done), "{write:?}");
            assert_eq!(server.count(method), 1);
        }
    }
}

#[tokio::test]
async fn rule_4_reads_are_not_repeated_behind_our_back_either() {
    let server = Server::start(|_: &Heard| Reply::json(503, &json!({}))).await;
    let cluster = connected(&server).await;
    cluster.ping().await.unwrap_err();
    assert_eq!(server.heard().len(), 1);
}
