//! Frames that wait in memory, where somebody may pause the recording and have the last seconds dropped: until then they are
//! neither encoded nor written anywhere.

use std::collections::VecDeque;
use std::time::Duration;

use capture::{Lapse, Monitor, Update};
use covering::Region;
use recording::Event;
use screen::pointer::PointerChange;
use screen::{Frame, Rect};

use super::documents::Document;

/// With more than this in memory, new pictures are put together with the newest one: fewer pictures wait, none shorter.
const MAX_BYTES: usize = 192 << 20;

/// Pictures that wait; of more, new ones are put together alike.
const MAX_WAITING: usize = 1_024;

/// Events that wait where nothing goes anywhere; of more, the oldest are forgotten.
const MAX_EVENTS: usize = 1_024;

/// Rectangles of one picture.
const MAX_RECTS: usize = 64;

/// A stretch that is not recorded, on `CLOCK_BOOTTIME` in microseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paused {
    /// From when on.
    pub from_us: u64,
    /// Why, in words.
    pub text: String,
}

/// Something that waits for its time.
#[derive(Debug)]
pub enum Held {
    /// A picture.
    Picture(Picture),
    /// Something that happened at a moment of `CLOCK_BOOTTIME`.
    Event(u64, Event),
    /// A document that was told of at a moment of `CLOCK_BOOTTIME`.
    Document(u64, Document),
    /// A pause that is over, and when it ended.
    Pause(Paused, u64),
}

/// What an update told.
#[derive(Debug)]
pub struct Picture {
    time_us: u64,
    size: (u32, u32),
    monitors: Vec<Monitor>,
    patches: Vec<(Rect, Box<[u32]>)>,
    pointer: Vec<PointerChange>,
    resized: bool,
    lapse: Option<Lapse>,
    /// The display was lost before it, at this moment.
    pub lost_us: Option<u64>,
}

impl Held {
    fn time_us(&self) -> u64 {
        match self {
            Self::Picture(picture) => picture.time_us,
            Self::Event(time_us, _) | Self::Document(time_us, _) => *time_us,
            Self::Pause(_, to_us) => *to_us,
        }
    }

    fn is_picture(&self) -> bool {
        matches!(self, Self::Picture(_))
    }
}

/// What waits, oldest first.
#[derive(Debug, Default)]
pub struct Hold {
    for_us: u64,
    waiting: VecDeque<Held>,
    /// How many of these are pictures.
    pictures: usize,
    bytes: usize,
    /// The screen as of the newest picture that was let go.
    frame: Option<Frame>,
    /// The display was lost at this moment, which the next picture tells.
    lost_us: Option<u64>,
    /// How the monitors lay as of that picture, where pictures are forgotten.
    monitors: Vec<Monitor>,
    /// What has waited for so long is forgotten, and nothing goes anywhere.
    forgets: bool,
    /// How far apart pictures stand then, where there are many.
    spacing_us: u64,
}

impl Hold {
    /// Holds everything back for so long.
    pub fn new(time: Duration) -> Self {
        Self { for_us: u64::try_from(time.as_micros()).unwrap_or(u64::MAX), ..Self::default() }
    }

    /// Keeps what was shown for so long, and lets nothing go.
    pub fn forgetting(time: Duration) -> Self {
        Self { forgets: true, ..Self::new(time) }
    }

    /// Whether what has waited is forgotten.
    pub fn forgets(&self) -> bool {
        self.forgets
    }

    /// Whether anything is held back at all.
    pub fn holds(&self) -> bool {
        self.for_us > 0
    }

    /// How long.
    pub fn time_us(&self) -> u64 {
        self.for_us
    }

    /// The display was lost at this moment, and is there again.
    pub fn lost(&mut self, since_us: u64) {
        self.lost_us.get_or_insert(since_us);
    }

    /// Takes an update in.
    pub fn take(&mut self, update: &Update<'_>) {
        if self.forgets && self.is_crowded() {
            self.thin();
        }
        if self.bytes < MAX_BYTES / 4 && self.pictures < MAX_WAITING / 4 {
            self.spacing_us = 0;
        }
        let before_us = self.waiting.iter().rev().filter(|held| held.is_picture()).nth(1).map(Held::time_us);
        let near = before_us.is_some_and(|before_us| update.time_us <= before_us + self.spacing_us);
        let crowded = (self.is_crowded() || (self.spacing_us > 0 && near)) && self.lost_us.is_none();
        let picture = match if crowded { self.take_newest() } else { None } {
            Some(mut newest) => {
                newest.join(update);
                newest
            }
            None => Picture { lost_us: self.lost_us.take(), ..Picture::of(update) },
        };
        self.bytes += picture.bytes();
        self.pictures += 1;
        self.waiting.push_back(Held::Picture(picture));
    }

    /// The newest picture, whatever has happened since.
    fn take_newest(&mut self) -> Option<Picture> {
        let at = self.waiting.iter().rposition(Held::is_picture)?;
        let Held::Picture(newest) = self.waiting.remove(at)? else { return None };
        self.gone(&newest);
        Some(newest)
    }

    fn gone(&mut self, picture: &Picture) {
        self.bytes -= picture.bytes();
        self.pictures -= 1;
    }

    fn is_crowded(&self) -> bool {
        self.bytes >= MAX_BYTES || self.pictures >= MAX_WAITING
    }

    /// Takes something else in.
    pub fn push(&mut self, held: Held) {
        if self.forgets && self.waiting.len() - self.pictures >= MAX_EVENTS {
            let oldest = self.waiting.iter().position(|held| !held.is_picture());
            oldest.and_then(|oldest| self.waiting.remove(oldest));
        }
        self.waiting.push_back(held);
    }

    /// Drops all pictures and documents since a moment, which nobody will ever see.
    pub fn drop_since(&mut self, from_us: u64) {
        self.waiting.retain(|held| match held {
            Held::Picture(_) | Held::Document(..) => held.time_us() < from_us,
            Held::Event(..) | Held::Pause(..) => true,
        });
        self.count();
    }

    /// When the oldest may go.
    pub fn due_us(&self) -> Option<u64> {
        self.waiting.front().map(|held| held.time_us().saturating_add(self.for_us))
    }

    /// The oldest, if it may go by now.
    pub fn next(&mut self, now_us: u64) -> Option<Held> {
        self.due_us().filter(|due_us| *due_us <= now_us)?;
        let held = self.waiting.pop_front();
        if let Some(Held::Picture(picture)) = &held {
            self.gone(picture);
        }
        held
    }

    /// Forgets what is older than a moment: pictures become part of the screen as it was then. What is told of the pointer is
    /// returned, as it still holds.
    pub fn forget_before(&mut self, moment_us: u64) -> Vec<PointerChange> {
        let mut pointer = Vec::new();
        while self.waiting.front().is_some_and(|held| held.time_us() < moment_us) {
            let Some(Held::Picture(picture)) = self.waiting.pop_front() else { continue };
            self.gone(&picture);
            if let Some((update, monitors)) = self.show(picture) {
                pointer.extend(update.pointer);
                self.monitors = monitors;
            }
        }
        pointer
    }

    /// From now on what waits goes once it has waited for so long: first the screen as it was at this moment, as of what was forgotten.
    pub fn let_go_from(&mut self, moment_us: u64, time: Duration) {
        self.for_us = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.forgets = false;
        let Some(frame) = self.frame.take() else { return };
        let mut picture = Picture::empty(moment_us, (frame.width(), frame.height()));
        picture.patches.push((frame.bounds(), frame.pixels().into()));
        picture.monitors = std::mem::take(&mut self.monitors);
        self.bytes += picture.bytes();
        self.pictures += 1;
        self.waiting.push_front(Held::Picture(picture));
    }

    /// Makes room where pictures are forgotten anyway: they stand further apart from now on, each with all that has changed since the
    /// one before.
    fn thin(&mut self) {
        let (mut pictures, mut others) = (Vec::with_capacity(self.pictures), Vec::new());
        for held in std::mem::take(&mut self.waiting) {
            match held {
                Held::Picture(picture) => pictures.push(picture),
                other => others.push(other),
            }
        }
        let times = pictures.first().zip(pictures.last()).map_or((0, 0), |(a, b)| (a.time_us, b.time_us));
        let apart_us = times.1.saturating_sub(times.0) / (pictures.len() as u64).max(1);
        self.spacing_us = (self.spacing_us.max(apart_us) * 2).max(1);
        let mut thinner: Vec<Picture> = Vec::with_capacity(pictures.len());
        for then in pictures {
            let before_us = thinner.iter().rev().nth(1).map(|picture| picture.time_us);
            let near = before_us.is_some_and(|before_us| then.time_us <= before_us + self.spacing_us);
            let picture = match if near { thinner.pop() } else { None } {
                Some(first) => first.followed_by(then),
                None => then,
            };
            thinner.push(picture);
        }
        others.extend(thinner.into_iter().map(Held::Picture));
        others.sort_by_key(Held::time_us);
        self.waiting = others.into();
        self.count();
    }

    fn count(&mut self) {
        let pictures = self.waiting.iter().filter_map(|held| match held {
            Held::Picture(picture) => Some(picture.bytes()),
            Held::Event(..) | Held::Document(..) | Held::Pause(..) => None,
        });
        (self.pictures, self.bytes) = pictures.fold((0, 0), |(count, all), bytes| (count + 1, all + bytes));
    }

    /// The screen as of the newest picture that was let go.
    pub fn frame(&self) -> Option<&Frame> {
        self.frame.as_ref()
    }

    /// A picture as capture would have told it, had it not waited. `None`: its size is none that can be.
    pub fn show(&mut self, picture: Picture) -> Option<(Update<'_>, Vec<Monitor>)> {
        let (width, height) = picture.size;
        let known = self.frame.as_ref().is_some_and(|frame| (frame.width(), frame.height()) == picture.size);
        if !known {
            self.frame = Some(Frame::new(width, height).ok()?);
        }
        let frame = self.frame.as_mut()?;
        let mut damage = Region::new();
        for (rect, pixels) in &picture.patches {
            damage.add_rect(*rect);
            for (y, row) in (rect.y..).zip(pixels.chunks_exact(rect.width as usize)) {
                frame.row_mut(y)[rect.x as usize..][..row.len()].copy_from_slice(row);
            }
        }
        let Picture { time_us, monitors, pointer, resized, lapse, .. } = picture;
        let damage = damage.rects().to_vec();
        let resized = resized || !known;
        let frame = &*frame;
        Some((Update { time_us, frame, monitors: &[], damage, pointer, resized, lapse }, monitors))
    }
}

impl Picture {
    fn of(update: &Update<'_>) -> Self {
        let mut picture = Self::empty(update.time_us, (update.frame.width(), update.frame.height()));
        picture.join(update);
        picture
    }

    fn empty(time_us: u64, size: (u32, u32)) -> Self {
        Self {
            time_us,
            size,
            monitors: Vec::new(),
            patches: Vec::new(),
            pointer: Vec::new(),
            resized: false,
            lapse: None,
            lost_us: None,
        }
    }

    /// One picture in place of two.
    fn followed_by(self, mut then: Self) -> Self {
        if !then.resized && self.size == then.size {
            let is_seen = |rect: &Rect| !then.patches.iter().any(|(over, _)| covers(*over, *rect));
            let mut patches: Vec<_> = self.patches.into_iter().filter(|(rect, _)| is_seen(rect)).collect();
            patches.append(&mut then.patches);
            then.patches = patches;
        }
        let mut pointer = self.pointer;
        pointer.append(&mut then.pointer);
        let lapse = match (self.lapse, then.lapse) {
            (Some(first), Some(last)) => Some(Lapse { from_us: first.from_us, to_us: last.to_us }),
            (first, last) => first.or(last),
        };
        Self { pointer, lapse, resized: self.resized || then.resized, lost_us: self.lost_us.or(then.lost_us), ..then }
    }

    fn bytes(&self) -> usize {
        self.patches.iter().map(|(_, pixels)| pixels.len() * size_of::<u32>()).sum()
    }

    /// Takes a later update in: the screen as it is then, wherever one of the two tells of a change.
    fn join(&mut self, update: &Update<'_>) {
        let frame = update.frame;
        if update.resized {
            self.patches.clear();
        }
        let mut region: Region = self.patches.iter().map(|(rect, _)| *rect).collect();
        update.damage.iter().for_each(|rect| region.add_rect(*rect));
        let region = region.widened(MAX_RECTS);
        self.patches = region.rects().iter().map(|rect| (*rect, pixels(frame, *rect))).collect();
        self.time_us = update.time_us;
        self.size = (frame.width(), frame.height());
        self.monitors = update.monitors.to_vec();
        self.pointer.extend(update.pointer.iter().cloned());
        self.resized |= update.resized;
        self.lapse = match (self.lapse, update.lapse) {
            (Some(first), Some(last)) => Some(Lapse { from_us: first.from_us, to_us: last.to_us }),
            (first, last) => first.or(last),
        };
    }
}

/// Whether nothing of a rectangle is seen under another.
fn covers(over: Rect, rect: Rect) -> bool {
    over.x <= rect.x
        && over.y <= rect.y
        && over.x + over.width >= rect.x + rect.width
        && over.y + over.height >= rect.y + rect.height
}

/// Room for them is taken at once: what grows step by step takes up to twice as much as is counted.
fn pixels(frame: &Frame, rect: Rect) -> Box<[u32]> {
    let columns = rect.x as usize..(rect.x + rect.width) as usize;
    let mut pixels = Vec::with_capacity(columns.len() * rect.height as usize);
    (rect.y..rect.y + rect.height).for_each(|y| pixels.extend_from_slice(&frame.row(y)[columns.clone()]));
    pixels.into_boxed_slice()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn update(frame: &Frame, time_us: u64, damage: Vec<Rect>) -> Update<'_> {
        Update { time_us, frame, monitors: &[], damage, pointer: Vec::new(), resized: false, lapse: None }
    }

    fn frame(pixel: u32) -> Frame {
        Frame::from_pixels(4, 2, vec![pixel; 8]).unwrap()
    }

    const LEFT: Rect = Rect { x: 0, y: 0, width: 2, height: 2 };

    #[test]
    fn nothing_goes_before_its_time_and_all_of_it_then() {
        let mut hold = Hold::new(Duration::from_secs(1));
        let (red, blue) = (frame(0xff_0000), frame(0xff));
        hold.take(&update(&red, 100, vec![red.bounds()]));
        hold.take(&update(&blue, 200, vec![LEFT]));
        assert_eq!(hold.due_us(), Some(1_000_100));
        assert!(hold.next(1_000_099).is_none());
        let mut shown = Vec::new();
        while let Some(Held::Picture(picture)) = hold.next(1_000_200) {
            let (update, _) = hold.show(picture).unwrap();
            shown.push((update.time_us, update.frame.pixels().to_vec()));
        }
        let (r, b) = (0xff_0000, 0xff);
        assert_eq!(shown, [(100, vec![r; 8]), (200, vec![b, b, r, r, b, b, r, r])]);
    }

    #[test]
    fn dropped_pictures_are_gone_and_what_is_told_of_them_stays() {
        let mut hold = Hold::new(Duration::from_secs(1));
        let red = frame(0xff_0000);
        for time_us in [100, 200, 300] {
            hold.take(&update(&red, time_us, vec![red.bounds()]));
        }
        hold.push(Held::Event(150, Event::new("paused")));
        hold.drop_since(200);
        let mut kept = Vec::new();
        while let Some(held) = hold.next(u64::MAX) {
            kept.push((held.time_us(), matches!(held, Held::Picture(_))));
        }
        assert_eq!(kept, [(100, true), (150, false)]);
        assert_eq!(hold.bytes, 0);
    }

    #[test]
    fn what_waits_is_bounded_and_never_goes_earlier() {
        let mut hold = Hold::new(Duration::from_secs(1));
        let noise: Vec<u32> = (0..1_000 * 1_000).collect();
        let frame = Frame::from_pixels(1_000, 1_000, noise).unwrap();
        for time_us in 0..200 {
            hold.take(&update(&frame, time_us, vec![frame.bounds()]));
        }
        assert!(hold.bytes <= MAX_BYTES + (4 << 20), "{} bytes", hold.bytes);
        let waiting = hold.waiting.len();
        assert!(waiting < 60, "{waiting} pictures");
        assert_eq!(hold.waiting.back().unwrap().time_us(), 199);
    }

    #[test]
    fn what_is_forgotten_is_the_screen_that_the_rest_begins_on() {
        let mut hold = Hold::forgetting(Duration::from_secs(1));
        let (red, blue) = (frame(0xff_0000), frame(0xff));
        for (picture, time_us, rects) in
            [(&red, 100, vec![red.bounds()]), (&blue, 200, vec![LEFT]), (&red, 300, vec![LEFT])]
        {
            hold.take(&update(picture, time_us, rects));
        }
        assert!(hold.forget_before(250).is_empty());
        hold.let_go_from(250, Duration::ZERO);
        let mut shown = Vec::new();
        while let Some(Held::Picture(picture)) = hold.next(300) {
            let (update, _) = hold.show(picture).unwrap();
            shown.push((update.time_us, update.frame.pixels().to_vec(), update.resized));
        }
        let (r, b) = (0xff_0000, 0xff);
        assert_eq!(shown, [(250, vec![b, b, r, r, b, b, r, r], true), (300, vec![r; 8], false)]);
        assert_eq!(hold.bytes, 0);
    }

    #[test]
    fn a_crowd_of_pictures_becomes_thinner_and_stays_even() {
        let mut hold = Hold::forgetting(Duration::from_secs(1));
        let frame = Frame::from_pixels(1_000, 1_000, vec![7; 1_000 * 1_000]).unwrap();
        for time_us in 1..=300 {
            hold.take(&update(&frame, time_us, vec![frame.bounds()]));
            assert!(hold.bytes <= MAX_BYTES + (4 << 20), "{} bytes", hold.bytes);
        }
        let times: Vec<u64> = hold.waiting.iter().map(Held::time_us).collect();
        assert!((20..50).contains(&times.len()), "{times:?}");
        assert!(times.windows(2).all(|pair| pair[1] - pair[0] <= 16), "{times:?}");
        assert_eq!((times.first(), times.last()), (Some(&1), Some(&300)));
    }

    #[test]
    fn events_between_pictures_make_no_room_for_more_and_do_not_crowd_them_out() {
        let frame = Frame::from_pixels(1_000, 1_000, vec![7; 1_000 * 1_000]).unwrap();
        for mut hold in [Hold::forgetting(Duration::from_secs(1)), Hold::new(Duration::from_secs(1))] {
            for time_us in 1..=300 {
                hold.take(&update(&frame, time_us, vec![frame.bounds()]));
                hold.push(Held::Event(time_us, Event::new("something")));
                assert!(hold.bytes <= MAX_BYTES + (4 << 20), "{} bytes", hold.bytes);
            }
            assert_eq!(hold.waiting.iter().filter(|held| !held.is_picture()).count(), 300, "no event is lost");
            assert!(hold.waiting.iter().map(Held::time_us).is_sorted());
        }
        let mut hold = Hold::forgetting(Duration::from_secs(1));
        for time_us in 1..=10 {
            hold.take(&update(&frame, time_us * 10_000, vec![LEFT]));
            (0..2_000).for_each(|_| hold.push(Held::Event(time_us * 10_000, Event::new("flood"))));
        }
        assert_eq!((hold.pictures, hold.waiting.len()), (10, 10 + MAX_EVENTS));
    }
}
