//! The machine alone: what a script of frames leads to, and what no script may.

use std::collections::BTreeSet;

use bytes::Bytes;
use proptest::prelude::*;

use super::codec::{data, stream};
use crate::demo::spdy::frame::{Frame, Why};
use crate::demo::spdy::session::{Act, MAX_STREAMS, Session};

fn accept(stream: u32) -> Act {
    Act::Say(Frame::Accept { stream })
}

fn refuse(stream: u32, why: Why) -> Act {
    Act::Say(Frame::Reset { stream, why })
}

/// Plays frames and says what each led to.
fn play(script: impl IntoIterator<Item = Frame>) -> Vec<Vec<Act>> {
    let mut session = Session::default();
    script.into_iter().map(|frame| session.hear(frame)).collect()
}

#[test]
fn two_streams_of_a_request_are_a_connection() {
    let said = play([
        stream(1, "error", "8080", "0"),
        data(1, true, b""),
        stream(3, "data", "8080", "0"),
        data(3, false, b"GET"),
        data(3, true, b""),
        Frame::Reset { stream: 3, why: Why::CANCEL },
        data(3, false, b"late"),
        Frame::Ping(1),
        Frame::Ping(2),
    ]);
    let wanted = vec![
        vec![accept(1)],
        vec![],
        vec![accept(3), Act::Connect { data: 3, error: 1, port: 8080 }],
        vec![Act::Feed { data: 3, bytes: Bytes::from_static(b"GET") }],
        vec![Act::End { data: 3 }],
        vec![Act::Cut { data: 3, error: 1 }],
        vec![],
        vec![Act::Say(Frame::Ping(1))],
        vec![],
    ];
    assert_eq!(said, wanted);
}

#[test]
fn clients_without_request_ids_open_the_error_stream_first() {
    let said = play([stream(5, "error", "80", ""), stream(7, "data", "80", "")]);
    assert_eq!(said[1], [accept(7), Act::Connect { data: 7, error: 5, port: 80 }]);
}

#[test]
fn streams_that_make_no_sense_are_refused() {
    for (frame, why) in [
        (stream(2, "error", "80", "0"), Why::PROTOCOL),
        (stream(1, "data", "0", "0"), Why::CANCEL),
        (stream(1, "data", "70000", "0"), Why::CANCEL),
        (stream(1, "data", "http", "0"), Why::CANCEL),
        (stream(1, "status", "80", "0"), Why::CANCEL),
        (data(1, false, b"x"), Why::UNKNOWN),
    ] {
        let number = if let Frame::Open { stream, .. } = frame { stream } else { 1 };
        assert_eq!(play([frame]), [[refuse(number, why)]]);
    }
    let twice =
        play([stream(1, "data", "80", "a"), stream(1, "error", "80", "a"), stream(3, "data", "80", "a")]);
    assert_eq!(twice, [[accept(1)], [refuse(1, Why::PROTOCOL)], [refuse(3, Why::CANCEL)]]);
    let early = play([stream(1, "data", "80", "a"), data(1, false, b"x"), stream(3, "error", "80", "a")]);
    assert_eq!(early, [[accept(1)], [refuse(1, Why::CANCEL)], [accept(3)]]);
}

#[test]
fn only_so_many_streams_are_held() {
    let many = (0..1_000).map(|n| stream(1 + 2 * n, "error", "80", &n.to_string()));
    let said = play(many);
    assert_eq!(
        said.iter().filter(|acts| matches!(acts[0], Act::Say(Frame::Accept { .. }))).count(),
        MAX_STREAMS
    );
    assert_eq!(said[MAX_STREAMS], [refuse(1 + 2 * MAX_STREAMS as u32, Why::REFUSED)]);
}

fn frames() -> impl Strategy<Value = Frame> {
    let number = 0_u32..40;
    prop_oneof![
        4 => (number.clone(), "error|data|x", "80|0|", "[abc]?")
            .prop_map(|(n, kind, port, request)| stream(n, &kind, &port, &request)),
        3 => (number.clone(), any::<bool>(), "x{0,3}")
            .prop_map(|(stream, end, text)| Frame::Data { stream, end, bytes: text.into() }),
        1 => number.prop_map(|stream| Frame::Reset { stream, why: Why::CANCEL }),
    ]
}

proptest! {
    #[test]
    fn no_script_confuses_it(script in proptest::collection::vec((frames(), any::<bool>()), 0..200)) {
        let (mut session, mut open) = (Session::default(), BTreeSet::new());
        for (frame, ends) in script {
            let asked = if let Frame::Open { stream, .. } = frame { Some(stream) } else { None };
            let acts = session.hear(frame);
            let answers = acts.iter().filter(|act| matches!(act,
                Act::Say(Frame::Accept { stream } | Frame::Reset { stream, .. }) if Some(*stream) == asked));
            prop_assert_eq!(answers.count(), usize::from(asked.is_some()));
            for act in acts {
                match act {
                    Act::Say(_) => {}
                    Act::Connect { data, error, port } => {
                        prop_assert!(port == 80 && data != error && open.insert(data));
                    }
                    Act::Feed { data, bytes } => prop_assert!(!bytes.is_empty() && open.contains(&data)),
                    Act::End { data } => prop_assert!(open.contains(&data)),
                    Act::Cut { data, .. } => prop_assert!(open.remove(&data)),
                }
            }
            if ends && let Some(data) = open.pop_first() {
                session.finished(data);
            }
            prop_assert!(session.streams() >= open.len() * 2 && session.streams() <= MAX_STREAMS);
        }
    }
}
