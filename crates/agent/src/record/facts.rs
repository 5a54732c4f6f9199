//! What stands in the header of a recording that was made without a server.

use anyhow::Context as _;
use recording::{FORMAT_VERSION, Header, RecordingId, SessionFacts, StartReason};

use crate::{clock, machine};

/// Describes a recording that begins now. `owner` is the user that runs the X server, if that is known.
pub fn header(display: &str, owner: Option<u32>) -> anyhow::Result<Header> {
    let boot_id = clock::boot_id().context("the boot id cannot be read from /proc")?;
    let owner = owner.unwrap_or_else(|| nix::unistd::geteuid().as_raw());
    let name = nix::unistd::User::from_uid(nix::unistd::Uid::from_raw(owner)).ok().flatten().map(|user| user.name);
    Ok(Header {
        format: FORMAT_VERSION,
        recording: RecordingId::from_uuid(uuid::Uuid::now_v7())?,
        session: SessionFacts {
            uid: Some(owner),
            display: Some(display.to_owned()),
            utc_offset_minutes: Some(clock::utc_offset_minutes()),
            ..SessionFacts::desktop(
                machine::os_machine_id(),
                machine::name(),
                // A user without a name is known by number, as ls shows it.
                name.unwrap_or_else(|| owner.to_string()),
            )
        },
        started: clock::anchor(&boot_id),
        software: machine::SOFTWARE.to_owned(),
        follows: None,
        reason: StartReason {
            policy: "none".to_owned(),
            rule: None,
            text: "recorded to a file by `kinescope-agent record`".to_owned(),
        },
    })
}
