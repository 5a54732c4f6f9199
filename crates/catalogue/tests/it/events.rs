//! Finding recordings by what happened in them.

use catalogue::{
    Catalogue, EventFilter, FoundEvents, MOST_FOUND, MOST_HITS_COUNTED, NewEvents, RecordedEvent, Recording,
    RecordingQuery, RecordingState, Sort, SortColumn, Visibility, VisibilityRule,
};

use crate::{Fixture, recording};

fn event(time_us: u64, kind: &str, text: &str) -> RecordedEvent {
    RecordedEvent { time_us, kind: kind.into(), text: text.into() }
}

fn new(n: u32, first: u64, events: Vec<RecordedEvent>) -> NewEvents {
    NewEvents { recording: recording(n).id, first, events, responses: Vec::new(), left_out: 0, whole: false }
}

/// Recordings numbered from 0, each with windows of these titles.
async fn windows(titles: &[&[&str]]) -> Fixture {
    let fixture = Fixture::new().await;
    for (n, titles) in (0..).zip(titles) {
        fixture.catalogue.put_recording(&recording(n)).await.unwrap();
        let events = (0..).zip(*titles).map(|(at, title)| event(at, "topmost-window", title)).collect();
        fixture.catalogue.note_events(&[new(n, 0, events)]).await.unwrap();
    }
    fixture
}

fn text(text: &str) -> EventFilter {
    EventFilter { text: Some(text.into()), kinds: Vec::new() }
}

fn kinds(kinds: &[&str]) -> EventFilter {
    EventFilter { text: None, kinds: kinds.iter().map(ToString::to_string).collect() }
}

fn everything() -> RecordingQuery {
    RecordingQuery::new(Visibility::Everything)
}

async fn find(catalogue: &Catalogue, query: &RecordingQuery, filter: &EventFilter) -> FoundEvents {
    let found = catalogue.search_events(query, filter).await.unwrap();
    assert!(found.items.iter().all(|(_, hits)| hits.count >= 1 && !hits.first.is_empty()), "{filter:?}: {found:?}");
    found
}

/// Numbers of the recordings found, as their users' names say them, in order.
fn numbers(found: &FoundEvents) -> Vec<&str> {
    found.items.iter().map(|(recording, _)| recording.user.trim_start_matches("user")).collect()
}

#[tokio::test]
async fn parts_of_texts_are_found_in_every_script_and_any_case() {
    let fixture = windows(&[
        &["Outlook: Invoice 4711 - Message", "Überweisung STRASSE Größe"],
        &["C:\\Users\\ana\\Fin_2026\\Rechnung_4712.xlsx", "https://shop.example.org/orders/a1b2?q=50%25"],
        &["增值税发票 - 财务", "請求書の作成 ﾃｽﾄ", "2026年11月"],
        &["ΟΔΟΣ Афины", "नमस्ते दुनिया", "שלום", "مرحبا", "สวัสดีครับ", "안녕하세요", "→ done 😀🎉"],
        &["u\u{308}ber", "ＡＢＣ 株式会社", "ﬁle", "-- ++"],
    ])
    .await;
    let cases: [(&str, &[&str]); 56] = [
        ("invoice", &["0"]),
        ("VOIC", &["0"]),
        ("e 4711", &["0"]),
        ("message invoice", &["0"]),
        ("invoice überweisung", &[]),
        ("invoice-4711", &[]),
        ("überweis", &["0"]),
        ("ÜBERWEISUNG", &["0"]),
        ("GRÖSSE", &[]),
        ("größe", &["0"]),
        ("straße", &[]),
        ("über", &["4", "0"]),
        ("471", &["1", "0"]),
        ("4712", &["1"]),
        ("71", &["1", "0"]),
        ("2", &["2", "1"]),
        ("47124", &[]),
        ("ana\\fin_20", &["1"]),
        ("na\\fin", &["1"]),
        ("ana\\in", &[]),
        ("g_4712.xls", &["1"]),
        ("example.org/orders", &["1"]),
        ("xample.or", &["1"]),
        ("ample.o", &["1"]),
        ("a1b2?q", &["1"]),
        ("50%25", &["1"]),
        ("%", &["1"]),
        ("_", &["1"]),
        ("发票", &["2"]),
        ("票", &["2"]),
        ("值税发", &["2"]),
        ("税票", &[]),
        ("請求書", &["2"]),
        ("求書の", &["2"]),
        ("テスト", &["2"]),
        ("ﾃｽ", &["2"]),
        ("年11", &["2"]),
        ("οδοσ", &["3"]),
        ("ΔΟς", &["3"]),
        ("афин", &["3"]),
        ("दुनि", &["3"]),
        ("नमस्ते", &["3"]),
        ("לום", &["3"]),
        ("مرح", &["3"]),
        ("สวัส", &["3"]),
        ("ดี", &["3"]),
        ("안녕", &["3"]),
        ("세요", &["3"]),
        ("→", &["3"]),
        ("😀", &["3"]),
        ("😀🎉", &["3"]),
        ("🎉😀", &[]),
        ("abc 会社", &["4"]),
        ("ＦＩＬＥ", &["4"]),
        ("++", &["4"]),
        ("ﬁl", &["4"]),
    ];
    for (asked, expected) in cases {
        let found = find(&fixture.catalogue, &everything(), &text(asked)).await;
        assert_eq!(numbers(&found), expected, "{asked:?}");
        assert_eq!((found.total, found.has_more, found.since_us), (expected.len() as u64, false, None), "{asked:?}");
    }
    let none = find(&fixture.catalogue, &everything(), &EventFilter::default()).await;
    assert_eq!(numbers(&none), ["4", "3", "2", "1", "0"], "a filter that asks for nothing finds whatever has events");
}

/// Any part of any text finds that text's recording, and none that does not hold it.
#[tokio::test]
async fn what_is_found_is_what_a_plain_comparison_finds() {
    let alphabet = ["a", "b", "Ab", "ba", "1", "23", "发", "票", "の", "テ", "-", " ", "_", "😀", "é", "ß", "。", "ж"];
    let mut state = 7_u64;
    let mut below = |limit: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % limit
    };
    let texts: Vec<String> =
        (0..60).map(|_| (0..3 + below(12)).map(|_| alphabet[below(alphabet.len())]).collect()).collect();
    let titles: Vec<[&str; 1]> = texts.iter().map(|text| [text.as_str()]).collect();
    let fixture = windows(&titles.iter().map(<[_; 1]>::as_slice).collect::<Vec<_>>()).await;
    for _ in 0..400 {
        let characters: Vec<char> = texts[below(texts.len())].chars().collect();
        let from = below(characters.len());
        let asked: String = characters[from..characters.len().min(from + 1 + below(4))].iter().collect();
        let fold = |text: &str| text.to_lowercase();
        let holds = |text: &&String| asked.split_whitespace().all(|word| fold(text).contains(&fold(word)));
        let expected = texts.iter().filter(holds).count() as u64;
        let found = find(&fixture.catalogue, &everything(), &text(&asked)).await;
        assert_eq!(found.total, expected, "{asked:?}");
    }
}

#[tokio::test]
async fn kinds_and_texts_are_found_together_with_the_first_hits_and_how_many_there_are() {
    let fixture = windows(&[&[]]).await;
    let mut events: Vec<_> = (0..150).map(|n| event(n * 10, "topmost-window", &format!("page {n}"))).collect();
    events.push(event(2_000, "custom", "page: a, \"b\" 'c'"));
    events.push(event(2_010, "", "page of a sealed event"));
    events.push(event(2_020, "a,b%", "odd"));
    fixture.catalogue.note_events(&[new(0, 0, events)]).await.unwrap();
    let both = |asked: &str, kind: &str| EventFilter { text: Some(asked.into()), kinds: vec![kind.into()] };
    let cases = [
        (text("page"), MOST_HITS_COUNTED, 0),
        (text("page 14"), 12, 140),
        (kinds(&["custom"]), 1, 2_000),
        (kinds(&["custom", "a,b%", "lock"]), 2, 2_000),
        (both("page", "custom"), 1, 2_000),
        (both("odd", "custom"), 0, 0),
        (kinds(&["lock"]), 0, 0),
        (kinds(&["Custom"]), 0, 0),
        (text("sealed"), 0, 0),
        (kinds(&[""]), 0, 0),
    ];
    for (filter, count, first_us) in cases {
        let found = find(&fixture.catalogue, &everything(), &filter).await;
        let hits = found.items.first().map(|(_, hits)| hits);
        assert_eq!(hits.map_or(0, |hits| hits.count), count, "{filter:?}");
        assert_eq!(hits.map_or(0, |hits| hits.first[0].time_us), first_us, "{filter:?}");
        assert_eq!(hits.map_or(0, |hits| hits.first.len() as u64), count.min(3), "{filter:?}");
    }
    // With many events the index is asked instead; it says the same.
    let more = (0..500).map(|n| event(3_000 + n, "lock", "")).collect();
    fixture.catalogue.note_events(&[new(0, 153, more)]).await.unwrap();
    let found = find(&fixture.catalogue, &everything(), &text("page 14")).await;
    let hits = &found.items[0].1;
    assert_eq!((hits.count, &hits.first[0], hits.first.len()), (12, &event(140, "topmost-window", "page 14"), 3));
}

#[tokio::test]
async fn hostile_texts_are_compared_and_never_understood() {
    let hostile = [
        "\" OR tokens MATCH \"*",
        "NEAR(a b) ^a {tokens}: -a + b* AND NOT",
        "'; DROP TABLE events; --",
        "</script><script>alert(1)</script>",
        "a\0b\u{7}\u{1b}[31mc",
        "\u{202e}gnp.exe",
        "%_\\[a-z]*?",
        &"\u{fdfa}".repeat(200),
        &"x".repeat(200),
        "[1,2,{\"a\":null}]",
    ];
    let fixture = windows(&hostile.map(|title| [title]).iter().map(<[_; 1]>::as_slice).collect::<Vec<_>>()).await;
    for (n, title) in hostile.iter().enumerate() {
        let plain: String = title.chars().filter(|character| !character.is_control()).collect();
        for asked in [*title, plain.as_str()] {
            let found = find(&fixture.catalogue, &everything(), &text(asked)).await;
            let expected = if asked == plain { vec![n.to_string()] } else { Vec::new() };
            assert_eq!(numbers(&found), expected, "{asked:?}");
        }
        let shown = find(&fixture.catalogue, &everything(), &text(&plain)).await;
        assert_eq!(shown.items[0].1.first[0].text, plain);
    }
    let odd =
        ["\"", "*", "a*", "OR", "NOT", "\0", "'", "kalert", "w000000000000", &"9".repeat(10_000), &"x ".repeat(5_000)];
    for asked in odd {
        find(&fixture.catalogue, &everything(), &text(asked)).await;
        find(&fixture.catalogue, &everything(), &kinds(&[asked, "\" OR \""])).await;
    }
}

#[tokio::test]
async fn filters_of_recordings_hold_and_every_column_sorts() {
    let fixture = windows(&[&["budget a"], &["budget b"], &["budget c"], &["other"]]).await;
    let changes: [fn(&mut Recording); 3] = [
        |r| (r.state, r.end_us, r.size_bytes) = (RecordingState::Live, None, 7),
        |r| (r.size_bytes, r.events_only) = (9, Some(true)),
        |r| r.size_bytes = 8,
    ];
    for (n, change) in (0..).zip(changes) {
        let mut row = recording(n);
        change(&mut row);
        fixture.catalogue.put_recording(&row).await.unwrap();
    }
    let start = recording(0).start_us;
    let by = |column, descending| RecordingQuery { sort: Sort { column, descending }, ..everything() };
    let cases = [
        (everything(), vec!["2", "1", "0"]),
        (RecordingQuery { text: Some("USER1".into()), ..everything() }, vec!["1"]),
        (RecordingQuery { states: vec![RecordingState::Live], ..everything() }, vec!["0"]),
        (RecordingQuery { events_only: Some(true), ..everything() }, vec!["1"]),
        (RecordingQuery { from_us: Some(start + 1_600_000), ..everything() }, vec!["2", "0"]),
        (RecordingQuery { to_us: Some(start + 1_000_001), ..everything() }, vec!["1", "0"]),
        (RecordingQuery { to_us: Some(start + 1_000_000), ..everything() }, vec!["0"]),
        (RecordingQuery { to_us: Some(start), ..everything() }, vec![]),
        (by(SortColumn::Start, false), vec!["0", "1", "2"]),
        (by(SortColumn::Size, true), vec!["1", "2", "0"]),
        (RecordingQuery { limit: 1, offset: 1, ..by(SortColumn::Size, true) }, vec!["2"]),
    ];
    for (query, expected) in cases {
        let found = find(&fixture.catalogue, &query, &text("budget")).await;
        assert_eq!(numbers(&found), expected, "{query:?}");
        if query.limit > 1 {
            assert_eq!(found.total, expected.len() as u64, "{query:?}");
        }
    }
}

#[tokio::test]
async fn nothing_of_what_a_person_may_not_see_is_found_counted_or_hinted_at() {
    let fixture = windows(&[&["budget one"], &["budget two"], &["budget three"], &["other"]]).await;
    for (n, (machine, application)) in (0..).zip([("FIN-01", "SAP"), ("fin-02", "Excel"), ("web-01", "SAP")]) {
        let row = Recording { machine: machine.into(), application: Some(application.into()), ..recording(n) };
        fixture.catalogue.put_recording(&row).await.unwrap();
        // The index holds machines' names: they are told before the events, as they are in life.
        fixture.catalogue.forget_events(row.id).await.unwrap();
        let title = ["budget one", "budget two", "budget three"][n as usize];
        fixture.catalogue.note_events(&[new(n, 0, vec![event(5, "topmost-window", title)])]).await.unwrap();
    }
    let rule = |users: &[&str], machines: &[&str], applications: &[&str]| {
        let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        VisibilityRule { users: owned(users), machines: owned(machines), applications: owned(applications) }
    };
    let strangers: Vec<String> = (0..100).map(|n| format!("stranger{n}")).collect();
    let many = VisibilityRule { users: strangers, machines: vec!["Web-01".into()], applications: Vec::new() };
    let cases: [(Visibility, &[&str]); 9] = [
        (Visibility::Everything, &["2", "1", "0"]),
        (Visibility::Nothing, &[]),
        (Visibility::Any(vec![]), &[]),
        (Visibility::Any(vec![rule(&[], &[], &[])]), &[]),
        (Visibility::Any(vec![rule(&[], &["fin-01"], &[])]), &["0"]),
        (Visibility::Any(vec![rule(&["USER1"], &["fin-01"], &[])]), &["1", "0"]),
        (Visibility::Any(vec![rule(&[], &[], &["sap"])]), &["2", "0"]),
        (Visibility::Any(vec![rule(&["user1"], &[], &[]), rule(&[], &[], &["nothing"])]), &["1"]),
        (Visibility::Any(vec![many]), &["2"]),
    ];
    for (visibility, expected) in cases {
        let query = RecordingQuery::new(visibility);
        for filter in [text("budget"), text("udge"), kinds(&["topmost-window"])] {
            let found = find(&fixture.catalogue, &query, &filter).await;
            let shown: Vec<_> = numbers(&found).into_iter().filter(|number| *number != "3").collect();
            assert_eq!(shown, expected, "{query:?} {filter:?}");
            assert_eq!((found.total, found.has_more, found.since_us), (found.items.len() as u64, false, None));
        }
        let hidden = find(&fixture.catalogue, &query, &text("three")).await;
        assert_eq!(hidden.total, u64::from(expected.contains(&"2")), "{query:?}");
    }
}

#[tokio::test]
async fn many_recordings_are_found_newest_first_up_to_a_bound_that_is_said() {
    let fixture = Fixture::new().await;
    let count = u32::try_from(MOST_FOUND).unwrap() + 20;
    let rows: Vec<_> = (0..count).map(recording).collect();
    fixture.catalogue.put_recordings(&rows).await.unwrap();
    let news: Vec<_> = (0..count).map(|n| new(n, 0, vec![event(1, "lock", "")])).collect();
    fixture.catalogue.note_events(&news).await.unwrap();
    for column in [SortColumn::Start, SortColumn::Size] {
        let query = RecordingQuery { sort: Sort { column, descending: false }, limit: 2, ..everything() };
        let found = find(&fixture.catalogue, &query, &kinds(&["lock"])).await;
        assert_eq!((found.total, found.has_more, found.since_us), (MOST_FOUND as u64, true, None));
        assert_eq!(numbers(&found), ["20", "21"], "the newest are listed, in whatever order");
    }
}

#[tokio::test]
async fn events_come_bit_by_bit_twice_with_holes_and_more_than_there_is_room_for() {
    let fixture = windows(&[&[]]).await;
    let note = async |news: NewEvents| fixture.catalogue.note_events(&[news]).await.unwrap()[0].taken;
    let windows = |range: std::ops::Range<u64>| {
        range.map(|n| event(n, "topmost-window", &format!("window {n}x"))).collect::<Vec<_>>()
    };
    let count = async |asked: &str| {
        let found = find(&fixture.catalogue, &everything(), &text(asked)).await;
        found.items.first().map_or(0, |(_, hits)| hits.count)
    };
    assert_eq!(note(new(0, 0, windows(0..3))).await, 3);
    assert_eq!(note(new(0, 2, windows(2..5))).await, 5, "what is there already is passed over");
    assert_eq!(note(new(0, 1, windows(1..2))).await, 5);
    assert_eq!(note(new(0, 7, windows(7..9))).await, 5, "what does not follow is not taken");
    assert_eq!(count("window").await, 5);
    assert_eq!(fixture.catalogue.events_taken(recording(0).id).await.unwrap(), Some(5));

    fixture.catalogue.forget_events(recording(0).id).await.unwrap();
    assert_eq!((count("window").await, count("3x").await), (0, 0));
    assert_eq!(note(new(0, 0, windows(3..4))).await, 1);
    assert_eq!((count("window").await, count("3x").await, count("4x").await), (1, 1, 0));

    let all = NewEvents { left_out: 5, whole: true, ..new(0, 0, windows(3..8_210)) };
    assert_eq!(note(all).await, 8_192);
    assert_eq!((count("8194x").await, count("8195x").await), (1, 0));
    assert_eq!(fixture.catalogue.events_taken(recording(9).id).await.unwrap(), None);
    assert!(fixture.catalogue.note_events(&[new(9, 0, windows(0..1))]).await.unwrap().is_empty(), "it has no row");
}

#[tokio::test]
async fn recordings_whose_events_are_missing_are_told_until_they_are_whole() {
    let fixture = windows(&[&["a"], &["b"]]).await;
    let mut open = recording(2);
    (open.state, open.end_us) = (RecordingState::Live, None);
    fixture.catalogue.put_recording(&open).await.unwrap();
    let missing = async || fixture.catalogue.without_events(None, 10).await.unwrap();
    assert_eq!(missing().await, [recording(0).id, recording(1).id], "of one that goes on more may come");
    fixture.catalogue.note_events(&[NewEvents { whole: true, ..new(0, 1, vec![]) }]).await.unwrap();
    assert_eq!(missing().await, [recording(1).id]);
    assert_eq!(fixture.catalogue.without_events(Some(recording(1).id), 10).await.unwrap(), []);
    // A row that is written anew keeps its events.
    fixture.catalogue.put_recording(&recording(0)).await.unwrap();
    assert_eq!(missing().await, [recording(1).id]);
    let found = find(&fixture.catalogue, &everything(), &text("a")).await;
    assert_eq!(numbers(&found), ["0"]);
}

#[tokio::test]
async fn rebuilding_forgets_events_and_takes_them_again() {
    let fixture = windows(&[&["budget"], &["Budget"]]).await;
    let fixture = fixture.reopen().await;
    assert_eq!(find(&fixture.catalogue, &everything(), &text("budget")).await.total, 2);
    fixture.catalogue.replace_recordings([recording(1)]).await.unwrap();
    assert_eq!(find(&fixture.catalogue, &everything(), &text("budget")).await.total, 0);
    assert_eq!(find(&fixture.catalogue, &everything(), &kinds(&["topmost-window"])).await.total, 0);
    fixture.catalogue.note_events(&[new(1, 0, vec![event(3, "custom", "the budget")])]).await.unwrap();
    let found = find(&fixture.catalogue, &everything(), &text("budget")).await;
    assert_eq!((numbers(&found), found.items[0].1.count), (vec!["1"], 1));
    assert_eq!(find(&fixture.catalogue, &everything(), &kinds(&["topmost-window"])).await.total, 0);
}

/// Parts of too many words to look each of them up are looked for among the newest events, and the answer says how far.
#[tokio::test]
async fn an_answer_that_does_not_reach_the_beginning_says_so() {
    let fixture = windows(&[&[] as &[&str]; 7]).await;
    let letters = |n: u32| {
        [n / 676, n / 26 % 26, n % 26]
            .map(|at| char::from(b'a' + u8::try_from(at).unwrap()))
            .into_iter()
            .collect::<String>()
    };
    let many = (0..1_100).map(|n| event(0, "custom", &format!("{}qx", letters(n)))).collect();
    fixture.catalogue.note_events(&[new(0, 0, many)]).await.unwrap();
    for n in 1..7 {
        let others = (0..8_192).map(|at| event(at, "lock", "")).collect();
        fixture.catalogue.note_events(&[new(n, 0, others)]).await.unwrap();
    }
    let found = find(&fixture.catalogue, &everything(), &text("qx")).await;
    assert_eq!((found.total, found.has_more), (0, false));
    let since = found.since_us.unwrap();
    assert!(since > recording(0).start_us && since <= recording(3).start_us, "{since}");
    // Asked more precisely, it is found.
    assert_eq!(find(&fixture.catalogue, &everything(), &text("aaaqx")).await.total, 1);
    let with_kind = EventFilter { text: Some("qx".into()), kinds: vec!["custom".into()] };
    assert_eq!(find(&fixture.catalogue, &everything(), &with_kind).await.total, 1);
    let of_user = RecordingQuery { text: Some("user0".into()), ..everything() };
    let found = find(&fixture.catalogue, &of_user, &text("qx")).await;
    assert_eq!((found.total, found.since_us), (1, None));
}

#[tokio::test]
async fn recordings_that_begin_at_the_same_moment_or_at_an_impossible_one_keep_their_events_apart() {
    let fixture = Fixture::new().await;
    let starts = [5_000_000, 5_000_000, 5_000_999, i64::MIN, i64::MAX, i64::MAX, -1, 0];
    for (n, start_us) in (0..).zip(starts) {
        fixture.catalogue.put_recording(&Recording { start_us, ..recording(n) }).await.unwrap();
        let events = vec![event(1, "custom", &format!("number {n}"))];
        fixture.catalogue.note_events(&[new(n, 0, events)]).await.unwrap();
    }
    for n in 0..8 {
        let found = find(&fixture.catalogue, &everything(), &text(&format!("number {n}"))).await;
        assert_eq!((numbers(&found), found.items[0].1.count), (vec![n.to_string().as_str()], 1));
    }
    assert_eq!(find(&fixture.catalogue, &everything(), &text("number")).await.total, 8);
}

#[tokio::test]
async fn an_index_that_was_put_together_finds_the_same_and_what_comes_later() {
    let fixture = windows(&[&["Rechnung 4711"], &["Angebot"], &["Rechnung"], &["发票"], &["Rechnungen 12"]]).await;
    let catalogue = &fixture.catalogue;
    assert!(catalogue.merge_events().await.unwrap(), "each recording's events are a piece of their own");
    let mut steps = 1;
    while catalogue.merge_events().await.unwrap() {
        steps += 1;
        assert!(steps < 100, "there is always more to do");
    }
    assert_eq!(numbers(&find(catalogue, &everything(), &text("rechnung")).await), ["4", "2", "0"]);
    assert_eq!(numbers(&find(catalogue, &everything(), &text("票")).await), ["3"]);
    catalogue.note_events(&[new(1, 1, vec![event(5, "topmost-window", "Rechnung")])]).await.unwrap();
    catalogue.forget_events(recording(2).id).await.unwrap();
    while catalogue.merge_events().await.unwrap() {}
    assert_eq!(numbers(&find(catalogue, &everything(), &text("rechnung")).await), ["4", "1", "0"]);
}
