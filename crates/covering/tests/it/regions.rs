//! What regions and stacks are, pixel by pixel.

use covering::{Layer, Region, Seen, covered, whole_areas};
use proptest::prelude::*;
use screen::Rect;

const SIDE: u32 = 24;
const SCREEN: Rect = Rect { x: 0, y: 0, width: SIDE, height: SIDE };

fn rect() -> impl Strategy<Value = Rect> {
    (0..SIDE, 0..SIDE, 0..SIDE, 0..SIDE).prop_map(|(x, y, w, h)| Rect {
        x,
        y,
        width: w.min(SIDE - x),
        height: h.min(SIDE - y),
    })
}

fn rects() -> impl Strategy<Value = Vec<Rect>> {
    proptest::collection::vec(rect(), 0..6)
}

fn inside(rects: &[Rect], x: u32, y: u32) -> bool {
    rects.iter().any(|r| (r.x..r.x + r.width).contains(&x) && (r.y..r.y + r.height).contains(&y))
}

fn pixels() -> impl Iterator<Item = (u32, u32)> {
    (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| (x, y)))
}

fn assert_is(region: &Region, expected: impl Fn(u32, u32) -> bool) {
    for (x, y) in pixels() {
        let holders = region.rects().iter().filter(|r| inside(&[**r], x, y)).count();
        assert_eq!(holders, usize::from(expected(x, y)), "at {x},{y}");
    }
}

proptest! {
    #[test]
    fn regions_are_sets_of_pixels(a in rects(), b in rects(), by in (-30i32..30, -30i32..30)) {
        let (one, other): (Region, Region) = (a.iter().copied().collect(), b.iter().copied().collect());
        assert_is(&one, |x, y| inside(&a, x, y));
        let mut both = one.clone();
        both.add(&other);
        assert_is(&both, |x, y| inside(&a, x, y) || inside(&b, x, y));
        let mut rest = one.clone();
        rest.subtract(&other);
        assert_is(&rest, |x, y| inside(&a, x, y) && !inside(&b, x, y));
        assert_is(&one.intersection(&other), |x, y| inside(&a, x, y) && inside(&b, x, y));
        assert_eq!(one.intersects(&other), !one.intersection(&other).is_empty());
        assert_eq!(one.area(), pixels().filter(|(x, y)| inside(&a, *x, *y)).count() as u64);
        let moved = one.moved(by, (SIDE, SIDE));
        assert_is(&moved, |x, y| {
            let from = (i64::from(x) - i64::from(by.0), i64::from(y) - i64::from(by.1));
            matches!((u32::try_from(from.0), u32::try_from(from.1)), (Ok(x), Ok(y)) if inside(&a, x, y))
        });
        for most in 0..6 {
            let wide = one.clone().widened(most);
            prop_assert!(wide.rects().len() <= most.max(1));
            prop_assert!(pixels().all(|(x, y)| !inside(&a, x, y) || inside(wide.rects(), x, y)));
            prop_assert_eq!(wide.bounds(), one.bounds(), "nothing beyond the outermost pixels");
            assert_is(&wide, |x, y| inside(wide.rects(), x, y));
        }
    }

    #[test]
    fn the_topmost_layer_decides(layers in proptest::collection::vec((rects(), any::<bool>()), 0..8), ground in any::<bool>()) {
        let seen = |covered| if covered { Seen::Covered } else { Seen::Open };
        let stack: Vec<Layer> = layers
            .iter()
            .map(|(rects, covered)| Layer { region: rects.iter().copied().collect(), seen: seen(*covered) })
            .collect();
        assert_is(&covered(SCREEN, seen(ground), &stack), |x, y| {
            layers.iter().rev().find(|(rects, _)| inside(rects, x, y)).map_or(ground, |(_, covered)| *covered)
        });
    }
}

#[test]
fn a_monitor_that_shows_one_pixel_is_covered_whole() {
    let (left, right) = (Rect { width: 12, ..SCREEN }, Rect { x: 12, width: 12, ..SCREEN });
    let at = |x, width| Region::from(Rect { x, y: 5, width, height: 1 });
    assert_eq!(whole_areas(&[left, right], &at(11, 1)), Region::from(left));
    assert_eq!(whole_areas(&[left, right], &at(11, 2)).area(), u64::from(SIDE * SIDE));
    assert!(whole_areas(&[left, right], &Region::new()).is_empty());
}

#[test]
fn many_rectangles_are_rounded_up_no_farther_than_to_their_neighbours() {
    let steps: Region = (0..2000).map(|step| Rect { x: step, y: step, width: 1, height: 1 }).collect();
    let wide = steps.widened(1000);
    assert!(wide.rects().len() <= 1000, "{}", wide.rects().len());
    assert!(wide.area() <= 2000 * 4, "{}", wide.area());
}
