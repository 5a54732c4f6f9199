//! The queries, each asked many times with other words, and the table.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use catalogue::{Catalogue, EventFilter, RecordingQuery, RecordingState, Sort, SortColumn, Visibility, VisibilityRule};

use crate::texts::{Dice, MADE_UP, chinese_name, made_up};
use crate::{FIRST_US, LIMIT, SPAN_US};

/// How often each is asked.
const TIMES: u64 = 40;
/// How often with other words before that, as a server that runs has been asked already.
const TIMES_BEFORE: u64 = 10;

struct Case {
    name: &'static str,
    /// Text and kinds of the query with this number.
    ask: fn(&mut Dice) -> (String, &'static str),
    change: fn(&mut RecordingQuery),
}

fn some(dice: &mut Dice, of: &[&str]) -> String {
    let at = dice.below(of.len() as u64);
    of[usize::try_from(at).unwrap_or(0)].to_owned()
}

fn nothing(_: &mut RecordingQuery) {}

/// Ten of a thousand machines.
fn one_percent(query: &mut RecordingQuery) {
    let machines = (100..110).map(|number| format!("pc-{number:04}")).collect();
    query.visibility = Visibility::Any(vec![VisibilityRule { machines, ..VisibilityRule::default() }]);
}

/// Eight days in the middle.
fn a_week(query: &mut RecordingQuery) {
    query.from_us = Some(FIRST_US + SPAN_US / 2);
    query.to_us = Some(FIRST_US + SPAN_US / 50 * 26);
}

fn by_user(query: &mut RecordingQuery) {
    query.sort = Sort { column: SortColumn::User, descending: false };
}

fn live(query: &mut RecordingQuery) {
    query.states = vec![RecordingState::Live, RecordingState::Silent];
}

fn of_one_user(query: &mut RecordingQuery) {
    query.text = Some(made_up(417));
}

fn rare(dice: &mut Dice) -> (String, &'static str) {
    (made_up(MADE_UP / 10 + dice.below(MADE_UP / 10 * 9)), "")
}

fn common(dice: &mut Dice) -> (String, &'static str) {
    (some(dice, &["invoice", "Excel", "REPORT", "rechnung", "firefox", "Outlook"]), "")
}

fn unknown(dice: &mut Dice) -> (String, &'static str) {
    (format!("zzqx{}", dice.below(1_000)), "")
}

const CASES: &[Case] = &[
    Case { name: "rare word", ask: rare, change: nothing },
    Case { name: "common word", ask: common, change: nothing },
    Case {
        name: "part of a word",
        ask: |d| (some(d, &["voic", "chnun", "xpens", "ERWEIS", "quart", "efund"]), ""),
        change: nothing,
    },
    Case { name: "two letters", ask: |d| (some(d, &["er", "in", "fo", "un", "qu", "zl"]), ""), change: nothing },
    Case {
        name: "two words",
        ask: |d| (some(d, &["invoice excel", "report teams", "angebot word", "refund putty"]), ""),
        change: nothing,
    },
    Case {
        name: "two words, seldom together",
        ask: |d| (format!("{} {}", made_up(d.zipf(3_000)), made_up(d.zipf(3_000))), ""),
        change: nothing,
    },
    Case { name: "a number", ask: |d| ((10_000 + d.below(90_000)).to_string(), ""), change: nothing },
    Case { name: "one digit, two digits", ask: |d| (d.below(100).to_string(), ""), change: nothing },
    Case {
        name: "part of a path",
        ask: |d| (some(d, &["report\\Rechn", "home/bel", "voice/pay", "\\Angebot_1"]), ""),
        change: nothing,
    },
    Case {
        name: "part of an address",
        ask: |d| (format!("example.org/order/{}", 1 + d.zipf(9_999)), ""),
        change: nothing,
    },
    Case {
        name: "German, ÜBERWEISUNG",
        ask: |d| (some(d, &["ÜBERWEISUNG", "prüfung", "größe", "Kündig"]), ""),
        change: nothing,
    },
    Case { name: "Chinese, one character", ask: |d| (some(d, &["票", "款", "王", "汤"]), ""), change: nothing },
    Case {
        name: "Chinese, two characters",
        ask: |d| (some(d, &["发票", "合同", "工资", "档案", "付款"]), ""),
        change: nothing,
    },
    Case {
        name: "Chinese, rare two characters",
        ask: |d| (chinese_name(3_000 + d.below(11_000)), ""),
        change: nothing,
    },
    Case {
        name: "Chinese, three and more",
        ask: |d| (some(d, &["增值税", "银行对账单", "采购申请", "人事档案"]), ""),
        change: nothing,
    },
    Case {
        name: "Japanese",
        ask: |d| (some(d, &["請求書", "給与明細", "ｽｹｼﾞｭｰﾙ", "お知らせの", "書の契約"]), ""),
        change: nothing,
    },
    Case { name: "common kind", ask: |_| (String::new(), "topmost-window"), change: nothing },
    Case { name: "rare kind", ask: |_| (String::new(), "disturbed"), change: nothing },
    Case { name: "kind and common word", ask: |d| (common(d).0, "custom"), change: nothing },
    Case { name: "kind and rare word", ask: |d| (rare(d).0, "custom"), change: nothing },
    Case { name: "word that is nowhere", ask: unknown, change: nothing },
    Case {
        name: "words never together",
        ask: |d| (some(d, &["发票 請求書", "rechnung 合同", "disturbed opened"]), ""),
        change: nothing,
    },
    Case { name: "1 % visible: rare word", ask: rare, change: one_percent },
    Case { name: "1 % visible: common word", ask: common, change: one_percent },
    Case { name: "1 % visible: Chinese", ask: |d| (some(d, &["发票", "合同", "工资"]), ""), change: one_percent },
    Case { name: "1 % visible: common kind", ask: |_| (String::new(), "topmost-window"), change: one_percent },
    Case { name: "1 % visible: rare kind", ask: |_| (String::new(), "disturbed"), change: one_percent },
    Case { name: "1 % visible: word nowhere", ask: unknown, change: one_percent },
    Case { name: "common word in a week", ask: common, change: a_week },
    Case { name: "rare word in a week", ask: rare, change: a_week },
    Case { name: "common word, by user", ask: common, change: by_user },
    Case { name: "common word, live", ask: common, change: live },
    Case { name: "common word, one user", ask: common, change: of_one_user },
];

/// Asks all; says whether one misses the limit.
pub async fn measure(file: &Path, recordings: u64) -> bool {
    println!("\n| query | found | first ms | p50 ms | p95 ms | ≤ {} ms |", LIMIT.as_millis());
    println!("| --- | --- | --- | --- | --- | --- |");
    let mut missing = Vec::new();
    for case in CASES {
        out_of_memory(file);
        let catalogue = Catalogue::open(file).await.unwrap();
        let mut dice = Dice(recordings + 1);
        let first = ask(&catalogue, case, &mut dice).await.time;
        for _ in 1..TIMES_BEFORE {
            ask(&catalogue, case, &mut dice).await;
        }
        let mut dice = Dice(recordings);
        let mut answers = Vec::new();
        for _ in 0..TIMES {
            answers.push(ask(&catalogue, case, &mut dice).await);
        }
        catalogue.close().await;
        if !tell(case, first, answers) {
            missing.push(case.name);
        }
    }
    match missing.is_empty() {
        true => println!("\nEvery query meets the limit."),
        false => println!("\nThese miss the limit: {}.", missing.join("; ")),
    }
    !missing.is_empty()
}

/// What came of asking once.
struct Answer {
    time: Duration,
    found: u64,
    is_cut: bool,
}

async fn ask(catalogue: &Catalogue, case: &Case, dice: &mut Dice) -> Answer {
    let (text, kind) = (case.ask)(dice);
    let kinds = if kind.is_empty() { Vec::new() } else { vec![kind.to_owned()] };
    let mut query = RecordingQuery { limit: 100, ..RecordingQuery::new(Visibility::Everything) };
    (case.change)(&mut query);
    let begun = Instant::now();
    let found = catalogue.search_events(&query, &EventFilter { text: Some(text), kinds }).await.unwrap();
    let time = begun.elapsed();
    Answer { time, found: found.total + u64::from(found.has_more), is_cut: found.since_us.is_some() }
}

/// Prints a line of the table; says whether the limit is met.
fn tell(case: &Case, first: Duration, mut answers: Vec<Answer>) -> bool {
    answers.sort_unstable_by_key(|answer| answer.time);
    let at = |percent: usize| answers[(answers.len() * percent).div_ceil(100) - 1].time;
    let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
    let is_met = at(95) <= LIMIT;
    let found = answers.iter().map(|answer| answer.found);
    let (least, most) = (found.clone().min().unwrap_or(0), found.max().unwrap_or(0));
    let cut = answers.iter().filter(|answer| answer.is_cut).count();
    let cut = if cut > 0 { format!(", {cut} of {TIMES} not to the beginning") } else { String::new() };
    let verdict = if is_met { "yes" } else { "**no**" };
    let (first, p50, p95) = (ms(first), ms(at(50)), ms(at(95)));
    println!("| {} | {least} to {most}{cut} | {first:.1} | {p50:.1} | {p95:.1} | {verdict} |", case.name);
    is_met
}

/// Has the system forget what it has read of the file, so that the first query reads it from disk.
fn out_of_memory(file: &Path) {
    let of = format!("of={}", file.display());
    let done =
        Command::new("dd").args([&of, "oflag=nocache", "conv=notrunc,fdatasync", "count=0", "status=none"]).status();
    assert!(done.unwrap().success(), "dd could not do it");
}
