//! Reading an evidence file and comparing its receipts with the recording's chain.

use recording::{ChainValue, PublicKey, RecordingId};

use crate::judge::Faults;
use crate::judgement::{Fault, FaultKind, ReceiptsFound, Span};
use crate::receipt::{Line, MAX_LINE_BYTES, NO_LINE, Receipt, ReceiptEvent, line_hash};

/// A receipt that is to be compared.
#[derive(Clone, Copy, Debug)]
struct Due {
    offset: u64,
    chain: ChainValue,
    unix_us: i64,
    line: u64,
    recording: RecordingId,
}

/// The evidence file's side of a judgement. Lines come first, then the recording's places in order.
#[derive(Debug)]
pub(crate) struct ReceiptCheck {
    pub(crate) found: ReceiptsFound,
    trusted: Option<PublicKey>,
    previous: ChainValue,
    due: Vec<Due>,
    /// How many of `due` were looked at; it is sorted when the first place comes.
    done: usize,
    sorted: bool,
    /// Receipts one after the other that are contradicted are one fault, which grows.
    open_fault: Option<Fault>,
}

impl ReceiptCheck {
    pub(crate) fn new(trusted: Option<PublicKey>) -> ReceiptCheck {
        ReceiptCheck {
            found: ReceiptsFound::default(),
            trusted,
            previous: NO_LINE,
            due: Vec::new(),
            done: 0,
            sorted: false,
            open_fault: None,
        }
    }

    /// Takes the evidence file's next line, without its line end.
    pub(crate) fn line(&mut self, line: &str, faults: &mut Faults) {
        self.found.given = true;
        self.found.lines += 1;
        let number = self.found.lines;
        let mut find = |kind, what: String| {
            faults.add(Fault { kind, offset: 0, bytes: 0, time_us: 0, line: Some(number), what });
        };
        let previous = std::mem::replace(&mut self.previous, line_hash(line));
        let kind = serde_json::from_str::<serde_json::Value>(line).ok().filter(|_| line.len() <= MAX_LINE_BYTES);
        let Some(kind) = kind else {
            return find(FaultKind::LineMalformed, "this line is no JSON object".to_owned());
        };
        if kind.get("previous").and_then(|named| named.as_str()) != Some(previous.to_string().as_str()) {
            let what = match number {
                1 => "this is not the file's first line: lines before it were removed, or it was changed",
                _ => "this line does not follow the one before: lines were removed, moved or changed",
            };
            find(FaultKind::LineOutOfOrder, what.to_owned());
        }
        if kind.get("kind").and_then(|kind| kind.as_str()) != Some("receipt") {
            return;
        }
        match serde_json::from_str(line) {
            Ok(Line::Receipt(receipt)) => self.receipt(&receipt, number, &mut find),
            Err(error) => find(FaultKind::LineMalformed, format!("this receipt cannot be understood: {error}")),
        }
    }

    fn receipt(&mut self, receipt: &Receipt, line: u64, find: &mut impl FnMut(FaultKind, String)) {
        if !receipt.signature_holds() {
            return find(FaultKind::ReceiptForged, "the server's key did not sign this receipt".to_owned());
        }
        let server = receipt.server_key;
        if self.trusted.or(self.found.server_key).is_some_and(|known| known != server) {
            self.found.server_trusted = self.trusted.map(|_| false);
            return find(FaultKind::OtherServer, format!("this receipt is by another server, with the key {server}"));
        }
        self.found.server_key = Some(server);
        self.found.server_trusted = self.trusted.map(|_| true);
        self.found.right += 1;
        self.found.closed = receipt.event == ReceiptEvent::Closed;
        let Receipt { recording, offset, chain, unix_us, .. } = *receipt;
        self.due.push(Due { offset, chain, unix_us, line, recording });
    }

    /// The recording is at this place, with this chain over the bytes before it, if it is known.
    pub(crate) fn at(&mut self, offset: u64, chain: Option<ChainValue>, time_us: u64, faults: &mut Faults) {
        if !self.sorted {
            self.sorted = true;
            self.due.sort_by_key(|due| due.offset);
        }
        while let Some(due) = self.due.get(self.done).copied().filter(|due| due.offset <= offset) {
            self.done += 1;
            match chain {
                None => self.found.not_compared += 1,
                Some(chain) if due.offset == offset && due.chain == chain => self.confirmed(&due, faults),
                Some(_) => self.contradicted(&due, time_us),
            }
        }
    }

    /// Bytes are missing here or others were put in, which is told elsewhere: receipts up to this place say nothing more.
    pub(crate) fn pass_over(&mut self, offset: u64) {
        while self.due.get(self.done).is_some_and(|due| self.sorted && due.offset < offset) {
            self.done += 1;
            self.found.not_compared += 1;
        }
    }

    fn confirmed(&mut self, due: &Due, faults: &mut Faults) {
        self.close_fault(faults);
        self.found.confirmed += 1;
        self.found.witnessed_bytes = due.offset;
        self.found.span = Some(Span::with(self.found.span, due.unix_us));
    }

    fn contradicted(&mut self, due: &Due, time_us: u64) {
        if let Some(fault) = &mut self.open_fault {
            fault.bytes = due.offset.saturating_sub(fault.offset);
            return;
        }
        let from = self.found.witnessed_bytes;
        let what = format!(
            "the bytes from {from} to {} are not those for which the server gave a receipt; the chain at {} was {} then",
            due.offset, due.offset, due.chain
        );
        let (offset, bytes, line) = (from, due.offset.saturating_sub(from), Some(due.line));
        self.open_fault = Some(Fault { kind: FaultKind::ReceiptContradicted, offset, bytes, time_us, line, what });
    }

    fn close_fault(&mut self, faults: &mut Faults) {
        if let Some(fault) = self.open_fault.take() {
            faults.add(fault);
        }
    }

    /// The recording's last whole block ended at `end`; the file may have a torn tail after it.
    ///
    /// `index_rebuilt`: a repair has built another index than the one that the newest receipts speak of.
    pub(crate) fn finish(
        &mut self,
        recording: Option<RecordingId>,
        end: u64,
        time_us: u64,
        index_rebuilt: bool,
        faults: &mut Faults,
    ) {
        if index_rebuilt {
            self.pass_over(u64::MAX);
        }
        self.close_fault(faults);
        let wrong = self.due.iter().find(|due| Some(due.recording) != recording);
        if let Some(Due { line, recording: other, .. }) = wrong.copied().filter(|_| recording.is_some()) {
            let what = format!("this receipt is for another recording, {other}");
            let kind = FaultKind::ReceiptOfOther;
            faults.add(Fault { kind, offset: 0, bytes: 0, time_us: 0, line: Some(line), what });
        }
        let beyond = self.due.get(self.done..).unwrap_or_default();
        if let Some(newest) = beyond.last() {
            let what =
                format!("the end was cut off: the server held {} bytes, and here are {end} whole ones", newest.offset);
            let (bytes, line) = (newest.offset.saturating_sub(end), Some(newest.line));
            faults.add(Fault { kind: FaultKind::Truncated, offset: end, bytes, time_us, line, what });
        }
        if self.trusted.is_some() && self.found.right == 0 {
            let what = "no receipt by the named server is there".to_owned();
            faults.add(Fault { kind: FaultKind::NoReceipt, offset: 0, bytes: 0, time_us: 0, line: None, what });
        }
    }
}
