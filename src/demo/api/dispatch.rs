//! One request from its head to its answer.

use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{Method, Request, Response};
use hyper::body::Incoming;

use super::faults::{self, Fault};
use super::query::Query;
use super::rbac::{self, Ask};
use super::respond::{self, Answer, Body};
use super::restyle::Style;
use super::route::Route;
use super::server::Cut;
use super::users::User;
use super::{Api, body, delete, discovery, metrics, read, review, sub, watch, write};
use crate::demo::kinds::Resource;
use crate::demo::openapi;
use crate::demo::status::ApiError;

/// A request, read.
pub struct Call {
    /// Method, headers.
    pub head: Parts,
    /// Query parameters.
    pub query: Query,
    /// What it is about.
    pub route: Route,
    /// Who asks.
    pub user: User,
    /// The whole body.
    pub body: Bytes,
    /// A watch shall break off after this many events.
    pub drop_watch_after: Option<u32>,
}

impl Call {
    /// A header as text, empty when absent or not text.
    pub fn header(&self, name: &str) -> &str {
        self.head.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    /// The namespace objects of this resource are stored under.
    pub fn namespace(&self, resource: &Resource) -> &str {
        if resource.namespaced { &self.route.namespace } else { "" }
    }
}

/// Answers a request; `Err` cuts the connection.
///
/// # Errors
/// Only for injected faults.
pub async fn answer(api: &Arc<Api>, request: Request<Incoming>) -> Result<Response<Body>, Cut> {
    let (head, incoming) = request.into_parts();
    let query = Query::parse(head.uri.query().unwrap_or_default());
    let (named, path) = User::from_path(head.uri.path());
    let route = Route::parse(&head.method, path, &query);
    let fault = api.faults.take(&route);
    if let Some(Fault::Latency(by)) = &fault {
        tokio::time::sleep(*by).await;
    }
    if fault == Some(Fault::Cut) {
        return Err(Cut);
    }
    if let Some(error) = fault.as_ref().and_then(faults::refusal) {
        return Ok(respond::refuse(&error));
    }
    let drop_watch_after = if let Some(Fault::DropWatchAfter(n)) = fault { Some(n) } else { None };
    let is_head = head.method == Method::HEAD;
    let answer = async {
        let user = authenticate(api, &head, named)?;
        rbac::authorize(&api.store, &user, &Ask::of(&route))?;
        let body = body::read(incoming).await?;
        let call = Call { head, query, route, user, body, drop_watch_after };
        let style = Style::of(&call);
        let answer = match &call.route {
            route if route.is_untidy() => nothing(api, &route.path),
            route if route.is_resource => resource(api, call).await,
            _ => plain(api, &call),
        };
        Ok(style.apply(answer?).await)
    };
    let response = answer.await.unwrap_or_else(|e: ApiError| respond::refuse(&e));
    if fault == Some(Fault::SilenceAfter) {
        std::future::pending::<()>().await;
    }
    if fault == Some(Fault::CutAfter) {
        return Err(Cut);
    }
    let response = respond::dated(response, api.store.clock().now());
    Ok(if is_head { respond::without_body(response) } else { response })
}

fn authenticate(api: &Api, head: &Parts, named: Option<User>) -> Result<User, ApiError> {
    let anonymous = !head.headers.contains_key(http::header::AUTHORIZATION);
    let user = match named {
        Some(user) if anonymous => user,
        _ => User::of(&head.headers)?,
    };
    let Some(wanted) = User::impersonated(&head.headers) else {
        return Ok(user);
    };
    let ask = Ask {
        verb: "impersonate".into(),
        resource: "users".into(),
        name: wanted.name.clone(),
        ..Ask::default()
    };
    rbac::authorize(&api.store, &user, &ask)?;
    Ok(wanted)
}

async fn resource(api: &Arc<Api>, call: Call) -> Answer {
    let registry = api.store.registry();
    let r = &call.route;
    let found = registry
        .iter()
        .find(|row| row.group == r.group && row.version == r.version && row.plural == r.resource)
        .filter(|row| scope_fits(row, r))
        .cloned();
    let Some(row) = found else {
        // A version that is served answers with a Status, all else is a plain page.
        let served = registry.iter().any(|row| row.group == r.group && row.version == r.version);
        return if served { Err(ApiError::no_such_path()) } else { Ok(not_found_page()) };
    };
    let elsewhere = row.namespaced && r.namespace.is_empty() && r.verb == "create";
    // A proxied program may well answer HEAD; the API does not.
    if elsewhere || (call.head.method == Method::HEAD && r.subresource != "proxy") {
        return Err(ApiError::method_not_allowed());
    }
    if !r.subresource.is_empty() {
        return sub::answer(api, &call, &row);
    }
    if row.create_only {
        if r.verb != "create" {
            return Err(ApiError::method_not_allowed());
        }
        return review::answer(api, &call, &row);
    }
    if row.computed {
        return metrics::answer(api, &call, &row);
    }
    match r.verb.as_str() {
        "get" => read::get(api, &call, &row),
        "list" => read::list(api, &call, &row).await,
        "watch" => watch::watch(api, &call, &row),
        "create" if r.name.is_empty() => write::create(api, &call, &row),
        "update" if !r.name.is_empty() => write::replace(api, &call, &row),
        "patch" if !r.name.is_empty() => write::patch(api, &call, &row),
        "delete" => delete::one(api, &call, &row),
        "deletecollection" => delete::collection(api, &call, &row),
        _ => Err(ApiError::method_not_allowed()),
    }
}

/// Namespaced resources have names only below a namespace, cluster-scoped ones never are.
fn scope_fits(row: &Resource, route: &Route) -> bool {
    let in_namespace = !route.namespace.is_empty() && route.resource != "namespaces";
    if row.namespaced {
        in_namespace
            || (route.is_collection()
                && matches!(route.verb.as_str(), "list" | "watch" | "deletecollection" | "create"))
    } else {
        !in_namespace
    }
}

fn plain(api: &Api, call: &Call) -> Answer {
    let registry = api.store.registry();
    let parts: Vec<&str> = call.route.path.split('/').filter(|p| !p.is_empty()).collect();
    let aggregated = discovery::wants_aggregated(call.header("accept"));
    let get = matches!(call.head.method, Method::GET | Method::HEAD);
    let found = match parts.as_slice() {
        ["version"] if get => Some(discovery::version()),
        ["healthz" | "livez" | "readyz", ..] if get => return Ok(respond::text(200, "ok")),
        ["api"] if aggregated => return Ok(discovery::aggregated_response(&registry, true)),
        ["apis"] if aggregated => return Ok(discovery::aggregated_response(&registry, false)),
        ["api"] => Some(discovery::core_versions(call.header("host"))),
        ["apis"] => Some(discovery::group_list(&registry)),
        ["api", version] => {
            let list = discovery::resource_list(&registry, "", version);
            Some(list.ok_or_else(ApiError::no_such_path)?)
        }
        ["apis", group] => discovery::group(&registry, group),
        ["apis", group, version] => discovery::resource_list(&registry, group, version),
        ["openapi", "v3", rest @ ..] if get => {
            let acceptable = openapi::acceptable(call.header("accept"));
            let found = openapi::document(&api.schema, &registry, rest);
            return Ok(match found {
                None => respond::text(404, ""),
                Some(_) if !acceptable => respond::text(406, ""),
                Some(document) => respond::json(200, &document),
            });
        }
        _ => None,
    };
    let head_too = matches!(parts.as_slice(), ["apis"] | ["apis", _]);
    if found.is_some() && call.head.method == Method::HEAD && !head_too {
        return Err(ApiError::method_not_allowed());
    }
    Ok(found.map_or_else(not_found_page, |value| respond::json(200, &value)))
}

/// A path that names nothing: below a group that is served a Status says so, elsewhere a plain page.
fn nothing(api: &Api, path: &str) -> Answer {
    let group = path.strip_prefix("/apis/").and_then(|rest| rest.split('/').next());
    let served = |group: &str| api.store.registry().iter().any(|row| row.group == group && !group.is_empty());
    if path.starts_with("/api/") || group.is_some_and(served) {
        return Err(ApiError::no_such_path());
    }
    Ok(not_found_page())
}

/// What Go's file server says, and so does kube-apiserver for paths it does not know.
fn not_found_page() -> Response<Body> {
    respond::text(404, "404 page not found\n")
}
