//! Answers in another dress: YAML, or JSON with line breaks.

use http::Response;
use http_body_util::BodyExt as _;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::dispatch::Call;
use super::respond::{self, Body};

/// How an answer is to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// JSON in one line.
    Plain,
    /// Indented JSON (`pretty=true`).
    Pretty,
    /// YAML.
    Yaml,
}

impl Style {
    /// The style a request asks for. Watches and lists that stream stay plain.
    pub fn of(call: &Call) -> Self {
        if call.route.verb == "watch" || call.route.subresource == "log" {
            Self::Plain
        } else if call.header("accept").split(',').next().is_some_and(|a| a.trim() == "application/yaml") {
            Self::Yaml
        } else if call.query.flag("pretty") {
            Self::Pretty
        } else {
            Self::Plain
        }
    }

    /// Rewrites a whole answer.
    pub async fn apply(self, response: Response<Body>) -> Response<Body> {
        let json =
            response.headers().get(http::header::CONTENT_TYPE).is_some_and(|t| t == "application/json");
        if self == Self::Plain || !json {
            return response;
        }
        let code = response.status().as_u16();
        let Ok(body) = response.into_body().collect().await else {
            return respond::text(500, "");
        };
        let bytes = body.to_bytes();
        let Ok(value) = serde_json::from_slice::<Value>(&bytes) else {
            return respond::whole(code, "application/json", bytes);
        };
        match self {
            Self::Yaml => {
                let text = serde_saphyr::to_string(&value).unwrap_or_default();
                respond::whole(code, "application/yaml", text)
            }
            Self::Pretty | Self::Plain => {
                let text = serde_json::to_vec_pretty(&KindFirst(&value)).unwrap_or_default();
                respond::whole(code, "application/json", text)
            }
        }
    }
}

/// An object with kind and apiVersion in front.
struct KindFirst<'a>(&'a Value);

impl Serialize for KindFirst<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let Some(map) = self.0.as_object() else {
            return self.0.serialize(out);
        };
        let mut fields = out.serialize_map(Some(map.len()))?;
        let first = ["kind", "apiVersion"];
        for key in first {
            if let Some(value) = map.get(key) {
                fields.serialize_entry(key, value)?;
            }
        }
        for (key, value) in map.iter().filter(|(k, _)| !first.contains(&k.as_str())) {
            fields.serialize_entry(key, value)?;
        }
        fields.end()
    }
}
