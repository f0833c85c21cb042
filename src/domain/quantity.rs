//! Small words around numbers.

/// `1 pod`, `3 pods`.
pub fn count_of(n: usize, singular: &str) -> String {
    if n == 1 { format!("1 {singular}") } else { format!("{n} {singular}s") }
}
