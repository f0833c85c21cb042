//! A pod's `/metrics` page, in the Prometheus text format 0.0.4.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::PodState;
use super::graph::Graph;
use crate::demo::controllers::stamp::seconds_between;
use crate::demo::scenario::cast::BASE_MEMORY;
use crate::demo::scenario::model::{Language, Service};

/// The page at `now`. Writing to a String cannot fail, so results are dropped.
pub(super) fn render(graph: &Graph, pod: &PodState, now: Timestamp) -> String {
    let service = graph.service(pod.place);
    let mut out = String::with_capacity(8192);
    requests(&mut out, service, pod);
    durations(&mut out, service, pod);
    upstream(&mut out, service, pod);
    process(&mut out, graph, pod, now);
    runtime(&mut out, service, pod);
    head(&mut out, "app_build_info", "gauge", "Version of the running program.");
    let _ = writeln!(
        out,
        "app_build_info{{service=\"{}\",version=\"{}\"}} 1",
        service.id(),
        escape(&pod.version)
    );
    out
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn requests(out: &mut String, service: &Service, pod: &PodState) {
    head(out, "http_requests_total", "counter", "Requests served, by method, route and status code.");
    for (route, meter) in service.routes.iter().zip(&pod.meter.routes) {
        let (method, path) = (escape(&route.method), escape(&route.path));
        // The good series is there from the start, so that a rate is never missing.
        if meter.codes.is_empty() {
            let _ =
                writeln!(out, "http_requests_total{{method=\"{method}\",route=\"{path}\",code=\"200\"}} 0");
        }
        for (code, n) in &meter.codes {
            let _ = writeln!(
                out,
                "http_requests_total{{method=\"{method}\",route=\"{path}\",code=\"{code}\"}} {n}"
            );
        }
    }
}

fn durations(out: &mut String, service: &Service, pod: &PodState) {
    let name = "http_request_duration_seconds";
    head(out, name, "histogram", "Time to answer a request.");
    for (route, meter) in service.routes.iter().zip(&pod.meter.routes) {
        let labels = format!("method=\"{}\",route=\"{}\"", escape(&route.method), escape(&route.path));
        let mut below = 0;
        for (bound, n) in meter.bounds.iter().zip(&meter.buckets) {
            below += n;
            let _ = writeln!(out, "{name}_bucket{{{labels},le=\"{bound}\"}} {below}");
        }
        let total = meter.total();
        let _ = writeln!(out, "{name}_bucket{{{labels},le=\"+Inf\"}} {total}");
        let _ = writeln!(out, "{name}_sum{{{labels}}} {}", meter.sum_s);
        let _ = writeln!(out, "{name}_count{{{labels}}} {total}");
    }
}

fn upstream(out: &mut String, service: &Service, pod: &PodState) {
    if service.calls.is_empty() {
        return;
    }
    let name = "upstream_requests_total";
    head(out, name, "counter", "Calls to other services, retries included.");
    for (call, (good, bad)) in service.calls.iter().zip(&pod.meter.calls) {
        let to = escape(call.to.get_ref());
        let _ = writeln!(out, "{name}{{upstream=\"{to}\",outcome=\"ok\"}} {good}");
        let _ = writeln!(out, "{name}{{upstream=\"{to}\",outcome=\"error\"}} {bad}");
    }
}

fn process(out: &mut String, graph: &Graph, pod: &PodState, now: Timestamp) {
    let start = pod.meter.started.as_millisecond() as f64 / 1000.0;
    let rows = [
        ("process_cpu_seconds_total", "counter", "CPU time used.", pod.meter.cpu_s),
        ("process_resident_memory_bytes", "gauge", "Resident memory.", memory(graph, pod, now).round()),
        ("process_start_time_seconds", "gauge", "Start of the process, Unix time.", start),
        ("process_open_fds", "gauge", "Open file descriptors.", (24.0 + pod.meter.cores * 60.0).round()),
        ("process_max_fds", "gauge", "Most open file descriptors.", 1_048_576.0),
    ];
    for (name, kind, help, value) in rows {
        head(out, name, kind, help);
        let _ = writeln!(out, "{name} {value}");
    }
}

fn runtime(out: &mut String, service: &Service, pod: &PodState) {
    let busy = pod.meter.cores;
    let (name, help, value) = match service.language {
        Language::Go => ("go_goroutines", "Goroutines.", 14.0 + busy * 90.0),
        Language::Java => ("jvm_threads_live_threads", "Live threads.", 38.0 + busy * 30.0),
        Language::Python => ("python_threads", "Threads.", 9.0),
        Language::Node => ("nodejs_eventloop_lag_seconds", "Lag of the event loop.", 0.001 + busy * 0.004),
        Language::Rust => ("tokio_alive_tasks", "Live tasks.", 10.0 + busy * 80.0),
    };
    let whole = if value >= 1.0 { value.round() } else { value };
    head(out, name, "gauge", help);
    let _ = writeln!(out, "{name} {whole}");
}

/// Resident memory: a base, a little for the load, and what leaks.
pub(super) fn memory(graph: &Graph, pod: &PodState, now: Timestamp) -> f64 {
    let limit = graph.places[pod.place].memory;
    let age_min = seconds_between(pod.meter.started, now).max(0.0) / 60.0;
    let leak = pod.release.as_ref().map_or(0.0, |r| r.leak_mib_per_minute) * 1_048_576.0 * age_min;
    let load = graph.places[pod.place].cores.max(0.01);
    let warm =
        0.06 * limit * (1.0 - (-age_min / 20.0).exp()) + 0.05 * limit * (pod.meter.cores / load).min(1.0);
    (limit * BASE_MEMORY + warm + leak).min(limit * 0.999)
}

/// A label value: backslash, quote and newline escaped.
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
