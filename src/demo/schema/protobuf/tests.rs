//! Messages written by hand, by the numbers of Kubernetes' own structs.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn bytes(number: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2, u8::try_from(content.len()).unwrap()];
    out.extend_from_slice(content);
    out
}

fn number(field: u8, n: u8) -> Vec<u8> {
    vec![field << 3, n]
}

fn enveloped(api_version: &str, kind: &str, raw: &[u8]) -> Vec<u8> {
    let meta = [bytes(1, api_version.as_bytes()), bytes(2, kind.as_bytes())].concat();
    [MAGIC.to_vec(), bytes(1, &meta), bytes(2, raw), bytes(3, b""), bytes(4, b"")].concat()
}

fn read(api_version: &str, kind: &str, raw: &[u8]) -> Result<Value, String> {
    let (schema, whole) = (Schema::default(), enveloped(api_version, kind, raw));
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    open(&whole)?.object(&schema, schema.root(group, version, kind).unwrap())
}

#[test]
fn maps_bytes_and_times_are_read() {
    let labels = bytes(11, &[bytes(1, b"app"), bytes(2, b"web")].concat());
    // name, an empty generateName, no creationTimestamp, labels.
    let meta = [bytes(1, b"s"), bytes(2, b""), bytes(8, b""), labels].concat();
    let data = [bytes(1, b"k"), bytes(2, b"\xff\x00")].concat();
    let secret = read("v1", "Secret", &[bytes(1, &meta), bytes(2, &data), bytes(3, b"Opaque")].concat());
    let expected = json!({"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "data": {"k": "/wA="}, "metadata": {"name": "s", "labels": {"app": "web"}}});
    assert_eq!(secret.unwrap(), expected);
}

#[test]
fn zero_counts_where_go_has_a_pointer_and_inline_structs_are_flat() {
    let volume = bytes(1, &[bytes(1, b"v"), bytes(2, &bytes(2, b""))].concat());
    let probe = bytes(
        11,
        &[
            bytes(1, &bytes(2, &bytes(2, &[number(1, 1), number(2, 0), bytes(3, b"http")].concat()))),
            number(2, 0),
        ]
        .concat(),
    );
    let amount = bytes(2, &bytes(1, b"64Mi"));
    let resources = bytes(8, &bytes(2, &[bytes(1, b"memory"), amount].concat()));
    let container = bytes(2, &[bytes(1, b"app"), resources, probe].concat());
    let template = bytes(3, &bytes(2, &[volume, container].concat()));
    let spec = bytes(2, &[number(1, 0), template, number(5, 0)].concat());
    let read = read("apps/v1", "Deployment", &spec).unwrap();
    let container = json!({"name": "app", "resources": {"requests": {"memory": "64Mi"}}, "readinessProbe": {"httpGet": {"port": "http"}}});
    let pod = json!({"spec": {"volumes": [{"name": "v", "emptyDir": {}}], "containers": [container]}});
    assert_eq!(read["spec"], json!({"replicas": 0, "template": pod}));
}

#[test]
fn other_bytes_are_refused_in_the_words_of_the_real_server() {
    assert_eq!(open(b"").unwrap_err(), "empty data");
    assert!(open(b"{}").unwrap_err().ends_with("expected prefix [107 56 115 0]"));
    assert_eq!(open(MAGIC).unwrap_err(), "empty body");
    let whole = enveloped("v1", "ConfigMap", b"");
    assert_eq!(open(&whole[..whole.len() - 1]).unwrap_err(), "unexpected EOF");
    assert!(read("v1", "ConfigMap", &number(1, 5)).unwrap_err().starts_with("proto: wrong wireType"));
    assert!(read("v1", "ConfigMap", &bytes(1, &bytes(1, b"\xff"))).unwrap_err().contains("UTF-8"));
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(raw in proptest::collection::vec(any::<u8>(), 0..300), kind in 0..4_usize) {
        let _ = open(&raw);
        let (api_version, kind) =
            [("v1", "Pod"), ("apps/v1", "Deployment"), ("v1", "Secret"), ("batch/v1", "CronJob")][kind];
        let mut whole = MAGIC.to_vec();
        // A long length needs two bytes.
        whole.extend([2 << 3 | 2, (raw.len() & 0x7f) as u8 | 0x80, (raw.len() >> 7) as u8]);
        whole.extend(&raw);
        let schema = Schema::default();
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let _ = open(&whole).unwrap().object(&schema, schema.root(group, version, kind).unwrap());
    }
}

#[test]
fn nesting_ends() {
    let schema = Schema::default();
    let of = schema.named("apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps").unwrap();
    let tag = u64::from(of.fields["not"].number[0]) << 3 | 2;
    let varint = |mut n: u64| {
        let mut out = Vec::new();
        while n > 0x7f {
            out.push((n & 0x7f) as u8 | 0x80);
            n >>= 7;
        }
        out.push(n as u8);
        out
    };
    let nested = |depth: usize| {
        let mut inner = Vec::new();
        for _ in 0..depth {
            inner = [varint(tag), varint(inner.len() as u64), inner].concat();
        }
        inner
    };
    let mut map = Map::new();
    message(&schema, of, &[], &nested(20), 0, &mut map).unwrap();
    assert!(map["not"]["not"].is_object());
    let refused = message(&schema, of, &[], &nested(10_000), 0, &mut Map::new());
    assert_eq!(refused.unwrap_err(), "message nested too deeply");
}
