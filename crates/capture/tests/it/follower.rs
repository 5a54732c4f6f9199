//! Follows a display through updates alone, as a recording does.

use std::time::{Duration, Instant};

use capture::{ConnectionParams, Lapse, Monitor, Options, Outcome, Update, Wait, X11Source};
use screen::pointer::PointerChange;

use crate::painter::Picture;
use crate::xserver::XServer;

/// No test waits longer than this for what must come.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A source and what its updates add up to.
pub struct Follower {
    pub source: X11Source,
    pub seen: Seen,
}

/// What updates told so far.
#[derive(Default)]
pub struct Seen {
    /// Only what lay in an update's damage was taken over.
    pub picture: Picture,
    pub monitors: Vec<Monitor>,
    pub pointer_at: Option<(i32, i32)>,
    pub shape: Option<PointerChange>,
    pub updates: u32,
    pub damaged_pixels: u64,
    pub lapses: Vec<Lapse>,
    pub stalls: u32,
    last_us: u64,
}

impl Seen {
    fn take(&mut self, update: Update<'_>) {
        assert!(update.time_us >= self.last_us, "time fell");
        self.last_us = update.time_us;
        self.updates += 1;
        let frame = update.frame;
        if update.resized {
            self.picture = (frame.width(), frame.height(), vec![0xdead_beef; frame.pixels().len()]);
        }
        if update.monitors != self.monitors {
            assert_eq!(update.damage, [frame.bounds()], "with a new layout comes the whole picture");
            self.monitors = update.monitors.to_vec();
        }
        for rect in &update.damage {
            self.damaged_pixels += u64::from(rect.width) * u64::from(rect.height);
            for y in rect.y..rect.y + rect.height {
                let columns = rect.x as usize..(rect.x + rect.width) as usize;
                let start = y as usize * frame.width() as usize;
                self.picture.2[start..][columns.clone()].copy_from_slice(&frame.row(y)[columns]);
            }
        }
        for change in update.pointer {
            match change {
                PointerChange::Moved { x, y } => self.pointer_at = Some((x, y)),
                shape => self.shape = Some(shape),
            }
        }
        self.lapses.extend(update.lapse);
    }
}

impl Follower {
    pub fn open(server: &XServer) -> Self {
        Self::open_with(server, &Options::default())
    }

    pub fn open_with(server: &XServer, options: &Options) -> Self {
        Self { source: X11Source::open(&params(server), options).unwrap(), seen: Seen::default() }
    }

    /// Takes one update, or says that none came before the deadline.
    pub fn step(&mut self, deadline: Instant) -> bool {
        match self.source.next(Wait { deadline: Some(deadline), interrupts: &[] }).unwrap() {
            Outcome::Idle => return false,
            Outcome::Interrupted => panic!("nothing was to interrupt"),
            Outcome::Stalled { .. } => self.seen.stalls += 1,
            Outcome::Update(update) => self.seen.take(update),
        }
        true
    }

    /// Takes updates until nothing changes for three intervals.
    pub fn catch_up(&mut self) {
        let limit = Instant::now() + PATIENCE;
        while self.step(Instant::now() + Duration::from_millis(300)) {
            assert!(Instant::now() < limit, "the display never came to rest");
        }
    }

    /// Takes updates until something is true.
    pub fn until(&mut self, what: &str, condition: impl Fn(&Seen) -> bool) {
        let limit = Instant::now() + PATIENCE;
        while !condition(&self.seen) {
            assert!(self.step(limit), "waited in vain for {what}");
        }
    }
}

/// How to reach a test's server.
pub fn params(server: &XServer) -> ConnectionParams {
    ConnectionParams { display: server.display().to_owned(), cookie: server.cookie().map(<[u8]>::to_vec) }
}

/// Compares pictures and says where they first differ instead of printing them.
pub fn assert_same_picture(ours: &Picture, theirs: &Picture, when: &str) {
    assert_eq!((ours.0, ours.1), (theirs.0, theirs.1), "size, {when}");
    let different = ours.2.iter().zip(&theirs.2).filter(|(a, b)| a != b).count();
    if let Some(at) = ours.2.iter().zip(&theirs.2).position(|(a, b)| a != b) {
        let (x, y) = (at % ours.0 as usize, at / ours.0 as usize);
        panic!(
            "{when}: {different} pixels differ, the first at {x},{y}: recorded {:08x}, shown {:08x}",
            ours.2[at], theirs.2[at]
        );
    }
}
