//! What a judgement says. Serialised, it is the JSON that programs read.

use recording::{Follows, Header, PublicKey, RecordingId, Report};
use serde::Serialize;

/// The judgement in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing was found, and the machine's signatures reach over all of it up to the newest checkpoint.
    Holds,
    /// Nothing was found, and for a part of it signatures are missing or could not be checked.
    HoldsInPart,
    /// Nothing was found, and it bears no signature: accidents would show, a careful change would not.
    NotSigned,
    /// It is not what was recorded, or what was stored.
    Broken,
}

/// What kind of fault was found in signatures or receipts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FaultKind {
    /// A signer block that its machine key did not sign for this place.
    SignerForged,
    /// A signer block by another machine than the one before, or than the one that is trusted.
    OtherMachine,
    /// A checkpoint whose signature is not its key's.
    SignatureWrong,
    /// A checkpoint without a signature behind one that has.
    SignatureMissing,
    /// A checkpoint signed by a key that nothing vouches for.
    KeyUnknown,
    /// A header that names another recording.
    OtherRecording,
    /// A repair left a hole: what stood there is lost, and with it the proof that nothing else was changed.
    Hole,
    /// A machine's key was named and nothing is signed.
    NotSigned,
    /// Bytes of the evidence file that are no entry, or one that cannot be understood.
    EntryMalformed,
    /// An entry does not follow the one before: entries were removed, moved or changed.
    EntryOutOfOrder,
    /// A receipt that its server key did not sign.
    ReceiptForged,
    /// A receipt of another server than the one before, or than the one that is trusted.
    OtherServer,
    /// A receipt for another recording.
    ReceiptOfOther,
    /// The server held other bytes than these.
    ReceiptContradicted,
    /// The server held more than there is: the end was cut off.
    Truncated,
    /// A server's key was named and there is no receipt.
    NoReceipt,
    /// A time stamp that is not for a receipt of this file, or that its authority did not sign.
    TimeStampWrong,
    /// A time stamp by an authority that is not trusted.
    OtherAuthority,
}

/// One fault in signatures or receipts. The container's own are in [`Judgement::container`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// What kind.
    pub kind: FaultKind,
    /// Where it starts in the recording.
    pub offset: u64,
    /// Bytes that it concerns.
    pub bytes: u64,
    /// The latest time before it in microseconds: where to look in the player.
    pub time_us: u64,
    /// The entry of the evidence file, counted from 1, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<u64>,
    /// For people.
    pub what: String,
}

/// From when to when, in microseconds since 1970 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Span {
    /// The first moment.
    pub from_unix_us: i64,
    /// The last one.
    pub to_unix_us: i64,
}

impl Span {
    /// The span grown so that it holds this moment.
    pub(crate) fn with(span: Option<Span>, unix_us: i64) -> Span {
        match span {
            None => Span { from_unix_us: unix_us, to_unix_us: unix_us },
            Some(Span { from_unix_us, to_unix_us }) => {
                Span { from_unix_us: from_unix_us.min(unix_us), to_unix_us: to_unix_us.max(unix_us) }
            }
        }
    }
}

/// What was found of the machine's signatures.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SignaturesFound {
    /// The machine whose key vouches for the signatures.
    pub machine_key: Option<PublicKey>,
    /// Whether that is the key that the caller trusts; `None` if he named none.
    pub machine_trusted: Option<bool>,
    /// Writers that began to sign: the first, and one after every restart.
    pub signers: u64,
    /// Checkpoints whose signature is right.
    pub right: u64,
    /// Signed checkpoints that could not be checked: the change of keys before them could not be read.
    pub not_checked: u64,
    /// Checkpoints without a signature.
    pub unsigned: u64,
    /// Bytes from the start up to the newest checkpoint whose signature is right.
    pub signed_bytes: u64,
    /// By the machine's clock, the first and the last of them.
    pub span: Option<Span>,
}

/// What was found of the server's receipts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ReceiptsFound {
    /// Whether an evidence file was given.
    pub given: bool,
    /// Its entries.
    pub entries: u64,
    /// The server whose key signed the receipts.
    pub server_key: Option<PublicKey>,
    /// Whether that is the key that the caller trusts; `None` if he named none.
    pub server_trusted: Option<bool>,
    /// Receipts whose signature is right.
    pub right: u64,
    /// Of these, receipts for exactly the bytes that are there.
    pub confirmed: u64,
    /// Of these, receipts for places that cannot be compared: the bytes there are damaged.
    pub not_compared: u64,
    /// Bytes from the start that the newest confirmed receipt covers.
    pub witnessed_bytes: u64,
    /// By the server's clock, the first and the last confirmed receipt.
    pub span: Option<Span>,
    /// The newest receipt says that the recording was complete.
    pub closed: bool,
}

/// What was found of time stamps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TimeStampsFound {
    /// Time stamps in the evidence file.
    pub tokens: u64,
    /// Of these, time stamps for receipts that are for exactly the bytes that are there.
    pub confirmed: u64,
    /// Whether their signatures were checked; the certificate that signed stands in each.
    pub signatures_checked: bool,
    /// Whether that certificate is one of an authority that the caller trusts; `None` if he named none.
    pub trusted: Option<bool>,
    /// What the newest confirmed one's certificate calls its authority.
    pub authority: Option<String>,
    /// When it was made, by the authority's clock, in microseconds since 1970 UTC.
    pub unix_us: Option<i64>,
    /// Bytes from the start that its receipt covers: they were there at that moment.
    pub stamped_bytes: u64,
}

/// All that can be said of a recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Judgement {
    /// In one word.
    pub verdict: Verdict,
    /// The recording, if its header could be read.
    pub recording: Option<RecordingId>,
    /// Who was recorded, where and since when.
    pub header: Option<Header>,
    /// What the container's own checks found: checksums, chain, index.
    pub container: Report,
    /// Faults in signatures and receipts, in the order of their finding; at most [`recording::MAX_FINDINGS`].
    pub faults: Vec<Fault>,
    /// Faults beyond those.
    pub faults_left_out: u64,
    /// The machine's signatures.
    pub signatures: SignaturesFound,
    /// The server's receipts.
    pub receipts: ReceiptsFound,
    /// Time stamps on them.
    pub time_stamps: TimeStampsFound,
    /// The recording that this one goes on from.
    pub follows: Option<Follows>,
    /// The recording that goes on from this one.
    pub successor: Option<RecordingId>,
}

impl Judgement {
    /// Whether nothing was found that contradicts the recording.
    pub fn is_sound(&self) -> bool {
        self.verdict != Verdict::Broken
    }

    /// Bytes after everything that a receipt covers: nobody but the machine speaks for them.
    pub fn unwitnessed_bytes(&self) -> u64 {
        self.container.bytes.saturating_sub(self.receipts.witnessed_bytes)
    }
}
