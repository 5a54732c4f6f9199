//! A job as its control file says: a message of the Internet Printing Protocol (RFC 8010), what of it people ask about. What stands in it was
//! said by who prints.

use serde::{Deserialize, Serialize};

use crate::bounded;

/// A title, or the name of a user or printer, is cut here.
const MAX_WORD_BYTES: usize = 1_024;
/// Version, operation and number of the request stand before the attributes.
const HEADER_BYTES: usize = 8;
/// Tags below this begin another group of attributes, and have no name or value.
const FIRST_VALUE_TAG: u8 = 0x10;
/// A number.
const INTEGER: u8 = 0x21;
/// A number that stands for a word.
const ENUM: u8 = 0x23;
/// Texts that say in which language they are.
const IN_A_LANGUAGE: [u8; 2] = [0x35, 0x36];

/// A job of a printer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Its number.
    pub number: u32,
    /// What became of it.
    pub state: JobState,
    /// What the program calls it: mostly the document's title or file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The document's name, where the program says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// The printer's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub printer: Option<String>,
    /// The user who prints. CUPS believes whatever the program says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// It came from this machine.
    pub local: bool,
    /// How many copies are wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copies: Option<u32>,
    /// Pages that were printed, where filter or printer say that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<u32>,
    /// How many documents of it CUPS holds.
    #[serde(default)]
    pub documents: u32,
    /// How large it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}

/// What became of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JobState {
    /// It waits, or is being printed.
    Queued,
    /// It was printed.
    Printed,
    /// Somebody did not want it any longer.
    Cancelled,
    /// It could not be printed.
    Failed,
}

impl Job {
    /// What a control file says. `None`: it is none.
    pub fn read(number: u32, control: &[u8]) -> Option<Self> {
        let mut job = Self {
            number,
            state: JobState::Queued,
            title: None,
            document: None,
            printer: None,
            user: None,
            local: false,
            copies: None,
            pages: None,
            documents: 0,
            bytes: None,
        };
        let (mut rest, mut state) = (control.get(HEADER_BYTES..)?, None);
        while let Some((attribute, after)) = Attribute::next(rest) {
            rest = after;
            match attribute.name {
                b"job-name" => job.title = attribute.text(),
                b"document-name-supplied" => job.document = attribute.text(),
                b"job-originating-user-name" => job.user = attribute.text(),
                b"job-originating-host-name" => job.local = attribute.value == b"localhost",
                b"job-printer-uri" => job.printer = attribute.text().as_deref().and_then(printer),
                b"copies" => job.copies = attribute.number(),
                b"job-impressions-completed" => job.pages = attribute.number().filter(|pages| *pages > 0),
                b"job-k-octets" => job.bytes = attribute.number().map(|kilobytes| u64::from(kilobytes) << 10),
                b"job-state" => state = attribute.number(),
                _ => {}
            }
        }
        job.state = match state? {
            3..=6 => JobState::Queued,
            7 => JobState::Cancelled,
            8 => JobState::Failed,
            9 => JobState::Printed,
            _ => return None,
        };
        Some(job)
    }
}

/// The printer that an address is of: `ipp://host/printers/name`.
fn printer(address: &str) -> Option<String> {
    address.rsplit('/').next().filter(|name| !name.is_empty()).map(str::to_owned)
}

/// An attribute with one of its values.
struct Attribute<'a> {
    tag: u8,
    name: &'a [u8],
    value: &'a [u8],
}

impl<'a> Attribute<'a> {
    /// The first, and what comes behind it. `None`: there is none, or it is cut off.
    fn next(mut bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        loop {
            let (tag, rest) = bytes.split_first()?;
            if *tag < FIRST_VALUE_TAG {
                bytes = rest;
                continue;
            }
            let (name, rest) = counted(rest)?;
            let (value, rest) = counted(rest)?;
            return Some((Self { tag: *tag, name, value }, rest));
        }
    }

    fn text(&self) -> Option<String> {
        let value = if IN_A_LANGUAGE.contains(&self.tag) { counted(counted(self.value)?.1)?.0 } else { self.value };
        let mut text = String::from_utf8_lossy(value).into_owned();
        bounded::cut(&mut text, MAX_WORD_BYTES);
        Some(text).filter(|text| !text.is_empty())
    }

    /// `None`: it is none, or below zero.
    fn number(&self) -> Option<u32> {
        let value = i32::from_be_bytes(self.value.try_into().ok()?);
        u32::try_from(value).ok().filter(|_| [INTEGER, ENUM].contains(&self.tag))
    }
}

/// Bytes with their number before them, and what comes behind.
fn counted(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_at_checked(2)?;
    rest.split_at_checked(u16::from_be_bytes(length.try_into().ok()?).into())
}
