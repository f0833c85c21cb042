//! The table of request metrics people have.

/// A family of request metrics and how to read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Family {
    /// Counter of requests.
    pub total: &'static str,
    /// Histogram of durations, without `_bucket`; empty if the family has none.
    pub duration: &'static str,
    /// Factor from the histogram's unit to seconds: `1` or `0.001`, as PromQL text.
    pub to_seconds: &'static str,
    /// Label with the status code.
    pub code: &'static str,
    /// Matcher on that label for failures of the server.
    pub failed: &'static str,
    /// Label with the endpoint.
    pub route: &'static str,
}

/// Families in the order they are looked for: the most specific first, because
/// a pod behind a mesh offers both its own and the mesh's.
pub const FAMILIES: [Family; 8] = [
    family("http_requests_total", "http_request_duration_seconds", "code", "route"),
    Family {
        code: "status",
        ..family("http_requests_total", "http_request_duration_seconds", "status", "endpoint")
    },
    Family {
        total: "http_server_request_duration_seconds_count",
        ..family("", "http_server_request_duration_seconds", "http_response_status_code", "http_route")
    },
    Family {
        total: "http_server_requests_seconds_count",
        ..family("", "http_server_requests_seconds", "status", "uri")
    },
    Family {
        to_seconds: "0.001",
        ..family(
            "istio_requests_total",
            "istio_request_duration_milliseconds",
            "response_code",
            "destination_service_name",
        )
    },
    Family {
        failed: "=~\"Unknown|DeadlineExceeded|Internal|Unavailable|DataLoss\"",
        ..family("grpc_server_handled_total", "grpc_server_handling_seconds", "grpc_code", "grpc_method")
    },
    Family {
        total: "http_server_duration_milliseconds_count",
        to_seconds: "0.001",
        ..family("", "http_server_duration_milliseconds", "http_status_code", "http_route")
    },
    family(
        "nginx_ingress_controller_requests",
        "nginx_ingress_controller_request_duration_seconds",
        "status",
        "path",
    ),
];

const fn family(
    total: &'static str,
    duration: &'static str,
    code: &'static str,
    route: &'static str,
) -> Family {
    Family { total, duration, to_seconds: "1", code, failed: "=~\"5..\"", route }
}

/// The first family whose counter is among `names` with its code label among
/// `labels_of` that counter; none if the service offers no requests we know.
pub fn detect<'a>(has: impl Fn(&str, &str) -> bool + 'a) -> Option<&'static Family> {
    FAMILIES.iter().find(|family| has(family.total, family.code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_label_tells_families_of_one_name_apart() {
        let found = detect(|name, label| name == "http_requests_total" && label == "status");
        assert_eq!(found.map(|f| f.code), Some("status"));
        let found = detect(|name, label| name == "http_server_requests_seconds_count" && label == "status");
        assert_eq!(found.map(|f| f.duration), Some("http_server_requests_seconds"));
        assert_eq!(detect(|_, _| false), None);
    }

    #[test]
    fn every_family_has_its_counter() {
        assert!(FAMILIES.iter().all(|family| !family.total.is_empty() && !family.duration.is_empty()));
    }
}
