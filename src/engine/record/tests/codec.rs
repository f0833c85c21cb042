use proptest::prelude::*;

use std::sync::Arc;

use super::super::{
    MOST_BYTES, MOST_LINES, MOST_VERDICTS, PodTemplate, RecordFault, SCHEMA, decode, encode, names,
};
use super::make::record;
use crate::domain::Now;
use crate::engine::canary::{Judgement, Phase, Request};
use crate::engine::verdict::{
    Counts, Data, Health, Importance, Inputs, Interval, Metric, Requests, StepClock,
};
use crate::engine::verdict::{Policy, input::Bad, verdict};

/// A judgement after `n` intervals of half a minute.
fn judgement(n: u32, canary_errors: u64) -> Arc<Judgement> {
    let interval = |i: u32| Interval {
        from_s: i * 30,
        to_s: i * 30 + 30,
        canary: Some(Counts { n: 300, e: canary_errors }),
        baseline: Some(Counts { n: 2_700, e: 27 }),
    };
    let intervals = (0..n).map(interval).collect();
    let data =
        Data::Requests(Requests { bad: Bad::Failed, floor: 0.001, limit: Some(0.01), fine: None, intervals });
    let inputs = Inputs {
        policy: Policy::default(),
        clock: StepClock { elapsed_s: n * 30, min_s: 300, max_s: 600 },
        requested_share: 0.1,
        metrics: vec![Metric { name: "errors".into(), importance: Importance::Critical, data }],
        facts: Vec::new(),
        health: Health::Fresh,
    };
    Arc::new(Judgement { at: Now::at(i64::from(n) * 30).wall, verdict: verdict(&inputs), inputs })
}

#[test]
fn what_is_written_is_read_back_and_verdicts_replay() {
    let mut record = record();
    for n in [0, 1, 4, 10, 20] {
        record.keep_verdict(&judgement(n, 3));
        record.keep_verdict(&judgement(n, 60));
    }
    record.run.judged = Some(judgement(20, 60));
    record.note("begun", Now::at(1));
    record.ask("r-1".into(), Request::Hold, "ada", "lunch", Now::at(2));
    let read = decode(&encode(&record).unwrap()).unwrap();
    assert_eq!(read, record);
    for kept in &read.verdicts {
        assert_eq!(verdict(&kept.inputs), kept.verdict);
    }
}

#[test]
fn a_streak_of_equal_verdicts_keeps_its_first_and_its_newest() {
    let mut record = record();
    for n in 11..19 {
        record.keep_verdict(&judgement(n, 3));
    }
    let minutes: Vec<u32> = record.verdicts.iter().map(|kept| kept.inputs.clock.elapsed_s).collect();
    assert_eq!(minutes, [330, 540]);
    for n in 0..200 {
        record.keep_verdict(&judgement(12, if n % 2 == 0 { 3 } else { 90 }));
    }
    assert_eq!(record.verdicts.len(), MOST_VERDICTS);
}

#[test]
fn a_record_that_grows_too_large_loses_what_is_only_for_reading() {
    let mut record = record();
    for n in 0..MOST_VERDICTS as u32 {
        record.keep_verdict(&judgement(1_000 + n, if n % 2 == 0 { 3 } else { 90 }));
    }
    for n in 0..300 {
        record.note(&format!("line {n}"), Now::at(n));
    }
    assert_eq!(record.log.len(), MOST_LINES);
    let text = encode(&record).unwrap();
    assert!(text.len() <= MOST_BYTES, "{}", text.len());
    let read = decode(&text).unwrap();
    assert_eq!((&read.run, &read.templates), (&record.run, &record.templates));
    assert_eq!(read.verdicts.last(), record.verdicts.last(), "the newest verdict stays");

    record.templates.new = PodTemplate::new(&"x".repeat(MOST_BYTES).into());
    assert!(matches!(encode(&record), Err(RecordFault::TooLarge { .. })));
}

#[test]
fn malformed_records_say_where_and_why() {
    let good = encode(&record()).unwrap();
    let swapped = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        decode(&good.replace(from, to)).unwrap_err().to_string()
    };
    let (known, newer) = (SCHEMA, SCHEMA + 1);
    let said = swapped(&format!("\"schema\":{known}"), &format!("\"schema\":{newer}"));
    assert!(said.contains(&format!("schema {newer}, this program knows up to {known}")), "{said}");
    assert!(swapped("\"seq\":1", "\"seq\":0").contains("count from 1"));
    assert!(swapped("\"strategy\":\"canary\"", "\"strategy\":\"hope\"").contains("column"));
    assert!(
        swapped("\"strategy\":\"canary\"", "\"strategy\":\"rolling\"").contains("a rolling with 2 steps")
    );
    assert!(swapped("\"routing\":\"pods\"", "\"routing\":\"in-place\"").contains("cannot be made so"));
    assert!(swapped("\"step\":0", "\"step\":7").contains("step 8, but its plan has 2"));
    assert!(swapped("\"uid\":\"uid-1\"", "\"uid\":\"\"").contains("no target"));
    assert!(decode("").unwrap_err().to_string().contains("line 1, column 0"));
    assert!(decode(good.get(..good.len() / 2).unwrap()).is_err());
    assert!(decode(&" ".repeat(MOST_BYTES + 1)).is_err());
}

#[test]
fn templates_do_not_print() {
    let shown = format!("{:?}", record());
    assert!(!shown.contains("hunter"), "{shown}");
    let mut record = record();
    record.note("cannot pull: Get https://cy:hunter2@r.io/v2\u{1b}[31m", Now::at(1));
    assert!(!format!("{:?}", record.log).contains("hunter2"));
    assert!(!format!("{:?}", record.log).contains("u{1b}"));
}

#[test]
fn names_fit_and_tell_apart() {
    let record = record();
    assert_eq!(record.key().name.as_str(), "quarterdeck-op-deployment-checkout-1");
    assert_eq!(record.canary().name.as_str(), "checkout-canary");
    let long = |tail: &str| names::label_value(&format!("{}{tail}", "a".repeat(100)));
    assert!(long("x").len() <= 63 && long("x") != long("y"));
    assert_eq!(names::label_value("checkout"), "checkout");
    let labels = names::labels(&record);
    assert_eq!(labels[3], (names::PHASE, "scaling".to_owned()));
    assert!(matches!(record.run.phase, Phase::Scaling { step: 0, .. }));
}

proptest! {
    #[test]
    fn arbitrary_text_is_refused_not_fatal(text in any::<String>()) {
        prop_assert!(decode(&text).is_err());
    }

    #[test]
    fn a_record_with_any_byte_changed_is_read_or_refused(at in 0_usize..2_000, byte in 32_u8..127) {
        let mut bytes = encode(&record()).unwrap().into_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        let text = String::from_utf8(bytes).unwrap();
        if let Ok(read) = decode(&text) {
            prop_assert!(decode(&encode(&read).unwrap()).is_ok());
        }
    }
}
