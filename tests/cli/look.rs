//! Verbs that only look, and what they say when they cannot.

use crate::bench::{at, shared};

#[test]
fn status_is_the_ten_second_answer() {
    let person = at(shared());
    let said = person.qd(&["status"]).ended(0);
    assert!(said.out.contains("you are admin") && said.out.contains("BURNING"), "{said:?}");
    assert!(!said.out.contains('\u{1b}'), "no colour on a pipe");
    let json = person.qd(&["status", "-o", "json"]).ended(0).json();
    assert_eq!(json["user"], "admin");
    assert!(json["services"].as_u64().unwrap() > 0);
    assert!(!json["burning"].as_array().unwrap().is_empty());
    let names = person.qd(&["status", "-o", "name"]).ended(0).out;
    assert!(names.lines().all(|line| line.contains('/')), "{names}");
}

#[test]
fn services_and_rollouts_agree_on_names() {
    let person = at(shared());
    let services = person.qd(&["services", "-o", "json"]).ended(0).json();
    let all: Vec<String> =
        person.qd(&["services", "-o", "name"]).ended(0).out.lines().map(Into::into).collect();
    assert_eq!(services.as_array().unwrap().len(), all.len());
    for name in person.qd(&["rollouts", "-o", "name"]).ended(0).out.lines() {
        assert!(all.iter().any(|known| known == name), "{name}");
    }
    let one = person.qd(&["service", &all[0], "-o", "yaml"]).ended(0).out;
    assert!(one.contains("workloads:"), "{one}");
}

#[test]
fn environments_stand_side_by_side() {
    let person = at(shared());
    let text = person.qd(&["environments"]).ended(0).out;
    let head = text.lines().next().unwrap();
    let columns: Vec<&str> = head.split_whitespace().collect();
    assert_eq!(columns[..4], ["SERVICE", "DEVELOPMENT", "STAGING", "PRODUCTION"], "{text}");
    let json = person.qd(&["environments", "-o", "json"]).ended(0).json();
    let places: usize = json.as_array().unwrap().iter().map(|s| s["places"].as_array().unwrap().len()).sum();
    let services = person.qd(&["services", "-o", "name"]).ended(0).out;
    assert_eq!(places, services.lines().count(), "every service has its place, once");
}

#[test]
fn configuration_is_compared_by_hash() {
    let person = at(shared());
    let said = person.qd(&["config-diff", "shop-staging/checkout", "-o", "json"]);
    assert!(said.code == 0 || said.code == 2, "{said:?}");
    let json = said.json();
    assert_eq!(json["with"], "shop-production");
    let objects = json["objects"].as_array().unwrap();
    let config = objects.iter().find(|o| o["name"] == "checkout-config").expect("envFrom names it");
    assert_eq!(config["hash"].as_str().unwrap().len(), 12, "{config}");
    let said = person.qd(&["config-diff", "shop-staging/checkout", "--with", "shop-staging"]).ended(1);
    assert!(said.err.contains("cannot be compared with itself"), "{said:?}");
    let said = person.qd(&["config-diff", "shop-staging/checkout", "--with", "nowhere"]).ended(1);
    assert!(said.err.contains("did you mean"), "{said:?}");
}

#[test]
fn an_unknown_service_and_an_ambiguous_one_say_what_to_type() {
    let person = at(shared());
    let said = person.qd(&["service", "checkuot"]).ended(1);
    let everywhere = "did you mean shop-production/checkout or shop-staging/checkout or shop-dev/checkout?";
    assert!(said.err.contains(everywhere), "{said:?}");
    let said = person.qd(&["service", "shop-prod/checkout"]).ended(1);
    assert!(
        said.err.contains("did you mean shop-production/checkout or "),
        "another environment first: {said:?}"
    );
    let said = person.qd(&["restart", "checkout", "--yes"]).ended(1);
    assert!(said.err.contains("qd restart deploy/checkout -n "), "{said:?}");
}

#[test]
fn nobody_may_look_and_is_told_so() {
    let said = at(shared()).qd(&["status", "--context", "demo-nobody"]).ended(3);
    assert!(said.err.contains("no workloads can be seen"), "{said:?}");
}

#[test]
fn a_server_that_is_not_there_is_exit_5() {
    let mut person = at(shared());
    let text = std::fs::read_to_string(&person.kubeconfig).unwrap();
    let port = text.split("http://127.0.0.1:").nth(1).unwrap().lines().next().unwrap().to_owned();
    person.kubeconfig = person.home.path().join("kube");
    // Port 1 of loopback: nobody listens there.
    std::fs::write(&person.kubeconfig, text.replace(&port, "1")).unwrap();
    let said = person.qd(&["status"]).ended(5);
    assert!(said.err.starts_with("qd: ") && !said.err.contains("panicked"), "{said:?}");
}

#[test]
fn info_says_where_each_value_comes_from() {
    let person = at(shared());
    let config = person.home.path().join("config");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(config.join("config.toml"), "write-minutes = 30\nthme = \"x\"\n").unwrap();
    let mut command = person.command(&["info", "-o", "json", "--ascii"]);
    let output = command.env("QD_TIMEZONE", "UTC").output().unwrap();
    let json = crate::bench::Said::from(output).ended(0).json();
    let origin = |name: &str| {
        let rows = json["options"].as_array().unwrap();
        let row = rows.iter().find(|row| row["name"] == name).unwrap();
        row["origin"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
    };
    assert_eq!(origin("write-minutes"), "config.toml:1");
    assert_eq!(origin("ascii"), "--ascii");
    assert_eq!(origin("timezone"), "$QD_TIMEZONE");
    assert_eq!(origin("mouse"), "default");
    assert!(json["warnings"][0].as_str().unwrap().contains("config.toml:2:1: unknown option 'thme'"));
}

#[test]
fn the_console_on_a_pipe_says_what_to_use_instead() {
    let said = at(shared()).qd(&[]).ended(1);
    assert!(said.err.contains("needs a terminal") && said.err.contains("qd status"), "{said:?}");
}

#[test]
fn it_is_called_as_it_was_called() {
    let folder = tempfile::tempdir().unwrap();
    let plugin = folder.path().join("kubectl-qd");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_qd"), &plugin).unwrap();
    let output = std::process::Command::new(plugin).arg("--help").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("Usage: kubectl qd"), "{text}");
}

#[test]
fn services_without_an_entry_get_a_first_one_that_lint_accepts() {
    let person = at(shared());
    // Nothing is configured here: every service is without one.
    let all = person.qd(&["catalog", "draft"]).ended(0).out;
    let one = person.qd(&["catalog", "draft", "checkout"]).ended(0).out;
    assert!(all.contains(&one) && all.contains("\n---\n"), "{one}");
    assert!(one.contains("  name: checkout\n") && one.contains("  owner: checkout\n"), "{one}");
    assert!(one.contains("quarterdeck.dev/tier:") && one.contains("lifecycle: production"), "{one}");

    let folder = person.home.path().join("entries");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("catalog-info.yaml"), &all).unwrap();
    let said = person.qd(&["catalog", "lint", folder.to_str().unwrap()]).ended(1);
    // All that is missing are the groups and systems, which the cluster does not have.
    let missing = said.out.lines().filter(|line| line.contains("error: "));
    assert!(missing.clone().count() > 20, "{said:?}");
    for line in missing {
        assert!(line.contains("nothing is called so"), "{line}");
    }
    // Once it has one, it needs none.
    let again = ["catalog", "draft", "checkout", "--catalog", folder.to_str().unwrap()];
    let said = person.qd(&again).ended(1);
    assert!(said.err.contains("is component:checkout already"), "{said:?}");
    let said = person.qd(&["catalog", "draft", "--catalog", folder.to_str().unwrap()]).ended(0);
    assert!(said.out.is_empty() && said.err.contains("has an entry"), "{said:?}");
    let said = person.qd(&["catalog", "draft", "checkuot"]).ended(1);
    assert!(said.err.contains("did you mean"), "{said:?}");
}
