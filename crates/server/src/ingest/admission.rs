//! Who may append what: the rules of incarnations and of blocks, without any I/O.

use protocol::RefusalCode;
use recording::{BlockKind, Entry, FLAG_SKIPPABLE, Head, RawBlock, RecordingId};
use storage::{Sender, entry_of};
use uuid::Uuid;

/// How an offered incarnation relates to the one that sent last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The same: it goes on.
    Resumes,
    /// A later one: it may take over, and must announce itself in the recording first.
    TakesOver,
    /// An earlier one, or another with the same number: a clone or a copy from the past.
    Stale,
}

/// Compares the sender that storage knows with the one that asks.
pub(super) fn judge(current: Option<Sender>, offered: Sender) -> Verdict {
    let Some(current) = current else { return Verdict::Resumes };
    // Recovery without a manifest cannot know who began the recording, and writes 0 for it.
    let unknown = current.number == 0 && current.incarnation == 0;
    if offered.number > current.number {
        Verdict::TakesOver
    } else if offered == current || (unknown && offered.number == 0) {
        Verdict::Resumes
    } else {
        Verdict::Stale
    }
}

/// Something that was refused, as the agent is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: RefusalCode,
    pub(super) retry_after_secs: u32,
    pub(super) text: String,
}

impl Refusal {
    pub(super) fn new(code: RefusalCode, text: impl Into<String>) -> Self {
        Self { code, retry_after_secs: 0, text: text.into() }
    }

    pub(super) fn later(code: RefusalCode, retry_after_secs: u32, text: impl Into<String>) -> Self {
        Self { code, retry_after_secs, text: text.into() }
    }

    fn bad(text: impl Into<String>) -> Self {
        Self::new(RefusalCode::BadBlocks, text)
    }
}

/// What is expected of the next blocks of a recording.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected {
    pub(super) recording: RecordingId,
    pub(super) machine: Uuid,
    pub(super) sender: Sender,
    /// Where the first block goes.
    pub(super) head: Head,
    /// Whether the recording names the sender already.
    pub(super) announced: bool,
}

/// Checks blocks, whose checksums are known to be right, before they are stored. Says whether the recording names the
/// sender from there on.
pub(super) fn check_blocks(expected: &Expected, blocks: &[RawBlock]) -> Result<bool, Refusal> {
    let mut announced = expected.announced;
    for (place, block) in blocks.iter().enumerate() {
        match block.known_kind() {
            Some(BlockKind::Header) if place > 0 && blocks[place - 1].known_kind() == Some(BlockKind::Header) => {
                return Err(Refusal::bad("a header follows a header"));
            }
            // It stands again further on: agents repeat it, so that one damaged place does not hide whose recording it is.
            Some(BlockKind::Header) => check_header(expected, block)?,
            _ if block.offset == 0 => return Err(Refusal::bad("a recording begins with its header")),
            Some(BlockKind::Incarnation) => {
                check_incarnation(expected, block, place == 0)?;
                announced = true;
            }
            _ if !announced => {
                return Err(Refusal::bad("a new incarnation begins with its incarnation block"));
            }
            None if block.flags & FLAG_SKIPPABLE == 0 => {
                let text = format!("blocks of kind {} are not known here and may not be passed over", block.kind);
                return Err(Refusal::bad(text));
            }
            _ => {}
        }
    }
    Ok(announced)
}

fn check_header(expected: &Expected, block: &RawBlock) -> Result<(), Refusal> {
    let Some(Entry::Header(header)) = entry_of(block) else {
        return Err(Refusal::bad("the header cannot be read, or is of a format version that is not known here"));
    };
    if header.recording != expected.recording {
        return Err(Refusal::bad(format!("the header names another recording, {}", header.recording)));
    }
    if Uuid::try_parse(&header.session.machine_id) != Ok(expected.machine) {
        return Err(Refusal::bad("the header names another machine than the certificate"));
    }
    Ok(())
}

fn check_incarnation(expected: &Expected, block: &RawBlock, first: bool) -> Result<(), Refusal> {
    let Some(Entry::Incarnation(named)) = entry_of(block) else {
        return Err(Refusal::bad("the incarnation block cannot be read"));
    };
    let sender = Sender { incarnation: named.incarnation, number: named.number };
    if sender != expected.sender {
        return Err(Refusal::bad("the incarnation block names another incarnation than was opened"));
    }
    if first && named.follows.is_some_and(|head| head != expected.head) {
        return Err(Refusal::bad("the incarnation block follows another place than the recording's end"));
    }
    Ok(())
}
