//! Links between the recordings of one session.

use evidence::{LinkState, judge_link};
use recording::{EndReason, Follows};

use crate::sample::{Course, Maker, Stored, expected, honest, id, judge};

fn pair() -> (Stored, Stored) {
    let mut earlier = Maker::new(50, None);
    (0..2).for_each(|number| earlier.group(number));
    earlier.end(EndReason::RolledOver, Some(id(51)));
    let mut later = Maker::new(51, Some(Follows { recording: id(50), chain: earlier.chain() }));
    later.group(0);
    later.end(EndReason::Logout, None);
    (earlier.stored, later.stored)
}

#[test]
fn a_link_holds_between_exactly_these_bytes() {
    let (earlier, later) = pair();
    let (before, after) = (judge(&earlier, expected()), judge(&later, expected()));
    let link = judge_link(&before, &after).unwrap();
    assert_eq!((link.state, link.from, link.to), (LinkState::Holds, id(50), id(51)));
    assert_eq!(judge_link(&after, &before), None);
    let stranger = judge(&honest(Course::Finished, 52), expected());
    assert_eq!(judge_link(&stranger, &after), None);
}

#[test]
fn an_earlier_recording_that_was_cut_or_changed_breaks_the_link() {
    let (mut earlier, later) = pair();
    let after = judge(&later, expected());
    earlier.bytes.truncate(earlier.bytes.len() - 60);
    assert_eq!(judge_link(&judge(&earlier, expected()), &after).unwrap().state, LinkState::Broken);
}
