//! Whether the quotas of a namespace have room for every pod there will be at
//! once. A pod that is refused in the middle is a rollback for nothing, or a
//! rollback that waits. What a LimitRange fills in is not known here.

use serde_json::Value;

use super::Probe;
use crate::domain::CheckOutcome::{NotApplicable, Pass, Warn};
use crate::domain::{Check, CheckOutcome, amount, count_of};

const SOURCE: &str = "ResourceQuota";

/// What one line of a quota says to so many pods more.
enum Room {
    /// Enough; how many pods more there is room for.
    Enough(u64),
    /// Not enough, in words.
    Short(String),
    /// The pods do not say what the quota counts.
    Unsaid(String),
}

/// The check of so many pods more than now, made after `pod`. Without room it
/// comes out as `short` says, with what to do then.
pub(super) fn quota_check(
    quotas: &Probe<Vec<Value>>,
    pod: Option<&Value>,
    needed: u64,
    (short_outcome, short_remedy): (CheckOutcome, &str),
) -> Check {
    let name = "quota";
    let quotas = match quotas {
        Ok(quotas) => quotas,
        Err(fault) => return Check::unknown(name, fault, SOURCE),
    };
    let (mut short, mut unsaid, mut least) = (None, None, None);
    for (scoped, room) in quotas.iter().flat_map(|quota| lines(quota, pod, needed)) {
        match room {
            Room::Short(text) => short = short.or(Some((scoped, text))),
            Room::Unsaid(text) => unsaid = unsaid.or(Some(text)),
            Room::Enough(pods) => least = Some(least.map_or(pods, |least: u64| least.min(pods))),
        }
    }
    if let Some((scoped, text)) = short {
        // Whether a scope takes these pods in is the server's to say.
        let outcome = if scoped { Warn } else { short_outcome };
        return Check::new(name, outcome, text, SOURCE).remedy(short_remedy);
    }
    if let Some(text) = unsaid {
        return Check::new(name, Warn, text, SOURCE)
            .remedy("a LimitRange must fill it in, or pods are refused");
    }
    match least {
        None => Check::new(name, NotApplicable, "no quota counts pods or what they ask for", SOURCE),
        Some(left) => Check::new(name, Pass, format!("room for {left} more pods, needs {needed}"), SOURCE),
    }
}

/// Each line of a quota that counts pods or what they ask for, and whether the
/// quota is only for some pods.
fn lines<'a>(
    quota: &'a Value,
    pod: Option<&'a Value>,
    needed: u64,
) -> impl Iterator<Item = (bool, Room)> + 'a {
    let scoped = quota.pointer("/spec/scopes").is_some() || quota.pointer("/spec/scopeSelector").is_some();
    let hard = quota.pointer("/status/hard").and_then(Value::as_object);
    let name = quota.pointer("/metadata/name").and_then(Value::as_str).unwrap_or("?");
    hard.into_iter().flatten().filter_map(move |(counted, hard)| {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let used = quota.pointer("/status/used").and_then(|used| used.get(counted)).map(text);
        let (hard, used) = (text(hard), used.unwrap_or_else(|| "0".to_owned()));
        let left = (amount(&hard)? - amount(&used)?).max(0.0);
        let each = match each(counted, pod) {
            Takes::Nothing => return None,
            Takes::Unsaid => None,
            Takes::This(each) => Some(each),
        };
        let heading = format!("quota {name}: {counted} {used} of {hard} used");
        Some((scoped, room(&heading, each, left, needed)))
    })
}

fn room(heading: &str, each: Option<f64>, left: f64, needed: u64) -> Room {
    let Some(each) = each.filter(|each| *each > 0.0) else {
        return Room::Unsaid(format!("{heading}, and its pods do not say what they need"));
    };
    // A thousandth of a thousandth more than is left is an error of the sum.
    let pods = (left / each + 1e-6).floor() as u64;
    if pods >= needed {
        return Room::Enough(pods);
    }
    let room = count_of(usize::try_from(pods).unwrap_or(usize::MAX), "pod");
    Room::Short(format!("{heading}: room for {room} more, it needs {needed} at its fullest"))
}

/// What one pod takes of a line of a quota.
enum Takes {
    /// The line counts something else.
    Nothing,
    /// The pod does not say.
    Unsaid,
    /// So much.
    This(f64),
}

fn each(counted: &str, pod: Option<&Value>) -> Takes {
    let split = || counted.split_once('.').filter(|(side, _)| matches!(*side, "requests" | "limits"));
    let of = match counted {
        "pods" | "count/pods" => return Takes::This(1.0),
        "cpu" | "memory" => Some(("requests", counted)),
        // Claims are counted by their class, and a rollout makes none.
        _ => split().filter(|(_, resource)| *resource != "storage"),
    };
    let Some((side, resource)) = of else { return Takes::Nothing };
    pod.and_then(|pod| asked(pod, side, resource)).map_or(Takes::Unsaid, Takes::This)
}

/// What a pod asks for: the sum of its containers, or its greediest init
/// container if that is more. None if one of them does not say.
fn asked(pod: &Value, side: &str, resource: &str) -> Option<f64> {
    let of = |container: &Value| {
        let said = |side: &str| {
            let value = container.pointer("/resources")?.get(side)?.get(resource)?;
            value.as_str().map_or_else(|| value.as_f64(), amount)
        };
        // The API server fills a missing request in from the limit.
        said(side).or_else(|| said("limits"))
    };
    let list = |name: &str| pod.get(name).and_then(Value::as_array).into_iter().flatten();
    let serving: f64 = list("containers").map(of).sum::<Option<f64>>()?;
    let first = list("initContainers").map(of).collect::<Option<Vec<f64>>>()?;
    Some(first.into_iter().fold(serving, f64::max))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CheckOutcome::Fail;
    use serde_json::json;

    fn quota(hard: &Value, used: &Value) -> Value {
        json!({"metadata": {"name": "q"}, "status": {"hard": hard, "used": used}})
    }

    fn words(quota: &Value, pod: &Value, needed: u64) -> Vec<String> {
        let say = |(scoped, room): (bool, Room)| match room {
            Room::Enough(pods) => format!("{pods}{}", if scoped { " scoped" } else { "" }),
            Room::Short(text) | Room::Unsaid(text) => text,
        };
        lines(quota, Some(pod), needed).map(say).collect()
    }

    #[test]
    fn each_line_is_held_against_the_fullest_moment() {
        let container =
            |cpu: &str| json!({"resources": {"requests": {"cpu": cpu}, "limits": {"memory": "1Gi"}}});
        let pod = json!({"containers": [container("200m"), container("50m")], "initContainers": [container("0.1")]});
        let hard = json!({"pods": "7", "requests.cpu": "2", "memory": "16Gi", "services": "3", "requests.storage": "1Gi"});
        let used = json!({"pods": "6", "requests.cpu": "1500m", "memory": "6Gi", "services": "3"});
        let (quota, short) = (
            quota(&hard, &used),
            "quota q: pods 6 of 7 used: room for 1 pod more, it needs 2 at its fullest",
        );
        assert_eq!(words(&quota, &pod, 2), ["5", short, "2"]);
        assert_eq!(words(&quota, &pod, 1), ["5", "1", "2"]);
        assert!(
            words(&quota, &pod, 3)[2].starts_with("quota q: requests.cpu 1500m of 2 used: room for 2 pods")
        );
    }

    #[test]
    fn what_pods_do_not_say_is_not_taken_for_nothing() {
        let pod = json!({"containers": [{"resources": {"requests": {"cpu": "1"}}}, {}]});
        let quota = quota(&json!({"requests.cpu": "4", "limits.cpu": "4"}), &json!({}));
        let all = words(&quota, &pod, 1);
        assert!(all.iter().all(|line| line.contains("do not say")), "{all:?}");
        let init = json!({"containers": [{"resources": {"requests": {"cpu": "1"}}}],
            "initContainers": [{"resources": {"requests": {"cpu": "3"}}}]});
        let mut quota = quota;
        quota["spec"]["scopes"] = json!(["BestEffort"]);
        assert_eq!(words(&quota, &init, 1)[1], "1 scoped", "the greediest init container counts");
    }

    #[test]
    fn no_room_is_as_grave_as_it_is_where_it_is_asked() {
        let quotas = Ok(vec![quota(&json!({"pods": "7"}), &json!({"pods": "6"}))]);
        let outcome = |needed, short| quota_check(&quotas, None, needed, (short, "do")).outcome;
        assert_eq!((outcome(1, Fail), outcome(2, Fail), outcome(2, Warn)), (Pass, Fail, Warn));
        assert_eq!(quota_check(&Ok(Vec::new()), None, 2, (Fail, "do")).outcome, NotApplicable);
    }
}
