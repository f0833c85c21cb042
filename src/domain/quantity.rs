//! Small words around numbers.

/// `1 pod`, `3 pods`, `2 entries`.
pub fn count_of(n: usize, singular: &str) -> String {
    match singular.strip_suffix("ry") {
        _ if n == 1 => format!("1 {singular}"),
        Some(stem) => format!("{n} {stem}ries"),
        None => format!("{n} {singular}s"),
    }
}
