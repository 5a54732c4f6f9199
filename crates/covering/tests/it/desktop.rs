//! A small desktop whose every pixel knows whose it is: no pixel that shows a private window is ever read uncovered, as long as
//! programs draw what comes to light within the time that they are given.

use covering::{Change, Cover, Look, Place, REDRAW_PATIENCE_US, Region, Seen, TopLevel, Verdict};
use proptest::prelude::*;
use screen::Rect;

const SIDE: u32 = 16;
const SCREEN: Rect = Rect { x: 0, y: 0, width: SIDE, height: SIDE };

#[derive(Debug, Clone)]
enum Act {
    /// The window goes here, or away.
    Place(usize, Option<Rect>),
    Raise(usize),
    /// A program draws in its window.
    Draw(usize),
    /// Programs have had their time; then the screen is looked at.
    Look {
        after_us: u64,
    },
    /// A look in whose midst a window goes somewhere or away: after windows were fetched, before what was drawn was. It is thrown away.
    Amid(usize, Option<Rect>),
}

fn act() -> impl Strategy<Value = Act> {
    let rect = (0..SIDE - 1, 0..SIDE - 1, 1..SIDE, 1..SIDE).prop_map(|(x, y, w, h)| Rect {
        x,
        y,
        width: w.min(SIDE - x),
        height: h.min(SIDE - y),
    });
    let somewhere = (0..4usize, proptest::option::weighted(0.8, rect));
    prop_oneof![
        4 => somewhere.clone().prop_map(|(window, place)| Act::Place(window, place)),
        1 => somewhere.prop_map(|(window, place)| Act::Amid(window, place)),
        1 => (0..4usize).prop_map(Act::Raise),
        2 => (0..4usize).prop_map(Act::Draw),
        3 => prop_oneof![Just(20_000), Just(100_000), Just(REDRAW_PATIENCE_US)].prop_map(|after_us| Act::Look { after_us }),
    ]
}

struct Window {
    place: Rect,
    mapped: bool,
    private: bool,
    /// What comes to light is drawn at once by the server; else the program does it later.
    has_background: bool,
}

struct Desktop {
    windows: Vec<Window>,
    /// From the lowest to the highest.
    order: Vec<usize>,
    private: Vec<bool>,
    drawn: Region,
    /// Places that came to light and since when their program has not drawn them.
    exposed: Vec<(usize, Region, u64)>,
    now_us: u64,
    /// What was announced and nobody heard of yet.
    announced: Vec<Change>,
    cover: Cover,
}

fn place(rect: Rect) -> Place {
    Place { x: rect.x as i32, y: rect.y as i32, width: rect.width, height: rect.height }
}

fn pixels(region: &Region) -> impl Iterator<Item = (u32, u32)> {
    let rects = region.rects().to_vec();
    rects.into_iter().flat_map(|r| (r.y..r.y + r.height).flat_map(move |y| (r.x..r.x + r.width).map(move |x| (x, y))))
}

impl Desktop {
    fn new(late: bool) -> Self {
        let window = |private, has_background| Window {
            place: Rect { x: 0, y: 0, width: 1, height: 1 },
            mapped: false,
            private,
            has_background,
        };
        let mut desktop = Self {
            windows: vec![window(true, true), window(false, !late), window(false, true), window(true, true)],
            order: vec![0, 1, 2, 3],
            private: vec![false; (SIDE * SIDE) as usize],
            drawn: Region::new(),
            exposed: Vec::new(),
            now_us: 0,
            announced: Vec::new(),
            cover: Cover::new(Seen::Open),
        };
        desktop.look(0);
        desktop
    }

    fn visible(&self, window: usize) -> Region {
        if !self.windows[window].mapped {
            return Region::new();
        }
        let mut region = Region::from(self.windows[window].place);
        for other in self.order.iter().rev().take_while(|other| **other != window) {
            if self.windows[*other].mapped {
                region.subtract(&self.windows[*other].place.into());
            }
        }
        region
    }

    fn draw(&mut self, region: &Region, private: bool) {
        self.drawn.add(region);
        for (x, y) in pixels(region) {
            self.private[(y * SIDE + x) as usize] = private;
        }
        self.exposed.iter_mut().for_each(|(_, left, _)| left.subtract(region));
    }

    /// Something changes; what comes to light is drawn, or waits for its program. `moved` goes with its pixels.
    fn change(&mut self, moved: Option<usize>, change: impl FnOnce(&mut Self)) {
        let before: Vec<Region> = (0..self.windows.len()).map(|window| self.visible(window)).collect();
        let mut ground = Region::from(SCREEN);
        before.iter().for_each(|region| ground.subtract(region));
        let old = moved.map(|window| self.windows[window].place);
        let pixels_before = self.private.clone();
        change(self);
        let mut ground_now = Region::from(SCREEN);
        for (window, before) in before.iter().enumerate() {
            let visible = self.visible(window);
            ground_now.subtract(&visible);
            let mut fresh = visible.clone();
            let new = self.windows[window].place;
            if let (true, Some(old)) = (moved == Some(window), old.filter(|old| *old != new)) {
                let by = (new.x as i32 - old.x as i32, new.y as i32 - old.y as i32);
                let copied = before.moved(by, (SIDE, SIDE)).intersection(&visible);
                for (x, y) in pixels(&copied) {
                    let from = ((y as i32 - by.1) as u32 * SIDE + (x as i32 - by.0) as u32) as usize;
                    self.private[(y * SIDE + x) as usize] = pixels_before[from];
                }
                self.drawn.add(&copied);
                fresh.subtract(&copied);
            } else {
                fresh.subtract(before);
            }
            if self.windows[window].private || self.windows[window].has_background {
                self.draw(&fresh, self.windows[window].private);
            } else if moved == Some(window) && old != Some(new) {
                // Its program draws all of it again.
                self.exposed.push((window, visible, self.now_us));
            } else {
                self.exposed.push((window, fresh, self.now_us));
            }
        }
        ground_now.subtract(&ground);
        self.draw(&ground_now, false);
    }

    fn act(&mut self, act: &Act) {
        match act {
            Act::Place(window, Some(rect)) => {
                let (id, shown) = (*window as u32, self.windows[*window].mapped);
                self.change(shown.then_some(*window), |desktop| {
                    desktop.windows[*window].place = *rect;
                    desktop.windows[*window].mapped = true;
                });
                let at = self.order.iter().position(|other| other == window).unwrap();
                let above = at.checked_sub(1).map(|below| self.order[below] as u32);
                self.announced.push(Change::Placed { id, place: place(*rect), above });
                if !shown {
                    self.announced.push(Change::Mapped(id));
                }
            }
            Act::Place(window, None) => {
                self.change(None, |desktop| desktop.windows[*window].mapped = false);
                self.announced.push(Change::Unmapped(*window as u32));
            }
            Act::Raise(window) => {
                self.change(None, |desktop| {
                    desktop.order.retain(|other| other != window);
                    desktop.order.push(*window);
                });
                self.announced.push(Change::Raised(*window as u32));
            }
            Act::Draw(window) => {
                let (visible, private) = (self.visible(*window), self.windows[*window].private);
                self.draw(&visible, private);
            }
            Act::Look { after_us } => self.look(*after_us),
            Act::Amid(window, place) => {
                let windows = self.fetch_windows();
                self.act(&Act::Place(*window, *place));
                self.look_at(windows);
            }
        }
    }

    /// Who works has drawn in time.
    fn draw_what_is_due(&mut self) {
        let waiting = std::mem::take(&mut self.exposed);
        let (due, waiting): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|(_, _, since_us)| self.now_us - since_us >= REDRAW_PATIENCE_US);
        self.exposed = waiting;
        for (window, region, _) in due {
            let region = region.intersection(&self.visible(window));
            self.draw(&region, false);
        }
    }

    fn look(&mut self, after_us: u64) {
        self.now_us += after_us;
        self.draw_what_is_due();
        let windows = self.fetch_windows();
        self.look_at(windows);
        self.cover.keep();
        for (x, y) in pixels(&Region::from(SCREEN)) {
            if self.private[(y * SIDE + x) as usize] {
                let pixel = Region::from(Rect { x, y, width: 1, height: 1 });
                assert!(self.cover.region().intersects(&pixel), "{x},{y} shows a private window and is not covered");
            }
        }
    }

    fn fetch_windows(&mut self) -> Vec<TopLevel> {
        self.announced.drain(..).for_each(|change| self.cover.change(&change));
        let top_level = |window: &usize| {
            let Window { place: rect, mapped, private, .. } = self.windows[*window];
            let verdict = if private { Verdict::Covered } else { Verdict::Open };
            TopLevel { id: *window as u32, place: place(rect), shape: None, mapped, verdict }
        };
        self.order.iter().map(top_level).collect()
    }

    fn look_at(&mut self, windows: Vec<TopLevel>) {
        let drawn = std::mem::take(&mut self.drawn);
        let was_private = |window: u32| self.windows[window as usize].private;
        self.cover.look(Look {
            now_us: self.now_us,
            screen: (SIDE, SIDE),
            windows: Some(windows),
            drawn: &drawn,
            composited: None,
            was_private: &was_private,
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn no_private_pixel_is_seen(acts in proptest::collection::vec(act(), 1..60), late in any::<bool>()) {
        let mut desktop = Desktop::new(late);
        acts.iter().for_each(|act| desktop.act(act));
    }

    #[test]
    fn what_was_drawn_over_is_seen_again(acts in proptest::collection::vec(act(), 1..40)) {
        let mut desktop = Desktop::new(true);
        acts.iter().for_each(|act| desktop.act(act));
        // Private windows go; everybody draws; time passes.
        desktop.act(&Act::Place(0, None));
        desktop.act(&Act::Place(3, None));
        desktop.act(&Act::Look { after_us: REDRAW_PATIENCE_US });
        desktop.draw(&Region::from(SCREEN), false);
        desktop.act(&Act::Look { after_us: 20_000 });
        desktop.act(&Act::Look { after_us: REDRAW_PATIENCE_US });
        prop_assert!(desktop.cover.region().is_empty());
    }

    #[test]
    fn where_the_server_draws_what_comes_to_light_nothing_stays_covered(acts in proptest::collection::vec(act(), 1..40)) {
        let mut desktop = Desktop::new(false);
        acts.iter().for_each(|act| desktop.act(act));
        desktop.act(&Act::Place(0, None));
        desktop.act(&Act::Amid(3, None));
        desktop.act(&Act::Look { after_us: 0 });
        desktop.act(&Act::Look { after_us: REDRAW_PATIENCE_US });
        prop_assert!(desktop.cover.region().is_empty(), "{:?}", desktop.cover.region());
    }
}
