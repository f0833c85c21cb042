//! Somebody who may see one namespace, and may list neither namespaces nor
//! anything else across the cluster.

use serde_json::json;

use crate::behaviours;
use crate::case::Case;
use crate::make;
use crate::program::Person;

behaviours! { "restricted":
    sees_the_namespace_of_the_context,
    sees_a_namespace_that_is_named,
    is_told_to_name_one_if_the_context_does_not,
}

/// A person bound to the cluster role `view` in the behaviour's namespace.
async fn person(c: &Case, of_context: bool) -> Person {
    let name = format!("dev-{}", c.ns);
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "dev"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": name}],
    });
    c.create(&c.group("rbac.authorization.k8s.io/v1", "rolebindings"), &binding).await;
    c.create(&c.deployments(), &make::deployment("front", 1, make::IMAGE)).await;
    // The authorizer looks at bindings through a watch of its own.
    let theirs = c.server.user(&name);
    crate::cluster::until::until("the binding counts", async || {
        theirs.get(&c.deployments()).await.which(|answer| answer.status == 200)
    })
    .await;
    let mut file = c.server.kubeconfig_of(&name);
    for context in file.contexts.iter_mut().filter_map(|named| named.context.as_mut()) {
        context.namespace = of_context.then(|| c.ns.clone());
    }
    Person::with(c, &file)
}

async fn sees_the_namespace_of_the_context(c: Case) {
    let person = person(&c, true).await;
    let services = person.qd_anywhere(&["services", "-o", "json"]).await.exits(0).json();
    let names: Vec<_> = services.as_array().expect("a list").iter().map(|row| row["name"].clone()).collect();
    assert_eq!(names, [json!("front")], "{services}");
    let one = person.qd_anywhere(&["service", "front"]).await.exits(0).out;
    assert!(one.contains("front") && one.contains(&c.ns), "{one}");
    let status = person.qd_anywhere(&["status"]).await;
    assert!(status.out.contains(&c.ns), "{}{}", status.out, status.err);
}

async fn sees_a_namespace_that_is_named(c: Case) {
    let person = person(&c, false).await;
    let services = person.qd(&["services", "-o", "name"]).await.exits(0).out;
    assert!(services.contains("front"), "{services}");
    // Another one is refused, with the right that is missing.
    let refused = person.qd_anywhere(&["services", "--namespace", "kube-system"]).await;
    assert_ne!(refused.code, 0, "{}", refused.out);
    assert!(refused.err.contains("kube-system") && refused.err.contains("--namespace"), "{}", refused.err);
}

async fn is_told_to_name_one_if_the_context_does_not(c: Case) {
    let person = person(&c, false).await;
    let refused = person.qd_anywhere(&["services"]).await;
    assert_ne!(refused.code, 0, "{}", refused.out);
    assert!(refused.err.contains("may not") || refused.err.contains("cannot"), "{}", refused.err);
    assert!(refused.err.contains("--namespace"), "the remedy: {}", refused.err);
}
