//! All that is looked at for [`super::Wanted`], asked together.

use std::collections::BTreeMap;
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use detect::{
    AccountFiles, Configuration, Connections, DconfDatabase, Doer, DpkgStatus, Facts, FileChange, FileChanged,
    FileEvent, Files, Flatpaks, GroupFile, Manager, MountWatch, PrintWatch, ProgramEvent, Programs, RpmDatabase,
    Unwatched, UsbWatch, Watch, is_client,
};
use events::Listed;
use nix::poll::PollTimeout;

use super::source::{Compared, Source};
use super::{Told, Wanted, files};
use crate::programs::Names;
use crate::saying::within;

/// How often /proc is looked through where the kernel does not tell.
const SCAN_EVERY: Duration = Duration::from_secs(1);
/// How often is looked whether a listed folder is there now.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// Lists of programs, and of folders, that can be told apart.
pub const MAX_LISTS: usize = detect::MAX_LISTS - 1;
/// The list of what is looked at here, for other purposes: of programs those that connect, of folders what is in them and not what is below that.
const OWN: u64 = 1 << MAX_LISTS;

/// What is looked at.
pub struct Sources {
    programs: Programs,
    files: Option<Files>,
    /// Listed folders that are not there yet.
    missing: Vec<PathBuf>,
    connections: Option<Connections>,
    configuration: Option<Configuration>,
    /// What needs to know of nothing else.
    others: Vec<Box<dyn Source>>,
    /// Whether anybody has listed programs.
    any_programs: bool,
}

impl Sources {
    /// Begins to look, and tells what cannot be looked at.
    pub fn open(wanted: &Wanted, tell: &mut dyn FnMut(&Told)) -> Self {
        let any_programs = !wanted.programs.is_empty();
        let classify = || classify(wanted.programs.clone(), wanted.connections);
        let programs = Programs::listening(classify(), any_programs).unwrap_or_else(|error| {
            tell(&Told::Scans(error.to_string()));
            Programs::scanning(classify(), any_programs)
        });
        let (files, mut missing) = watch_files(&folders(wanted), tell);
        let others = others(wanted, &mut missing, tell);
        let connections = wanted.connections.then(Connections::default);
        let configuration = configuration(&wanted.configuration, tell);
        Self { programs, files, missing, connections, configuration, others, any_programs }
    }

    /// Tells what happened. Whether more may wait already.
    ///
    /// # Errors
    /// If the kernel tells nothing any longer.
    pub fn take(&mut self, tell: &mut dyn FnMut(Told)) -> anyhow::Result<bool> {
        let Self { programs, files, connections, configuration, others, any_programs, .. } = self;
        // Who did something to a file is known once what processes did is.
        let mut more = files.as_mut().map_or(Ok(false), Files::fetch)?;
        more |= programs.take(&mut |event| {
            if let Some(event) = of_program(event, connections.as_mut(), *any_programs) {
                tell(Told::Program(event));
            }
        })?;
        let known = |pid| programs.known(pid);
        if let Some(files) = files {
            files.tell(&known, &mut |event| {
                if let Some(event) = of_file(event, others) {
                    tell(Told::File(event));
                }
            });
        }
        if let Some(configuration) = configuration {
            configuration.take(&known, &mut |event| tell(Told::Configuration(event)))?;
        }
        if let Some(connections) = connections {
            connections.take(&known, &mut |connected| tell(Told::Connected(Box::new(connected))));
        }
        for other in others {
            other.take(tell)?;
        }
        Ok(more)
    }

    /// What is looked at from time to time is due now: nobody looks afterwards.
    pub fn look_now(&mut self) {
        self.connections.iter_mut().for_each(Connections::look_now);
    }

    /// Readable when there may be something to take.
    pub fn fds(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let others = self.others.iter().filter_map(|other| other.fd());
        let configuration = self.configuration.as_ref().map(Configuration::fd);
        [self.programs.fd(), self.files.as_ref().map(Files::fd), configuration].into_iter().flatten().chain(others)
    }

    /// How long to wait where none of them becomes readable.
    pub fn timeout(&self) -> PollTimeout {
        let scan = self.programs.fd().is_none().then_some(SCAN_EVERY);
        let look = (!self.missing.is_empty()).then_some(LOOK_EVERY);
        let configuration = self.configuration.as_ref().and_then(Configuration::due);
        let connections = self.connections.as_ref().and_then(Connections::due);
        let due = [self.files.as_ref().and_then(Files::due), connections, configuration];
        let due = due.into_iter().chain(self.others.iter().map(|other| other.due()));
        let due = due.flatten().min().map(|due| due.saturating_duration_since(Instant::now()));
        let first = [scan, look, due].into_iter().flatten().min();
        first.map_or(PollTimeout::NONE, within)
    }

    /// Whether a folder is there now that was not.
    pub fn is_outdated(&self) -> bool {
        self.missing.iter().any(|folder| folder.is_dir())
    }
}

/// All that is looked at by itself. What is not there yet is missing; and what cannot be looked at is told.
fn others(wanted: &Wanted, missing: &mut Vec<PathBuf>, tell: &mut dyn FnMut(&Told)) -> Vec<Box<dyn Source>> {
    let mut others = Vec::new();
    let mut add = |folder: &Path, source: std::io::Result<Box<dyn Source>>| match source {
        Ok(source) => others.push(source),
        Err(error) => tell(&Told::Unwatched { folder: folder.display().to_string(), reason: error.to_string() }),
    };
    if let Some(folder) = &wanted.accounts {
        add(folder, Watch::<AccountFiles>::of(folder).map(|watch| Compared::boxed(watch, Told::Account)));
        add(folder, Watch::<GroupFile>::of(folder).map(|watch| Compared::boxed(watch, Told::Group)));
    }
    // A machine without dpkg has none of its packages, and so on.
    if let Some(folder) = wanted.packages.as_ref().filter(|folder| folder.exists()) {
        let told = |event| Told::Package(Manager::Dpkg, event);
        add(folder, Watch::<DpkgStatus>::of(folder).map(|watch| Compared::boxed(watch, told)));
    }
    if let Some(folder) = wanted.rpms.as_ref().filter(|folder| folder.exists()) {
        let told = |event| Told::Package(Manager::Rpm, event);
        add(folder, Watch::<RpmDatabase>::of(folder).map(|watch| Compared::boxed(watch, told)));
    }
    if let Some(folder) = wanted.flatpaks.as_ref().filter(|folder| folder.exists()) {
        let told = |event| Told::Package(Manager::Flatpak, event);
        add(folder, Watch::<Flatpaks>::of(folder).map(|watch| Compared::boxed(watch, told)));
    }
    if let Some(sys) = &wanted.usb_storage {
        add(sys, UsbWatch::listen(sys).map(|usb| Box::new(usb) as Box<dyn Source>));
    }
    if wanted.client_drives {
        add(Path::new("/proc"), MountWatch::open().map(|mounts| Box::new(mounts) as Box<dyn Source>));
    }
    for (uid, folder) in &wanted.settings {
        let uid = *uid;
        let told = move |event| Told::Setting(uid, event);
        if folder.exists() {
            add(folder, Watch::keeping(DconfDatabase(uid), folder).map(|watch| Compared::boxed(watch, told)));
        } else {
            // It is there once the user has changed anything.
            missing.push(folder.clone());
        }
    }
    match &wanted.printing {
        Some(spool) if spool.exists() => {
            add(spool, PrintWatch::watch(spool).map(|printing| Box::new(printing) as Box<dyn Source>));
        }
        // CUPS may be installed later.
        Some(spool) => missing.push(spool.clone()),
        None => {}
    }
    others
}

/// Begins to watch listed configuration, and says what cannot be.
fn configuration(lists: &[Listed], tell: &mut dyn FnMut(&Told)) -> Option<Configuration> {
    let mut listed = BTreeMap::<&Path, u64>::new();
    for (at, list) in lists.iter().take(MAX_LISTS).enumerate() {
        files(list).for_each(|path| *listed.entry(Path::new(path)).or_default() |= 1 << at);
    }
    if listed.is_empty() {
        return None;
    }
    let listed: Vec<(&Path, u64)> = listed.into_iter().collect();
    let (configuration, unwatched) = match Configuration::watch(&listed) {
        Ok((configuration, unwatched)) => (Some(configuration), unwatched),
        Err(error) => {
            let all = Unwatched { folder: "all configuration that is listed".to_owned(), reason: error.to_string() };
            (None, vec![all])
        }
    };
    unwatched.into_iter().for_each(|Unwatched { folder, reason }| tell(&Told::Unwatched { folder, reason }));
    configuration
}

/// Folders that are looked at, each with its lists. Files are replaced in those of [`OWN`], and who did it is of use.
pub fn folders(wanted: &Wanted) -> Vec<(PathBuf, u64)> {
    let mut folders: BTreeMap<PathBuf, u64> = wanted.listed_folders().into_iter().collect();
    for folder in [&wanted.accounts, &wanted.packages].into_iter().flatten() {
        *folders.entry(folder.clone()).or_default() |= OWN;
    }
    folders.into_iter().collect()
}

/// Watches what is listed, and says what cannot be; the others are not there yet.
fn watch_files(folders: &[(PathBuf, u64)], tell: &mut dyn FnMut(&Told)) -> (Option<Files>, Vec<PathBuf>) {
    if folders.is_empty() {
        return (None, Vec::new());
    }
    let listed: Vec<(&Path, u64)> = folders.iter().map(|(folder, lists)| (&**folder, *lists)).collect();
    let (files, unwatched) = match Files::watch(&listed, OWN) {
        Ok((files, unwatched)) => (Some(files), unwatched),
        Err(error) => {
            let all = Unwatched { folder: "all that are listed".to_owned(), reason: error.to_string() };
            (None, vec![all])
        }
    };
    let is_own = |folder: &str| folders.iter().any(|(one, lists)| *one == Path::new(folder) && *lists == OWN);
    let mut missing = Vec::new();
    for Unwatched { folder, reason } in unwatched {
        if is_own(&folder) {
            continue;
        }
        if files.is_some() && !Path::new(&folder).exists() {
            missing.push(PathBuf::from(&folder));
        }
        tell(&Told::Unwatched { folder, reason });
    }
    (files, missing)
}

fn classify(lists: Vec<Names>, connections: bool) -> impl Fn(&Facts) -> u64 {
    move |facts| {
        let is_on = |names: &Names| names.have(facts.program.as_deref(), &facts.own_name, &facts.arguments);
        let listed = lists.iter().take(MAX_LISTS).enumerate().filter(|(_, names)| is_on(names));
        let own = connections && facts.program.as_deref().is_some_and(is_client);
        listed.map(|(at, _)| 1 << at).sum::<u64>() | if own { OWN } else { 0 }
    }
}

/// Hands on that a client started, and gives back what others listed.
fn of_program(event: ProgramEvent, connections: Option<&mut Connections>, any_programs: bool) -> Option<ProgramEvent> {
    let ProgramEvent::Started(mut started) = event else { return Some(event) };
    if let Some((connections, program)) = connections.zip(started.program.as_deref()) {
        connections.started(started.process, program, started.before);
    }
    started.lists &= !OWN;
    let is_listed = started.lists != 0 || (started.shell && any_programs);
    is_listed.then_some(ProgramEvent::Started(started))
}

/// Hands on who replaced files that are compared, and gives back what others listed.
fn of_file(event: FileEvent, others: &mut [Box<dyn Source>]) -> Option<FileEvent> {
    let FileEvent::Changed(mut changed) = event else { return Some(event) };
    if changed.lists & OWN != 0
        && let FileChanged { change: FileChange::Renamed(to) | FileChange::Moved(to), .. } = &*changed
    {
        let FileChanged { process, program, origin, .. } = &*changed;
        let doer = Doer { process: *process, program: program.clone(), origin: origin.clone() };
        others.iter_mut().for_each(|other| other.replaced_by(to, &doer));
    }
    changed.lists &= !OWN;
    (changed.lists != 0).then_some(FileEvent::Changed(changed))
}
