//! The commands of a script.

use super::expect::Expect;
use super::series::{self, Line};

/// When an expression is evaluated, milliseconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    Instant(i64),
    Range { start_ms: i64, end_ms: i64, step_ms: i64 },
}

/// One `eval` block.
#[derive(Debug, Clone)]
pub(super) struct EvalBlock {
    pub(super) line: usize,
    pub(super) expr: String,
    pub(super) when: When,
    pub(super) expects: Vec<Expect>,
    pub(super) series: Vec<Line>,
    pub(super) scalar: Option<f64>,
}

/// A command.
#[derive(Debug, Clone)]
pub(super) enum Command {
    Clear,
    Load { step_ms: i64, with_nhcb: bool, series: Vec<Line> },
    Eval(Box<EvalBlock>),
}

type Numbered<'a> = (usize, &'a str);

/// Reads a script; lines that are not understood are returned beside.
pub(super) fn read(text: &str) -> (Vec<Command>, Vec<(usize, String)>) {
    let mut commands = Vec::new();
    let mut bad = Vec::new();
    let lines = text.lines().enumerate().map(|(i, l)| (i + 1, l.trim()));
    let lines: Vec<Numbered<'_>> = lines.filter(|(_, l)| !l.starts_with('#')).collect();
    let mut blocks = lines.split(|(_, l)| l.is_empty()).filter(|b| !b.is_empty());
    for block in &mut blocks {
        let mut rest = block;
        while let Some((&(number, head), tail)) = rest.split_first() {
            let used = tail.iter().position(|(_, l)| is_command(l)).unwrap_or(tail.len());
            let (body, next) = tail.split_at(used);
            match command(number, head, body) {
                Ok(command) => commands.push(command),
                Err((line, complaint)) => bad.push((line, complaint)),
            }
            rest = next;
        }
    }
    (commands, bad)
}

fn is_command(line: &str) -> bool {
    let word = line.split_whitespace().next().unwrap_or_default();
    matches!(word, "clear" | "load" | "load_with_nhcb") || word.starts_with("eval")
}

fn command(number: usize, head: &str, body: &[Numbered<'_>]) -> Result<Command, (usize, String)> {
    let word = head.split_whitespace().next().unwrap_or_default();
    let complain = |text: String| (number, text);
    match word {
        "clear" => Ok(Command::Clear),
        "load" | "load_with_nhcb" => {
            let step = head.split_whitespace().nth(1).unwrap_or_default();
            let step_ms = duration(step).ok_or_else(|| complain(format!("bad step {step:?}")))?;
            let mut series = Vec::new();
            for (line, text) in body {
                series.push(series::parse(text).map_err(|error| (*line, error))?);
            }
            Ok(Command::Load { step_ms, with_nhcb: word == "load_with_nhcb", series })
        }
        _ if word.starts_with("eval") => eval(number, head, body),
        _ => Err(complain(format!("not a command: {head:?}"))),
    }
}

fn eval(number: usize, head: &str, body: &[Numbered<'_>]) -> Result<Command, (usize, String)> {
    let (when, expr) = when(head).ok_or_else(|| (number, format!("bad eval: {head:?}")))?;
    let mut block = EvalBlock {
        line: number,
        expr: expr.to_owned(),
        when,
        expects: Expect::of_old_command(head),
        series: Vec::new(),
        scalar: None,
    };
    for (line, text) in body {
        if let Some(expect) = Expect::parse(text) {
            block.expects.push(expect.map_err(|error| (*line, error))?);
        } else if let Some(value) = crate::promql::text::parse_float(text) {
            block.scalar = Some(value);
        } else {
            block.series.push(series::parse(text).map_err(|error| (*line, error))?);
        }
    }
    Ok(Command::Eval(Box::new(block)))
}

/// `eval instant at 5m EXPR` or `eval range from 0 to 5m step 1m EXPR`.
fn when(head: &str) -> Option<(When, &str)> {
    let (_, rest) = word(head)?;
    let (kind, rest) = word(rest)?;
    if kind == "instant" {
        let ("at", rest) = word(rest)? else {
            return None;
        };
        let (at, expr) = word(rest)?;
        return Some((When::Instant(duration(at)?), expr));
    }
    let ("range", ("from", rest)) = (kind, word(rest)?) else {
        return None;
    };
    let (start, rest) = word(rest)?;
    let ("to", rest) = word(rest)? else {
        return None;
    };
    let (end, rest) = word(rest)?;
    let ("step", rest) = word(rest)? else {
        return None;
    };
    let (step, expr) = word(rest)?;
    let when = When::Range { start_ms: duration(start)?, end_ms: duration(end)?, step_ms: duration(step)? };
    Some((when, expr))
}

fn word(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    if text.is_empty() {
        return None;
    }
    let (head, tail) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    Some((head, tail.trim_start()))
}

const UNITS: &[(&str, f64)] = &[
    ("ms", 1.0),
    ("s", 1_000.0),
    ("m", 60_000.0),
    ("h", 3_600_000.0),
    ("d", 86_400_000.0),
    ("w", 604_800_000.0),
    ("y", 31_536_000_000.0),
];

/// `1h30m`, `-5m`, or a plain number of seconds; in milliseconds.
pub(super) fn duration(text: &str) -> Option<i64> {
    if let Ok(seconds) = text.parse::<f64>() {
        return Some((seconds * 1000.0).round() as i64);
    }
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(digits);
        let letters = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        let scale = UNITS.iter().find(|(name, _)| *name == unit)?.1;
        total += number.parse::<f64>().ok()? * scale;
        rest = tail;
    }
    Some(if negative { -total.round() as i64 } else { total.round() as i64 })
}
