//! A session's recordings with what speaks for them, packed into one file as the client takes it.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};
use storage::RecordingReader;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

/// Bytes read and packed at a time.
const PIECE_BYTES: usize = 256 * 1024;
/// Files from here on need sizes of 64 bits.
const LARGE_BYTES: u64 = 0xF000_0000;

/// One file of a bundle. Its length stands: what a recording grows meanwhile is left out.
#[derive(Clone)]
pub struct Part {
    /// Its name in the archive.
    pub name: String,
    /// What is in it.
    pub content: Content,
}

/// Where a file's bytes come from.
#[derive(Clone)]
pub enum Content {
    /// From memory.
    Text(String),
    /// From storage: so many bytes.
    Stored(RecordingReader, u64),
}

impl Content {
    fn length(&self) -> u64 {
        match self {
            Content::Text(text) => text.len() as u64,
            Content::Stored(_, length) => *length,
        }
    }

    fn read(&self, offset: u64, buffer: &mut Vec<u8>) -> io::Result<()> {
        buffer.clear();
        let left = usize::try_from(self.length() - offset).unwrap_or(usize::MAX).min(PIECE_BYTES);
        match self {
            Content::Text(text) => {
                let from = usize::try_from(offset).unwrap_or(usize::MAX);
                buffer.extend_from_slice(&text.as_bytes()[from..from + left]);
            }
            Content::Stored(reader, _) => {
                *buffer = reader.read_up_to(offset, left).map_err(io::Error::other)?;
                if buffer.is_empty() {
                    return Err(io::Error::other("the recording became shorter"));
                }
            }
        }
        Ok(())
    }
}

/// Says the same for bundles of the same bytes: for clients that go on with one.
pub fn tag(parts: &[Part]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.name.as_bytes());
        hash.update(part.content.length().to_be_bytes());
        // What is stored only grows; texts may change.
        if let Content::Text(text) = &part.content {
            hash.update(text.as_bytes());
        }
    }
    let digest: String = hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{digest}\"")
}

/// How long the archive will be, found by packing as many zeros.
///
/// # Errors
/// The archive cannot be made.
pub fn length(parts: &[Part]) -> io::Result<u64> {
    let mut zip = ZipWriter::new_stream(Counted(0));
    let zeros = vec![0; PIECE_BYTES];
    for part in parts {
        zip.start_file(part.name.as_str(), options(part))?;
        let mut left = part.content.length();
        while left > 0 {
            let piece = usize::try_from(left).unwrap_or(usize::MAX).min(zeros.len());
            zip.write_all(&zeros[..piece])?;
            left -= piece as u64;
        }
    }
    Ok(zip.finish()?.into_inner().0)
}

fn options(part: &Part) -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .large_file(part.content.length() >= LARGE_BYTES)
        .unix_permissions(0o644)
}

/// Packs piece by piece; holds one piece at a time.
pub struct Packer {
    zip: Option<ZipWriter<StreamWriter<Packed>>>,
    packed: Packed,
    left: VecDeque<Part>,
    under_way: Option<(Part, u64)>,
    piece: Vec<u8>,
}

impl Packer {
    /// For these files, in order.
    pub fn new(parts: Vec<Part>) -> Packer {
        let packed = Packed::default();
        let zip = Some(ZipWriter::new_stream(packed.clone()));
        Packer { zip, packed, left: parts.into(), under_way: None, piece: Vec::new() }
    }

    /// The next bytes of the archive; `None` at its end.
    ///
    /// # Errors
    /// Storage cannot be read.
    pub fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            let Some(zip) = self.zip.as_mut() else { return Ok(None) };
            match self.under_way.take() {
                Some((part, at)) if at < part.content.length() => {
                    part.content.read(at, &mut self.piece)?;
                    zip.write_all(&self.piece)?;
                    self.under_way = Some((part, at + self.piece.len() as u64));
                }
                _ => match self.left.pop_front() {
                    Some(part) => {
                        zip.start_file(part.name.as_str(), options(&part))?;
                        self.under_way = Some((part, 0));
                    }
                    None => {
                        if let Some(zip) = self.zip.take() {
                            zip.finish()?;
                        }
                    }
                },
            }
            let packed = self.packed.take();
            if !packed.is_empty() {
                return Ok(Some(packed));
            }
        }
    }
}

/// What was packed and not taken yet.
#[derive(Clone, Default)]
struct Packed(Arc<Mutex<Vec<u8>>>);

impl Packed {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Packed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Counts what is written.
struct Counted(u64);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
