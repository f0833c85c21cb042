//! ResourceQuota on pods: what a namespace may not have more of.
//!
//! Only `pods` and `count/pods` are enforced, and only against controllers:
//! that is where a full namespace shows.

use serde_json::Value;

use super::cache::Cache;
use super::key::resource;

/// Why one more pod is too many, in the API server's words; `None` if it is not.
pub(super) fn refuses(cache: &Cache, ns: &str, pod: &str) -> Option<String> {
    for key in cache.in_namespace(resource::RESOURCE_QUOTAS, ns) {
        let quota = cache.object(key)?.value();
        for name in ["pods", "count/pods"] {
            let hard = quota.pointer("/spec/hard").and_then(|h| h.get(name));
            let Some(hard) = hard.and_then(Value::as_str).and_then(|n| n.parse::<usize>().ok()) else {
                continue;
            };
            let used = cache.pods(ns).filter(|p| !p.is_finished()).count();
            if used >= hard {
                return Some(format!(
                    "pods \"{pod}\" is forbidden: exceeded quota: {}, requested: {name}=1, used: {name}={used}, limited: {name}={hard}",
                    key.name
                ));
            }
        }
    }
    None
}
