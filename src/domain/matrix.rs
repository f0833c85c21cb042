//! The same service in every environment, side by side: what runs where, and
//! what is not what production runs.

use super::{Environment, Name, Namespace, ServiceRow};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A column: an environment, or a namespace that declares none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MatrixColumn {
    rank: u8,
    namespace: Option<Namespace>,
}

impl MatrixColumn {
    /// The column a service stands in.
    pub fn of(row: &ServiceRow) -> Self {
        let rank = match row.environment {
            Environment::Development => 0,
            Environment::Staging => 1,
            Environment::Production => 2,
            // A namespace that declares nothing is no environment together with
            // the next one that declares nothing.
            Environment::Undeclared => 3,
        };
        Self { rank, namespace: (rank == 3).then(|| row.key.namespace.clone()) }
    }

    /// Whether users are in it for certain.
    pub fn is_production(&self) -> bool {
        self.rank == 2
    }
}

impl fmt::Display for MatrixColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.rank, &self.namespace) {
            (0, _) => f.write_str("development"),
            (1, _) => f.write_str("staging"),
            (_, Some(namespace)) => write!(f, "{namespace}"),
            (_, None) => f.write_str("production"),
        }
    }
}

/// A service in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MatrixCell {
    /// Its place among the rows the matrix was made of.
    pub row: usize,
    /// Whether production runs another version.
    pub differs: bool,
    /// Whether its namespace has to be said: there are several in its column.
    pub named: bool,
}

/// A line: one place of a service in each column, at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatrixLine {
    /// What the service is called.
    pub name: Name,
    /// Which line of the service it is, from 0.
    pub nth: usize,
    /// In the order of the columns; none where it does not run.
    pub cells: Vec<Option<MatrixCell>>,
}

/// Services by name, and where each runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matrix {
    /// Development, staging and production as far as there are any, then the
    /// namespaces that declare nothing.
    pub columns: Vec<MatrixColumn>,
    /// By name; a service that runs more than once in an environment has more lines.
    pub lines: Vec<MatrixLine>,
}

impl Matrix {
    /// Puts the rows side by side.
    pub fn of(rows: &[ServiceRow]) -> Self {
        let columns: BTreeSet<MatrixColumn> = rows.iter().map(MatrixColumn::of).collect();
        let columns: Vec<MatrixColumn> = columns.into_iter().collect();
        let mut names: BTreeMap<&Name, Vec<usize>> = BTreeMap::new();
        for (at, row) in rows.iter().enumerate() {
            names.entry(&row.key.name).or_default().push(at);
        }
        let lines = names.into_iter().flat_map(|(name, places)| lines_of(name, &places, rows, &columns));
        Self { lines: lines.collect(), columns }
    }
}

/// The lines of one service.
fn lines_of(name: &Name, places: &[usize], rows: &[ServiceRow], columns: &[MatrixColumn]) -> Vec<MatrixLine> {
    let mut stacks: Vec<Vec<usize>> = vec![Vec::new(); columns.len()];
    for at in places {
        let Some(column) = rows.get(*at).map(MatrixColumn::of) else { continue };
        if let Some(stack) = columns.iter().position(|known| *known == column).and_then(|c| stacks.get_mut(c))
        {
            stack.push(*at);
        }
    }
    let stacked = stacks.iter().any(|stack| stack.len() > 1);
    // Alone in each environment it is one service, whatever its namespaces are called.
    let family_of = |at: usize| match rows.get(at) {
        Some(row) if stacked => family(row.key.namespace.as_str()),
        Some(_) | None => String::new(),
    };
    let families: BTreeSet<String> = places.iter().map(|at| family_of(*at)).collect();
    let cell = |at: usize, named: bool| {
        let meant = productions(rows.get(at)?, places.iter().filter_map(|at| rows.get(*at)));
        let version = &rows.get(at)?.version;
        let differs = !meant.is_empty() && meant.iter().all(|production| production.version != *version);
        Some(MatrixCell { row: at, differs, named })
    };
    let mut lines: Vec<MatrixLine> = Vec::new();
    for family in families {
        let members =
            |stack: &[usize]| stack.iter().copied().filter(|at| family_of(*at) == family).collect::<Vec<_>>();
        let side_by_side: Vec<Vec<usize>> = stacks.iter().map(|stack| members(stack)).collect();
        for n in 0..side_by_side.iter().map(Vec::len).max().unwrap_or(0) {
            let columns = side_by_side.iter().zip(&stacks);
            let cells = columns.map(|(own, stack)| cell(*own.get(n)?, stack.len() > 1)).collect();
            lines.push(MatrixLine { name: name.clone(), nth: lines.len(), cells });
        }
    }
    lines
}

/// Those among `others` that `row` is compared with: the productions of its
/// family if there are any, else all, as far as versions are known. None if it
/// is production itself.
pub fn productions<'a>(
    row: &ServiceRow,
    others: impl Iterator<Item = &'a ServiceRow>,
) -> Vec<&'a ServiceRow> {
    let known = |row: &ServiceRow| !matches!(row.version.as_str(), "" | "?");
    if row.environment.is_production() || !known(row) {
        return Vec::new();
    }
    let all: Vec<&ServiceRow> =
        others.filter(|other| other.environment.is_production() && known(other)).collect();
    let near: Vec<&ServiceRow> = all.iter().filter(|other| are_family(row, other)).copied().collect();
    if near.is_empty() { all } else { near }
}

/// The other places a service runs in, production first: those of its family if
/// there are any, else all of its name.
pub fn elsewhere<'a>(rows: &'a [ServiceRow], row: &ServiceRow) -> Vec<&'a ServiceRow> {
    let all = || rows.iter().filter(|other| other.key.name == row.key.name && other.key != row.key);
    let mut found: Vec<&ServiceRow> = all().filter(|other| are_family(row, other)).collect();
    if found.is_empty() {
        found = all().collect();
    }
    found.sort_by_key(|other| (Reverse(other.environment), &other.key));
    found
}

/// Whether two services are the same one in other environments, by the names of
/// their namespaces: `shop-staging` and `shop-production`, not `bank-production`.
fn are_family(a: &ServiceRow, b: &ServiceRow) -> bool {
    family(a.key.namespace.as_str()) == family(b.key.namespace.as_str())
}

/// A namespace without the words of its environment: `shop` for `shop-staging`.
fn family(namespace: &str) -> String {
    let words = namespace.split(['-', '_', '.']).filter(|word| Environment::parse(word).is_none());
    words.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Health, RolloutState, ServiceKey, counterpart};

    fn row(namespace: &str, name: &str, version: &str) -> ServiceRow {
        ServiceRow {
            key: ServiceKey { namespace: namespace.into(), name: name.into() },
            environment: Environment::of_namespace(namespace, &BTreeMap::new()),
            owner: String::new(),
            owner_doubt: None,
            tier: None,
            system: String::new(),
            version: version.to_owned(),
            next_version: None,
            ready: (1, 1),
            health: Health::Healthy,
            reason: String::new(),
            rollout: RolloutState::Complete,
            changed: None,
            workloads: Vec::new(),
        }
    }

    /// `cart: shop-dev shop-stg≠ - tools`
    fn drawn(rows: &[ServiceRow]) -> Vec<String> {
        let matrix = Matrix::of(rows);
        let line = |line: &MatrixLine| {
            let cells = line.cells.iter().map(|cell| match cell {
                Some(cell) => {
                    let differs = if cell.differs { "≠" } else { "" };
                    let named = if cell.named { "'" } else { "" };
                    format!("{}{differs}{named}", rows[cell.row].key.namespace)
                }
                None => "-".to_owned(),
            });
            format!("{}{}: {}", line.name, line.nth, cells.collect::<Vec<_>>().join(" "))
        };
        matrix.lines.iter().map(line).collect()
    }

    #[test]
    fn columns_are_environments_from_development_to_production_then_other_namespaces() {
        let rows =
            [row("zoo", "a", "1"), row("ant", "a", "1"), row("x-prod", "a", "1"), row("x-dev", "a", "1")];
        let titles: Vec<String> = Matrix::of(&rows).columns.iter().map(ToString::to_string).collect();
        assert_eq!(titles, ["development", "production", "ant", "zoo"]);
        assert_eq!(drawn(&rows), ["a0: x-dev x-prod ant zoo"]);
        assert!(Matrix::of(&[]).lines.is_empty());
    }

    #[test]
    fn what_production_does_not_run_is_marked_if_both_versions_are_known() {
        let rows = [
            row("shop-dev", "cart", "v2"),
            row("shop-prod", "cart", "v1"),
            row("shop-stg", "cart", "v1"),
            row("tools", "cart", "?"),
            row("shop-dev", "web", "v9"),
        ];
        assert_eq!(
            drawn(&rows),
            ["cart0: shop-dev≠ shop-stg shop-prod tools", "web0: shop-dev - - -"],
            "without production nothing differs from it"
        );
    }

    #[test]
    fn several_places_of_one_environment_stand_under_each_other_beside_their_own() {
        let rows = [
            row("bank-dev", "api", "v7"),
            row("bank-prod", "api", "v7"),
            row("shop-dev", "api", "v1"),
            row("shop-prod", "api", "v2"),
        ];
        assert_eq!(drawn(&rows), ["api0: bank-dev' bank-prod'", "api1: shop-dev≠' shop-prod'"]);
    }

    #[test]
    fn any_production_will_do_where_none_is_nearer() {
        let rows = [row("eu-prod", "api", "v2"), row("qa-stg", "api", "v1"), row("us-prod", "api", "v1")];
        assert_eq!(drawn(&rows), ["api0: - eu-prod'", "api1: qa-stg -", "api2: - us-prod'"]);
    }

    #[test]
    fn a_service_is_compared_with_its_own_production_not_with_another_teams() {
        let rows =
            [row("shop-dev", "cart", "2"), row("shop-stg", "cart", "2"), row("shop-prod", "cart", "1")];
        let others = [row("alpha-prod", "cart", "7"), row("zeta-prod", "cart", "8")];
        let all: Vec<ServiceRow> = others.iter().chain(&rows).cloned().collect();
        let namespace = |all, row| counterpart(all, row).map(|other| other.key.namespace.to_string());
        assert_eq!(namespace(&all, &rows[0]).as_deref(), Some("shop-prod"));
        assert_eq!(namespace(&all, &rows[2]).as_deref(), Some("shop-stg"));
        assert_eq!(namespace(&all, &others[0]).as_deref(), Some("shop-prod"), "none of its own family");
        assert_eq!(namespace(&rows[..1], &rows[0]), None);
    }
}
