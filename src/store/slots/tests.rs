use super::*;
use crate::domain::SLOT_S;
use proptest::prelude::*;

const DIGEST: u64 = 0xfeed;

fn slot(index: u32) -> Slot {
    let bad = (index % 7) as f32;
    Slot { index, bad, total: 100.0 + index as f32, covered: 300, simulated: false }
}

fn file_of(store: &SlotStore) -> PathBuf {
    store.path("a/b", DIGEST)
}

fn load(store: &SlotStore) -> Loaded {
    store.load("a/b", DIGEST, 0).unwrap()
}

#[test]
fn what_was_appended_is_there_and_the_newest_of_an_index_holds() {
    let dir = tempfile::tempdir().unwrap();
    let store = SlotStore::open(dir.path()).unwrap();
    assert_eq!(load(&store), Loaded::default());
    store.append("a/b", DIGEST, &[slot(1), slot(2)], true).unwrap();
    let grown = Slot { total: 500.0, ..slot(2) };
    store.append("a/b", DIGEST, &[grown, slot(3)], false).unwrap();
    assert_eq!(load(&store).slots, [slot(1), grown, slot(3)]);
    assert_eq!(store.load("a/b", DIGEST, 3).unwrap().slots, [slot(3)]);
    assert_eq!(store.load("a/b", 1, 0).unwrap().slots, [], "another definition has its own file");
}

#[test]
fn a_file_cut_anywhere_keeps_every_whole_record_and_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let store = SlotStore::open(dir.path()).unwrap();
    let all: Vec<Slot> = (10..15).map(slot).collect();
    store.append("a/b", DIGEST, &all, true).unwrap();
    let whole = std::fs::read(file_of(&store)).unwrap();
    // Killed at every byte: what was whole before is kept, the torn end goes.
    for cut in 0..=whole.len() {
        std::fs::write(file_of(&store), &whole[..cut]).unwrap();
        let kept = cut / SIZE;
        let loaded = load(&store);
        assert_eq!(loaded.slots, all[..kept], "cut at {cut}");
        assert_eq!(loaded.damaged, cut % SIZE, "cut at {cut}");
        store.append("a/b", DIGEST, &[slot(99)], false).unwrap();
        let after = load(&store);
        assert_eq!(after.slots.last(), Some(&slot(99)), "cut at {cut}");
        assert_eq!((after.slots.len(), after.damaged), (kept + 1, 0), "cut at {cut}");
    }
}

#[test]
fn stale_records_go_and_the_file_stays_bounded() {
    let dir = tempfile::tempdir().unwrap();
    let store = SlotStore::open(dir.path()).unwrap();
    for _ in 0..50 {
        store.append("a/b", DIGEST, &[slot(1), slot(2)], false).unwrap();
    }
    assert_eq!(load(&store).slots.len(), 2);
    let bytes = std::fs::metadata(file_of(&store)).unwrap().len();
    assert_eq!(bytes, 2 * SIZE as u64);
}

#[test]
fn label_sets_are_noted_and_damage_is_nothing_lost() {
    let dir = tempfile::tempdir().unwrap();
    let store = SlotStore::open(dir.path()).unwrap();
    assert_eq!(store.groups("a/b"), Vec::<LabelSet>::new());
    let sets = [LabelSet::from([("route".to_owned(), "/users/{id}".to_owned())])];
    store.note_groups("a/b", &sets).unwrap();
    assert_eq!(store.groups("a/b"), sets);
    assert_eq!(SlotStore::reader(dir.path()).groups("a/b"), sets);
    std::fs::write(store.groups_path("a/b"), "[{\"route\"").unwrap();
    assert_eq!(store.groups("a/b"), Vec::<LabelSet>::new());
}

#[test]
fn only_one_process_writes() {
    let dir = tempfile::tempdir().unwrap();
    let first = SlotStore::open(dir.path()).unwrap();
    let second = SlotStore::open(dir.path()).unwrap();
    assert!(first.writes() && !second.writes());
    second.append("a/b", DIGEST, &[slot(1)], true).unwrap();
    assert_eq!(load(&first), Loaded::default(), "a reader writes nothing");
    drop(first);
    assert!(SlotStore::open(dir.path()).unwrap().writes());
}

#[test]
fn names_stay_within_the_folder() {
    let dir = tempfile::tempdir().unwrap();
    let store = SlotStore::open(dir.path()).unwrap();
    store.append("../../etc/passwd", 1, &[slot(1)], false).unwrap();
    let names: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(names.iter().any(|n| n.to_string_lossy().starts_with(".._.._etc_passwd-")), "{names:?}");
}

fn any_slot() -> impl Strategy<Value = Slot> {
    (0..500_u32, 0..1000_u16, 1..10_000_u16, 1..=SLOT_S as u16, any::<bool>()).prop_map(
        |(index, bad, total, covered, simulated)| Slot {
            index,
            bad: f32::from(bad),
            total: f32::from(total),
            covered,
            simulated,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, rng_seed: proptest::test_runner::RngSeed::Fixed(7), ..ProptestConfig::default() })]

    #[test]
    fn any_records_come_back_by_index(slots in proptest::collection::vec(any_slot(), 0..60)) {
        let bytes: Vec<u8> = slots.iter().flat_map(|slot| encode(slot, DIGEST)).collect();
        let newest: BTreeMap<u32, Slot> = slots.iter().map(|slot| (slot.index, *slot)).collect();
        let (loaded, records) = read(&bytes, DIGEST);
        prop_assert_eq!(loaded.slots, newest.into_values().collect::<Vec<_>>());
        prop_assert_eq!((loaded.damaged, records), (0, slots.len()));
    }

    #[test]
    fn damage_never_makes_a_number(
        slots in proptest::collection::vec(any_slot(), 1..20),
        at in any::<proptest::sample::Index>(),
        flip in 1..=255_u8,
    ) {
        let mut bytes: Vec<u8> = slots.iter().flat_map(|slot| encode(slot, DIGEST)).collect();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        let (loaded, _) = read(&bytes, DIGEST);
        for slot in &loaded.slots {
            prop_assert!(slots.contains(slot), "{slot:?} was never written");
        }
        prop_assert!(loaded.damaged >= SIZE.min(bytes.len()), "one record is lost, and it is said");
    }

    #[test]
    fn arbitrary_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let (loaded, _) = read(&bytes, DIGEST);
        prop_assert!(loaded.slots.iter().all(Slot::is_sound));
    }
}
