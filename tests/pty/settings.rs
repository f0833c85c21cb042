//! What is configured, by context, as the screen shows it.

use crate::terminal::qd;
use quarterdeck::demo::{self, DemoOptions};

#[test]
fn a_read_only_context_says_so_and_another_one_is_not_touched_by_it() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let cluster = runtime.block_on(demo::serve(DemoOptions::now())).unwrap();
    let run = qd(&["--scrape=false"])
        .file("kubeconfig", &cluster.kubeconfig())
        .file("config/contexts/demo.toml", "read-only = true\n")
        .file("config/contexts/demo-viewer.toml", "write-minutes = 7\nthme = \"x\"\n");
    let path = run.path("kubeconfig");
    let mut terminal = run.env("KUBECONFIG", &path).start();
    terminal.shows("live");
    terminal.shows("READ-ONLY by configuration");
    terminal.press(":");
    terminal.press("write\r");
    terminal.shows("read-only by configuration: read-only, ");
    terminal.press(":");
    terminal.press("ctx demo-viewer\r");
    terminal.shows("demo-viewer ▸");
    terminal.shows("demo-viewer.toml:2:1: unknown option 'thme'");
    terminal.until("no word of the other context", |screen| !screen.contains("by configuration"));
    terminal.press(":");
    terminal.press("write\r");
    terminal.shows("writing is allowed in demo-viewer for 7m");
    terminal.press(":");
    terminal.press("ctx demo\r");
    terminal.shows("READ-ONLY by configuration");
    terminal.press("q");
    assert_eq!(terminal.ends().exit_code(), 0);
    runtime.block_on(cluster.shutdown());
}
