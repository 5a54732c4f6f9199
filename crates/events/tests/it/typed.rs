use events::{MAX_TYPED_CHARS, Place, Typeable, Typed, TypedKey, TypedRuns, Verdict};

fn terminal(number: u32) -> Place {
    Place { client: 7, pid: 70, what: Typeable::Terminal(number) }
}

fn kept(number: u32, key: TypedKey, at_ms: u64) -> Verdict {
    Verdict::Kept { place: terminal(number), key, at_ms }
}

/// What is told of these keys, a tenth of a second apart, and of what is left a minute later.
fn runs(keys: &[(u32, TypedKey)]) -> Vec<String> {
    let mut runs = TypedRuns::default();
    let mut told = Vec::new();
    for (at, (number, key)) in (0_u64..).zip(keys) {
        told.extend(runs.take(kept(*number, *key, at * 100)));
    }
    told.extend(runs.pass(1_000_000));
    told.into_iter().map(|typed| typed.text).collect()
}

fn text(text: &str) -> Vec<(u32, TypedKey)> {
    text.chars().map(|letter| (1, TypedKey::Text(letter))).collect()
}

#[test]
fn what_is_typed_is_told_in_runs_and_never_by_keys() {
    let enter = [(1, TypedKey::Enter)];
    assert_eq!(runs(&[text("dear"), enter.to_vec(), text("all")].concat()), ["dear", "all"]);
    assert_eq!(runs(&[text("dear"), vec![(1, TypedKey::Other)], text("all")].concat()), ["dear", "all"]);
    assert_eq!(runs(&[text("dear"), vec![(2, TypedKey::Text('x'))]].concat()), ["dear", "x"], "another place");
    assert_eq!(runs(&[text("deaf"), vec![(1, TypedKey::Erase)], text("r")].concat()), ["dear"]);
    let marked = [text("caf"), vec![(1, TypedKey::Mark('\u{301}'))], text("e!")].concat();
    assert_eq!(runs(&marked), ["cafe\u{301}!"]);
    let erased = [vec![(1, TypedKey::Mark('\u{301}'))], text("e"), vec![(1, TypedKey::Erase)], text("o")].concat();
    assert_eq!(runs(&erased), ["o"]);
    assert_eq!(runs(&[text("a"), vec![(1, TypedKey::Erase); 3], enter.to_vec()].concat()), [""; 0]);
    let long = runs(&text(&"ü".repeat(2 * MAX_TYPED_CHARS)));
    assert!(long.len() > 1 && long.iter().all(|run| run.chars().count() <= MAX_TYPED_CHARS));
    assert_eq!(long.concat().chars().count(), 2 * MAX_TYPED_CHARS);
}

#[test]
fn a_pause_ends_a_run() {
    let mut runs = TypedRuns::default();
    assert!(runs.take(kept(1, TypedKey::Text('a'), 0)).is_empty());
    assert_eq!(runs.pass(2_999), None);
    assert_eq!(runs.pass(3_000).unwrap().text, "a");
    assert!(runs.take(kept(1, TypedKey::Text('b'), 4_000)).is_empty());
    assert_eq!(runs.take(kept(1, TypedKey::Text('c'), 9_000))[0].text, "b");
    assert_eq!(runs.pass(12_000).unwrap().text, "c");
}

#[test]
fn keys_that_are_not_kept_end_a_run_and_are_counted_without_telling_how_many_they_are() {
    let mut runs = TypedRuns::default();
    assert!(runs.take(kept(1, TypedKey::Text('a'), 0)).is_empty());
    let ended = runs.take(Verdict::Dropped { at_ms: 100, keys: 1 });
    assert_eq!((ended[0].text.as_str(), ended[0].not_kept), ("a", 0));
    for at_ms in 101..111 {
        assert!(runs.take(Verdict::Dropped { at_ms, keys: 1 }).is_empty());
    }
    assert!(runs.take(kept(1, TypedKey::Text('b'), 200)).is_empty());
    let told = runs.pass(5_000).unwrap();
    assert_eq!((told.text.as_str(), told.not_kept), ("b", 20));
    assert!(runs.take(Verdict::Dropped { at_ms: 6_000, keys: 3 }).is_empty());
    assert_eq!(runs.pass(65_999), None);
    assert_eq!(runs.pass(66_000), Some(Typed { place: None, text: String::new(), not_kept: 10 }));
    assert_eq!(runs.pass(666_000), None);
}
