//! What is told of things that are compared with what they were.

use std::time::{Duration, Instant};

use detect::{ChangeEvent, Changed, Kept, Watch};

use crate::watching::PATIENCE;

/// What is told of what was just done, once it has come to rest. It may be nothing; that something happened is waited for.
pub fn changed<K: Kept>(watch: &mut Watch<K>) -> Vec<Changed<K::Change>> {
    let (mut told, limit) = (Vec::new(), Instant::now() + PATIENCE);
    let mut begun = false;
    while !begun || watch.due().is_some() {
        assert!(Instant::now() < limit, "nothing happens");
        watch.take(&mut |event| told.push(event)).unwrap();
        begun |= watch.due().is_some() || !told.is_empty();
        std::thread::sleep(Duration::from_millis(5));
    }
    let changed = told.into_iter().map(|event| match event {
        ChangeEvent::Changed(changed) => *changed,
        ChangeEvent::Lost(lost) => panic!("{lost} are lost"),
    });
    changed.collect()
}

/// The same without who did it.
pub fn changes<K: Kept>(watch: &mut Watch<K>) -> Vec<K::Change> {
    changed(watch).into_iter().map(|changed| changed.what).collect()
}
