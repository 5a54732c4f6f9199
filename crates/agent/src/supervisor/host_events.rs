//! What happened on the machine, as events of a recording.

use detect::process::file_name;
use detect::{
    AccountChange, Change, Changed, Connected, Copied, Direction, Doer, DriveEvent, Ended, FileChange, FileChanged,
    GroupChange, Job, JobState, Manager, OfGroup, PackageChange, SshTransfer, SshWay, Started, Storage, StorageChanged,
    Transfer,
};
use events::{Logging, command_line};
use nix::sys::signal::Signal;
use nix::unistd::{Uid, User};
use recording::{Event, event_kinds as kinds};

/// A program started, or ran already.
pub fn program_start(started: &Started, logging: &Logging, before: bool) -> Event {
    let command = command_line(&started.arguments, logging.secret_arguments);
    let name = started.program.as_deref().map(file_name);
    let text = match (command.is_empty(), name) {
        (false, _) => command.clone(),
        (true, Some(name)) => name.to_owned(),
        (true, None) => "a program that was gone before it could be looked at".to_owned(),
    };
    let event = Event::new(kinds::PROGRAM_START)
        .with("text", if before { format!("{text} (ran already)") } else { text })
        .with("process", started.process)
        .with("parent", started.parent);
    let event = with(event, "program", started.program.as_deref());
    let event = with(event, "command", (!command.is_empty()).then_some(command.as_str()));
    let event = with(event, "parent_program", started.parent_program.as_deref());
    if before { event.with("before", true) } else { event }
}

/// A program ended.
pub fn program_end(ended: &Ended) -> Event {
    let event = program(kinds::PROGRAM_END, ended, &how(ended));
    ended.ran_ms.into_iter().fold(event, |event, ran_ms| event.with("ran_ms", ran_ms))
}

/// A program was ended by a fault.
pub fn program_failed(ended: &Ended) -> Event {
    program(kinds::PROGRAM_FAILED, ended, &how(ended))
}

/// A file changed.
pub fn file_changed(changed: &FileChanged) -> Event {
    let (kind, to) = match &changed.change {
        FileChange::Created => (kinds::FILE_CREATED, None),
        FileChange::Renamed(to) => (kinds::FILE_RENAMED, Some(to.as_str())),
        FileChange::Moved(to) => (kinds::FILE_MOVED, Some(to.as_str()).filter(|to| !to.is_empty())),
        FileChange::Deleted => (kinds::FILE_DELETED, None),
    };
    let path = Some(changed.path.as_str()).filter(|path| !path.is_empty());
    let text = [path, to].into_iter().flatten().collect::<Vec<_>>().join(" → ");
    let event = Event::new(kind).with("text", text).with("item", if changed.folder { "folder" } else { "file" });
    let event = with(with(event, "path", path), "to", to).with("process", changed.process);
    let event = with(event, "program", changed.program.as_deref());
    changed.bytes.into_iter().fold(event, |event, bytes| event.with("size", bytes))
}

/// A file was copied to where no list reaches.
pub fn file_copied(copied: &Copied) -> Event {
    let event = Event::new(kinds::FILE_COPIED)
        .with("text", format!("{} → {}", copied.path, copied.to))
        .with("path", copied.path.as_str())
        .with("to", copied.to.as_str())
        .with("size", copied.bytes)
        .with("process", copied.process);
    with(event, "program", copied.program.as_deref())
}

/// A user account changed.
pub fn account_changed(changed: &Changed<AccountChange>) -> Event {
    let user = &changed.what.user;
    let (change, to) = match &changed.what.change {
        Change::Created => ("created", None),
        Change::Removed => ("removed", None),
        Change::Renamed(to) => ("renamed", Some(to.as_str())),
        Change::Enabled => ("enabled", None),
        Change::Disabled => ("disabled", None),
        Change::Locked => ("locked", None),
        Change::Unlocked => ("unlocked", None),
        Change::PasswordChanged => ("password-changed", None),
        Change::PasswordRemoved => ("password-removed", None),
    };
    let text = match to {
        Some(to) => format!("{user}: renamed to {to}"),
        None => format!("{user}: {}", change.replace('-', " ")),
    };
    let event =
        Event::new(kinds::ACCOUNT_CHANGED).with("text", text).with("user", user.as_str()).with("change", change);
    done_by(with(event, "to", to), changed.by.as_ref())
}

/// A group changed.
pub fn group_changed(changed: &Changed<GroupChange>) -> Event {
    let group = &changed.what.group;
    let (change, text, to, member) = match &changed.what.change {
        OfGroup::Created => ("created", "created".to_owned(), None, None),
        OfGroup::Removed => ("removed", "removed".to_owned(), None, None),
        OfGroup::Renamed(to) => ("renamed", format!("renamed to {to}"), Some(to), None),
        OfGroup::MemberAdded(member) => ("member-added", format!("{member} added"), None, Some(member)),
        OfGroup::MemberRemoved(member) => ("member-removed", format!("{member} removed"), None, Some(member)),
    };
    let event = Event::new(kinds::GROUP_CHANGED)
        .with("text", format!("{group}: {text}"))
        .with("group", group.as_str())
        .with("change", change);
    let event = with(with(event, "to", to.map(String::as_str)), "member", member.map(String::as_str));
    done_by(event, changed.by.as_ref())
}

/// A package was installed, removed, or replaced by another version.
pub fn package_changed(manager: Manager, changed: &Changed<PackageChange>) -> Event {
    let Changed { what: PackageChange { package, from, to }, by } = changed;
    let (change, versions) = match (from, to) {
        (Some(from), Some(to)) => ("updated", format!(" {from} → {to}")),
        (None, Some(to)) => ("installed", format!(" {to}")),
        (from, None) => ("removed", from.as_deref().map(|from| format!(" {from}")).unwrap_or_default()),
    };
    let event = Event::new(kinds::PACKAGE_CHANGED)
        .with("text", format!("{package}{versions}: {change}"))
        .with("package", package.as_str())
        .with("manager", manager.name())
        .with("change", change);
    done_by(with(with(event, "from", from.as_deref()), "version", to.as_deref()), by.as_ref())
}

/// A program connected to another machine's shell or desktop.
pub fn connection(connected: &Connected) -> Event {
    let protocol = connected.protocol.name();
    let event = Event::new(kinds::CONNECTION)
        .with("text", format!("{protocol}: {}", connected.to))
        .with("protocol", protocol)
        .with("address", connected.to.ip().to_string())
        .with("port", connected.to.port())
        .with("process", connected.process);
    with(event, "program", connected.program.as_deref())
}

/// Storage was plugged in, or pulled.
pub fn storage_changed(changed: &StorageChanged) -> Event {
    let StorageChanged { inserted, storage: Storage { device, vendor, model, serial, bytes } } = changed;
    let change = if *inserted { "inserted" } else { "removed" };
    let name = [vendor, model].into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ");
    let name = if name.is_empty() { device } else { &name };
    let event = Event::new(kinds::USB_STORAGE)
        .with("text", format!("{name}, {}: {change}", size(*bytes)))
        .with("change", change)
        .with("device", device.as_str())
        .with("size", *bytes);
    let words = [("vendor", vendor), ("model", model), ("serial", serial)];
    words.into_iter().fold(event, |event, (field, word)| with(event, field, word.as_deref()))
}

/// Something became of what is printed.
pub fn print_job(job: &Job) -> Event {
    let change = match job.state {
        JobState::Queued => "queued",
        JobState::Printed => "printed",
        JobState::Cancelled => "cancelled",
        JobState::Failed => "failed",
    };
    let name = job.title.as_deref().or(job.document.as_deref()).unwrap_or("something without a title");
    let on = job.printer.as_deref().map(|printer| format!(" on {printer}")).unwrap_or_default();
    let pages = job.pages.map(|pages| format!(", {pages} pages")).unwrap_or_default();
    let event = Event::new(kinds::PRINT_JOB)
        .with("text", format!("{name}{on}{pages}: {change}"))
        .with("change", change)
        .with("job", job.number);
    let words = [("title", &job.title), ("document", &job.document), ("printer", &job.printer), ("user", &job.user)];
    let event = words.into_iter().fold(event, |event, (field, word)| with(event, field, word.as_deref()));
    let numbers = [("pages", job.pages), ("copies", job.copies)];
    let event = numbers.into_iter().fold(event, |event, (field, number)| match number {
        Some(number) => event.with(field, number),
        None => event,
    });
    job.bytes.into_iter().fold(event, |event, bytes| event.with("size", bytes))
}

/// Something happened to drives of a client.
pub fn of_drives(event: &DriveEvent) -> Event {
    let drive = |drive: &str, change: &str| {
        let event = Event::new(kinds::CLIENT_DRIVE).with("change", change).with("drive", drive);
        event.with("text", format!("{drive}: {change}"))
    };
    match event {
        DriveEvent::Mapped { drive: name, before: false } => drive(name, "mapped"),
        DriveEvent::Mapped { drive: name, before: true } => drive(name, "mapped").with("before", true),
        DriveEvent::Unmapped(name) => drive(name, "unmapped"),
        DriveEvent::Transfer(transfer) => file_transfer(transfer),
        DriveEvent::Lost => lost("transfers", 0),
    }
}

fn file_transfer(transfer: &Transfer) -> Event {
    let (direction, way) = (if transfer.to_host { "host" } else { "client" }, transfer.drive.as_ref());
    let name = way.map_or_else(|| transfer.path.clone(), |drive| format!("{drive}/{}", transfer.path));
    let event = Event::new(kinds::FILE_TRANSFER)
        .with("text", format!("{name} → {direction}"))
        .with("direction", direction)
        .with("way", if way.is_some() { "drive" } else { "clipboard" })
        .with("path", transfer.path.as_str())
        .with("process", transfer.process);
    let event = with(with(event, "drive", way.map(String::as_str)), "program", transfer.program.as_deref());
    transfer.bytes.into_iter().fold(event, |event, bytes| event.with("size", bytes))
}

/// OpenSSH copied a file from or to this machine.
pub fn ssh_transfer(transfer: &SshTransfer) -> Event {
    let direction = match transfer.direction {
        Direction::Host => "host",
        Direction::Client => "client",
        Direction::Remote => "remote",
    };
    let way = match transfer.way {
        SshWay::Sftp => "sftp",
        SshWay::Scp => "scp",
    };
    let event = Event::new(kinds::FILE_TRANSFER)
        .with("text", format!("{} → {direction}", transfer.path))
        .with("direction", direction)
        .with("way", way)
        .with("path", transfer.path.as_str())
        .with("process", transfer.process)
        .with("program", transfer.program.as_str());
    transfer.bytes.into_iter().fold(event, |event, bytes| event.with("size", bytes))
}

/// Who did it, by the user that its process began as.
pub fn done_by(event: Event, doer: Option<&Doer>) -> Event {
    let Some(doer) = doer else { return event };
    let uid = Uid::from_raw(doer.origin.uid);
    let name = User::from_uid(uid).ok().flatten().map_or_else(|| uid.to_string(), |user| user.name);
    with(event.with("by", name).with("process", doer.process), "program", doer.program.as_deref())
}

/// So many things of a kind are not known.
pub fn lost(of: &str, count: u64) -> Event {
    let event = Event::new(kinds::EVENTS_LOST).with("of", of);
    if count > 0 {
        event.with("text", format!("{of}: too many to be told")).with("lost", count)
    } else {
        event.with("text", format!("{of}: some are not known"))
    }
}

fn program(kind: &str, ended: &Ended, how: &str) -> Event {
    let name = ended.program.as_deref().map_or("a program", file_name);
    let event = Event::new(kind).with("text", format!("{name}: {how}")).with("process", ended.process);
    let event = with(event, "program", ended.program.as_deref());
    let event = ended.status.into_iter().fold(event, |event, status| event.with("status", status));
    ended.signal.into_iter().fold(event, |event, signal| event.with("signal", signal_name(signal)))
}

fn how(ended: &Ended) -> String {
    match (ended.status, ended.signal) {
        (_, Some(signal)) => format!("ended by {}", signal_name(signal)),
        (Some(status), None) => format!("ended with status {status}"),
        (None, None) => "ended".to_owned(),
    }
}

/// So many bytes in words, as makers of disks count them.
fn size(bytes: u64) -> String {
    let units = [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    let unit = units.into_iter().find(|(unit, _)| bytes >= *unit);
    unit.map_or_else(|| format!("{bytes} bytes"), |(unit, name)| format!("{} {name}", (bytes + unit / 2) / unit))
}

fn signal_name(signal: u8) -> String {
    Signal::try_from(i32::from(signal)).map_or_else(|_| format!("signal {signal}"), |signal| signal.as_str().to_owned())
}

fn with(event: Event, field: &str, text: Option<&str>) -> Event {
    text.into_iter().fold(event, |event, text| event.with(field, text))
}
