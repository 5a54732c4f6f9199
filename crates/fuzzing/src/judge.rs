//! Promises of the judge: any evidence file and any recording.

use evidence::{Expected, Judge, Verdict, html_report, text_report};
use recording::Verifier;

/// Input up to the first header block is an evidence file, the rest a recording; without both, all is a recording.
/// The judge says of the container what the verifier says, confirms no more than there is, and its reports are text.
pub fn judge(input: &[u8]) {
    let header = [recording::SYNC[0], recording::SYNC[1], recording::BlockKind::Header.number(), 0];
    let split = input.windows(4).position(|start| start == header).unwrap_or(0);
    let (evidence, bytes) = input.split_at(split);
    let mut judge = Judge::new(Expected::default());
    evidence.chunks(61).for_each(|piece| judge.push_evidence(piece));
    let mut verifier = Verifier::new();
    let pushed = (judge.push(bytes), verifier.push(bytes));
    assert_eq!(pushed.0, pushed.1);
    let (Ok(judgement), Ok(report)) = (judge.finish(), verifier.finish()) else { return };
    assert_eq!(judgement.container, report);
    let receipts = &judgement.receipts;
    assert!(receipts.confirmed + receipts.not_compared <= receipts.right && receipts.right <= receipts.entries);
    assert!(receipts.witnessed_bytes <= report.bytes, "{receipts:?}");
    assert!(report.intact || judgement.verdict == Verdict::Broken);
    let text = text_report("a", &judgement, &[]);
    assert!(!text.chars().any(|character| character.is_control() && character != '\n'), "{text:?}");
    let html = html_report("a", &judgement, &[]);
    assert!(!html.contains("<script"), "{html}");
}
