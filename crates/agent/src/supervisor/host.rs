//! Tells sessions' recordings what happened on the machine, each what its own programs did. One process looks, for all sessions, and
//! only while one of them wants it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use detect::{
    ChangeEvent, Changed, ClientMount, ConfigurationChange, Copies, CopyEvent, DriveEvent, FileEvent, PrintEvent,
    ProgramEvent, SettingChange, SshEvent, SshTransfers, Started, Whose,
};
use events::Logging;
use nix::unistd::User;
use recording::{Event, RecordingId};
use tokio::sync::mpsc;
use tokio::time::sleep;

use super::Context;
use super::again::Again;
use super::belonging::{Seat, of_origin, seats};
use super::configuration::{configuration_changed, is_listed, setting_changed};
use super::drives::{DriveWatches, OfDrives};
use super::files_watch::{Watcher, Watching};
use super::host_events::{
    account_changed, connection, file_changed, file_copied, group_changed, lost, of_drives, package_changed, print_job,
    program_end, program_failed, program_start, ssh_transfer, storage_changed,
};
use super::host_watch::{Doubles, HostWatch, MAX_HEARD};
use super::printed;
use super::running::Session;
use super::wanted::{self, names};
use crate::host_watch::{Told, Wanted, settings};

/// Folders with drives of one user's clients.
const MAX_OF_USER: usize = 4;
/// Programs that run and are known here.
const MAX_LIVING: usize = 64 << 10;

const BY_SSH: Watcher = Watcher { subcommand: "ssh-watch", knows: "files that SFTP and SCP copy" };
const COPIES: Watcher = Watcher { subcommand: "copy-watch", knows: "files that are copied out of listed folders" };

/// Tells for as long as it is polled.
pub(super) async fn watch_host(context: Arc<Context>) {
    let mut changes = context.running.changes();
    let mut again = Again::default();
    loop {
        changes.mark_unchanged();
        let wanted = wanted::wanted(&context);
        if wanted.is_nothing() {
            if changes.changed().await.is_err() {
                return std::future::pending().await;
            }
            continue;
        }
        again.starts();
        if let Err(error) = watch(&context, wanted, &mut changes).await {
            tracing::warn!("what happens on the machine is not known: {error:#}");
            sleep(again.ended()).await;
        }
    }
}

/// Tells what happens, until nothing is wanted any longer.
async fn watch(
    context: &Context,
    wanted: Wanted,
    changes: &mut tokio::sync::watch::Receiver<u64>,
) -> anyhow::Result<()> {
    let (mut host, first) = HostWatch::start(context, &wanted).await?;
    let (of_drives, mut drives_heard) = mpsc::channel(MAX_HEARD);
    let (by_ssh, mut ssh_heard) = mpsc::channel(MAX_HEARD);
    let (of_copies, mut copies_heard) = mpsc::channel(MAX_HEARD);
    let (program, uids) = (&context.settings.own_program, &context.uids);
    let mut telling = Telling {
        wanted: Wanted::default(),
        seats: Vec::new(),
        places: Vec::new(),
        living: HashMap::new(),
        doubles: Doubles::default(),
        mounts: Vec::new(),
        drives: DriveWatches::new(program.clone(), of_drives),
        ssh: Watching::new(BY_SSH, program.clone(), uids.clone(), by_ssh),
        copies: Watching::new(COPIES, program.clone(), uids.clone(), of_copies),
    };
    telling.begin(context, wanted, first);
    loop {
        let wanted = tokio::select! {
            told = host.hear() => match told {
                Ok(Told::Outdated) => wanted::wanted(context),
                Ok(told) => {
                    telling.tell(&told);
                    continue;
                }
                Err(error) => {
                    telling.tell_lost();
                    return Err(error);
                }
            },
            Some(told) = drives_heard.recv() => {
                telling.tell_drives(&told);
                continue;
            }
            Some(event) = ssh_heard.recv() => {
                telling.tell_ssh(&event);
                continue;
            }
            Some(event) = copies_heard.recv() => {
                telling.tell_copy(&event);
                continue;
            }
            changed = changes.changed() => {
                changed?;
                let wanted = wanted::wanted(context);
                if wanted == telling.wanted {
                    telling.look(context);
                    continue;
                }
                wanted
            }
        };
        if wanted.is_nothing() {
            return Ok(());
        }
        // Both look until the first one has told what waits.
        let (next, first) = HostWatch::start(context, &wanted).await.inspect_err(|_| telling.tell_lost())?;
        let before = std::mem::replace(&mut host, next);
        before.end(|told| telling.tell_doubled(&told)).await;
        telling.begin(context, wanted, first);
    }
}

/// Who is told what.
struct Telling {
    wanted: Wanted,
    seats: Vec<Seat>,
    /// Of each seat.
    places: Vec<Place>,
    /// Programs that run, by process: a recording that begins is told of them.
    living: HashMap<u32, Living>,
    doubles: Doubles,
    /// Folders in which drives of clients appear.
    mounts: Vec<ClientMount>,
    drives: DriveWatches,
    ssh: Watching<SshTransfers>,
    copies: Watching<Copies>,
}

/// A program that runs.
struct Living {
    started: Started,
    /// Who told it does not look any longer: whoever looks now will tell it, too.
    by_other: bool,
}

/// A session that may be told something.
struct Place {
    session: Arc<Session>,
    logging: Arc<Logging>,
    /// The bit of its list of programs.
    list: u64,
    /// That of its list of folders.
    folders: u64,
    /// And that of its list of configuration.
    configuration: u64,
    recording: Option<RecordingId>,
    /// It was not paused when it was last looked at.
    was_told: bool,
    /// Processes whose programs' starts its recording was told.
    told: HashSet<u32>,
    /// Jobs of which its recording has copies.
    copied: HashSet<u32>,
}

impl Telling {
    /// From now on somebody looks for this, who has told this already.
    fn begin(&mut self, context: &Context, wanted: Wanted, first: Vec<Told>) {
        self.copies.watch(Some(wanted.listed_folders()).filter(|listed| !listed.is_empty()));
        self.wanted = wanted;
        self.living.values_mut().for_each(|living| living.by_other = true);
        self.look(context);
        first.iter().for_each(|told| self.tell(told));
    }

    /// Looks at what became of the sessions.
    fn look(&mut self, context: &Context) {
        let mut before: HashMap<String, Place> =
            self.places.drain(..).map(|place| (place.session.id.clone(), place)).collect();
        self.seats = seats(context.running.all());
        for Seat { session, .. } in &self.seats {
            let state = session.state();
            let (list, folders) = (self.bit(&state.logging), self.folders_bit(&state.logging));
            let configuration = self.configuration_bit(&state.logging);
            let known = before.remove(&session.id).filter(|place| place.recording == state.recording);
            let (told, copied, was_told) =
                known.map_or_else(Default::default, |place| (place.told, place.copied, place.was_told));
            let (recording, logging) = (state.recording, state.logging);
            let session = Arc::clone(session);
            self.places.push(Place {
                session,
                logging,
                list,
                folders,
                configuration,
                recording,
                was_told,
                told,
                copied,
            });
        }
        self.look_at_drives();
        let logs_transfers = self.places.iter().any(|place| place.recording.is_some() && place.logging.transfers);
        self.ssh.watch(logs_transfers.then_some(()));
        for at in 0..self.places.len() {
            let Some(may) = self.places.get(at).map(|place| place.session.may_be_told()) else { continue };
            let is_new =
                self.places.get_mut(at).is_some_and(|place| !std::mem::replace(&mut place.was_told, may) && may);
            if is_new {
                self.tell_living(at);
            }
        }
    }

    fn bit(&self, logging: &Logging) -> u64 {
        let names = names(logging);
        let at = self.wanted.programs.iter().position(|listed| *listed == names);
        at.filter(|_| !logging.programs.is_empty()).map_or(0, |at| 1 << at)
    }

    fn configuration_bit(&self, logging: &Logging) -> u64 {
        self.wanted.configuration.iter().position(|listed| *listed == logging.configuration).map_or(0, |at| 1 << at)
    }

    fn folders_bit(&self, logging: &Logging) -> u64 {
        self.wanted.folders.iter().position(|listed| *listed == logging.folders).map_or(0, |at| 1 << at)
    }

    /// A recording that begins, or goes on after a pause, is told what runs.
    fn tell_living(&mut self, at: usize) {
        let mut living: Vec<&Started> = self.living.values().map(|living| &living.started).collect();
        living.sort_by_key(|started| started.number);
        for started in living {
            if of_origin(&self.seats, &started.origin) == Some(at)
                && let Some(place) = self.places.get_mut(at)
            {
                place.started(started, true);
            }
        }
    }

    /// Of sessions that log what happens to them alone: whoever looks at drives costs their client something.
    fn look_at_drives(&mut self) {
        let logs = |place: &Place| place.logging.client_drives || place.logging.transfers;
        let is_wanted = |mount: &&ClientMount| {
            self.places.iter().any(|place| logs(place) && place.session.desktop.uid == mount.uid)
        };
        let mut of_user = HashMap::<u32, usize>::new();
        // A user can make folders look like this, and has few sessions.
        let mut is_one_of_few = |mount: &&ClientMount| {
            let count = of_user.entry(mount.uid).or_default();
            *count += 1;
            *count <= MAX_OF_USER
        };
        let wanted = self.mounts.iter().filter(is_wanted).filter(|mount| is_one_of_few(mount));
        self.drives.become_those(wanted.cloned().collect());
    }

    /// To every session of the drives' user: to which of them its client belongs is not known.
    fn tell_drives(&self, told: &OfDrives) {
        let theirs = self.places.iter().filter(|place| place.session.desktop.uid == told.uid);
        let is_transfer = matches!(told.event, DriveEvent::Transfer(_) | DriveEvent::Lost);
        let logs = |logging: &Logging| if is_transfer { logging.transfers } else { logging.client_drives };
        for place in theirs.filter(|place| logs(&place.logging)) {
            place.session.detected(of_drives(&told.event));
        }
    }

    /// What is served: to every session of the user who is connected, who need not be in one. What a program of a session fetches and sends: to
    /// that session.
    fn tell_ssh(&self, event: &SshEvent) {
        let SshEvent::Transfer(transfer) = event else {
            let logging = self.places.iter().filter(|place| place.logging.transfers);
            return logging.for_each(|place| place.session.detected(lost("transfers", 0)));
        };
        let of_program = match &transfer.whose {
            Whose::Run(origin) => of_origin(&self.seats, origin),
            Whose::Served(_) => None,
        };
        for (at, place) in self.places.iter().enumerate().filter(|(_, place)| place.logging.transfers) {
            let is_theirs = match &transfer.whose {
                Whose::Served(uid) => place.session.desktop.uid == *uid,
                Whose::Run(_) => of_program == Some(at),
            };
            if is_theirs {
                place.session.detected(ssh_transfer(transfer));
            }
        }
    }

    /// To the session whose program it was.
    fn tell_copy(&self, event: &CopyEvent) {
        match event {
            CopyEvent::Lost => self.tell_files_lost(),
            CopyEvent::Copied(copied) => {
                let place = of_origin(&self.seats, &copied.origin).and_then(|at| self.places.get(at));
                if let Some(place) = place.filter(|place| place.folders & copied.lists != 0) {
                    place.session.detected(file_copied(copied));
                }
            }
        }
    }

    fn tell_files_lost(&self) {
        for place in self.places.iter().filter(|place| place.folders != 0) {
            place.session.detected(lost("files", 0));
        }
    }

    /// So much is not known.
    fn tell_lost(&self) {
        self.tell_files_lost();
        for place in &self.places {
            let Logging { accounts, packages, printing, .. } = *place.logging;
            let programs = place.list != 0 || place.logging.program_failures;
            let all = [(programs, "programs"), (accounts, "accounts"), (packages, "packages"), (printing, "printing")];
            let configuration = [(place.configuration != 0, "configuration")];
            let logged = all.into_iter().chain(configuration).filter(|(is_logged, _)| *is_logged);
            logged.for_each(|(_, of)| place.session.detected(lost(of, 0)));
        }
    }

    /// The last words of one that ends, while another looks.
    fn tell_doubled(&mut self, told: &Told) {
        self.tell_once(told);
        self.doubles.note(told);
    }

    fn tell(&mut self, told: &Told) {
        // Starts are known by what runs.
        let is_start = matches!(told, Told::Program(ProgramEvent::Started(_)));
        if is_start || !self.doubles.take(told) {
            self.tell_once(told);
        }
    }

    fn tell_once(&mut self, told: &Told) {
        match told {
            Told::Listens | Told::Outdated => {}
            Told::Scans(reason) => {
                tracing::warn!(reason, "the kernel does not tell which programs run: short-lived ones are missed");
            }
            Told::Unwatched { folder, reason } => tracing::warn!(folder, reason, "a folder cannot be watched"),
            Told::File(FileEvent::Lost) => self.tell_files_lost(),
            Told::File(FileEvent::Changed(changed)) => {
                let place = of_origin(&self.seats, &changed.origin).and_then(|at| self.places.get(at));
                if let Some(place) = place.filter(|place| place.folders & changed.lists != 0) {
                    place.session.detected(file_changed(changed));
                }
            }
            Told::Connected(connected) => {
                let place = of_origin(&self.seats, &connected.origin).and_then(|at| self.places.get(at));
                if let Some(place) = place.filter(|place| place.logging.connections) {
                    place.session.detected(connection(connected));
                }
            }
            Told::Account(event) => self.tell_all(|logging| logging.accounts, "accounts", event, account_changed),
            Told::Group(event) => self.tell_all(|logging| logging.accounts, "accounts", event, group_changed),
            Told::Package(manager, event) => {
                let changed = |changed: &_| package_changed(*manager, changed);
                self.tell_all(|logging| logging.packages, "packages", event, changed);
            }
            Told::Storage(changed) => {
                for place in self.places.iter().filter(|place| place.logging.usb_storage) {
                    place.session.detected(storage_changed(changed));
                }
            }
            Told::Print(event) => self.tell_print(event),
            Told::Configuration(event) => self.tell_configuration(event),
            Told::Setting(uid, event) => self.tell_setting(*uid, event),
            Told::ClientMounts(mounts) => {
                self.mounts.clone_from(mounts);
                self.drives.there_are(mounts);
                self.look_at_drives();
            }
            Told::Program(event) => self.tell_program(event),
        }
    }

    fn tell_program(&mut self, event: &ProgramEvent) {
        match event {
            ProgramEvent::Lost(count) => {
                for place in self.places.iter().filter(|place| place.list != 0 || place.logging.program_failures) {
                    place.session.detected(lost("programs", *count));
                }
            }
            ProgramEvent::Started(started) => {
                if self.is_doubled(started) {
                    return;
                }
                let at = of_origin(&self.seats, &started.origin);
                if let Some(place) = at.and_then(|at| self.places.get_mut(at)) {
                    place.started(started, started.before);
                }
                if self.living.len() < MAX_LIVING {
                    let living = Living { started: (**started).clone(), by_other: false };
                    self.living.insert(started.process, living);
                }
            }
            ProgramEvent::Ended(ended) => {
                let at = of_origin(&self.seats, &ended.origin);
                if let Some(place) = at.and_then(|at| self.places.get_mut(at)) {
                    let was_told = ended.number.is_some() && place.told.remove(&ended.process);
                    if was_told && place.logging.program_ends {
                        place.session.detected(program_end(ended));
                    }
                    if ended.failed() && place.logging.program_failures {
                        place.session.detected(program_failed(ended));
                    }
                }
                self.forget(ended.process);
            }
        }
    }

    /// To every session of the user who prints: from which of them is not known. Of a user that this machine does not have, a program of any
    /// session may have spoken.
    fn tell_print(&mut self, event: &PrintEvent) {
        let printing = self.places.iter_mut().filter(|place| place.logging.printing);
        match event {
            PrintEvent::Lost => printing.for_each(|place| place.session.detected(lost("printing", 0))),
            PrintEvent::Job(job) => {
                let user = job.user.as_deref().and_then(|name| User::from_name(name).ok().flatten());
                let uid = user.map(|user| user.uid.as_raw());
                let is_theirs = |place: &Place| uid.map_or(job.local, |uid| place.session.desktop.uid == uid);
                for place in printing.filter(|place| is_theirs(place)) {
                    place.session.detected(print_job(job));
                    // What somebody printed under a name that nobody has is not for all recordings.
                    if uid.is_some() && place.logging.keeps_printed() && place.copied.insert(job.number) {
                        printed::keep(&place.session, job);
                    }
                }
            }
        }
    }

    fn tell_configuration(&self, event: &ChangeEvent<ConfigurationChange>) {
        let (event, lists) = match event {
            ChangeEvent::Changed(changed) => (configuration_changed(changed), changed.what.lists),
            ChangeEvent::Lost(count) => (lost("configuration", *count), u64::MAX),
        };
        for place in self.places.iter().filter(|place| place.configuration & lists != 0) {
            place.session.detected(event.clone());
        }
    }

    /// To sessions of the user whose setting it is, that list a folder above it.
    fn tell_setting(&self, uid: u32, event: &ChangeEvent<SettingChange>) {
        let theirs = self.places.iter().filter(|place| place.session.desktop.uid == uid);
        for place in theirs {
            match event {
                ChangeEvent::Changed(changed) if is_listed(&place.logging.configuration, &changed.what.key) => {
                    place.session.detected(setting_changed(&changed.what));
                }
                ChangeEvent::Lost(count) if settings(&place.logging.configuration).next().is_some() => {
                    place.session.detected(lost("configuration", *count));
                }
                _ => {}
            }
        }
    }

    /// What is of the machine is told to every session that logs it, whoever did it.
    fn tell_all<C>(
        &self,
        is_logged: impl Fn(&Logging) -> bool,
        of: &str,
        event: &ChangeEvent<C>,
        changed: impl Fn(&Changed<C>) -> Event,
    ) {
        let event = match event {
            ChangeEvent::Changed(change) => changed(change),
            ChangeEvent::Lost(count) => lost(of, *count),
        };
        for place in self.places.iter().filter(|place| is_logged(&place.logging)) {
            place.session.detected(event.clone());
        }
    }

    /// Whether another has told a program's start, and its end perhaps. What the process ran before, if anything, it does not run any longer.
    fn is_doubled(&mut self, started: &Started) -> bool {
        let same = |living: &Living| {
            let other = &living.started;
            living.by_other && other.program == started.program && other.arguments == started.arguments
        };
        if self.living.get(&started.process).is_some_and(same) {
            // Its lists are others now, and sessions may be.
            return false;
        }
        let told = Told::Program(ProgramEvent::Started(Box::new(started.clone())));
        if self.doubles.have_ended(started.process) || self.doubles.take(&told) {
            return true;
        }
        self.forget(started.process);
        false
    }

    /// A process runs something else, or nothing any longer.
    fn forget(&mut self, process: u32) {
        if self.living.remove(&process).is_some() {
            for place in &mut self.places {
                place.told.remove(&process);
            }
        }
    }
}

impl Place {
    fn started(&mut self, started: &Started, before: bool) {
        let is_wanted = self.list != 0 && (started.shell || started.lists & self.list != 0);
        if is_wanted && self.session.may_be_told() && self.told.insert(started.process) {
            self.session.detected(program_start(started, &self.logging, before));
        }
    }
}
