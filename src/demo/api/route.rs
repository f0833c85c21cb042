//! What a request is about, from its method and path: the same reading as
//! kube-apiserver's `RequestInfo`, which RBAC depends on.

use http::Method;

use super::query::Query;

/// Where a request goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete` or `deletecollection`; the
    /// lower-case method for paths that are no resources.
    pub verb: String,
    /// The path as it came.
    pub path: String,
    /// Whether the path names a resource (`/api/v1/…`, `/apis/G/V/…`).
    pub is_resource: bool,
    /// API group, empty for core.
    pub group: String,
    /// API version.
    pub version: String,
    /// Namespace, empty at the cluster scope.
    pub namespace: String,
    /// Plural resource name.
    pub resource: String,
    /// Name of the object, empty for collections.
    pub name: String,
    /// Subresource, such as `status`.
    pub subresource: String,
    /// What follows the subresource (`proxy/…`).
    pub rest: Vec<String>,
}

/// Parts below a namespace that belong to the Namespace itself.
const NAMESPACE_SUBRESOURCES: [&str; 2] = ["status", "finalize"];

impl Route {
    /// Reads method, path (already percent-decoded by segment) and query.
    pub fn parse(method: &Method, path: &str, query: &Query) -> Self {
        let mut route = Self { path: path.to_owned(), verb: plain_verb(method), ..Self::default() };
        let parts: Vec<String> =
            path.split('/').filter(|s| !s.is_empty()).map(super::query::decode).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let rest = match parts.as_slice() {
            ["api", version, rest @ ..] if !rest.is_empty() => {
                (*version).clone_into(&mut route.version);
                rest
            }
            ["apis", group, version, rest @ ..] if !rest.is_empty() => {
                (*group).clone_into(&mut route.group);
                (*version).clone_into(&mut route.version);
                rest
            }
            _ => return route,
        };
        route.is_resource = true;
        // The old way to watch: a verb in the path.
        if let ["watch", rest @ ..] = rest
            && !rest.is_empty()
        {
            route.read_parts(rest);
            "watch".clone_into(&mut route.verb);
            return route;
        }
        route.read_parts(rest);
        route.verb = resource_verb(method, &route, query);
        if route.name.is_empty() && matches!(route.verb.as_str(), "list" | "watch") {
            // RBAC may grant a single name; a list of exactly that name falls under it.
            route.name = query.field("metadata.name").unwrap_or_default();
        }
        route
    }

    fn read_parts(&mut self, parts: &[&str]) {
        let parts = match parts {
            ["namespaces", ns, sub, ..] if !NAMESPACE_SUBRESOURCES.contains(sub) => {
                (*ns).clone_into(&mut self.namespace);
                parts.get(2..).unwrap_or_default()
            }
            ["namespaces", ns, ..] => {
                (*ns).clone_into(&mut self.namespace);
                parts
            }
            _ => parts,
        };
        let part = |i: usize| parts.get(i).map(|s| (*s).to_owned()).unwrap_or_default();
        (self.resource, self.name, self.subresource) = (part(0), part(1), part(2));
        self.rest = parts.iter().skip(3).map(|s| (*s).to_owned()).collect();
    }

    /// Whether the path names a collection, not an object.
    pub fn is_collection(&self) -> bool {
        self.name.is_empty() || matches!(self.verb.as_str(), "list" | "watch")
    }

    /// Whether a part of the path is empty (`/api//v1`): such a path names nothing. What follows a
    /// proxy is not ours to judge, and slashes at the end do no harm.
    pub fn is_untidy(&self) -> bool {
        self.subresource != "proxy" && self.path.trim_end_matches('/').contains("//")
    }

    /// `pods/log`: how RBAC and messages name a subresource.
    pub fn resource_path(&self) -> String {
        if self.subresource.is_empty() {
            self.resource.clone()
        } else {
            format!("{}/{}", self.resource, self.subresource)
        }
    }
}

fn plain_verb(method: &Method) -> String {
    method.as_str().to_lowercase()
}

fn resource_verb(method: &Method, route: &Route, query: &Query) -> String {
    let collection = route.name.is_empty();
    let verb = match *method {
        Method::POST => "create",
        Method::GET | Method::HEAD if !collection => "get",
        Method::GET | Method::HEAD if query.flag("watch") => "watch",
        Method::GET | Method::HEAD => "list",
        Method::PUT => "update",
        Method::PATCH => "patch",
        Method::DELETE if collection => "deletecollection",
        Method::DELETE => "delete",
        _ => "",
    };
    verb.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(method: &Method, path: &str, query: &str) -> Route {
        Route::parse(method, path, &Query::parse(query))
    }

    fn line(r: &Route) -> String {
        format!(
            "{} {}|{}|{}|{}|{}|{}",
            r.verb, r.group, r.version, r.namespace, r.resource, r.name, r.subresource
        )
    }

    #[test]
    fn paths_are_read_as_the_real_server_reads_them() {
        let cases = [
            (Method::GET, "/api/v1/pods", "", "list |v1||pods||"),
            (Method::GET, "/api/v1/pods", "watch=1", "watch |v1||pods||"),
            (Method::GET, "/api/v1/pods", "watch=false", "list |v1||pods||"),
            (Method::GET, "/api/v1/namespaces/a/pods/b/log", "", "get |v1|a|pods|b|log"),
            (Method::GET, "/api/v1/namespaces/a", "", "get |v1|a|namespaces|a|"),
            (Method::PUT, "/api/v1/namespaces/a/status", "", "update |v1|a|namespaces|a|status"),
            (
                Method::DELETE,
                "/apis/apps/v1/namespaces/a/deployments",
                "",
                "deletecollection apps|v1|a|deployments||",
            ),
            (Method::POST, "/api/v1/namespaces/a/pods/b/eviction", "", "create |v1|a|pods|b|eviction"),
            (Method::GET, "/api/v1/pods", "fieldSelector=metadata.name%3Dx", "list |v1||pods|x|"),
            (Method::GET, "/apis/apps/v1", "", "get ||||||"),
        ];
        for (method, path, query, expected) in cases {
            let want = if expected == "get ||||||" { "get ||||||".to_owned() } else { expected.to_owned() };
            let got = line(&route(&method, path, query));
            assert_eq!(got.trim_end_matches('|'), want.trim_end_matches('|'), "{path}");
        }
        let proxy = route(&Method::GET, "/api/v1/namespaces/a/pods/b:80/proxy/metrics/x", "");
        assert_eq!(proxy.rest, ["metrics", "x"]);
    }
}
