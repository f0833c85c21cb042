//! What both are asked: a list, and every function over every kind of range.

/// Words of expressions that only Prometheus 3 can judge.
const ONLY_THREE: [&str; 11] = [
    "double_exponential_smoothing",
    "mad_over_time",
    "first_over_time",
    "limitk",
    "sort_by_label",
    "ts_of_",
    "histogram_fraction",
    "rate(http_requests_total[40s]",
    // Prometheus 2 keeps the metric's name after atan2.
    "atan2",
    // Its subqueries include a step on the left edge.
    "[2m:20s])[",
    // It breaks ties by the order its storage happens to give.
    "bottomk(2, http_requests_total)",
];

/// Functions of one instant vector.
const FUNCTIONS: [&str; 35] = [
    "abs",
    "ceil",
    "floor",
    "exp",
    "ln",
    "log2",
    "log10",
    "sqrt",
    "sgn",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "acosh",
    "atanh",
    "deg",
    "rad",
    "round",
    "year",
    "month",
    "day_of_month",
    "day_of_week",
    "day_of_year",
    "days_in_month",
    "hour",
    "minute",
    "timestamp",
    "sort",
    "sort_desc",
];

/// Expressions, and whether only Prometheus 3 can judge them.
pub(super) fn expressions() -> Vec<(String, bool)> {
    let mut list = Vec::new();
    let mut add = |text: String| {
        let only_three = ONLY_THREE.iter().any(|word| text.contains(word));
        list.push((text, only_three));
    };
    over_ranges(&mut add);
    for line in include_str!("../expressions.txt").lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
        add(line.to_owned());
    }
    for op in ["+", "-", "*", "/", "%", "^", "==", "!=", ">", "<", ">=", "<=", "atan2"] {
        add(format!("temperature {op} limit"));
        add(format!("temperature {op} 20.5"));
        add(format!("20.5 {op} temperature"));
        add(format!("2.5 {op} {} 1.5", if op.contains(['=', '>', '<', '!']) { "bool" } else { "" }));
        add(format!("http_requests_total {op} on (pod) group_left limit"));
    }
    for op in ["sum", "avg", "min", "max", "count", "group", "stddev", "stdvar"] {
        for by in ["", "by (pod)", "by (route, code)", "without (pod)", "by (absent)"] {
            add(format!("{op} {by} (http_requests_total)"));
            add(format!("{op} {by} (rate(http_requests_total[2m]))"));
        }
        add(format!("{op}(temperature)"));
    }
    for f in FUNCTIONS {
        add(format!("{f}(temperature)"));
        add(format!("{f}(temperature / 30 - limit)"));
    }
    list
}

fn over_ranges(add: &mut impl FnMut(String)) {
    for f in [
        "rate",
        "increase",
        "delta",
        "irate",
        "idelta",
        "deriv",
        "changes",
        "resets",
        "avg_over_time",
        "sum_over_time",
        "min_over_time",
        "max_over_time",
        "count_over_time",
        "last_over_time",
        "first_over_time",
        "present_over_time",
        "absent_over_time",
        "stddev_over_time",
        "stdvar_over_time",
        "mad_over_time",
        "ts_of_max_over_time",
        "ts_of_min_over_time",
        "ts_of_first_over_time",
        "ts_of_last_over_time",
    ] {
        for range in ["40s", "2m", "11m", "1h"] {
            add(format!("{f}(http_requests_total[{range}])"));
        }
        add(format!("{f}(temperature[7m])"));
        add(format!("{f}(temperature[5m] offset 3m)"));
        add(format!("{f}(temperature[5m:40s])"));
        add(format!("{f}(limit[3m] @ 1700003617)"));
    }
}
