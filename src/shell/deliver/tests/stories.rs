//! Stories written down in `tests/stories/`, each played by every strategy and
//! means it names: as it is, and with the driver killed before and after each
//! of its writes, when another one takes over.

mod expect;
mod file;
mod matrix;
mod play;
mod watch;

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::sea::Doom;
use crate::engine::record::OnDriverLoss;
use file::{Story, read};
use matrix::{Cell, Way};
use play::Play;

/// Where this is set, every means has all crashes.
const EVERY: &str = "QD_EVERY_CRASH";
/// Else those that are like another one have one in so many, in turn: all of
/// them take four minutes of one core, unoptimized.
const THIN: usize = 3;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/stories")
}

/// Every story; a file that cannot be read is told with its line.
fn stories() -> Vec<Story> {
    let files = std::fs::read_dir(folder()).unwrap().map(|file| file.unwrap().path());
    let mut files: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
    files.sort();
    let read_at = |path: &PathBuf| {
        let name = format!("tests/stories/{}", path.file_name().unwrap().to_string_lossy());
        read(&name, &std::fs::read_to_string(path).unwrap())
    };
    let (stories, wrong): (Vec<_>, Vec<_>) = files.iter().map(read_at).partition(Result::is_ok);
    let wrong: Vec<String> = wrong.into_iter().filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    stories.into_iter().filter_map(Result::ok).collect()
}

/// One story by one means: plain, then with its crashes. How often it was played.
fn tell(turn: usize, story: &Story, way: Way) -> Result<usize, String> {
    let name = format!("{} ({} by {})", story.name, way.strategy.name(), way.means);
    let mut plain = Play::begin(story, way, None);
    let ended = plain.run().map_err(|why| format!("{name}: {}\n  {why}", story.about))?;
    // A policy that says otherwise is the story itself.
    if story.on_driver_loss != OnDriverLoss::TakeOver {
        return Ok(1);
    }
    let all = plain.crashable.iter().flat_map(|write| [(*write, false), (*write, true)]);
    let every = if way.is_first() || std::env::var_os(EVERY).is_some() { 1 } else { THIN };
    let moments = all.enumerate().filter(|(number, _)| (number + turn).is_multiple_of(every));
    let mut played = 1;
    for (_, (write, done)) in moments {
        let side = if done { "after" } else { "before" };
        let with = |why: String| format!("{name}, the driver dies {side} write {write}: {why}");
        let mut play = Play::begin(story, way, Some(Doom { write, done }));
        let crashed = play.run().map_err(with)?;
        if crashed != ended {
            let why = format!("it ended as {crashed:?}, without that as {ended:?}: {}", play.state());
            return Err(with(why));
        }
        played += 1;
    }
    Ok(played)
}

#[test]
fn every_story_ends_as_it_is_written_whoever_crashes() {
    let only = std::env::var("QD_STORY").unwrap_or_default();
    let all = stories();
    let ways: Vec<(&Story, Way)> = all
        .iter()
        .filter(|story| only.is_empty() || story.name == only)
        .flat_map(|story| story.play.all().into_iter().map(move |way| (story, way)))
        .collect();
    assert!(!ways.is_empty(), "no story is called {only}");
    let next = AtomicUsize::new(0);
    let work = || {
        let mine = std::iter::from_fn(|| {
            let turn = next.fetch_add(1, Ordering::Relaxed);
            ways.get(turn).map(|way| (turn, way))
        });
        mine.map(|(turn, (story, way))| tell(turn, story, *way)).collect::<Vec<_>>()
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let told: Vec<Result<usize, String>> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        all.into_iter().flat_map(|one| one.join().unwrap()).collect()
    });
    let failed: Vec<&String> = told.iter().filter_map(|told| told.as_ref().err()).collect();
    let shown: Vec<&str> = failed.iter().map(|why| why.as_str()).collect();
    assert!(failed.is_empty(), "{} of {} failed:\n{}", failed.len(), ways.len(), shown.join("\n\n"));
    let played: usize = told.iter().filter_map(|told| told.as_ref().ok()).sum();
    assert!(played > ways.len(), "nobody crashed");
    // Past the harness's capture, as with schedules: how many there were belongs into every log.
    let _nobody_listens =
        writeln!(std::io::stderr(), "{} stories, {} by their means, {played} plays", all.len(), ways.len());
}

#[test]
fn every_strategy_by_every_means_meets_every_outcome() {
    let all = stories();
    let told: Vec<Cell> = all
        .iter()
        .flat_map(|story| story.play.all().into_iter().map(move |way| (story, way)))
        .map(|(story, Way { strategy, means })| Cell { strategy, means, outcome: story.outcome })
        .collect();
    let missing: Vec<String> = Cell::all()
        .filter(|cell| cell.impossible().is_none() && !told.contains(cell))
        .map(|cell| cell.to_string())
        .collect();
    assert!(missing.is_empty(), "{} have no story:\n{}", missing.len(), missing.join("\n"));
    let odd: Vec<String> = told
        .iter()
        .filter_map(|cell| Some(format!("{cell}, which cannot be: {}", cell.impossible()?)))
        .collect();
    assert!(odd.is_empty(), "{}", odd.join("\n"));
}

#[test]
fn what_is_wrong_in_a_story_is_told_with_its_line() {
    let good = "about = \"x\"\noutcome = \"bad\"\nplay.canary = [\"pods\"]\n\n[end]\nphase = \"promoted\"\n\
                stable = \"v2\"\n";
    assert!(read("a.toml", good).is_ok());
    let with = |old: &str, new: &str| good.replace(old, new);
    for (text, expected) in [
        (with("stable", "stables"), "a.toml:7: unknown field `stables`"),
        (with("about = \"x\"\n", ""), "missing field `about`"),
        (with("\"bad\"", "\"worse\""), "a.toml:2: unknown variant `worse`"),
        (with("pods", "tcp"), "a.toml:3: 'tcp' is none of all, routes, pods"),
        (with("\n[end]", "steps = \"10,x\"\n[end]"), "a.toml:4: \"x\" is no step"),
        (with("\"promoted\"", "\"over\""), "a.toml:6: 'over' is no phase"),
        (
            with("\"promoted\"", "\"watching 1\""),
            "a.toml:6: a story that stays where it is says for how long",
        ),
        (with("[end]", "[[when]]\nfor = \"soon\"\n[end]"), "a.toml:6: \"soon\" is no time"),
        (with("[end]", "[end.writes]\ningress = []\n[end]"), "a.toml:"),
        (
            with("stable = \"v2\"", "stable = \"v2\"\nwrites.ingress = []"),
            "writes are expected by 'ingress', by which it is not played",
        ),
        (with("[\"pods\"]", "[]"), "a.toml:3: it is played by nothing"),
        (with("phase =", "phase"), "a.toml:6:"),
    ] {
        let why = read("a.toml", &text).unwrap_err();
        assert!(why.starts_with("a.toml:") && why.contains(expected), "{why} is not {expected}");
    }
}
