//! The player's engine for browsers: [`player::Player`] behind functions that JavaScript can call. Nothing is decided
//! here; times are microseconds in numbers (exact up to 2⁵³), offsets likewise.

mod documents;
mod performance;

use player::{Notice, Opening, Player, Progress, Thumbnails};
use sealing::{KeyFile, KeyFileError};
use wasm_bindgen::prelude::*;

/// A period as JavaScript reads it: start and end in microseconds, a kind and a text that may hold anything.
#[wasm_bindgen(getter_with_clone)]
pub struct Mark {
    /// Start, in microseconds.
    #[wasm_bindgen(readonly)]
    pub from: f64,
    /// End, in microseconds; the start where it is a moment.
    #[wasm_bindgen(readonly)]
    pub to: f64,
    /// What it is, a word.
    #[wasm_bindgen(readonly)]
    pub kind: String,
    /// A sentence for people.
    #[wasm_bindgen(readonly)]
    pub text: String,
}

/// The pointer's picture: straight (not multiplied) RGBA.
#[wasm_bindgen(getter_with_clone)]
pub struct PointerShape {
    /// Pixels from the left to the hot spot.
    #[wasm_bindgen(readonly)]
    pub hot_x: u32,
    /// Pixels from the top to the hot spot.
    #[wasm_bindgen(readonly)]
    pub hot_y: u32,
    /// Width in pixels.
    #[wasm_bindgen(readonly)]
    pub width: u32,
    /// Height in pixels.
    #[wasm_bindgen(readonly)]
    pub height: u32,
    /// Four bytes a pixel, row by row.
    #[wasm_bindgen(readonly)]
    pub rgba: Vec<u8>,
}

/// A monitor's place on the picture, in pixels. The name may hold anything.
#[wasm_bindgen(getter_with_clone)]
pub struct MonitorArea {
    /// What the recorded machine calls it.
    #[wasm_bindgen(readonly)]
    pub name: String,
    /// Left edge.
    #[wasm_bindgen(readonly)]
    pub x: u32,
    /// Upper edge.
    #[wasm_bindgen(readonly)]
    pub y: u32,
    /// Width.
    #[wasm_bindgen(readonly)]
    pub width: u32,
    /// Height.
    #[wasm_bindgen(readonly)]
    pub height: u32,
}

/// A small picture of the screen.
#[wasm_bindgen(getter_with_clone)]
pub struct SmallPicture {
    /// When the screen looked so, in microseconds.
    #[wasm_bindgen(readonly)]
    pub time: f64,
    /// A JPEG of at most 256 pixels a side, as it says of itself.
    #[wasm_bindgen(readonly)]
    pub jpeg: Vec<u8>,
}

/// One recording being played.
#[wasm_bindgen]
pub struct Engine {
    player: Player,
    thumbnails: Thumbnails,
    /// The shape handed out last, to hand out only new ones.
    shape: Option<std::sync::Arc<screen::pointer::Shape>>,
    /// The pixels handed out last.
    rgba: Vec<u32>,
}

#[wasm_bindgen]
impl Engine {
    /// Opens a recording by the JSON that its `index` door answered.
    ///
    /// # Errors
    /// A sentence for people.
    #[wasm_bindgen(constructor)]
    pub fn new(index_json: &[u8]) -> Result<Engine, JsError> {
        let opening = Opening::from_json(index_json)?;
        Ok(Engine { player: Player::new(&opening)?, thumbnails: Thumbnails::default(), shape: None, rgba: Vec::new() })
    }

    /// Takes a key file's text, with its passphrase where it has one. Answers one word and, where there is more to say, a
    /// sentence: `opens` (shown now), `other` (not sealed for it), `wants-passphrase`, `wrong-passphrase`, `unusable`.
    pub fn add_key(&mut self, file: &str, passphrase: &str) -> Vec<String> {
        let file = match KeyFile::from_text(file) {
            Ok(file) => file,
            Err(error) => return vec!["unusable".to_owned(), error.to_string()],
        };
        let outcome = match file.unlock(passphrase) {
            Ok(key) => {
                if self.player.add_key(key) {
                    "opens"
                } else {
                    "other"
                }
            }
            Err(KeyFileError::Passphrase) if passphrase.is_empty() => "wants-passphrase",
            Err(KeyFileError::Passphrase) => "wrong-passphrase",
            Err(error) => return vec!["unusable".to_owned(), error.to_string()],
        };
        vec![outcome.to_owned()]
    }

    /// Takes the keys that were given to another engine.
    pub fn adopt_keys(&mut self, other: &Engine) {
        self.player.adopt_keys(&other.player);
    }

    /// Words for what is sealed in the recording; none where all stands open.
    pub fn sealed_classes(&self) -> Vec<String> {
        let classes = self.player.sealed().map(|sealed| sealed.classes.iter());
        classes.into_iter().flatten().map(ToString::to_string).collect()
    }

    /// Fingerprints of the keys that the recording was sealed for.
    pub fn recipients(&self) -> Vec<String> {
        self.player.sealed().map(|sealed| sealed.recipients.clone()).unwrap_or_default()
    }

    /// See [`Player::has_key`].
    #[wasm_bindgen(getter)]
    pub fn has_key(&self) -> bool {
        self.player.has_key()
    }

    /// See [`Player::locked`].
    #[wasm_bindgen(getter)]
    pub fn locked(&self) -> bool {
        self.player.locked()
    }

    /// See [`Player::feed`].
    pub fn feed(&mut self, offset: f64, bytes: &[u8]) {
        self.player.feed(offset as u64, bytes);
    }

    /// See [`Player::feed_tail`].
    pub fn feed_tail(&mut self, offset: f64, bytes: &[u8]) -> bool {
        self.player.feed_tail(offset as u64, bytes)
    }

    /// See [`Player::unavailable`].
    pub fn unavailable(&mut self, from: f64, to: f64) {
        self.player.unavailable(from as u64..to as u64);
    }

    /// Decodes on; true while there is more to decode without more bytes.
    pub fn run(&mut self, max_pictures: u32) -> bool {
        self.player.run(max_pictures) == Progress::More
    }

    /// The byte range to fetch now as two numbers, or none.
    pub fn wanted(&self) -> Vec<f64> {
        self.player.wanted().map(|range| vec![range.start as f64, range.end as f64]).unwrap_or_default()
    }

    /// The byte range to fetch at the same time as two numbers, or none.
    pub fn wanted_besides(&self) -> Vec<f64> {
        self.player.wanted_besides().map(|range| vec![range.start as f64, range.end as f64]).unwrap_or_default()
    }

    /// See [`Player::seek`].
    pub fn seek(&mut self, time_us: f64) {
        self.player.seek(time_us as u64);
    }

    /// See [`Player::expect`].
    pub fn expect(&mut self, time_us: f64) {
        self.player.expect(time_us as u64);
    }

    /// See [`Player::expect_nothing`].
    pub fn expect_nothing(&mut self) {
        self.player.expect_nothing();
    }

    /// See [`Player::run_expected`]; true while there is more to decode without more bytes.
    pub fn run_expected(&mut self, max_pictures: u32) -> bool {
        self.player.run_expected(max_pictures) == Progress::More
    }

    /// The byte ranges to fetch for the expected moment: none, two or four numbers.
    pub fn wanted_for_expected(&self) -> Vec<f64> {
        let wanted = self.player.wanted_for_expected().into_iter().flatten();
        wanted.flat_map(|range| [range.start as f64, range.end as f64]).collect()
    }

    /// See [`Player::go_live`].
    pub fn go_live(&mut self) {
        self.player.go_live();
    }

    /// See [`Player::end_live`].
    pub fn end_live(&mut self) {
        self.player.end_live();
    }

    /// See [`Player::hold_edge`].
    pub fn hold_edge(&mut self, held: bool) {
        self.player.hold_edge(held);
    }

    /// See [`Player::play`].
    pub fn play(&mut self) {
        self.player.play();
    }

    /// See [`Player::pause`].
    pub fn pause(&mut self) {
        self.player.pause();
    }

    /// See [`Player::step_forward`] and [`Player::step_back`].
    pub fn step(&mut self, forward: bool) {
        if forward { self.player.step_forward() } else { self.player.step_back() }
    }

    /// See [`Player::play_backwards`].
    pub fn play_backwards(&mut self) {
        self.player.play_backwards();
    }

    /// Takes the answer of the `thumbnails` door, in place of an earlier one.
    pub fn set_thumbnails(&mut self, answer: &[u8]) {
        self.thumbnails = Thumbnails::from_answer(answer, self.player.keys());
    }

    /// See [`Thumbnails::at`].
    pub fn thumbnail(&self, time_us: f64) -> Option<SmallPicture> {
        let (time_us, jpeg) = self.thumbnails.at(time_us as u64)?;
        Some(SmallPicture { time: time_us as f64, jpeg: jpeg.to_vec() })
    }

    /// See [`Player::monitors`].
    pub fn monitors(&self) -> Vec<MonitorArea> {
        let areas = self.player.monitors().into_iter().map(|monitor| MonitorArea {
            name: monitor.name,
            x: monitor.x,
            y: monitor.y,
            width: monitor.width,
            height: monitor.height,
        });
        areas.collect()
    }

    /// See [`Player::skip_rests`].
    pub fn skip_rests(&mut self, skip: bool) {
        self.player.skip_rests(skip);
    }

    /// See [`Player::set_speed`].
    pub fn set_speed(&mut self, speed: f64) {
        self.player.set_speed(speed);
    }

    /// See [`Player::advance`].
    pub fn advance(&mut self, elapsed_us: f64) {
        self.player.advance(elapsed_us as u64);
    }

    /// The picture's width in pixels; 0 without a picture.
    #[wasm_bindgen(getter)]
    pub fn width(&self) -> u32 {
        self.player.picture().map_or(0, screen::Frame::width)
    }

    /// The picture's height in pixels; 0 without a picture.
    #[wasm_bindgen(getter)]
    pub fn height(&self) -> u32 {
        self.player.picture().map_or(0, screen::Frame::height)
    }

    /// The areas to draw, four numbers each: left, top, width, height.
    pub fn take_damage(&mut self) -> Vec<u32> {
        let rects = self.player.take_damage();
        rects.iter().flat_map(|rect| [rect.x, rect.y, rect.width, rect.height]).collect()
    }

    /// The whole picture has to be drawn again.
    pub fn redraw(&mut self) {
        self.player.redraw();
    }

    /// Puts the RGBA bytes of an area into the engine's memory and says where they begin; they stay until this is called
    /// again. 0 where the area is not inside the picture.
    pub fn rgba(&mut self, x: u32, y: u32, width: u32, height: u32) -> usize {
        let Some(frame) = self.player.picture() else { return 0 };
        let area = screen::Rect { x, y, width, height };
        if area.clipped(frame.width(), frame.height()) != Some(area) {
            return 0;
        }
        self.rgba.clear();
        for row in y..y + height {
            let pixels = &frame.row(row)[x as usize..(x + width) as usize];
            self.rgba.extend(pixels.iter().map(|pixel| {
                let (red, green, blue) = (pixel >> 16 & 0xFF, pixel & 0xFF00, (pixel & 0xFF) << 16);
                (red | green | blue | 0xFF00_0000).to_le()
            }));
        }
        self.rgba.as_ptr() as usize
    }

    /// The pointer's place as two numbers, or none while it is not seen.
    pub fn pointer(&self) -> Vec<i32> {
        let pointer = self.player.pointer().filter(|pointer| pointer.visible && pointer.shape.is_some());
        pointer.map(|pointer| vec![pointer.x, pointer.y]).unwrap_or_default()
    }

    /// The pointer's shape, if it is another than when this was last asked.
    pub fn take_pointer_shape(&mut self) -> Option<PointerShape> {
        let shape = self.player.pointer()?.shape.clone()?;
        if self.shape.as_ref().is_some_and(|known| std::sync::Arc::ptr_eq(known, &shape)) {
            return None;
        }
        let (hot_x, hot_y) = shape.hot_spot();
        let rgba = shape.argb().iter().flat_map(|pixel| straight(*pixel)).collect();
        let handed = PointerShape { hot_x, hot_y, width: shape.width(), height: shape.height(), rgba };
        self.shape = Some(shape);
        Some(handed)
    }

    /// What cannot be shown at the position. The kind is `damaged` or the reason of a declared gap.
    pub fn notice(&self) -> Option<Mark> {
        let (Notice::Gap(missing) | Notice::Damaged(missing)) = self.player.notice()?;
        Some(mark(&missing))
    }

    /// Gaps and damage for the seek bar.
    pub fn missing(&self) -> Vec<Mark> {
        self.player.missing().map(mark).collect()
    }

    /// Events for the seek bar.
    pub fn happenings(&self) -> Vec<Mark> {
        let marks = self.player.happenings().iter().map(|event| Mark {
            from: event.time_us as f64,
            to: event.time_us as f64,
            kind: event.kind.clone(),
            text: event.text.clone(),
        });
        marks.collect()
    }

    /// Periods without a change of at least `least_us`: starts and ends in turn.
    pub fn idle(&self, least_us: f64) -> Vec<f64> {
        self.player.idle(least_us as u64).iter().flat_map(|rest| [rest.start as f64, rest.end as f64]).collect()
    }

    /// Changes when marks were added.
    #[wasm_bindgen(getter)]
    pub fn map_version(&self) -> u32 {
        self.player.map_version()
    }

    /// See [`Player::position_us`].
    #[wasm_bindgen(getter)]
    pub fn position(&self) -> f64 {
        self.player.position_us() as f64
    }

    /// See [`Player::edge_us`].
    #[wasm_bindgen(getter)]
    pub fn edge(&self) -> f64 {
        self.player.edge_us() as f64
    }

    /// See [`Player::duration_us`].
    #[wasm_bindgen(getter)]
    pub fn newest(&self) -> f64 {
        self.player.duration_us() as f64
    }

    /// When the picture came, in microseconds; negative without one.
    #[wasm_bindgen(getter)]
    pub fn picture_time(&self) -> f64 {
        self.player.picture_us().map_or(-1.0, |time_us| time_us as f64)
    }

    /// See [`Player::length`].
    #[wasm_bindgen(getter)]
    pub fn length(&self) -> f64 {
        self.player.length() as f64
    }

    /// See [`Player::speed`].
    #[wasm_bindgen(getter)]
    pub fn speed(&self) -> f64 {
        self.player.speed()
    }

    /// See [`Player::playing`].
    #[wasm_bindgen(getter)]
    pub fn playing(&self) -> bool {
        self.player.playing()
    }

    /// See [`Player::backwards`].
    #[wasm_bindgen(getter)]
    pub fn backwards(&self) -> bool {
        self.player.backwards()
    }

    /// See [`Player::skips_rests`].
    #[wasm_bindgen(getter)]
    pub fn skips_rests(&self) -> bool {
        self.player.skips_rests()
    }

    /// See [`Player::settled`].
    #[wasm_bindgen(getter)]
    pub fn settled(&self) -> bool {
        self.player.settled()
    }

    /// See [`Player::live`].
    #[wasm_bindgen(getter)]
    pub fn live(&self) -> bool {
        self.player.live()
    }

    /// See [`Player::following`].
    #[wasm_bindgen(getter)]
    pub fn following(&self) -> bool {
        self.player.following()
    }

    /// See [`Player::ended`].
    #[wasm_bindgen(getter)]
    pub fn ended(&self) -> bool {
        self.player.ended()
    }

    /// Wall clock at the recording's start in Unix microseconds, by the clock pair of its start; 0 where not known.
    #[wasm_bindgen(getter)]
    pub fn started(&self) -> f64 {
        self.player.started().map_or(0.0, |anchor| anchor.unix_us as f64)
    }

    /// The same by the newest clock pair: differs where the machine's clock was set meanwhile.
    #[wasm_bindgen(getter)]
    pub fn started_by_newest(&self) -> f64 {
        match (self.player.started(), self.player.anchor()) {
            (Some(start), Some(newest)) if start.boot_id == newest.boot_id => {
                let since_start = newest.boottime_us as f64 - start.boottime_us as f64;
                newest.unix_us as f64 - since_start
            }
            (Some(start), _) => start.unix_us as f64,
            _ => 0.0,
        }
    }
}

fn mark(missing: &player::Missing) -> Mark {
    Mark {
        from: missing.from_us as f64,
        to: missing.to_us as f64,
        kind: missing.reason.clone(),
        text: missing.text.clone(),
    }
}

/// RGBA as a canvas takes it: colours are divided by alpha again.
fn straight(pixel: u32) -> [u8; 4] {
    let [blue, green, red, alpha] = pixel.to_le_bytes();
    let divided = |colour: u8| match alpha {
        0 => 0,
        _ => u8::try_from((u32::from(colour) * 255 + u32::from(alpha) / 2) / u32::from(alpha)).unwrap_or(u8::MAX),
    };
    [divided(red), divided(green), divided(blue), alpha]
}
