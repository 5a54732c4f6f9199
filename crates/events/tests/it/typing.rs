use events::{MAX_WAITING_KEYS, MOVING_MS, Place, TYPING_MARGIN_MS, Typeable, TypedKey, TypingGate, Verdict};
use proptest::prelude::*;

const MARGIN: u64 = TYPING_MARGIN_MS;

fn field(client: u32, path: &str) -> Place {
    let what = Typeable::Field { owner: ":1.7".to_owned(), path: path.to_owned(), is_multi_line: path == "/lines" };
    Place { client, pid: client * 10, what }
}

/// One that looks this often and finds the same, and a key in the middle.
fn typed(looks: &[(u64, u64, Option<Place>)], key_ms: u64, client: Option<u32>) -> Vec<Verdict> {
    let mut gate = TypingGate::default();
    let mut verdicts = Vec::new();
    let mut moments: Vec<(u64, usize, usize)> = Vec::new();
    for (at, (began, ended, _)) in looks.iter().enumerate() {
        moments.push((*began, 0, at));
        moments.push((*ended, 1, at));
    }
    moments.push((key_ms, 2, 0));
    moments.sort_by_key(|(ms, ..)| *ms);
    for (ms, what, at) in moments {
        match what {
            0 => gate.look_begins(ms),
            1 => gate.look_ends(ms, looks[at].2.clone()),
            _ => gate.struck(ms, client, TypedKey::Text('a')),
        }
        verdicts.extend(gate.verdicts());
    }
    verdicts
}

fn every(step: u64, until: u64, found: &Place) -> Vec<(u64, u64, Option<Place>)> {
    (0..until / step).map(|at| (at * step, at * step + 20, Some(found.clone()))).collect()
}

fn is_kept(verdicts: &[Verdict]) -> bool {
    matches!(verdicts, [Verdict::Kept { .. }])
}

#[test]
fn a_key_is_kept_where_every_look_around_it_found_the_same_ordinary_place() {
    let place = field(7, "/a");
    let looks = every(200, 4_000, &place);
    let kept = Verdict::Kept { place: place.clone(), key: TypedKey::Text('a'), at_ms: 1_930 };
    assert_eq!(typed(&looks, 1_930, Some(7)), [kept]);
    assert!(!is_kept(&typed(&looks, 1_930, Some(8))), "another program received it");
    assert!(!is_kept(&typed(&looks, 1_930, None)), "nobody knows who received it");
    for changed in 0..looks.len() {
        for other in [None, Some(field(7, "/b")), Some(field(8, "/a"))] {
            let mut looks = looks.clone();
            looks[changed].2 = other;
            let (began, ended, _) = looks[changed];
            let is_around = ended + MARGIN >= 1_930 && began <= 1_930 + MARGIN;
            assert_eq!(is_kept(&typed(&looks, 1_930, Some(7))), !is_around, "{changed}");
        }
    }
}

#[test]
fn a_key_is_dropped_where_nobody_looked_before_it_or_afterwards() {
    let place = field(7, "/a");
    let looks = every(200, 4_000, &place);
    let after: Vec<_> = looks.iter().filter(|(began, ..)| *began > 1_930).cloned().collect();
    assert!(!is_kept(&typed(&after, 1_930, Some(7))));
    let before: Vec<_> = looks.iter().filter(|(began, ..)| !(1_930..3_000).contains(began)).cloned().collect();
    assert!(!is_kept(&typed(&before, 1_930, Some(7))));
    // A look that was under way when the key came says nothing of either.
    let through =
        [(1_000, 1_100, Some(place.clone())), (1_900, 2_900, Some(place.clone())), (3_000, 3_100, Some(place))];
    assert!(!is_kept(&typed(&through, 1_930, Some(7))));
}

#[test]
fn what_is_in_doubt_drops_what_came_half_a_second_before_and_comes_half_a_second_after() {
    let place = field(7, "/a");
    for (doubt_ms, kept) in [(1_400, true), (1_440, false), (1_930, false), (2_420, false), (2_440, true)] {
        let mut gate = TypingGate::default();
        let mut verdicts = Vec::new();
        let mut done = false;
        for ms in (0..4_000).step_by(10) {
            match ms {
                _ if ms % 200 == 0 => gate.look_begins(ms),
                _ if ms % 200 == 10 => gate.look_ends(ms, Some(place.clone())),
                1_930 => gate.struck(ms, Some(7), TypedKey::Text('a')),
                _ => {}
            }
            if ms >= doubt_ms && !done {
                done = true;
                gate.doubt(doubt_ms);
            }
            verdicts.extend(gate.verdicts());
        }
        assert_eq!(is_kept(&verdicts), kept, "{doubt_ms}");
    }
}

/// By which the keyboard may go elsewhere.
type Move = fn(&mut TypingGate);

#[test]
fn nothing_is_kept_of_fields_right_after_something_by_which_the_keyboard_may_go_elsewhere() {
    let terminal = Place { client: 7, pid: 70, what: Typeable::Terminal(3) };
    let move_ms = 2_005;
    let moves: [(&str, Move); 3] = [
        ("a click", |gate| gate.clicked(2_005)),
        ("tab", |gate| gate.struck(2_005, Some(7), TypedKey::Other)),
        ("enter", |gate| gate.struck(2_005, Some(7), TypedKey::Enter)),
    ];
    for (place, told_after) in
        [(field(7, "/a"), [false; 3]), (field(7, "/lines"), [false, false, true]), (terminal, [true; 3])]
    {
        for ((name, moves), is_told) in moves.iter().zip(told_after) {
            for (key_ms, is_late) in
                [(move_ms + 300, false), (move_ms + MOVING_MS, false), (move_ms + MOVING_MS + 10, true)]
            {
                let (mut gate, mut verdicts) = (TypingGate::default(), Vec::new());
                for ms in (0..6_000).step_by(5) {
                    match ms % 200 {
                        _ if ms == move_ms => moves(&mut gate),
                        0 => gate.look_begins(ms),
                        10 => gate.look_ends(ms, Some(place.clone())),
                        _ if ms == key_ms => gate.struck(ms, Some(7), TypedKey::Text('a')),
                        _ => {}
                    }
                    verdicts.extend(gate.verdicts());
                }
                let kept =
                    verdicts.iter().any(|verdict| matches!(verdict, Verdict::Kept { key: TypedKey::Text(_), .. }));
                assert_eq!(kept, is_told || is_late, "{name} {key_ms} {place:?}");
            }
        }
    }
}

#[test]
fn keys_without_looks_are_dropped_and_never_more_wait_than_may() {
    let mut gate = TypingGate::default();
    let mut dropped = 0;
    for at in 0..20_000_u64 {
        gate.struck(at, Some(7), TypedKey::Text('a'));
        assert!(gate.waiting() <= MAX_WAITING_KEYS);
        for verdict in gate.verdicts() {
            assert!(matches!(verdict, Verdict::Dropped { .. }), "{verdict:?}");
            if let Verdict::Dropped { keys, .. } = verdict {
                dropped += keys;
            }
        }
    }
    assert_eq!(dropped + gate.waiting() as u64, 20_000);
    gate.doubt(1_000_000);
    assert!(gate.verdicts().iter().all(|verdict| matches!(verdict, Verdict::Dropped { .. })));
    assert_eq!(gate.waiting(), 0);
}

/// What happens, with how long after what came before.
#[derive(Debug, Clone)]
enum Step {
    Begin,
    End(Option<u8>),
    Doubt,
    Key(Option<u8>),
}

fn steps() -> impl Strategy<Value = Vec<(u64, Step)>> {
    let place = prop_oneof![6 => Just(Some(1_u8)), 1 => Just(Some(2)), 1 => Just(None)];
    let step = prop_oneof![
        4 => Just(Step::Begin),
        4 => place.prop_map(Step::End),
        1 => Just(Step::Doubt),
        6 => prop_oneof![5 => Just(Some(1_u8)), 1 => Just(Some(2)), 1 => Just(None)].prop_map(Step::Key),
    ];
    prop::collection::vec((0..150_u64, step), 1..300)
}

proptest! {
    /// Whatever is given in, in whatever order: no key is kept that a look around it contradicts.
    #[test]
    fn no_key_is_kept_that_a_look_contradicts(steps in steps()) {
        let mut gate = TypingGate::default();
        let (mut now, mut begun) = (0, None);
        // Looks with begin and end, and keys, by moment and turn.
        let (mut looks, mut keys) = (Vec::new(), Vec::new());
        let mut verdicts = Vec::new();
        for (turn, (pause, step)) in steps.into_iter().enumerate() {
            now += pause;
            let place = |number: u8| field(u32::from(number), "/a");
            match step {
                Step::Begin => {
                    if let Some(began) = begun.replace((now, turn)) {
                        looks.push((began, (now, turn), None));
                    }
                    gate.look_begins(now);
                }
                Step::End(found) => {
                    let began = begun.take();
                    looks.push((began.unwrap_or((now, turn)), (now, turn), found.filter(|_| began.is_some())));
                    gate.look_ends(now, found.map(place));
                }
                Step::Doubt => {
                    looks.push(((now, turn), (now, turn), None));
                    gate.doubt(now);
                }
                Step::Key(client) => {
                    keys.push((now, turn, client));
                    gate.struck(now, client.map(u32::from), TypedKey::Text('a'));
                }
            }
            verdicts.extend(gate.verdicts());
        }
        let decided: u64 = verdicts.iter().map(|verdict| match verdict {
            Verdict::Kept { .. } => 1,
            Verdict::Dropped { keys, .. } => *keys,
        }).sum();
        prop_assert_eq!(decided + gate.waiting() as u64, keys.len() as u64);
        let mut decided = keys.iter();
        for verdict in &verdicts {
            let many = if let Verdict::Dropped { keys, .. } = verdict { *keys } else { 1 };
            let key = decided.by_ref().take(usize::try_from(many).unwrap()).last().unwrap();
            let Verdict::Kept { place, at_ms, .. } = verdict else { continue };
            prop_assert_eq!(key.0, *at_ms);
            prop_assert_eq!(key.2.map(u32::from), Some(place.client));
            let around = looks.iter().filter(|((began, _), (ended, _), _)| ended + MARGIN >= key.0 && *began <= key.0 + MARGIN);
            let around: Vec<_> = around.collect();
            prop_assert!(around.iter().all(|(.., found)| found.map(u32::from) == Some(place.client)), "{:?}", around);
            prop_assert!(around.iter().any(|((began, _), (_, turn), _)| *turn < key.1 && began + MARGIN >= key.0));
            prop_assert!(around.iter().any(|((_, turn), ..)| *turn > key.1));
        }
    }
}
