//! What pods use of the node: the table of metrics that say so.

use super::{Query, queries::query};
use std::collections::BTreeSet;

/// Metrics of CPU time and memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsageFamily {
    /// What counts: `container`, `process`.
    pub from: &'static str,
    /// Counter of CPU seconds.
    pub cpu: &'static str,
    /// Bytes in memory.
    pub memory: &'static str,
    /// The labels that tell one pod from another.
    pub pod: &'static str,
}

/// In the order they are looked for. What the kubelet counts is what limits are
/// held against; a process counts itself, and only itself. The pods' own pages
/// never have the kubelet's.
pub const USAGES: [UsageFamily; 2] = [
    UsageFamily {
        from: "container",
        cpu: "container_cpu_usage_seconds_total",
        memory: "container_memory_working_set_bytes",
        pod: "pod",
    },
    UsageFamily {
        from: "process",
        cpu: "process_cpu_seconds_total",
        memory: "process_resident_memory_bytes",
        pod: "pod, instance",
    },
];

/// The expressions over one family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageQueries {
    /// CPU by pod.
    pub cpu: String,
    /// Memory by pod, at its highest within the window.
    pub memory: String,
    /// Memory by pod, mean of the window.
    pub memory_mean: String,
    /// CPU of the pod that uses most.
    pub worst_cpu: Query,
    /// Memory of the pod that uses most.
    pub worst_memory: Query,
}

impl UsageFamily {
    /// The family called `from`.
    pub fn named(from: &str) -> Option<&'static Self> {
        USAGES.iter().find(|usage| usage.from == from)
    }

    /// The expressions for the series matched by `selector`, over `window`.
    pub fn queries(&self, selector: &str, window: &str) -> UsageQueries {
        let Self { cpu, memory, pod, .. } = self;
        let cpu = format!("sum by ({pod}) (rate({cpu}{{{selector}}}[{window}]))");
        let of_memory = |over: &str| format!("sum by ({pod}) ({over}({memory}{{{selector}}}[{window}]))");
        let memory = of_memory("max_over_time");
        UsageQueries {
            worst_cpu: query(
                "cpu",
                "CPU seconds used per second, of the pod that uses most, over the window",
                "cores",
                format!("max({cpu})"),
            ),
            worst_memory: query(
                "memory",
                "most bytes in memory within the window, of the pod that uses most",
                "bytes",
                format!("max({memory})"),
            ),
            memory_mean: of_memory("avg_over_time"),
            cpu,
            memory,
        }
    }
}

/// Matchers of the containers of pods named like `pods`, in `namespace`: those
/// that come after them are named alike. None without pods.
///
/// A name ends in the hash of a ReplicaSet and five letters, or in a number; of
/// other pods, only those names. The kubelet also counts whole pods and their
/// pauses, which would count twice.
pub(super) fn containers(namespace: &str, pods: &[String]) -> Option<String> {
    const LETTERS: &str = "[bcdfghjklmnpqrstvwxz2456789]";
    let alike: BTreeSet<String> = pods
        .iter()
        .map(|pod| {
            let own = |text: &str| !text.is_empty() && text.chars().all(|c| LETTERS.contains(c));
            let number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
            let mut parts = pod.rsplitn(3, '-');
            match (parts.next(), parts.next(), parts.next()) {
                (Some(last), Some(hash), Some(stem)) if last.len() == 5 && own(last) && own(hash) => {
                    format!("{stem}-{LETTERS}+-{LETTERS}{{5}}")
                }
                (Some(last), Some(_), _) if number(last) => {
                    format!("{}-[0-9]+", pod.rsplit_once('-').map_or("", |(stem, _)| stem))
                }
                _ => pod.clone(),
            }
        })
        .collect();
    // Names of pods are letters, digits, `-` and `.`: only the dot means something else.
    let alike = alike.iter().map(|pod| pod.replace('.', "[.]")).collect::<Vec<_>>().join("|");
    (!alike.is_empty())
        .then(|| format!("namespace=\"{namespace}\",pod=~\"{alike}\",container!=\"\",container!=\"POD\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_expression_is_promql() {
        for usage in &USAGES {
            let queries = usage.queries("namespace=\"a\",pod=~\"b|c-[0-9]+\"", "5m");
            let all = [&queries.cpu, &queries.memory, &queries.memory_mean];
            for text in all.into_iter().chain([&queries.worst_cpu.promql, &queries.worst_memory.promql]) {
                assert!(promql_parser::parser::parse(text).is_ok(), "{text}");
            }
        }
    }

    #[test]
    fn pods_that_come_later_are_meant_and_neighbours_are_not() {
        let pods =
            ["cart-7c9d5b6f4d-x2k5v", "cart-7c9d5b6f4d-bbbbb", "cart-canary-5d4c-zz2zz", "db-0", "odd.pod"];
        let selector = containers("shop", &pods.map(str::to_owned)).unwrap();
        let pattern = selector.split("pod=~\"").nth(1).unwrap().split('"').next().unwrap();
        let regex = regex::Regex::new(&format!("^(?:{pattern})$")).unwrap();
        for meant in [
            "cart-6f7d8b9c5d-abcde".replace("abcde", "bcdfg").as_str(),
            "cart-canary-5d4c-2bbbb",
            "db-12",
            "odd.pod",
        ] {
            assert!(regex.is_match(meant), "{meant}: {pattern}");
        }
        for other in ["cart-redis-0", "cart-worker-7c9d5b6f4d-x2k5v", "oddXpod", "db", "db-0-0"] {
            assert!(!regex.is_match(other), "{other}: {pattern}");
        }
        assert_eq!(containers("shop", &[]), None);
    }
}
