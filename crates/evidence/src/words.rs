//! A judgement in words that need no knowledge of the format: what was checked, what holds, from when to when, what
//! nobody witnessed, and what was not checked and why.

use crate::judgement::{Judgement, ReceiptsFound, SignaturesFound, Span, TimeStampsFound, Verdict};
use crate::link::{LinkJudgement, LinkState};

/// Faults that a report spells out; the JSON holds more.
const FAULTS_SHOWN: usize = 50;

/// A part of a report.
pub(crate) struct Section {
    pub(crate) title: &'static str,
    pub(crate) sentences: Vec<String>,
}

/// The report as plain text, `file` being the name by which the reader knows the recording.
pub fn text_report(file: &str, judgement: &Judgement, links: &[LinkJudgement]) -> String {
    let mut text = format!("VERIFICATION REPORT\n{}\n\n{}\n", printable(file), headline(judgement.verdict));
    for Section { title, sentences } in sections(judgement, links) {
        text += &format!("\n{}\n", title.to_uppercase());
        for sentence in sentences {
            text += &format!("  - {sentence}\n");
        }
    }
    text
}

pub(crate) fn headline(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "INTACT. Nothing was found that speaks against this recording.",
        Verdict::HoldsInPart => "INTACT AS FAR AS IT COULD BE CHECKED. Read below what could not.",
        Verdict::NotSigned => {
            "NOT SIGNED. No accident has changed this recording; whether a person has cannot be said."
        }
        Verdict::Broken => "BROKEN. This is not, or not all of, what was recorded.",
    }
}

impl Verdict {
    /// The verdict for somebody who watches the recording and has no report before him.
    pub fn in_a_sentence(self) -> &'static str {
        match self {
            // Anybody can sign: that it was the right machine is known only to who compares its key.
            Verdict::Holds => {
                "Signed and intact; whose signature it is was not checked (kinescope verify --machine-key)"
            }
            Verdict::HoldsInPart => "Intact as far as it could be checked: kinescope verify --summary says more",
            Verdict::NotSigned => "Not signed: whether a person has changed this recording cannot be said",
            Verdict::Broken => "Damaged or altered: kinescope verify says where",
        }
    }
}

pub(crate) fn sections(judgement: &Judgement, links: &[LinkJudgement]) -> Vec<Section> {
    let mut sections = vec![
        Section { title: "The recording", sentences: recording(judgement) },
        Section { title: "What was checked", sentences: checked(judgement) },
    ];
    if !judgement.container.intact || !judgement.faults.is_empty() {
        sections.push(Section { title: "What was found", sentences: found(judgement) });
    }
    sections.push(Section { title: "The machine's signatures", sentences: signatures(judgement) });
    sections.push(Section { title: "The server's receipts", sentences: receipts(judgement) });
    if judgement.time_stamps.tokens > 0 {
        sections.push(Section { title: "Time stamps", sentences: time_stamps(&judgement.time_stamps) });
    }
    if judgement.follows.is_some() || judgement.successor.is_some() {
        sections.push(Section { title: "Other recordings of the session", sentences: session(judgement, links) });
    }
    sections.push(Section { title: "What this report cannot say", sentences: limits(judgement) });
    sections
}

fn recording(judgement: &Judgement) -> Vec<String> {
    let Some(header) = &judgement.header else {
        return vec!["Its header is missing or unreadable, so that it does not say who was recorded.".to_owned()];
    };
    let session = &header.session;
    let container = &judgement.container;
    let end = match &container.ended {
        Some(end) => {
            format!("It ended ({}): {}.", printable(end.reason.as_str()), printable(end.text.trim_end_matches('.')))
        }
        None => "It has no end: it was still growing, or was cut off.".to_owned(),
    };
    vec![
        format!("Its identity is {}.", header.recording),
        format!(
            "It says that it shows the {} session of user {} on machine {} ({}).",
            printable(session.session_kind.as_str()),
            printable(&session.user),
            printable(&session.machine),
            printable(&session.machine_id)
        ),
        format!(
            "By the machine's clock it began on {} and lasts {}.",
            moment(header.started.unix_us),
            length(container.duration_us)
        ),
        end,
        match container.gaps {
            0 => "It declares no gap.".to_owned(),
            1 => "It declares 1 gap: a stretch of which the machine itself said that it is missing.".to_owned(),
            gaps => {
                format!("It declares {gaps} gaps: stretches of which the machine itself said that they are missing.")
            }
        },
    ]
}

fn checked(judgement: &Judgement) -> Vec<String> {
    let container = &judgement.container;
    let mut sentences = vec![
        format!(
            "All {} bytes were read: {} blocks, each with a checksum against accidents.",
            container.bytes, container.blocks
        ),
        format!(
            "The blocks form a chain of SHA-256 values that was compared at {} checkpoints; its last value is {}.",
            container.checkpoints, container.chain
        ),
    ];
    if container.incarnations > 0 {
        sentences
            .push(format!("Writers that went on behind the first one, as after a crash: {}.", container.incarnations));
    }
    sentences
}

fn found(judgement: &Judgement) -> Vec<String> {
    let container = judgement
        .container
        .findings
        .iter()
        .map(|finding| format!("At byte {}, after {}: {}.", finding.offset, length(finding.time_us), finding.what));
    let evidence = judgement.faults.iter().map(|fault| match fault.entry {
        Some(entry) => format!("Evidence file, entry {entry}: {}.", fault.what),
        None => format!("At byte {}, after {}: {}.", fault.offset, length(fault.time_us), fault.what),
    });
    let all: Vec<String> = container.chain(evidence).collect();
    let left_out = all.len().saturating_sub(FAULTS_SHOWN) as u64
        + judgement.container.findings_left_out
        + judgement.faults_left_out;
    let mut sentences: Vec<String> = all.into_iter().take(FAULTS_SHOWN).collect();
    if left_out > 0 {
        sentences.push(format!("And {left_out} more."));
    }
    sentences
}

fn signatures(judgement: &Judgement) -> Vec<String> {
    let SignaturesFound { machine_key, machine_trusted, signers, right, not_checked, unsigned, signed_bytes, span } =
        &judgement.signatures;
    let Some(key) = machine_key else {
        return vec!["The recording bears no signature by the machine that made it.".to_owned()];
    };
    let mut sentences = vec![match machine_trusted {
        Some(true) => format!("They were made by the machine that you named (key {key})."),
        Some(false) => format!("They were NOT made by the machine that you named; their key is {key}."),
        None => {
            format!("They were made with the key {key}; compare it with the one that the server shows for the machine.")
        }
    }];
    let when = span.map_or_else(String::new, |span| format!(", {} by the machine's clock", between(span)));
    sentences.push(format!("{right} signatures are right{when}; they cover the first {signed_bytes} bytes."));
    sentences.push(format!(
        "Writers that signed: {signers}. Another one begins whenever the recording goes on after an interruption."
    ));
    if *not_checked > 0 {
        sentences.push(format!(
            "{not_checked} could not be checked, because the bytes that name their key are damaged or missing."
        ));
    }
    if *unsigned > 0 {
        sentences.push(format!("{unsigned} checkpoints bear no signature."));
    }
    if judgement.container.unwitnessed_bytes > 0 {
        sentences.push(format!(
            "{} bytes at the end stand after the last checkpoint: only checksums speak for them.",
            judgement.container.unwitnessed_bytes
        ));
    }
    sentences
}

fn receipts(judgement: &Judgement) -> Vec<String> {
    let ReceiptsFound {
        given,
        server_key,
        server_trusted,
        right,
        confirmed,
        not_compared,
        witnessed_bytes,
        span,
        closed,
        ..
    } = &judgement.receipts;
    if !given {
        return vec!["No evidence file was given: nobody but the machine speaks for this recording.".to_owned()];
    }
    let Some(key) = server_key else {
        return vec!["The evidence file holds no receipt that can be used.".to_owned()];
    };
    let mut sentences = vec![match server_trusted {
        Some(true) => format!("They were given by the server that you named (key {key})."),
        Some(false) => format!("Some were NOT given by the server that you named; the others' key is {key}."),
        None => format!("They were given with the key {key}; compare it with the one that the server shows."),
    }];
    let when = span.map_or_else(String::new, |span| format!(", {} by the server's clock", between(span)));
    sentences.push(format!("{confirmed} of {right} receipts are for exactly the bytes that are here{when}."));
    sentences.push(format!(
        "At the last of these moments the server held the first {witnessed_bytes} bytes as they are now."
    ));
    if *not_compared > 0 {
        sentences.push(format!(
            "{not_compared} could not be compared, because bytes before their places are damaged or missing."
        ));
    }
    let after = judgement.unwitnessed_bytes();
    if after > 0 {
        sentences.push(format!("{after} bytes after that are unwitnessed: no receipt speaks for them."));
    }
    if *closed {
        sentences.push("The newest receipt says that the recording was complete.".to_owned());
    }
    sentences
}

fn time_stamps(stamps: &TimeStampsFound) -> Vec<String> {
    let TimeStampsFound { tokens, confirmed, signatures_checked, trusted, authority, unix_us, stamped_bytes } = stamps;
    let mut sentences =
        vec![format!("{confirmed} of {tokens} time stamps are on receipts for exactly the bytes that are here.")];
    if let (Some(authority), Some(unix_us)) = (authority, unix_us) {
        sentences.push(format!(
            "The newest of them says that the receipt for the first {stamped_bytes} bytes was there on {}, by the clock of {}.",
            moment(*unix_us),
            printable(authority)
        ));
    }
    sentences.push(match (signatures_checked, trusted) {
        (false, _) => "Their signatures were not checked.".to_owned(),
        (true, None) => {
            "Each was signed by the certificate in it. Time stamp present, authority not checked: no authority to trust was named."
                .to_owned()
        }
        (true, Some(true)) => "They were made by an authority that you trust.".to_owned(),
        (true, Some(false)) => "Some were NOT made by an authority that you trust.".to_owned(),
    });
    sentences
}

fn session(judgement: &Judgement, links: &[LinkJudgement]) -> Vec<String> {
    let link = |earlier, later| links.iter().find(|link| link.from == earlier && link.to == later);
    let state = |link: Option<&LinkJudgement>| match link {
        None => "it was not given, so the link was not checked".to_owned(),
        Some(LinkJudgement { state: LinkState::Holds, .. }) => "the link holds".to_owned(),
        Some(LinkJudgement { state: LinkState::NotConfirmed, what, .. }) => {
            format!("the link is not confirmed: {what}")
        }
        Some(LinkJudgement { state: LinkState::Broken, what, .. }) => format!("the link is BROKEN: {what}"),
    };
    let (mut sentences, own) = (Vec::new(), judgement.recording);
    if let (Some(follows), Some(own)) = (judgement.follows, own) {
        sentences.push(format!("It goes on from {}: {}.", follows.recording, state(link(follows.recording, own))));
    }
    if let (Some(successor), Some(own)) = (judgement.successor, own) {
        sentences.push(format!("{successor} goes on from it: {}.", state(link(own, successor))));
    }
    sentences
}

fn limits(judgement: &Judgement) -> Vec<String> {
    let mut sentences = vec![
        "Whoever controlled the machine before or while it recorded could show the recorder something else than the user saw."
            .to_owned(),
    ];
    let signed = judgement.signatures.machine_key.is_some();
    if signed && judgement.receipts.confirmed == 0 {
        sentences.push(
            "Whoever holds the machine's key could have made another recording in its place: only receipts rule that out."
                .to_owned(),
        );
    }
    if judgement.receipts.confirmed > 0 {
        sentences.push(
            "If both the recording and the evidence file were cut at the same place, the end before that looks like this one."
                .to_owned(),
        );
    }
    sentences
}

/// `from … to …`, or one moment.
fn between(span: Span) -> String {
    match span.from_unix_us == span.to_unix_us {
        true => format!("on {}", moment(span.from_unix_us)),
        false => format!("from {} to {}", moment(span.from_unix_us), moment(span.to_unix_us)),
    }
}

/// `H:MM:SS`.
fn length(us: u64) -> String {
    let seconds = us / 1_000_000;
    format!("{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

/// A moment, in microseconds since 1970, as a date and time: `2026-11-20 13:00:05 UTC`; the bare number where it lies beyond the years 0 to 9999.
pub fn moment(unix_us: i64) -> String {
    let seconds = unix_us.div_euclid(1_000_000);
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    if !(0..=9999).contains(&year) {
        return format!("{unix_us} µs since 1970");
    }
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02} UTC", second / 3_600, second / 60 % 60, second % 60)
}

/// The Gregorian date so many days after 1970-01-01 (H. Hinnant, "chrono-compatible low-level date algorithms").
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Texts come from recorded machines: control characters must not reach a terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::moment;

    #[test]
    fn moments_are_dates() {
        for (unix_us, text) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (1_795_000_000_000_000, "2026-11-18 11:06:40 UTC"),
            (1_709_164_800_000_000, "2024-02-29 00:00:00 UTC"),
            (-1, "1969-12-31 23:59:59 UTC"),
            (i64::MAX, "9223372036854775807 µs since 1970"),
        ] {
            assert_eq!(moment(unix_us), text);
        }
    }
}
