//! What of a pod's page is kept.

use crate::engine::canary::Level;
use crate::signals::FAMILIES;

/// The lines of a page that are counted here; histograms only where slow
/// requests are. A page has hundreds of others, and an engine keeps the samples
/// of two hundred deliveries.
pub(super) fn slim(page: &[u8], levels: &[Level], durations: bool) -> Vec<u8> {
    let mut kept = Vec::with_capacity(page.len() / 4);
    for line in page.split_inclusive(|byte| *byte == b'\n') {
        let end = line.iter().position(|byte| matches!(byte, b'{' | b' ' | b'\t')).unwrap_or(line.len());
        if line.first() == Some(&b'#') || is_counted(line.get(..end).unwrap_or_default(), levels, durations) {
            kept.extend_from_slice(line);
        }
    }
    kept
}

fn is_counted(name: &[u8], levels: &[Level], durations: bool) -> bool {
    levels.iter().any(|level| level.metric.as_bytes() == name)
        || FAMILIES.iter().any(|family| {
            let part = |part: &[u8]| {
                durations
                    && !family.duration.is_empty()
                    && name.strip_prefix(family.duration.as_bytes()).is_some_and(|rest| rest == part)
            };
            name == family.total.as_bytes() || part(b"_count") || part(b"_bucket")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_page_only_what_is_counted_is_kept() {
        let page = "# TYPE http_requests_total counter\nhttp_requests_total{code=\"200\"} 7\ngo_goroutines 12\n\
                    http_request_duration_seconds_bucket{le=\"0.3\"} 5\nhttp_request_duration_seconds_sum 3\n\
                    http_request_duration_seconds_count 7\nhttp_requests_total_of_others 1\n# EOF\n";
        let kept = String::from_utf8(slim(page.as_bytes(), &[], true)).unwrap();
        let names: Vec<&str> = kept.lines().map(|line| line.split(['{', ' ']).next().unwrap()).collect();
        let parts = ["bucket", "count"].map(|part| format!("http_request_duration_seconds_{part}"));
        assert_eq!(names, ["#", "http_requests_total", &parts[0], &parts[1], "#"]);
        let levels = [Level::new("go_goroutines")];
        let kept = String::from_utf8(slim(page.as_bytes(), &levels, false)).unwrap();
        assert!(kept.contains("go_goroutines 12") && kept.contains("http_requests_total{"), "{kept}");
        assert!(!kept.contains("_duration_"), "nobody asked for slow requests: {kept}");
    }
}
