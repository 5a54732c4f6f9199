//! A carrier without a key insists on sealing.

use recording::{BlockWriter, Group, RawBlock, SealClass, Track, TrackKind, split_blocks};
use sealing::{Demand, SealPlan, Sealer, Seed};

use crate::sample::{EVENTS, POINTER, SCREEN, key, plan, recorder_blocks, recording};

fn group_block(plan: Option<&SealPlan>, tracks: Vec<Track>) -> RawBlock {
    let keys = plan.map(|plan| {
        let mut sealer = Sealer::new(recording(1), plan.clone());
        sealer.begin_group(0, &tracks, &Seed::new([1; 32])).unwrap()
    });
    let group = Group { tracks, keys: keys.unwrap_or_default(), ..Group::default() };
    let mut out = Vec::new();
    BlockWriter::new().group(&group, 0, &mut out).unwrap();
    split_blocks(0, &out).unwrap().remove(0)
}

#[test]
fn what_is_sealed_as_wanted_passes() {
    let demand = Demand::new(plan());
    for block in split_blocks(0, &recorder_blocks(recording(1), &plan(), 0..2)).unwrap() {
        demand.check(&block).unwrap();
    }
    let later = Track { id: 9, kind: TrackKind::Other(99) };
    demand.check(&group_block(None, vec![later])).unwrap();
}

#[test]
fn groups_that_are_open_or_sealed_for_others_do_not() {
    let demand = Demand::new(plan());
    let all = vec![SCREEN, POINTER, EVENTS];
    let picture_only = SealPlan::new(vec![SealClass::Picture], plan().recipients().to_vec()).unwrap();
    let one_only = SealPlan::new(plan().classes().to_vec(), vec![key(1).public()]).unwrap();
    let strangers = SealPlan::new(plan().classes().to_vec(), vec![key(3).public(), key(4).public()]).unwrap();
    let cases = [
        ("open", None, SealClass::Picture),
        ("events open", Some(&picture_only), SealClass::Events),
        ("not for everybody", Some(&one_only), SealClass::Picture),
        ("for others", Some(&strangers), SealClass::Picture),
    ];
    for (what, made, class) in cases {
        let refused = demand.check(&group_block(made, all.clone())).unwrap_err();
        assert_eq!(refused.class, Some(class), "{what}");
    }
}
