//! Promises of the judge: any evidence file and any recording.

use evidence::{Expected, Judge, Verdict, html_report, text_report};
use recording::Verifier;

/// Input up to the first line that is empty is an evidence file, the rest a recording; without one, all is a recording.
/// The judge says of the container what the verifier says, confirms no more than there is, and its reports are text.
pub fn judge(input: &[u8]) {
    let split = input.windows(2).position(|pair| pair == b"\n\n");
    let (lines, bytes) = split.map_or((&input[..0], input), |at| (&input[..at], &input[at + 2..]));
    let mut judge = Judge::new(Expected::default());
    for line in lines.split(|byte| *byte == b'\n').filter(|_| !lines.is_empty()) {
        judge.evidence_line(&String::from_utf8_lossy(line));
    }
    let mut verifier = Verifier::new();
    let pushed = (judge.push(bytes), verifier.push(bytes));
    assert_eq!(pushed.0, pushed.1);
    let (Ok(judgement), Ok(report)) = (judge.finish(), verifier.finish()) else { return };
    assert_eq!(judgement.container, report);
    let receipts = &judgement.receipts;
    assert!(receipts.confirmed + receipts.not_compared <= receipts.right && receipts.right <= receipts.lines);
    assert!(receipts.witnessed_bytes <= report.bytes, "{receipts:?}");
    assert!(report.intact || judgement.verdict == Verdict::Broken);
    let text = text_report("a", &judgement, &[]);
    assert!(!text.chars().any(|character| character.is_control() && character != '\n'), "{text:?}");
    let html = html_report("a", &judgement, &[]);
    assert!(!html.contains("<script"), "{html}");
}
