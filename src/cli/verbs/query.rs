//! `qd query`: PromQL on a Prometheus, or without one on what the pods
//! themselves say.
//!
//! Absent on purpose: history without a Prometheus. Two readings answer `now`,
//! nothing before it.

mod answer;
mod caret;

use crate::cli::files_args::QueryArgs;
use crate::cli::out::aside;
use crate::cli::session::Session;
use crate::cli::setup::Setup;
use crate::domain::{Fault, FaultKind, count_of};
use crate::metrics::Access;
use crate::metrics::prometheus::{ApiError, RangePlan, plan_range};
use crate::promql::{self, Limits};
use crate::shell::monitoring::{open_server, shown};
use crate::shell::{Tasks, clock, read_twice};
use answer::Answer;
use std::time::Duration;

/// A Prometheus answers within this; its own default is two minutes, no
/// person's is.
const PATIENCE: Duration = Duration::from_secs(30);
/// Points of a range without `--step`: what a terminal has room for.
const POINTS: u16 = 40;
/// Failed pods named before it says how many more there are.
const SHOWN: usize = 5;

/// Asks and prints.
pub(in crate::cli) async fn run(setup: &Setup, tasks: &Tasks, args: &QueryArgs) -> Result<u8, Fault> {
    let access = setup.access()?;
    let answer = match &access.prometheus {
        Some(url) => prometheus(&access, url, args).await?,
        None => pods(setup, tasks, args).await?,
    };
    for warning in &answer.warnings {
        aside(&format!("qd: {warning}"));
    }
    answer.print(setup)
}

async fn prometheus(access: &Access, url: &str, args: &QueryArgs) -> Result<Answer, Fault> {
    let now = clock::now().wall;
    let at = args.time.as_deref().map_or(Ok(now), |text| super::audit::since("time", text, now))?;
    let failed = |error: ApiError| refused(&args.expr, url, &error);
    let client = open_server(access, url, PATIENCE).map_err(failed)?;
    let plan = args.range.map(|range| plan(at.as_millisecond(), range, args.step));
    let got = match plan {
        Some(plan) => client.query_range(&args.expr, plan).await,
        None => client.query(&args.expr, at.as_millisecond()).await,
    };
    let got = got.map_err(failed)?;
    let notes = got.warnings.iter().map(|text| format!("warning: {text}"));
    let notes = notes.chain(got.infos.iter().map(|text| format!("info: {text}"))).collect();
    let steps = plan.map(|plan| (plan.start_ms, plan.end_ms, plan.step_ms));
    Ok(Answer::new(format!("prometheus {}", shown(url)), at, &got.data, steps, notes))
}

fn plan(end_ms: i64, range: Duration, step: Option<Duration>) -> RangePlan {
    let ms = |span: Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
    match step {
        Some(step) => {
            RangePlan { start_ms: end_ms.saturating_sub(ms(range)), end_ms, step_ms: ms(step).max(1) }
        }
        None => plan_range(end_ms, ms(range), POINTS),
    }
}

fn refused(expr: &str, url: &str, error: &ApiError) -> Fault {
    let kind = match error {
        ApiError::Api { kind, .. } if kind == "bad_data" => {
            return caret::fault(
                expr,
                &error.to_string(),
                caret::prometheus_position(expr, &error.to_string()),
            );
        }
        ApiError::Http { status: 401, .. } => FaultKind::Unauthorized,
        ApiError::Http { status: 403, .. } => FaultKind::Forbidden,
        ApiError::Api { kind, .. } if kind == "execution" => FaultKind::Invalid,
        ApiError::Api { .. } | ApiError::Http { .. } | ApiError::Shape { .. } | ApiError::TooLarge(_) => {
            FaultKind::Server
        }
        ApiError::Missing { .. } => FaultKind::NotFound,
        ApiError::Connection(_) | ApiError::Closed => FaultKind::Unreachable,
        ApiError::Timeout(_) => FaultKind::Timeout,
        ApiError::Token { .. } | ApiError::Setting { .. } => FaultKind::Config,
    };
    let fault = Fault::new(kind, format!("{}: {error}", shown(url)));
    match error {
        ApiError::Http { .. } | ApiError::Missing { .. } | ApiError::Shape { .. } => {
            fault.hint("the URL is what stands before /api/v1, such as http://prometheus:9090")
        }
        ApiError::Setting { .. } => {
            fault.hint("--prometheus takes an address such as http://prometheus:9090")
        }
        ApiError::Api { .. }
        | ApiError::Connection(_)
        | ApiError::Timeout(_)
        | ApiError::TooLarge(_)
        | ApiError::Token { .. }
        | ApiError::Closed => fault,
    }
}

async fn pods(setup: &Setup, tasks: &Tasks, args: &QueryArgs) -> Result<Answer, Fault> {
    let flag = if args.range.is_some() { Some("--range") } else { args.time.as_ref().map(|_| "--time") };
    if let Some(flag) = flag {
        let text = format!("{flag} needs a Prometheus: the pods only know the present");
        return Err(Fault::new(FaultKind::Config, text).hint("name one with --prometheus URL"));
    }
    let query = promql::parse(&args.expr)
        .map_err(|error| caret::fault(&args.expr, &error.message, error.position))?;
    let session = Session::open(setup, tasks).await?;
    let read = read_twice(&session.link.cluster, &session.world, args.gap).await;
    if read.pods == 0 {
        let text = format!("no pod offers metrics in {} of {}", session.scope(), session.link.place.context);
        let fault = Fault::new(FaultKind::NotFound, text);
        return Err(fault
            .hint("pods offer them by the annotation prometheus.io/scrape or a port named metrics")
            .hint("or name a Prometheus with --prometheus URL"));
    }
    let at = clock::now().wall;
    let found = query.instant(&read.store, at.as_millisecond(), &Limits::default());
    let (value, notes) =
        found.map_err(|error| Fault::new(FaultKind::Invalid, format!("'{}': {error}", args.expr)))?;
    let mut warnings: Vec<String> = notes.iter().map(ToString::to_string).collect();
    warnings.extend(read.failed.iter().take(SHOWN).map(|(pod, why)| format!("not read: po/{pod}: {why}")));
    if read.failed.len() > SHOWN {
        warnings.push(format!("… and {} more", count_of(read.failed.len() - SHOWN, "pod")));
    }
    let good = read.pods - read.failed.len();
    aside(&format!(
        "qd: read {good} of {} of {} twice, {} s apart, through {}",
        count_of(read.pods, "pod"),
        count_of(read.services, "service"),
        args.gap.as_secs(),
        session.link.place.cluster
    ));
    let source = format!("pods of {}", session.link.place.context);
    let mut answer = Answer::new(source, at, &value, None, warnings);
    answer.pods = Some((good, read.pods));
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_was_given_is_kept() {
        let hour = plan(7_200_000, Duration::from_hours(1), Some(Duration::from_secs(7)));
        assert_eq!((hour.start_ms, hour.end_ms, hour.step_ms), (3_600_000, 7_200_000, 7_000));
        assert_eq!(plan(7_200_000, Duration::from_hours(1), None).step_ms, 90_000);
    }
}
