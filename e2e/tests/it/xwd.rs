//! What an X server says it shows, as `xwd` dumps it: the one judge of whether a recording is exact.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};

/// A picture: width, height and `0x00RRGGBB` by row.
#[derive(PartialEq, Eq)]
pub struct Picture {
    pub width: u32,
    pub height: u32,
    pub pixels: Vec<u32>,
}

impl Picture {
    /// The server's picture of its whole screen, without the pointer.
    pub fn of_server(display: &str, authority: &Path) -> anyhow::Result<Self> {
        let dump = Command::new("xwd")
            .args(["-root", "-silent", "-display", display])
            .env("XAUTHORITY", authority)
            .output()
            .context("xwd (Debian package x11-apps)")?;
        ensure!(dump.status.success(), "xwd: {}", String::from_utf8_lossy(&dump.stderr));
        Self::from_xwd(&dump.stdout)
    }

    /// The header is 25 numbers, most significant byte first; then come the window's name and 12 bytes for each colour.
    fn from_xwd(dump: &[u8]) -> anyhow::Result<Self> {
        let field = |at: usize| -> anyhow::Result<u32> {
            let bytes = dump.get(at * 4..at * 4 + 4).context("the dump is cut off")?;
            Ok(u32::from_be_bytes(bytes.try_into()?))
        };
        let (header, width, height, order) = (field(0)?, field(4)?, field(5)?, field(7)?);
        let (bits, stride, colours) = (field(11)?, field(12)?, field(19)?);
        ensure!(bits == 32 && order == 0, "{bits} bits a pixel in order {order}");
        let rows = dump.get((header + colours * 12) as usize..).context("the dump is cut off")?;
        let pixels = rows
            .chunks_exact(stride as usize)
            .take(height as usize)
            .flat_map(|row| row[..width as usize * 4].chunks_exact(4))
            .map(|pixel| u32::from_le_bytes([pixel[0], pixel[1], pixel[2], 0]))
            .collect();
        Ok(Self { width, height, pixels })
    }

    /// A picture in a PNG file, as `kinescope frame` writes it.
    pub fn from_png(path: &Path) -> anyhow::Result<Self> {
        let mut reader = png::Decoder::new(std::io::BufReader::new(std::fs::File::open(path)?)).read_info()?;
        let mut bytes = vec![0; reader.output_buffer_size().context("the picture is too large")?];
        let info = reader.next_frame(&mut bytes)?;
        ensure!(info.color_type == png::ColorType::Rgb && info.bit_depth == png::BitDepth::Eight, "{info:?}");
        let pixels = bytes[..info.buffer_size()].chunks_exact(3).map(|p| u32::from_be_bytes([0, p[0], p[1], p[2]]));
        Ok(Self { width: info.width, height: info.height, pixels: pixels.collect() })
    }

    /// How two pictures differ, in words; `None` if they are the same.
    pub fn difference(&self, other: &Self) -> Option<String> {
        if (self.width, self.height) != (other.width, other.height) {
            return Some(format!("{}×{} and {}×{}", self.width, self.height, other.width, other.height));
        }
        let differs = |(a, b): (&u32, &u32)| a != b;
        let first = self.pixels.iter().zip(&other.pixels).position(differs)?;
        let count = self.pixels.iter().zip(&other.pixels).filter(|(a, b)| a != b).count();
        let (x, y) = (first % self.width as usize, first / self.width as usize);
        Some(format!(
            "{count} pixels, the first at {x},{y}: {:06x} and {:06x}",
            self.pixels[first], other.pixels[first]
        ))
    }
}
