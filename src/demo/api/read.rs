//! get and list.

use std::num::IntErrorKind;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use futures::StreamExt as _;
use serde::{Deserialize, Serialize};

use super::Api;
use super::dispatch::Call;
use super::form::Form;
use super::query::Query;
use super::respond::{self, Answer};
use super::select::Selector;
use super::server::Cut;
use crate::demo::kinds::Resource;
use crate::demo::status::{ApiError, Cause, Details};
use crate::demo::store::{Expired, Object};

/// A list is sent in pieces of about this size.
const PIECE: usize = 128 << 10;

/// One object.
///
/// # Errors
/// 404, 406.
pub fn get(api: &Api, call: &Call, row: &Arc<Resource>) -> Answer {
    let form = Form::of(call.header("accept"), &call.query)?;
    let name = &call.route.name;
    let object = api.store.get(&row.storage, call.namespace(row), name);
    let object = object.ok_or_else(|| ApiError::not_found(row.gr(), name))?;
    form.one(200, row, &object, api)
}

/// Where the next page of a list begins.
#[derive(Serialize, Deserialize)]
struct Continue {
    v: String,
    rv: u64,
    /// `namespace/name` of the last object already sent.
    start: String,
}

/// A page of a list.
struct Page {
    objects: Vec<Arc<Object>>,
    rv: u64,
    next: Option<String>,
    remaining: Option<usize>,
}

/// All objects, or a page of them.
///
/// # Errors
/// 400 for bad parameters, 410 for versions no longer kept, 504 for versions not yet reached.
pub async fn list(api: &Api, call: &Call, row: &Arc<Resource>) -> Answer {
    let form = Form::of(call.header("accept"), &call.query)?;
    let selector = Selector::of(&call.query, row)?;
    let page = page(api, call, row, &selector).await?;
    match form {
        Form::Full => Ok(full(row, page)),
        Form::Metadata | Form::Table(_) => {
            let meta = list_meta(&page);
            Ok(form.list(row, &page.objects, &meta, api))
        }
    }
}

fn list_meta(page: &Page) -> serde_json::Value {
    let mut meta = serde_json::json!({"resourceVersion": page.rv.to_string()});
    if let Some(next) = &page.next {
        meta["continue"] = next.as_str().into();
    }
    if let Some(left) = page.remaining {
        meta["remainingItemCount"] = left.into();
    }
    meta
}

/// Streams the stored bytes of each object, a few at a time: no object is parsed or copied twice.
fn full(row: &Resource, page: Page) -> http::Response<respond::Body> {
    let head = format!(
        "{{\"kind\":\"{}\",\"apiVersion\":\"{}\",\"metadata\":{},\"items\":[",
        row.list_kind(),
        row.api_version(),
        list_meta(&page)
    );
    // Custom resources keep kind and apiVersion in lists; typed lists leave them out.
    let custom = row.is_custom();
    let convert = super::events::converter(row);
    let state = (page.objects.into_iter(), Some(head), true);
    let frames = futures::stream::unfold(state, move |(mut objects, mut head, mut first)| async move {
        if head.is_none() && objects.len() == 0 {
            return None;
        }
        let mut piece = head.take().map(String::into_bytes).unwrap_or_default();
        while piece.len() < PIECE {
            let Some(object) = objects.next() else {
                break;
            };
            if !std::mem::take(&mut first) {
                piece.push(b',');
            }
            if let Some(convert) = convert {
                piece.extend_from_slice(&convert(&object));
            } else if custom {
                piece.extend_from_slice(&object.json());
            } else {
                piece.push(b'{');
                piece.extend_from_slice(object.json().get(object.body_at()..).unwrap_or_default());
            }
        }
        Some((Ok::<_, Cut>(Bytes::from(piece)), (objects, head, first)))
    });
    let tail = futures::stream::once(async { Ok(Bytes::from_static(b"]}\n")) });
    respond::streamed("application/json", frames.chain(tail))
}

async fn page(api: &Api, call: &Call, row: &Arc<Resource>, selector: &Selector) -> Result<Page, ApiError> {
    let query = &call.query;
    let limit = number(query, "limit")?.unwrap_or(0);
    // A list takes no time here, but what is no number is refused all the same.
    number(query, "timeoutSeconds")?;
    let ns = (row.namespaced && !call.route.namespace.is_empty()).then_some(call.route.namespace.as_str());
    let token = query.text("continue").map(decode_token).transpose()?;
    super::options::check_list(query, false)?;
    if token.is_some() && resource_version(query)? > 0 {
        return Err(ApiError::bad_request("specifying resource version is not allowed when using continue"));
    }
    let (all, rv) = match &token {
        Some(token) => (api.store.list_at(&row.storage, ns, token.rv).map_err(token_expired)?, token.rv),
        None => at_version(api, row, ns, query).await?,
    };
    let start = token.as_ref().map(|t| t.start.as_str()).unwrap_or_default();
    let rest = all.into_iter().filter(|o| start.is_empty() || key(o).as_str() > start);
    let mut objects: Vec<_> = rest.filter(|o| selector.matches(o)).collect();
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if limit == 0 || objects.len() <= limit {
        return Ok(Page { objects, rv, next: None, remaining: None });
    }
    let left = objects.len() - limit;
    objects.truncate(limit);
    let start = objects.last().map(|o| key(o)).unwrap_or_default();
    let next = encode_token(&Continue { v: "meta.k8s.io/v1".into(), rv, start });
    let remaining = selector.is_empty().then_some(left);
    Ok(Page { objects, rv, next: Some(next), remaining })
}

/// The order of lists: namespace, then name; U+0001 sorts before anything a name may hold.
fn key(object: &Object) -> String {
    format!("{}\u{1}{}", object.namespace(), object.name())
}

fn encode_token(token: &Continue) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(token).unwrap_or_default())
}

fn decode_token(text: &str) -> Result<Continue, ApiError> {
    let bad = |why: String| {
        ApiError::bad_request(format!("invalid continue token: continue key is not valid: {why}"))
    };
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|e| bad(e.to_string()))?;
    let token: Continue = serde_json::from_slice(&bytes).map_err(|e| bad(e.to_string()))?;
    if token.v == "meta.k8s.io/v1" {
        Ok(token)
    } else {
        Err(bad("server does not recognize this encoded version".into()))
    }
}

fn list_expired(_: Expired) -> ApiError {
    ApiError::plain(410, "Expired", "The resourceVersion for the provided list is too old.")
}

fn token_expired(_: Expired) -> ApiError {
    ApiError::plain(
        410,
        "Expired",
        "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.",
    )
}

/// A non-negative number among the parameters.
///
/// # Errors
/// 400 for anything else.
pub fn number(query: &Query, key: &str) -> Result<Option<i64>, ApiError> {
    let Some(text) = query.get(key) else {
        return Ok(None);
    };
    let error = match text.parse::<i64>() {
        Ok(n) => return Ok(Some(n)),
        Err(error) => error,
    };
    let far = matches!(error.kind(), IntErrorKind::PosOverflow | IntErrorKind::NegOverflow);
    let why = if far { "value out of range" } else { "invalid syntax" };
    let quoted = crate::demo::status::quote(text);
    Err(ApiError::bad_request(format!("strconv.ParseInt: parsing {quoted}: {why}")))
}

async fn at_version(
    api: &Api,
    row: &Resource,
    ns: Option<&str>,
    query: &Query,
) -> Result<(Vec<Arc<Object>>, u64), ApiError> {
    let wanted = resource_version(query).map_err(|mut e| {
        e.message = format!("invalid resource version: {}", e.message);
        e
    })?;
    wait_for(api, wanted).await?;
    if query.get("resourceVersionMatch") == Some("Exact") && wanted > 0 {
        let list = api.store.list_at(&row.storage, ns, wanted);
        return list.map(|l| (l, wanted)).map_err(list_expired);
    }
    Ok(api.store.list(&row.storage, ns))
}

/// `resourceVersion`, 0 when absent.
///
/// # Errors
/// 400 when it is no number.
pub fn resource_version(query: &Query) -> Result<u64, ApiError> {
    let text = query.text("resourceVersion").unwrap_or("0");
    if let Ok(version) = text.parse() {
        return Ok(version);
    }
    let quoted = crate::demo::status::quote(text);
    Err(ApiError::bad_request(format!(
        "resourceVersion: Invalid value: {quoted}: strconv.ParseUint: parsing {quoted}: invalid syntax"
    )))
}

/// A version the server has not reached yet: wait three seconds, then say so, as the watch cache does.
async fn wait_for(api: &Api, wanted: u64) -> Result<(), ApiError> {
    if wanted <= api.store.version() {
        return Ok(());
    }
    let mut feed = api.store.changes(api.store.version());
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(3);
    while api.store.version() < wanted {
        if tokio::time::timeout_at(deadline, feed.next()).await.is_err() {
            let current = api.store.version();
            let message = format!("Timeout: Too large resource version: {wanted}, current: {current}");
            let cause = Cause {
                reason: "ResourceVersionTooLarge",
                message: "Too large resource version".into(),
                field: String::new(),
            };
            let details = Details { causes: vec![cause], retry_after_seconds: 1, ..Details::default() };
            let mut error = ApiError::plain(504, "Timeout", message);
            error.details = Some(Box::new(details));
            return Err(error);
        }
    }
    Ok(())
}
