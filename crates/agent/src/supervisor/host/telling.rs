//! Who is told what.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use detect::{
    ChangeEvent, Changed, ClientMount, ConfigurationChange, Copies, CopyEvent, DriveEvent, FileEvent, PrintEvent,
    ProgramEvent, SettingChange, SshEvent, SshTransfers, Whose,
};
use events::Logging;
use nix::unistd::User;
use recording::{Event, RecordingId};

use super::doubles::Doubles;
use super::programs::Living;
use crate::host_watch::{Told, Wanted, settings};
use crate::supervisor::Context;
use crate::supervisor::belonging::{Seat, of_origin, seats};
use crate::supervisor::configuration::{configuration_changed, is_listed, setting_changed};
use crate::supervisor::drives::{DriveWatches, OfDrives};
use crate::supervisor::files_watch::Watching;
use crate::supervisor::host_events::{
    account_changed, connection, file_changed, file_copied, group_changed, lost, of_drives, package_changed, print_job,
    ssh_transfer, storage_changed,
};
use crate::supervisor::printed;
use crate::supervisor::running::Session;
use crate::supervisor::wanted::names;

/// Folders with drives of one user's clients.
const MAX_OF_USER: usize = 4;

/// Who is told what.
pub struct Telling {
    wanted: Wanted,
    pub(super) seats: Vec<Seat>,
    /// Of each seat.
    pub(super) places: Vec<Place>,
    /// Programs that run, by process: a recording that begins is told of them.
    pub(super) living: HashMap<u32, Living>,
    pub(super) doubles: Doubles,
    /// Folders in which drives of clients appear.
    mounts: Vec<ClientMount>,
    drives: DriveWatches,
    ssh: Watching<SshTransfers>,
    copies: Watching<Copies>,
}

/// A session that may be told something.
pub struct Place {
    pub(super) session: Arc<Session>,
    pub(super) logging: Arc<Logging>,
    /// The bit of its list of programs.
    pub(super) list: u64,
    /// That of its list of folders.
    folders: u64,
    /// And that of its list of configuration.
    configuration: u64,
    recording: Option<RecordingId>,
    /// It was not paused when it was last looked at.
    was_told: bool,
    /// Processes whose programs' starts its recording was told.
    pub(super) told: HashSet<u32>,
    /// Jobs of which its recording has copies.
    copied: HashSet<u32>,
}

impl Telling {
    /// Nobody is told anything yet.
    pub fn new(drives: DriveWatches, ssh: Watching<SshTransfers>, copies: Watching<Copies>) -> Self {
        Self {
            wanted: Wanted::default(),
            seats: Vec::new(),
            places: Vec::new(),
            living: HashMap::new(),
            doubles: Doubles::default(),
            mounts: Vec::new(),
            drives,
            ssh,
            copies,
        }
    }

    /// Whether this is what is looked for.
    pub fn is_of(&self, wanted: &Wanted) -> bool {
        self.wanted == *wanted
    }

    /// From now on somebody looks for this, who has told this already.
    pub fn begin(&mut self, context: &Context, wanted: Wanted, first: Vec<Told>) {
        self.copies.watch(Some(wanted.listed_folders()).filter(|listed| !listed.is_empty()));
        self.wanted = wanted;
        self.living.values_mut().for_each(|living| living.by_other = true);
        self.look(context);
        first.iter().for_each(|told| self.tell(told));
    }

    /// Looks at what became of the sessions.
    pub fn look(&mut self, context: &Context) {
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
    pub fn tell_drives(&self, told: &OfDrives) {
        let theirs = self.places.iter().filter(|place| place.session.desktop.uid == told.uid);
        let is_transfer = matches!(told.event, DriveEvent::Transfer(_) | DriveEvent::Lost);
        let logs = |logging: &Logging| if is_transfer { logging.transfers } else { logging.client_drives };
        for place in theirs.filter(|place| logs(&place.logging)) {
            place.session.detected(of_drives(&told.event));
        }
    }

    /// What is served: to every session of the user who is connected, who need not be in one. What a program of a session fetches and sends: to
    /// that session.
    pub fn tell_ssh(&self, event: &SshEvent) {
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
    pub fn tell_copy(&self, event: &CopyEvent) {
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
    pub fn tell_lost(&self) {
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
    pub fn tell_doubled(&mut self, told: &Told) {
        self.tell_once(told);
        self.doubles.note(told);
    }

    pub fn tell(&mut self, told: &Told) {
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
}
