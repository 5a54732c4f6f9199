//! Storage on USB: the messages are the kernel's own, about a device that is there; that it is on USB says a sysfs of the test's.

use std::fs;
use std::time::{Duration, Instant};

use detect::{Storage, StorageChanged, UsbWatch};

use crate::stick::Sys;
use crate::watching::PATIENCE;

/// What is told after the kernel has spoken.
fn told(watch: &mut UsbWatch) -> Vec<StorageChanged> {
    let (mut told, limit) = (Vec::new(), Instant::now() + PATIENCE);
    while told.is_empty() {
        assert!(Instant::now() < limit, "nothing is told");
        watch.take(&mut |changed| told.push(changed)).unwrap();
        std::thread::sleep(Duration::from_millis(2));
    }
    told
}

fn stick(sys: &Sys, bytes: u64) -> Storage {
    Storage {
        device: sys.name.to_owned(),
        vendor: Some("Kingston".to_owned()),
        model: Some("DataTraveler 3.0".to_owned()),
        serial: Some("408D5C165C2B".to_owned()),
        bytes,
    }
}

#[test]
fn storage_that_comes_and_goes_is_told_once() {
    let sys = Sys::new("loop7", "0");
    let mut watch = UsbWatch::listen(&sys.path("")).unwrap();
    // A reader without a card in it.
    if !sys.kernel_says("add") {
        return;
    }
    sys.hold("2048");
    assert!(sys.kernel_says("change") && sys.kernel_says("change"));
    assert_eq!(told(&mut watch), [StorageChanged { inserted: true, storage: stick(&sys, 1 << 20) }]);
    // Another card.
    sys.hold("4096");
    assert!(sys.kernel_says("change"));
    let other = [
        StorageChanged { inserted: false, storage: stick(&sys, 1 << 20) },
        StorageChanged { inserted: true, storage: stick(&sys, 2 << 20) },
    ];
    assert_eq!(told(&mut watch), other);
    assert!(sys.kernel_says("remove"));
    assert_eq!(told(&mut watch), [StorageChanged { inserted: false, storage: stick(&sys, 2 << 20) }]);
}

#[test]
fn what_was_there_before_is_told_when_it_goes() {
    let sys = Sys::new("loop6", "2048");
    let mut watch = UsbWatch::listen(&sys.path("")).unwrap();
    if sys.kernel_says("change") && sys.kernel_says("remove") {
        assert_eq!(told(&mut watch), [StorageChanged { inserted: false, storage: stick(&sys, 1 << 20) }]);
    }
}

#[test]
fn a_disk_that_is_not_on_usb_is_nothing() {
    let (sys, other) = (Sys::new("loop5", "2048"), Sys::new("loop5", "2048"));
    fs::remove_file(other.path("devices/virtual/idVendor")).unwrap();
    let mut on_usb = UsbWatch::listen(&sys.path("")).unwrap();
    let mut elsewhere = UsbWatch::listen(&other.path("")).unwrap();
    if sys.kernel_says("remove") {
        // Both have heard it then.
        told(&mut on_usb);
        elsewhere.take(&mut |changed| panic!("{changed:?}")).unwrap();
    }
}
