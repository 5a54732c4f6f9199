//! Which screens of a session are recorded: the others are neither encoded nor made thumbnails of.

use capture::{Monitor, Update};
use covering::Region;
use screen::pointer::PointerChange;
use screen::{Frame, Rect};

use crate::basic::ScreenChoice;

/// Rectangles of one picture.
const MAX_RECTS: usize = 64;

/// The chosen screens, as the display last had them.
#[derive(Debug, Default)]
pub struct Screens {
    /// `None`: all of them.
    choice: Option<ScreenChoice>,
    /// Where they lie on the display.
    areas: Vec<Rect>,
    /// The rectangle around them.
    around: Option<Rect>,
    /// What is recorded: it, black wherever no chosen screen is.
    frame: Option<Frame>,
}

/// The display has no such screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the session has not all of the screens that are to be recorded")]
pub struct NoSuchScreen;

impl Screens {
    /// Records these.
    pub fn new(choice: ScreenChoice) -> Self {
        Self { choice: Some(choice).filter(|choice| *choice != ScreenChoice::All), ..Self::default() }
    }

    /// Whether there is nothing to leave out.
    pub fn are_all(&self) -> bool {
        self.choice.is_none()
    }

    /// What is recorded, as of the last update.
    pub fn frame(&self) -> Option<&Frame> {
        self.frame.as_ref()
    }

    /// What an update says of the chosen screens, and how they lie. While a screen is gone that was there before, it is black.
    ///
    /// # Errors
    /// [`NoSuchScreen`] if one was never there.
    pub fn cut<'a>(&'a mut self, update: &Update<'_>) -> Result<(Update<'a>, Vec<Monitor>), NoSuchScreen> {
        let whole = update.frame.bounds();
        let chosen = self.chosen(update.monitors, whole);
        if self.frame.is_none() && chosen.is_none() {
            return Err(NoSuchScreen);
        }
        let mut monitors = chosen.unwrap_or_default();
        let areas: Vec<Rect> = monitors.iter().map(|monitor| monitor.area).collect();
        let around = areas.iter().copied().collect::<Region>().bounds().or(self.around).unwrap_or(whole);
        let size = (around.width, around.height);
        let resized = self.frame.as_ref().is_none_or(|frame| (frame.width(), frame.height()) != size);
        let moved = resized || areas != self.areas || Some(around) != self.around;
        (self.areas, self.around) = (areas, Some(around));
        if moved || self.frame.is_none() {
            self.frame = Some(Frame::new(size.0, size.1).map_err(|_| NoSuchScreen)?);
        }
        let frame = self.frame.as_mut().ok_or(NoSuchScreen)?;
        let damaged: Region =
            if moved { [whole].into_iter().collect() } else { update.damage.iter().copied().collect() };
        let seen = damaged.intersection(&self.areas.iter().copied().collect());
        seen.rects().iter().for_each(|rect| copy(update.frame, *rect, frame, around));
        let damage = if moved { vec![frame.bounds()] } else { placed(seen.widened(MAX_RECTS), around) };
        monitors.iter_mut().for_each(|monitor| monitor.area = within(monitor.area, around));
        if monitors.len() < 2 {
            monitors.clear();
        }
        let pointer = update.pointer.iter().map(|change| moved_by(change, around)).collect();
        let frame = &*frame;
        let (time_us, lapse) = (update.time_us, update.lapse);
        Ok((Update { time_us, frame, monitors: &[], damage, pointer, resized, lapse }, monitors))
    }

    /// The chosen monitors. `None`: one of them is not there, or, later on, none is.
    fn chosen(&self, monitors: &[Monitor], whole: Rect) -> Option<Vec<Monitor>> {
        let only = Monitor { name: String::new(), area: whole, primary: true };
        let monitors = if monitors.is_empty() { std::slice::from_ref(&only) } else { monitors };
        match &self.choice {
            None | Some(ScreenChoice::All) => Some(monitors.to_vec()),
            Some(ScreenChoice::Primary) => {
                let primary = monitors.iter().find(|monitor| monitor.primary).or(monitors.first());
                primary.cloned().map(|monitor| vec![monitor])
            }
            Some(ScreenChoice::Named(names)) => {
                let named = |name: &String| {
                    let number = name.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
                    let by_name = monitors.iter().find(|monitor| monitor.name == *name);
                    by_name.or_else(|| monitors.get(number?))
                };
                let found: Vec<Monitor> = names.iter().filter_map(named).cloned().collect();
                let enough = found.len() == names.len() || (self.frame.is_some() && !found.is_empty());
                enough.then_some(found)
            }
        }
    }
}

fn copy(from: &Frame, rect: Rect, to: &mut Frame, around: Rect) {
    let place = within(rect, around);
    for row in 0..rect.height {
        let source = &from.row(rect.y + row)[rect.x as usize..][..rect.width as usize];
        to.row_mut(place.y + row)[place.x as usize..][..source.len()].copy_from_slice(source);
    }
}

/// Where a rectangle of the display lies in what is recorded.
fn within(rect: Rect, around: Rect) -> Rect {
    Rect { x: rect.x.saturating_sub(around.x), y: rect.y.saturating_sub(around.y), ..rect }
}

/// The same for many, as far as they lie there.
fn placed(region: Region, around: Rect) -> Vec<Rect> {
    let around_only: Region = [around].into_iter().collect();
    region.intersection(&around_only).rects().iter().map(|rect| within(*rect, around)).collect()
}

fn moved_by(change: &PointerChange, around: Rect) -> PointerChange {
    let less = |at: i32, by: u32| at.saturating_sub(i32::try_from(by).unwrap_or(i32::MAX));
    match change {
        PointerChange::Moved { x, y } => PointerChange::Moved { x: less(*x, around.x), y: less(*y, around.y) },
        other => other.clone(),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn monitor(name: &str, x: u32, width: u32) -> Monitor {
        Monitor { name: name.to_owned(), area: Rect { x, y: 0, width, height: 2 }, primary: name == "right" }
    }

    fn choice(text: &str) -> Screens {
        Screens::new(text.to_owned().try_into().unwrap())
    }

    /// A display of eight columns, each of a colour of its own.
    fn display() -> Frame {
        Frame::from_pixels(8, 2, (0..16).map(|at| at % 8 + 1).collect()).unwrap()
    }

    fn update<'a>(frame: &'a Frame, monitors: &'a [Monitor], damage: Vec<Rect>) -> Update<'a> {
        let pointer = vec![PointerChange::Moved { x: 5, y: 1 }];
        Update { time_us: 1, frame, monitors, damage, pointer, resized: false, lapse: None }
    }

    #[test]
    fn only_what_is_chosen_is_seen_and_pointer_and_damage_move_with_it() {
        let frame = display();
        let monitors = [monitor("left", 0, 3), monitor("mid", 3, 2), monitor("right", 5, 3)];
        for (text, row) in [
            ("right", vec![6, 7, 8]),
            ("primary", vec![6, 7, 8]),
            ("3", vec![6, 7, 8]),
            ("left,right", vec![1, 2, 3, 0, 0, 6, 7, 8]),
            ("mid,left", vec![1, 2, 3, 4, 5]),
        ] {
            let mut screens = choice(text);
            let (cut, _) = screens.cut(&update(&frame, &monitors, vec![frame.bounds()])).unwrap();
            assert_eq!(cut.frame.row(1), row, "{text}");
            assert_eq!(cut.damage, [cut.frame.bounds()]);
        }
        let mut screens = choice("right");
        screens.cut(&update(&frame, &monitors, vec![frame.bounds()])).unwrap();
        let across = Rect { x: 2, y: 0, width: 5, height: 1 };
        let (cut, told) = screens.cut(&update(&frame, &monitors, vec![across])).unwrap();
        assert_eq!(cut.damage, [Rect { x: 0, y: 0, width: 2, height: 1 }]);
        assert_eq!(cut.pointer, [PointerChange::Moved { x: 0, y: 1 }]);
        assert!(told.is_empty(), "one screen is nothing to choose from");
    }

    #[test]
    fn a_screen_that_never_was_is_refused_and_one_that_goes_is_black() {
        let frame = display();
        let both = [monitor("left", 0, 5), monitor("right", 5, 3)];
        for text in ["DP-9", "left,DP-9", "0", "3"] {
            assert!(choice(text).cut(&update(&frame, &both, Vec::new())).is_err(), "{text}");
        }
        let mut screens = choice("right");
        screens.cut(&update(&frame, &both, vec![frame.bounds()])).unwrap();
        let left_alone = [monitor("left", 0, 8)];
        let (cut, _) = screens.cut(&update(&frame, &left_alone, vec![frame.bounds()])).unwrap();
        assert_eq!(cut.frame.pixels(), [0; 6], "what else is shown now is nobody's business");
        let (cut, _) = screens.cut(&update(&frame, &both, vec![frame.bounds()])).unwrap();
        assert_eq!(cut.frame.row(0), [6, 7, 8]);
    }
}
