//! Numbers and sentences of one operation.

use super::draw::threshold;
use super::evidence::interval;
use super::*;
use crate::domain::Now;
use crate::engine::verdict::number::named_evidence;
use std::time::Duration;

#[test]
fn the_interval_is_exact_and_holds_the_ratio() {
    // 0 of 100: the "rule of three" gives 3 %, Clopper-Pearson 3.6 % at 97.5 %.
    let (low, high) = interval(0, 100).unwrap();
    assert!(low.abs() < 1e-9 && (high - 0.0362).abs() < 0.0005, "{low} {high}");
    let (low, high) = interval(5, 50).unwrap();
    assert!((low - 0.0333).abs() < 0.0005 && (high - 0.2181).abs() < 0.0005, "{low} {high}");
    let (low, high) = interval(100, 100).unwrap();
    assert!((high - 1.0).abs() < 1e-9 && (low - 0.9638).abs() < 0.0005, "{low} {high}");
    assert_eq!(interval(0, 0), None, "no traffic is not 0 %");
}

#[test]
fn thresholds_are_round_and_evidence_is_bounded() {
    assert_eq!(threshold(20.0), "20");
    assert_eq!(named_evidence("E", 8.2e5), "E=8e5");
    assert_eq!(named_evidence("E", f64::MAX), "E>1e12");
}

#[test]
fn a_driver_is_lost_only_after_its_patience() {
    let now = Now::at(1_000);
    let driver = |who: &str, heard: i64| Driver {
        who: who.to_owned(),
        heard: Some(Now::at(heard).wall),
        patience: Duration::from_secs(30),
        here: false,
    };
    assert_eq!(driver("bo", 970).state(now), Driven::Elsewhere);
    assert_eq!(driver("bo", 960).state(now), Driven::Silent(Duration::from_secs(40)));
    assert_eq!(driver("", 999).state(now), Driven::Nobody);
    assert_eq!(Driver { here: true, ..driver("bo", 999) }.state(now), Driven::Here);
}

#[test]
fn the_real_weight_is_what_is_available() {
    let pods = Pods { stable: (3, 3), canary: Some((1, 2)) };
    assert!((pods.real_percent() - 25.0).abs() < 1e-9);
    assert!(!pods.are_whole());
    let none = Pods { stable: (0, 3), canary: None };
    assert!(none.real_percent().abs() < 1e-9, "no pods are no traffic, not a division by zero");
}
