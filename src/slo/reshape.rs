//! Queries with other labels: narrowed to one label set, or split by a label.
//!
//! Done on the parsed expression, so that quotes and comments in a query mean
//! nothing. What cannot be reshaped gives none: nobody guesses at a query.

use super::QueryTemplate;
use promql_parser::label::{Labels, MatchOp, Matcher, Matchers};
use promql_parser::parser::{AggregateExpr, Expr, LabelModifier, VectorSelector, parse};
use promql_parser::util::display_duration;
use std::time::Duration;

/// Stands for the hole while a template is parsed: a window nobody writes.
const HOLE: Duration = Duration::from_secs(7_919);

/// A template's expression, the hole filled with [`HOLE`].
fn parsed(query: &QueryTemplate) -> Option<Expr> {
    parse(&query.filled(&format!("{}s", HOLE.as_secs()))).ok()
}

/// The template an expression came from.
fn template(expr: &Expr) -> QueryTemplate {
    QueryTemplate::new(&expr.to_string().replace(&display_duration(&HOLE), "{{.window}}"))
}

/// `query` with all its selectors narrowed to these labels.
pub(super) fn narrowed(query: &QueryTemplate, labels: &[(&str, &str)]) -> Option<QueryTemplate> {
    let mut expr = parsed(query)?;
    for_each_selector(&mut expr, &mut |selector| {
        for (name, value) in labels {
            let matcher = Matcher::new(MatchOp::Equal, name, value);
            let all = &mut selector.matchers;
            if all.or_matchers.is_empty() {
                all.matchers.push(matcher);
            } else {
                all.or_matchers.iter_mut().for_each(|group| group.push(matcher.clone()));
            }
        }
    });
    Some(template(&expr))
}

/// `query` summed up by one label instead of what it is summed up by; a bare
/// selector stays one. None for anything else.
pub(super) fn by_label(query: &QueryTemplate, label: &str) -> Option<QueryTemplate> {
    fn regrouped(expr: &mut Expr, label: &str) -> bool {
        if let Expr::Paren(paren) = expr {
            return regrouped(&mut paren.expr, label);
        }
        if let Expr::Aggregate(aggregate) = expr
            && aggregate.op.to_string() == "sum"
        {
            aggregate.modifier = Some(LabelModifier::Include(Labels::new(vec![label])));
            return true;
        }
        matches!(expr, Expr::VectorSelector(_))
    }
    let mut expr = parsed(query)?;
    regrouped(&mut expr, label).then(|| template(&expr))
}

/// The labels the outermost sum keeps; none where it keeps none or is no sum.
pub(super) fn kept_labels(query: &QueryTemplate) -> Vec<String> {
    fn kept(expr: &Expr) -> Vec<String> {
        if let Expr::Paren(paren) = expr {
            return kept(&paren.expr);
        }
        // A ratio of two sums that are split alike.
        if let Expr::Binary(binary) = expr {
            let left = kept(&binary.lhs);
            return if left.is_empty() { kept(&binary.rhs) } else { left };
        }
        if let Expr::Aggregate(AggregateExpr { modifier: Some(LabelModifier::Include(by)), .. }) = expr {
            return by.labels.clone();
        }
        Vec::new()
    }
    parsed(query).map(|expr| kept(&expr)).unwrap_or_default()
}

/// The selectors of a query, without ranges.
pub(super) fn selectors(query: &QueryTemplate) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(mut expr) = parsed(query) {
        for_each_selector(&mut expr, &mut |selector| {
            let bare = VectorSelector { offset: None, at: None, ..selector.clone() };
            found.push(bare.to_string());
        });
    }
    found.sort();
    found.dedup();
    found
}

/// The bucket edges a query selects: each selector without its `le`, and the edge.
pub(super) fn edges(query: &QueryTemplate) -> Vec<(String, f64)> {
    let mut found = Vec::new();
    if let Some(mut expr) = parsed(query) {
        for_each_selector(&mut expr, &mut |selector| {
            let all = &selector.matchers.matchers;
            // Whole numbers were made a pattern that matches both ways they are written.
            let le = all.iter().find(|m| m.name == "le").map(|m| m.value.trim_end_matches("(\\.0)?"));
            let Some(edge) = le.and_then(|le| le.parse::<f64>().ok()) else { return };
            let rest = all.iter().filter(|m| m.name != "le").cloned().collect();
            let bare = VectorSelector::new(selector.name.clone(), Matchers::new(rest));
            found.push((bare.to_string(), edge));
        });
    }
    found
}

fn for_each_selector(expr: &mut Expr, act: &mut dyn FnMut(&mut VectorSelector)) {
    match expr {
        Expr::VectorSelector(selector) => act(selector),
        Expr::MatrixSelector(matrix) => act(&mut matrix.vs),
        Expr::Aggregate(aggregate) => {
            for_each_selector(&mut aggregate.expr, act);
            if let Some(param) = &mut aggregate.param {
                for_each_selector(param, act);
            }
        }
        Expr::Unary(unary) => for_each_selector(&mut unary.expr, act),
        Expr::Binary(binary) => {
            for_each_selector(&mut binary.lhs, act);
            for_each_selector(&mut binary.rhs, act);
        }
        Expr::Paren(paren) => for_each_selector(&mut paren.expr, act),
        Expr::Subquery(subquery) => for_each_selector(&mut subquery.expr, act),
        Expr::Call(call) => call.args.args.iter_mut().for_each(|arg| for_each_selector(arg, act)),
        Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::Extension(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn q(text: &str) -> QueryTemplate {
        QueryTemplate::new(text)
    }

    #[test]
    fn queries_are_narrowed_wherever_they_select() {
        let labels = [("route", "/users/{id}"), ("zone", "a\"b")];
        for (query, expected) in [
            ("r", r#"r{route="/users/{id}",zone="a\"b"}"#),
            ("r{code=~\"5..\"} offset 5m", r#"r{code=~"5..",route="/users/{id}",zone="a\"b"} offset 5m"#),
            (
                "sum by (route) (rate(r{job=\"x\"}[{{ .window }}])) / 2",
                r#"sum by (route) (rate(r{job="x",route="/users/{id}",zone="a\"b"}[{{.window}}])) / 2"#,
            ),
        ] {
            let found = narrowed(&q(query), &labels).unwrap();
            assert_eq!(found.text(), expected, "{query}");
            assert!(parse(&found.filled("5m")).is_ok(), "{}", found.text());
        }
        assert_eq!(narrowed(&q("sum(rate(r["), &labels), None, "nobody guesses");
    }

    #[test]
    fn sums_are_split_by_another_label() {
        for (query, expected) in [
            ("r{a=\"b\"}", Some("r{a=\"b\"}")),
            ("sum(rate(r[$window]))", Some("sum by (code) (rate(r[{{.window}}]))")),
            ("(sum by (route) (rate(r[5m])))", Some("(sum by (code) (rate(r[5m])))")),
            ("max(r)", None),
            ("sum(a) / sum(b)", None),
        ] {
            let found = by_label(&q(query), "code");
            assert_eq!(found.as_ref().map(QueryTemplate::text), expected, "{query}");
        }
    }

    #[test]
    fn what_a_query_keeps_and_selects() {
        let ratio = q("sum by (route) (rate(e[{{.window}}])) / sum by (route) (rate(t[{{.window}}]))");
        assert_eq!(kept_labels(&ratio), ["route"]);
        assert_eq!(selectors(&ratio), ["e", "t"]);
        assert!(kept_labels(&q("sum(rate(e[{{.window}}]))")).is_empty());
        assert!(kept_labels(&q("e{a=\"b\"}")).is_empty());
    }
}
