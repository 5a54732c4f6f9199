//! Which rectangles of the picture changed since they were last drawn.

use screen::Rect;

/// More rectangles than this are drawn as their bounding box: one large copy is then cheaper than many small ones.
const MAX_RECTS: usize = 64;

/// Rectangles to draw, in the order in which they changed.
#[derive(Debug, Default)]
pub(crate) struct Damage {
    rects: Vec<Rect>,
    whole: bool,
}

impl Damage {
    /// Everything has to be drawn.
    pub(crate) fn whole(&mut self) {
        self.whole = true;
        self.rects.clear();
    }

    /// `rects` have to be drawn too.
    pub(crate) fn add(&mut self, rects: &[Rect]) {
        if self.whole {
            return;
        }
        self.rects.extend(rects.iter().filter(|rect| rect.width > 0 && rect.height > 0));
        if self.rects.len() > MAX_RECTS
            && let Some(all) = self.rects.drain(..).reduce(bounding)
        {
            self.rects.push(all);
        }
    }

    /// Hands out what has to be drawn of a picture of this size, and forgets it.
    pub(crate) fn take(&mut self, width: u32, height: u32) -> Vec<Rect> {
        if std::mem::take(&mut self.whole) {
            self.rects.clear();
            return vec![Rect { x: 0, y: 0, width, height }];
        }
        std::mem::take(&mut self.rects)
    }
}

/// The smallest rectangle around both.
fn bounding(a: Rect, b: Rect) -> Rect {
    let (x, y) = (a.x.min(b.x), a.y.min(b.y));
    let right = (a.x + a.width).max(b.x + b.width);
    let bottom = (a.y + a.height).max(b.y + b.height);
    Rect { x, y, width: right - x, height: bottom - y }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_rectangles_become_the_box_around_them() {
        let mut damage = Damage::default();
        for at in 0..=MAX_RECTS as u32 {
            damage.add(&[Rect { x: 10 + at, y: 5, width: 1, height: 2 }]);
        }
        assert_eq!(damage.take(500, 500), [Rect { x: 10, y: 5, width: MAX_RECTS as u32 + 1, height: 2 }]);
        assert!(damage.take(500, 500).is_empty());
    }

    #[test]
    fn the_whole_picture_swallows_rectangles_before_and_after() {
        let mut damage = Damage::default();
        damage.add(&[Rect { x: 1, y: 1, width: 1, height: 1 }]);
        damage.whole();
        damage.add(&[Rect { x: 1, y: 1, width: 1, height: 1 }]);
        assert_eq!(damage.take(8, 4), [Rect { x: 0, y: 0, width: 8, height: 4 }]);
        assert!(damage.take(8, 4).is_empty());
    }
}
