//! Reading recordings from disk in pieces: memory stays bounded however long a recording is.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use anyhow::{Context, bail};
use recording::{BlockScanner, Scanned};
use recording::{
    Decoder, Entry, FOOTER_BYTES, Footer, Header, Index, IndexBuilder, Located, MAX_BLOCK_BYTES, MAX_INDEX_BYTES,
    Signer,
};

/// Bytes read at once.
const PIECE_BYTES: usize = 1 << 20;

/// Opens a recording.
pub fn open(path: &Path) -> anyhow::Result<File> {
    let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
    let kind = file.metadata().with_context(|| format!("reading {}", path.display()))?;
    if kind.is_dir() {
        bail!("{} is a folder, not a recording", path.display());
    }
    Ok(file)
}

/// Hands over the whole file from where it stands, piece by piece.
pub fn pieces(path: &Path, file: &mut File, mut take: impl FnMut(&[u8]) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let mut buffer = vec![0; PIECE_BYTES];
    loop {
        let read = file.read(&mut buffer).with_context(|| format!("reading {}", path.display()))?;
        if read == 0 {
            return Ok(());
        }
        take(&buffer[..read])?;
    }
}

/// What a recording says of itself.
pub struct Overview {
    /// The header, if it is readable.
    pub header: Option<Header>,
    /// The block that introduces who signs, if one stands at the beginning. Nothing of it was checked.
    pub signer: Option<Signer>,
    /// The index: the stored one, or one built by reading everything where there is none.
    pub index: Index,
    /// Bytes of the file.
    pub bytes: u64,
}

/// Reads the header and the index.
pub fn overview(path: &Path) -> anyhow::Result<Overview> {
    let mut file = open(path)?;
    let bytes = file.metadata().with_context(|| format!("reading {}", path.display()))?.len();
    let (header, signer) = header(path, &mut file)?;
    let index = match stored_index(path, &mut file, bytes)? {
        Some(index) => index,
        None => built_index(path, &mut file)?,
    };
    Ok(Overview { header, signer, index, bytes })
}

/// Looks for a header from the beginning on: usually the first block, else its copy further on. Who signs stands before
/// the first group.
fn header(path: &Path, file: &mut File) -> anyhow::Result<(Option<Header>, Option<Signer>)> {
    let named = || path.display().to_string();
    let mut decoder = Decoder::new();
    let mut buffer = vec![0; MAX_BLOCK_BYTES];
    let (mut found, mut signer) = (None, None);
    loop {
        let read = file.read(&mut buffer).with_context(named)?;
        if read == 0 {
            decoder.finish().with_context(named)?;
            return Ok((found, signer));
        }
        decoder.push(&buffer[..read]);
        loop {
            match decoder.next() {
                Ok(Some(Located { entry, .. })) => match entry {
                    Entry::Header(header) => found = found.or(Some(*header)),
                    Entry::Signer(first) => signer = signer.or(Some(*first)),
                    Entry::Group(_) if found.is_some() => return Ok((found, signer)),
                    _ => {}
                },
                Ok(None) => break,
                Err(error) if error.is_final() => return Err(error).with_context(named),
                Err(_) => {}
            }
        }
    }
}

fn stored_index(path: &Path, file: &mut File, length: u64) -> anyhow::Result<Option<Index>> {
    let reading = || format!("reading {}", path.display());
    let tail_bytes = length.min(FOOTER_BYTES as u64);
    file.seek(SeekFrom::Start(length - tail_bytes)).with_context(reading)?;
    let mut tail = Vec::new();
    file.take(tail_bytes).read_to_end(&mut tail).with_context(reading)?;
    let Ok(footer) = Footer::from_tail(&tail, length) else { return Ok(None) };
    if footer.index_bytes > 2 * MAX_INDEX_BYTES as u64 {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(footer.index_offset)).with_context(reading)?;
    let mut blocks = Vec::new();
    file.take(footer.index_bytes).read_to_end(&mut blocks).with_context(reading)?;
    Ok(Index::from_blocks(footer.index_offset, &blocks).ok())
}

/// Builds the index by reading everything.
pub fn built_index(path: &Path, file: &mut File) -> anyhow::Result<Index> {
    file.seek(SeekFrom::Start(0)).with_context(|| format!("reading {}", path.display()))?;
    let (mut scanner, mut builder) = (BlockScanner::new(), IndexBuilder::new());
    pieces(path, file, |piece| {
        scanner.push(piece);
        while let Some(scanned) = scanner.next() {
            if let Scanned::Block(block) = scanned {
                builder.block(&block);
            }
        }
        Ok(())
    })?;
    Ok(builder.index().clone())
}
