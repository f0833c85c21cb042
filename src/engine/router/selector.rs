//! The selector of stable's Service: blue/green.
//!
//! Its `quarterdeck/track` names the pods that serve, `stable` at rest. One
//! patch moves everybody to the other colour, and one moves them back.

use serde_json::Value;

use super::{Picked, Router, Shares, text};
use crate::domain::JsonOp;

/// JSON pointer of the colour.
const TRACK: &str = "/spec/selector/quarterdeck~1track";
/// At rest, and switched.
pub(super) const COLOURS: [&str; 2] = ["stable", "canary"];

pub(super) fn shares(raw: &Value) -> Shares {
    let at = COLOURS.iter().position(|colour| *colour == text(raw, TRACK));
    let percent = at.map(|at| if at == 0 { 0 } else { 100 });
    Shares { joined: true, percent, restored: percent == Some(0), taken: true, picked: Picked::Nothing }
}

pub(super) fn weigh(router: &Router, raw: &Value, percent: u32) -> Result<Vec<JsonOp>, String> {
    match percent {
        0 => Ok(switch(raw, COLOURS[0])),
        100 => Ok(switch(raw, COLOURS[1])),
        part => Err(format!("{} sends all or nothing, not {part} %", router.title())),
    }
}

pub(super) fn restore(raw: &Value) -> Vec<JsonOp> {
    switch(raw, COLOURS[0])
}

fn switch(raw: &Value, colour: &str) -> Vec<JsonOp> {
    vec![JsonOp::test(TRACK, text(raw, TRACK)), JsonOp::replace(TRACK, colour)]
}
