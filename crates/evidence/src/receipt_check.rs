//! Reading an evidence file and comparing its receipts with the recording's chain.

use std::collections::HashMap;
use std::fmt;

use recording::{BlockScanner, ChainValue, PublicKey, RawBlock, RecordingId, Scanned};

use crate::entry::{EntryId, EvidenceEntry, Said};
use crate::judge::Faults;
use crate::judgement::{Fault, FaultKind, ReceiptsFound, Span, TimeStampsFound};
use crate::receipt::{Receipt, ReceiptEvent};
use crate::time_stamp::{TimeStampAuthority, TimeStampToken};

/// A receipt that is to be compared.
#[derive(Clone, Copy, Debug)]
struct Due {
    offset: u64,
    chain: ChainValue,
    unix_us: i64,
    entry: u64,
    recording: RecordingId,
    /// The newest time stamp on it, as a place in the list of them.
    stamp: Option<usize>,
}

/// The evidence file's side of a judgement. Its bytes come first, then the recording's places in order.
#[derive(Debug)]
pub(crate) struct ReceiptCheck {
    pub(crate) found: ReceiptsFound,
    pub(crate) stamps: TimeStampsFound,
    pub(crate) authorities: Option<Box<dyn TimeStampAuthority>>,
    /// What time stamps are named by: the receipts so far, and where they stand in `due`.
    stampable: HashMap<EntryId, usize>,
    /// Time stamps on receipts: who, and when.
    made: Vec<(String, i64)>,
    trusted: Option<PublicKey>,
    scanner: BlockScanner,
    /// The entry before; `None` where it cannot be read.
    previous: Option<EntryId>,
    /// Who speaks of which recording.
    witness: Option<(RecordingId, PublicKey)>,
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
            stamps: TimeStampsFound::default(),
            authorities: None,
            stampable: HashMap::new(),
            made: Vec::new(),
            trusted,
            scanner: BlockScanner::new(),
            previous: Some(EntryId::default()),
            witness: None,
            due: Vec::new(),
            done: 0,
            sorted: false,
            open_fault: None,
        }
    }

    /// Takes the evidence file's next bytes.
    pub(crate) fn push(&mut self, bytes: &[u8], faults: &mut Faults) {
        self.scanner.push(bytes);
        while let Some(found) = self.scanner.next() {
            match found {
                Scanned::Block(block) => self.block(&block, faults),
                Scanned::Damaged(damaged) => {
                    self.previous = None;
                    let what = format!("{} bytes at {} cannot be read: {}", damaged.len, damaged.offset, damaged.why);
                    self.fault(FaultKind::EntryMalformed, self.found.entries + 1, what, faults);
                }
            }
        }
    }

    /// The evidence file ends.
    fn end_of_file(&mut self, faults: &mut Faults) {
        if let Some(tail) = std::mem::take(&mut self.scanner).finish() {
            let what = format!("the last {} bytes are no whole entry: the last write was cut off", tail.len);
            self.fault(FaultKind::EntryMalformed, self.found.entries + 1, what, faults);
        }
        self.sorted = true;
        self.due.sort_by_key(|due| due.offset);
    }

    fn fault(&self, kind: FaultKind, entry: u64, what: String, faults: &mut Faults) {
        faults.add(Fault { kind, offset: 0, bytes: 0, time_us: 0, entry: Some(entry), what });
    }

    fn block(&mut self, block: &RawBlock, faults: &mut Faults) {
        self.found.entries += 1;
        let number = self.found.entries;
        let before = self.previous.replace(EntryId::of(&block.bytes));
        let entry = match EvidenceEntry::from_block(block) {
            Ok(entry) => entry,
            Err(error) => {
                let what = format!("this entry cannot be understood: {error}");
                return self.fault(FaultKind::EntryMalformed, number, what, faults);
            }
        };
        if before.is_some_and(|before| before != entry.previous) {
            let what = match number {
                1 => "this is not the file's first entry: entries before it were removed, or it was changed",
                _ => "this entry does not follow the one before: entries were removed, moved or changed",
            };
            self.fault(FaultKind::EntryOutOfOrder, number, what.to_owned(), faults);
        }
        match entry.said {
            Some(Said::Witness { recording, server_key }) => self.witness = Some((recording, server_key)),
            Some(Said::Receipt(receipt)) => self.receipt((block, &receipt), &entry.previous, number, faults),
            Some(Said::TimeStamp { token }) => self.time_stamp(&token, number, faults),
            None => {}
        }
    }

    fn receipt(
        &mut self,
        (block, receipt): (&RawBlock, &Receipt),
        previous: &EntryId,
        number: u64,
        faults: &mut Faults,
    ) {
        let Some((recording, server)) = self.witness else {
            let what = "nothing before this receipt says which server gave it".to_owned();
            return self.fault(FaultKind::EntryMalformed, number, what, faults);
        };
        if !receipt.is_signed(recording, &server, previous) {
            let what = "the server's key did not sign this receipt".to_owned();
            return self.fault(FaultKind::ReceiptForged, number, what, faults);
        }
        if self.trusted.or(self.found.server_key).is_some_and(|known| known != server) {
            self.found.server_trusted = self.trusted.map(|_| false);
            let what = format!("this receipt is by another server, with the key {server}");
            return self.fault(FaultKind::OtherServer, number, what, faults);
        }
        self.found.server_key = Some(server);
        self.found.server_trusted = self.trusted.map(|_| true);
        self.found.right += 1;
        self.found.closed = receipt.event == ReceiptEvent::Closed;
        let Receipt { head, unix_us, .. } = *receipt;
        self.stampable.insert(EntryId::of(&block.bytes), self.due.len());
        self.due.push(Due { offset: head.offset, chain: head.chain, unix_us, entry: number, recording, stamp: None });
    }

    fn time_stamp(&mut self, token: &[u8], number: u64, faults: &mut Faults) {
        self.stamps.tokens += 1;
        let wrong = |what: &dyn fmt::Display| format!("this time stamp is worth nothing: {what}");
        let token = match TimeStampToken::from_der(token) {
            Ok(token) => token,
            Err(error) => return self.fault(FaultKind::TimeStampWrong, number, wrong(&error), faults),
        };
        let Some(place) = self.stampable.get(&EntryId::from_digest(&token.imprint)).copied() else {
            let what = wrong(&"it is for no receipt that stands before it");
            return self.fault(FaultKind::TimeStampWrong, number, what, faults);
        };
        if let Some(authorities) = &self.authorities {
            self.stamps.signatures_checked = true;
            match authorities.check(&token) {
                Err(error) => return self.fault(FaultKind::TimeStampWrong, number, wrong(&error), faults),
                Ok(Some(false)) => {
                    self.stamps.trusted = Some(false);
                    let what = format!("this time stamp is by an authority that you do not trust: {}", token.authority);
                    return self.fault(FaultKind::OtherAuthority, number, what, faults);
                }
                Ok(trusted) => self.stamps.trusted = self.stamps.trusted.or(trusted),
            }
        }
        if let Some(due) = self.due.get_mut(place) {
            due.stamp = Some(self.made.len());
            self.made.push((token.authority, token.unix_us));
        }
    }

    /// The recording is at this place, with this chain over the bytes before it, if it is known.
    pub(crate) fn at(&mut self, offset: u64, chain: Option<ChainValue>, time_us: u64, faults: &mut Faults) {
        if !self.sorted {
            self.end_of_file(faults);
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
        if let Some((authority, unix_us)) = due.stamp.and_then(|place| self.made.get(place)) {
            self.stamps.confirmed += 1;
            self.stamps.authority = Some(authority.clone());
            self.stamps.unix_us = Some(*unix_us);
            self.stamps.stamped_bytes = due.offset;
        }
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
        let (offset, bytes, entry) = (from, due.offset.saturating_sub(from), Some(due.entry));
        self.open_fault = Some(Fault { kind: FaultKind::ReceiptContradicted, offset, bytes, time_us, entry, what });
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
        if let Some(Due { entry, recording: other, .. }) = wrong.copied().filter(|_| recording.is_some()) {
            let what = format!("this receipt is for another recording, {other}");
            let kind = FaultKind::ReceiptOfOther;
            faults.add(Fault { kind, offset: 0, bytes: 0, time_us: 0, entry: Some(entry), what });
        }
        let beyond = self.due.get(self.done..).unwrap_or_default();
        if let Some(newest) = beyond.last() {
            let what =
                format!("the end was cut off: the server held {} bytes, and here are {end} whole ones", newest.offset);
            let (bytes, entry) = (newest.offset.saturating_sub(end), Some(newest.entry));
            faults.add(Fault { kind: FaultKind::Truncated, offset: end, bytes, time_us, entry, what });
        }
        if self.trusted.is_some() && self.found.right == 0 {
            let what = "no receipt by the named server is there".to_owned();
            faults.add(Fault { kind: FaultKind::NoReceipt, offset: 0, bytes: 0, time_us: 0, entry: None, what });
        }
    }
}
