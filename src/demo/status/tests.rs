//! Bodies to the byte.

use super::*;

const PODS: Gr<'static> = Gr { group: "", resource: "pods" };
const DEPLOYMENTS: Gr<'static> = Gr { group: "apps", resource: "deployments" };

#[test]
fn bodies_are_what_kube_apiserver_writes() {
    let body = String::from_utf8(ApiError::not_found(PODS, "x").body()).unwrap();
    assert_eq!(
        body,
        "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\"message\":\"pods \\\"x\\\" not found\",\"reason\":\"NotFound\",\"details\":{\"name\":\"x\",\"kind\":\"pods\"},\"code\":404}\n"
    );
    assert_eq!(ApiError::not_found(DEPLOYMENTS, "web").message, "deployments.apps \"web\" not found");
}

#[test]
fn several_causes_are_listed_in_brackets() {
    let cause = |field: &str| Cause {
        reason: "FieldValueRequired",
        message: "Required value".into(),
        field: field.into(),
    };
    let one = ApiError::invalid("apps", "Deployment", "web", vec![cause("spec.a")]);
    assert_eq!(one.message, "Deployment.apps \"web\" is invalid: spec.a: Required value");
    let two = ApiError::invalid("", "Pod", "p", vec![cause("a"), cause("b")]);
    assert_eq!(two.message, "Pod \"p\" is invalid: [a: Required value, b: Required value]");
}
