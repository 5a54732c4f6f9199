//! What stands in the header of a recording that was made without a server.

use anyhow::Context as _;
use recording::{FORMAT_VERSION, Header, RecordingId, SessionFacts, SessionKind, StartReason};

use crate::clock;

/// Describes a recording that begins now. `owner` is the user that runs the X server, if that is known.
pub fn header(display: &str, owner: Option<u32>) -> anyhow::Result<Header> {
    let boot_id = clock::boot_id().context("the boot id cannot be read from /proc")?;
    let owner = owner.unwrap_or_else(|| nix::unistd::geteuid().as_raw());
    let name = nix::unistd::User::from_uid(nix::unistd::Uid::from_raw(owner)).ok().flatten().map(|user| user.name);
    Ok(Header {
        format: FORMAT_VERSION,
        recording: RecordingId::from_uuid(uuid::Uuid::now_v7())?,
        session: SessionFacts {
            machine_id: first_line("/etc/machine-id").unwrap_or_default(),
            machine: first_line("/proc/sys/kernel/hostname").unwrap_or_else(|| "localhost".to_owned()),
            // A user without a name is known by number, as ls shows it.
            user: name.unwrap_or_else(|| owner.to_string()),
            uid: Some(owner),
            display: Some(display.to_owned()),
            session_kind: SessionKind::Desktop,
            client_name: None,
            client_address: None,
            application: None,
            groups: Vec::new(),
            delivery_groups: Vec::new(),
            tags: Vec::new(),
            utc_offset_minutes: Some(clock::utc_offset_minutes()),
        },
        started: clock::anchor(&boot_id),
        software: concat!("kinescope-agent ", env!("CARGO_PKG_VERSION")).to_owned(),
        follows: None,
        reason: StartReason {
            policy: "none".to_owned(),
            rule: None,
            text: "recorded to a file by `kinescope-agent record`".to_owned(),
        },
    })
}

fn first_line(path: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    text.lines().next().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned)
}
