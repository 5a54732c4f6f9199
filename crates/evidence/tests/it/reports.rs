//! Reports say what was found in words, and what is recorded never becomes markup or control.

use evidence::{Expected, html_report, text_report};

use crate::sample::{Course, Stored, expected, honest, judge};

#[test]
fn a_report_says_what_was_checked_and_what_was_not() {
    let stored = honest(Course::Restarted, 60);
    let text = text_report("monday.kin", &judge(&stored, expected()), &[]);
    for words in
        ["INTACT.", "monday.kin", "that you named", "2026-11-18", "declares 1 gap", "What this report cannot say"]
    {
        assert!(text.to_lowercase().contains(&words.to_lowercase()), "{words} is not in\n{text}");
    }
    let alone = text_report("x", &judge(&Stored { entries: Vec::new(), ..stored.clone() }, Expected::default()), &[]);
    assert!(alone.contains("nobody but the machine speaks for this recording"), "{alone}");
    let mut broken = stored;
    broken.bytes.truncate(broken.bytes.len() / 2);
    let broken = text_report("x", &judge(&broken, expected()), &[]);
    assert!(broken.contains("BROKEN") && broken.contains("the end was cut off"), "{broken}");
}

#[test]
fn hostile_names_stay_text() {
    let judgement = judge(&honest(Course::Finished, 61), expected());
    let html = html_report("<script>alert(1)</script>", &judgement, &[]);
    assert!(!html.contains("<script") && !html.contains("<b>alice") && html.contains("&lt;b&gt;alice"), "{html}");
    let text = text_report("a\u{1b}b", &judgement, &[]);
    assert!(!text.contains('\u{1b}'));
}
