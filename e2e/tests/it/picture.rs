//! What an X server says it shows: the one judge of whether a recording is exact.

use std::os::unix::net::UnixStream;
use std::path::Path;

use anyhow::{Context as _, ensure};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat};
use x11rb::rust_connection::{DefaultStream, RustConnection};

use crate::process::own;

/// A picture: width, height and `0x00RRGGBB` by row.
#[derive(PartialEq, Eq)]
pub struct Picture {
    pub width: u32,
    pub height: u32,
    pub pixels: Vec<u32>,
}

impl Picture {
    /// The server's picture of its whole screen, without the pointer. Asked for by `GetImage` of the root window: xwd puts
    /// a picture together from windows of its own choice once programs with transparency run.
    pub fn of_server(display: &str, authority: &Path) -> anyhow::Result<Self> {
        let conn = client(display, authority)?;
        let root = conn.setup().roots[0].root;
        let size = conn.get_geometry(root)?.reply()?;
        let image = conn.get_image(ImageFormat::Z_PIXMAP, root, 0, 0, size.width, size.height, u32::MAX)?.reply()?;
        let pixels = image.data.chunks_exact(4).map(|pixel| u32::from_le_bytes([pixel[0], pixel[1], pixel[2], 0]));
        Ok(Self { width: size.width.into(), height: size.height.into(), pixels: pixels.collect() })
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

    /// What a recording shows so many seconds after its beginning, by the engine that plays it in browsers, too. It is written to `png` first.
    pub fn of_recording(recording: &Path, at_s: f64, png: &Path) -> anyhow::Result<Self> {
        let mut frame = own("kinescope")?;
        let made = frame.arg("frame").arg(recording).args(["--at", &format!("{at_s:.2}"), "-o"]).arg(png).output()?;
        ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Self::from_png(png)
    }

    /// How much of it has a colour.
    pub fn pixels_of(&self, colour: u32) -> usize {
        self.pixels.iter().filter(|pixel| **pixel == colour).count()
    }

    /// Keeps it as `<name>.png` where `KINESCOPE_PICTURES` names a folder, for people to look at.
    pub fn keep(&self, name: &str) -> anyhow::Result<()> {
        let Some(folder) = std::env::var_os("KINESCOPE_PICTURES") else { return Ok(()) };
        let file = std::fs::File::create(Path::new(&folder).join(format!("{name}.png")))?;
        let mut encoder = png::Encoder::new(file, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        let bytes: Vec<u8> = self.pixels.iter().flat_map(|pixel| pixel.to_be_bytes()[1..].to_vec()).collect();
        Ok(encoder.write_header()?.write_image_data(&bytes)?)
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

/// A client of the server of a display such as `:10`, with the last cookie of an authority file.
pub fn client(display: &str, authority: &Path) -> anyhow::Result<RustConnection> {
    let (stream, _) = DefaultStream::from_unix_stream(connect(display)?)?;
    let cookie = last_cookie(authority)?;
    Ok(RustConnection::connect_to_stream_with_auth_info(stream, 0, b"MIT-MAGIC-COOKIE-1".to_vec(), cookie)?)
}

/// A connection to the server of a display such as `:10`.
pub fn connect(display: &str) -> anyhow::Result<UnixStream> {
    let path = format!("/tmp/.X11-unix/X{}", display.trim_start_matches(':'));
    UnixStream::connect(&path).with_context(|| format!("connecting to {path}"))
}

/// An authority file's entries end with their cookies; that of the last entry is as good as any.
fn last_cookie(authority: &Path) -> anyhow::Result<Vec<u8>> {
    let entries = std::fs::read(authority).with_context(|| format!("reading {}", authority.display()))?;
    ensure!(entries.len() >= 16, "{} holds no cookie", authority.display());
    Ok(entries[entries.len() - 16..].to_vec())
}
