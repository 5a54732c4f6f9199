//! Which part of an area can be seen, where what shows the screen are rectangles.

use crate::canvas::Area;

/// How many pixels of an area lie in none of these.
pub fn hidden_pixels(area: Area, seen: &[Area]) -> i64 {
    let mut left = vec![area];
    for shown in seen {
        left = left.into_iter().flat_map(|part| without(part, *shown)).collect();
    }
    left.into_iter().map(pixels).sum()
}

/// Whether all of an area can be seen.
pub fn is_seen_whole(area: Area, seen: &[Area]) -> bool {
    hidden_pixels(area, seen) == 0
}

/// Whether an area can be seen for the greater part.
pub fn is_seen_mostly(area: Area, seen: &[Area]) -> bool {
    hidden_pixels(area, seen) * 2 <= pixels(area)
}

/// What two areas have in common; none of it if they do not touch.
pub fn common(one: Area, other: Area) -> Option<Area> {
    let (x, y) = (one.x.max(other.x), one.y.max(other.y));
    let width = (one.x + one.width).min(other.x + other.width) - x;
    let height = (one.y + one.height).min(other.y + other.height) - y;
    (width > 0 && height > 0).then_some(Area { x, y, width, height })
}

fn pixels(area: Area) -> i64 {
    i64::from(area.width.max(0)) * i64::from(area.height.max(0))
}

/// What is left of an area without another one: what lies above, below, left and right of it.
fn without(area: Area, taken: Area) -> Vec<Area> {
    let Some(inner) = common(area, taken) else { return vec![area] };
    let below = inner.y + inner.height;
    let right = inner.x + inner.width;
    let parts = [
        Area { height: inner.y - area.y, ..area },
        Area { y: below, height: area.y + area.height - below, ..area },
        Area { width: inner.x - area.x, ..Area { x: area.x, ..inner } },
        Area { x: right, width: area.x + area.width - right, ..inner },
    ];
    parts.into_iter().filter(|part| part.width > 0 && part.height > 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(x: i32, y: i32, width: i32, height: i32) -> Area {
        Area { x, y, width, height }
    }

    #[test]
    fn what_no_monitor_shows_is_hidden() {
        let monitors = [area(0, 0, 100, 80), area(100, 20, 50, 50)];
        assert!(is_seen_whole(area(90, 30, 20, 20), &monitors), "half here, half there");
        assert_eq!(hidden_pixels(area(90, 10, 20, 20), &monitors), 100, "above the lower one");
        assert!(is_seen_mostly(area(90, 10, 20, 20), &monitors));
        assert!(!is_seen_mostly(area(-90, 0, 100, 10), &monitors));
        assert_eq!(hidden_pixels(area(500, 500, 3, 3), &monitors), 9);
        assert_eq!(hidden_pixels(area(0, 0, 200, 100), &monitors), 20_000 - 8_000 - 2_500);
        // Those that lie over each other show nothing twice.
        assert_eq!(hidden_pixels(area(0, 0, 10, 10), &[area(0, 0, 6, 10), area(4, 0, 4, 10)]), 20);
        assert!(!is_seen_whole(area(0, 0, 1, 1), &[]));
    }
}
