//! A second Deployment behind the same Service, as a canary is.

use serde_json::{Value, json};

use super::tests::{NAME, Story};
use crate::demo::controllers::key::resource;
use crate::demo::store::{DeleteOptions, Store};

const NS: &str = "shop-production";
const TRACK: &str = "track";

/// The stable Deployment's copy at another version and size, told apart by one label.
fn canary(story: &Story, version: &str, replicas: i32) -> Value {
    let stable = story.store.get(resource::DEPLOYMENTS, NS, "checkout").unwrap().value();
    let mut spec = stable["spec"].clone();
    spec["replicas"] = replicas.into();
    spec["selector"]["matchLabels"][TRACK] = "canary".into();
    spec["template"]["metadata"]["labels"][TRACK] = "canary".into();
    let image = spec.pointer_mut("/template/spec/containers/0/image").unwrap();
    let (repository, _) = image.as_str().unwrap().rsplit_once(':').unwrap();
    *image = format!("{repository}:{version}").into();
    json!({"metadata": {"name": "checkout-canary", "namespace": NS}, "spec": spec})
}

/// (pods, requests, failed with 5xx) of the two tracks, by the pods' own pages.
fn tracks(story: &Story) -> [(usize, f64, f64); 2] {
    let pages = story.simulation.pages();
    let mut out = [(0, 0.0, 0.0); 2];
    for pod in story.store.list(resource::PODS, Some(NS)).0 {
        if pod.label("app.kubernetes.io/name") != Some("checkout") {
            continue;
        }
        let Some((200, page)) = pages(NS, pod.name(), "/metrics") else { continue };
        let side = &mut out[usize::from(pod.label(TRACK) == Some("canary"))];
        side.0 += 1;
        for line in page.lines().filter(|l| l.starts_with(NAME)) {
            let n: f64 = line.rsplit_once(' ').unwrap().1.parse().unwrap();
            side.1 += n;
            side.2 += if line.contains("code=\"5") { n } else { 0.0 };
        }
    }
    out
}

#[test]
fn a_canary_gets_its_part_and_shows_its_own_errors() {
    let mut story = Story::new("bad-canary");
    let delete = |resource: &str| story.store.delete(resource, NS, "checkout", &DeleteOptions::default());
    delete(resource::HPAS).unwrap();
    let stable = story.store.get(resource::DEPLOYMENTS, NS, "checkout").unwrap().value();
    let image = stable.pointer("/spec/template/spec/containers/0/image").unwrap().as_str().unwrap();
    let good = image.replace("v1.10.0", "v1.9.2");
    assert_ne!(good, image, "the scenario deploys v1.10.0");
    let mut template = stable["spec"]["template"].clone();
    template["spec"]["containers"][0]["image"] = good.into();
    // The scenario's own rollout of the version would blur the two tracks.
    story.patch("checkout", &json!({"spec": {"paused": false, "replicas": 6, "template": template}}));
    story.run(300.0);
    assert_eq!(tracks(&story)[1].0, 0);
    story.store.create(resource::DEPLOYMENTS, NS, canary(&story, "v1.10.0", 2)).unwrap();
    story.run(60.0);
    // Looking catches the books up, so the pages come first.
    let before = tracks(&story);
    let ledger = story.simulation.ledger(NS, "checkout").unwrap();
    story.run(1200.0);
    let after = tracks(&story);
    let now = story.simulation.ledger(NS, "checkout").unwrap();
    let [old, new] = [0, 1].map(|i| (after[i].1 - before[i].1, after[i].2 - before[i].2));
    assert_eq!([before[0].0, before[1].0, after[0].0, after[1].0], [6, 2, 6, 2]);
    let sent = (now.sent - ledger.sent) - (now.refused - ledger.refused);
    assert!((old.0 + new.0 - sent as f64).abs() < 0.5, "{} counted, {sent} sent", old.0 + new.0);
    let share = new.0 / (old.0 + new.0);
    assert!((share - 0.25).abs() < 0.03, "two of eight pods get {share}");
    assert!((0.03..0.05).contains(&(new.1 / new.0)), "4 % of the canary's fail: {new:?}");
    assert!(old.1 / old.0 < 0.004, "and hardly any of the others: {old:?}");
}

/// The books since a moment: counted by the old pods, by the new ones, sent, refused.
struct Books<'s> {
    story: &'s mut Story,
    before: [f64; 4],
}

impl Books<'_> {
    fn read(story: &Story) -> [f64; 4] {
        // Looking catches the books up, so the pages come first.
        let [old, new] = tracks(story).map(|(_, n, _)| n);
        let ledger = story.simulation.ledger(NS, "checkout").unwrap();
        [old, new, ledger.sent as f64, ledger.refused as f64]
    }

    /// Plays on and opens anew: pods that are gone take what they counted with them.
    fn settle(&mut self, seconds: f64) {
        self.story.run(seconds);
        self.before = Self::read(self.story);
    }

    /// Plays on and closes: (share of the new pods in what was served, share refused).
    fn after(&mut self, seconds: f64) -> (f64, f64) {
        // A slot under way when something changed is neither before nor after.
        self.settle(10.0);
        self.story.run(seconds);
        let now = Self::read(self.story);
        let [old, new, sent, refused] = [0, 1, 2, 3].map(|i| now[i] - self.before[i]);
        self.before = now;
        assert!((old + new + refused - sent).abs() < 0.5, "{old} + {new} + {refused} is not {sent}");
        (new / (old + new).max(1.0), refused / sent)
    }
}

#[test]
fn the_weights_of_a_route_are_followed_and_the_books_balance() {
    let mut story = Story::new("quiet");
    let definition = crate::demo::crd::installed().unwrap();
    story.store.create("customresourcedefinitions", "", definition).unwrap();
    story.store.delete(resource::HPAS, NS, "checkout", &DeleteOptions::default()).unwrap();
    let mut service = story.store.get(resource::SERVICES, NS, "checkout").unwrap().value();
    let labels = json!({"template": {"metadata": {"labels": {TRACK: "stable"}}}});
    story.patch("checkout", &json!({"spec": labels}));
    story.store.create(resource::DEPLOYMENTS, NS, canary(&story, "v1.9.2", 2)).unwrap();
    story.run(120.0);
    service["metadata"] = json!({"name": "checkout-canary"});
    service["spec"]["selector"][TRACK] = "canary".into();
    service["spec"].as_object_mut().unwrap().retain(|key, _| !key.starts_with("clusterIP"));
    story.store.create(resource::SERVICES, NS, service).unwrap();
    let stable = |s: &mut Value| s["spec"]["selector"][TRACK] = "stable".into();
    story.store.modify(resource::SERVICES, NS, "checkout", stable).unwrap();
    let backends = |stable: u64, canary: u64| {
        json!([{"name": "checkout", "port": 80, "weight": stable},
            {"name": "checkout-canary", "port": 80, "weight": canary}])
    };
    let route =
        json!({"metadata": {"name": "checkout"}, "spec": {"rules": [{"backendRefs": backends(9, 1)}]}});
    story.store.create(resource::HTTP_ROUTES, NS, route).unwrap();
    let objects = story.store.clone();
    let weigh = |stable: u64, canary: u64| {
        let set = |r: &mut Value| r["spec"]["rules"][0]["backendRefs"] = backends(stable, canary);
        objects.modify(resource::HTTP_ROUTES, NS, "checkout", set).unwrap();
    };
    story.run(30.0);
    let before = Books::read(&story);
    let mut books = Books { story: &mut story, before };
    let (share, refused) = books.after(1200.0);
    assert!((share - 0.1).abs() < 0.02, "a tenth by weight, though a quarter of the pods: {share}");
    assert!(refused.abs() < f64::EPSILON);
    weigh(100, 0);
    assert_eq!(books.after(300.0), (0.0, 0.0), "a weight of nothing is nothing");
    weigh(0, 100);
    assert_eq!(books.after(300.0), (1.0, 0.0));
    picked_and_copied(&mut books, &objects, &backends(100, 0));
    weigh(0, 100);
    objects.delete(resource::DEPLOYMENTS, NS, "checkout-canary", &DeleteOptions::default()).unwrap();
    books.settle(60.0);
    weigh(50, 50);
    let (share, refused) = books.after(1200.0);
    assert!(share.abs() < f64::EPSILON && (refused - 0.5).abs() < 0.03, "no pods there: {refused} refused");
    objects.delete(resource::HTTP_ROUTES, NS, "checkout", &DeleteOptions::default()).unwrap();
    assert_eq!(books.after(300.0), (0.0, 0.0), "without a route the Service has it all");
}

fn picked_and_copied(books: &mut Books<'_>, objects: &Store, stable: &Value) {
    // One in twenty sends the header; copies come on top of what callers send.
    let rules = |rules: Value| {
        objects
            .modify(resource::HTTP_ROUTES, NS, "checkout", |r| r["spec"]["rules"] = rules.clone())
            .unwrap();
    };
    let header = json!([{"headers": [{"type": "Exact", "name": "X-Canary", "value": "always"}]}]);
    let testers = json!({"matches": header, "backendRefs": [{"name": "checkout-canary", "port": 80}]});
    rules(json!([testers, {"backendRefs": stable}]));
    let (share, refused) = books.after(1200.0);
    assert!((share - 0.05).abs() < 0.01 && refused.abs() < f64::EPSILON, "{share} by header");
    let copy = json!({"backendRef": {"name": "checkout-canary", "port": 80}, "percent": 25});
    rules(json!([{"backendRefs": stable, "filters": [{"type": "RequestMirror", "requestMirror": copy}]}]));
    let (share, refused) = books.after(1200.0);
    assert!(
        (share - 0.2).abs() < 0.02 && refused.abs() < f64::EPSILON,
        "a quarter on top is a fifth: {share}"
    );
    rules(json!([{"backendRefs": stable}]));
}

#[test]
fn a_canary_that_takes_its_part_is_no_reason_to_scale() {
    let mut story = Story::new("quiet");
    story.store.create(resource::DEPLOYMENTS, NS, canary(&story, "v1.9.2", 6)).unwrap();
    let mut sizes = Vec::new();
    for _ in 0..20 {
        story.run(30.0);
        let stable = story.store.get(resource::DEPLOYMENTS, NS, "checkout").unwrap().value();
        sizes.push(stable["spec"]["replicas"].as_i64().unwrap());
    }
    // Its pods are counted, as the selector matches them; but twelve share what six had.
    assert!(sizes.iter().all(|n| (5..=7).contains(n)), "{sizes:?}");
}

#[test]
fn pods_a_service_does_not_select_get_nothing() {
    let mut story = Story::new("quiet");
    story.store.create(resource::DEPLOYMENTS, NS, canary(&story, "v1.9.2", 1)).unwrap();
    story.run(60.0);
    let before = tracks(&story)[1];
    assert!(before.1 > 0.0, "it takes requests: {before:?}");
    let apart = |s: &mut Value| s["spec"]["selector"][TRACK] = "stable".into();
    story.store.modify(resource::SERVICES, NS, "checkout", apart).unwrap();
    story.run(30.0);
    let (before, refused) = (tracks(&story)[1].1, story.simulation.ledger(NS, "checkout").unwrap().refused);
    story.run(120.0);
    assert!((tracks(&story)[1].1 - before).abs() < 0.5, "nobody sends it anything any more");
    assert!(story.simulation.ledger(NS, "checkout").unwrap().refused > refused, "requests find no pod");
}
