//! A server's storage, catalogue and agents' side, without its network.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use catalogue::{Catalogue, DiagnosticQuery, EnrolmentToken, Machine, Recording, RecordingState};
use evidence::ReceiptKey;
use recording::{RecordingId, Verifier};
use server::ingest::{Ingest, IngestOptions};
use server::metrics::Metrics;
use storage::{Disk, Medium, Space, Store, StoreOptions, StoredFile};
use uuid::Uuid;

pub struct Site {
    pub folder: tempfile::TempDir,
    pub catalogue: Catalogue,
    pub store: Store,
    pub ingest: Ingest,
    pub disk: FailingDisk,
}

impl Site {
    pub async fn new() -> Self {
        Self::with(IngestOptions::default()).await
    }

    pub async fn with(options: IngestOptions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::open(folder, options).await
    }

    async fn open(folder: tempfile::TempDir, options: IngestOptions) -> Self {
        let catalogue = Catalogue::open(&folder.path().join("catalogue.sqlite")).await.unwrap();
        let disk = FailingDisk::default();
        let options_of_store = StoreOptions::new(vec![folder.path().join("recordings")]);
        // Connections of the one before may still be going, and with them its lock.
        let store =
            eventually("the folder is free", async || Store::open_on(options_of_store.clone(), disk.clone()).ok())
                .await;
        let metrics = Metrics::new().unwrap();
        let receipt_key = ReceiptKey::from_seed([0x55; 32]);
        let ingest = Ingest::start_with(catalogue.clone(), store.clone(), metrics, receipt_key, options).await.unwrap();
        Self { folder, catalogue, store, ingest, disk }
    }

    /// Keeps a policy and makes it active, without going through the interface.
    pub async fn activate(&self, name: &str, document: &str) {
        let summary = catalogue::PolicySummary {
            id: Uuid::now_v7(),
            name: name.to_owned(),
            description: String::new(),
            rules: 1,
            revision: 1,
            changed_us: 1,
            changed_by: "ada".to_owned(),
        };
        let id = summary.id.simple().to_string();
        let action = catalogue::AdministratorAction {
            at_us: 1,
            who: "ada".to_owned(),
            address: String::new(),
            action: "test".to_owned(),
            subject: String::new(),
            detail: String::new(),
            before: None,
            after: None,
        };
        let policy = catalogue::StoredPolicy { summary, document: document.to_owned() };
        self.catalogue
            .change_policies(catalogue::PolicyKind::Recording, catalogue::PolicyChange::Add(&policy), &action)
            .await
            .unwrap();
        self.catalogue.set_setting(catalogue::Setting::ActivePolicy, &id).await.unwrap();
    }

    /// Stops in order and starts again.
    pub async fn restart(self) -> Self {
        self.restart_with(IngestOptions::default()).await
    }

    /// The same with other options.
    pub async fn restart_with(self, options: IngestOptions) -> Self {
        let Self { folder, catalogue, store, ingest, .. } = self;
        ingest.stop().await;
        catalogue.close().await;
        drop((ingest, store));
        Self::open(folder, options).await
    }

    /// Leaves everything as a crash does, and starts again on a copy of what is on disk.
    pub async fn crash(&self) -> Self {
        Self::open(self.copy(), IngestOptions::default()).await
    }

    /// A copy of everything on disk.
    pub fn copy(&self) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let copied = std::process::Command::new("cp")
            .arg("-a")
            .arg(format!("{}/.", self.folder.path().display()))
            .arg(folder.path())
            .status();
        assert!(copied.unwrap().success());
        folder
    }

    /// Enrols machine number `n`, or finds it.
    pub async fn machine(&self, n: u128) -> Machine {
        match self.catalogue.machine(machine_id(n)).await.unwrap() {
            Some(machine) => machine,
            None => enrol(&self.catalogue, n).await,
        }
    }
    /// Waits until the catalogue shows the recording in this state.
    pub async fn row_in(&self, id: RecordingId, state: RecordingState) -> Recording {
        eventually(&format!("{state:?}"), async || {
            self.catalogue.recording(id).await.unwrap().filter(|row| row.state == state)
        })
        .await
    }

    /// Waits until a diagnostic with this number is there, and returns its text.
    pub async fn diagnostic(&self, number: u32) -> String {
        eventually(&format!("diagnostic {number}"), async || {
            let page = self.catalogue.diagnostics(&DiagnosticQuery::default()).await.unwrap();
            page.items.into_iter().find(|e| e.diagnostic.number == number).map(|e| e.diagnostic.text)
        })
        .await
    }

    /// Whether storage holds nothing at all.
    pub fn stored_nothing(&self) -> bool {
        self.store.list().is_empty()
    }

    /// What is stored, after checking that it is a sound recording: whole blocks, and a chain that holds.
    pub fn stored(&self, id: RecordingId) -> Vec<u8> {
        let reader = self.store.reader(id).unwrap();
        let bytes = reader.read_up_to(0, usize::MAX).unwrap();
        let mut verifier = Verifier::new();
        verifier.push(&bytes).unwrap();
        let report = verifier.finish().unwrap();
        assert!(report.intact, "{report:?}");
        bytes
    }
}

fn machine_id(n: u128) -> Uuid {
    Uuid::from_u128(0x1000 + n)
}

/// Enrols machine number `n`.
pub async fn enrol(catalogue: &Catalogue, n: u128) -> Machine {
    let id = machine_id(n);
    let token = EnrolmentToken {
        id,
        note: String::new(),
        created_us: 1,
        created_by: "test".into(),
        expires_us: i64::MAX,
        used_us: None,
        machine: None,
        for_machine: None,
    };
    let machine = Machine::enrolled(id, format!("fin-{n}"), format!("{n:064x}"), i64::MAX, 1);
    let secret = n.to_be_bytes();
    catalogue.add_token(&token, &secret).await.unwrap();
    catalogue.enrol(&secret, &machine).await.unwrap();
    machine
}

/// Polls until there is a result; gives up after a while.
pub async fn eventually<T>(what: &str, mut poll: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(found) = poll().await {
            return found;
        }
        assert!(std::time::Instant::now() < deadline, "this never came: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// What is wrong with the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    Full,
    SyncFails,
}

/// The operating system's files, which fail for chosen recordings while a trouble lasts.
#[derive(Clone, Default)]
pub struct FailingDisk(Arc<Mutex<Option<(Trouble, String)>>>);

impl FailingDisk {
    /// Begins a trouble for files whose path contains `part`.
    pub fn fail(&self, trouble: Trouble, part: &str) {
        *self.0.lock().unwrap() = Some((trouble, part.to_owned()));
    }

    pub fn mend(&self) {
        *self.0.lock().unwrap() = None;
    }

    fn check(&self, trouble: Trouble, path: &Path, error: i32) -> io::Result<()> {
        let now = self.0.lock().unwrap();
        match &*now {
            Some((kind, part)) if *kind == trouble && path.to_string_lossy().contains(part) => {
                Err(io::Error::from_raw_os_error(error))
            }
            _ => Ok(()),
        }
    }
}

struct FailingFile {
    disk: FailingDisk,
    path: PathBuf,
    inner: Arc<dyn StoredFile>,
}

const EIO: i32 = 5;
const ENOSPC: i32 = 28;

impl Medium for FailingDisk {
    fn open(&self, path: &Path) -> io::Result<Arc<dyn StoredFile>> {
        Ok(Arc::new(FailingFile { disk: self.clone(), path: path.into(), inner: Disk.open(path)? }))
    }

    fn create(&self, path: &Path) -> io::Result<Arc<dyn StoredFile>> {
        self.check(Trouble::Full, path, ENOSPC)?;
        Ok(Arc::new(FailingFile { disk: self.clone(), path: path.into(), inner: Disk.create(path)? }))
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        Disk.sync_folder(path)
    }

    fn space(&self, folder: &Path) -> io::Result<Space> {
        Disk.space(folder)
    }
}

impl StoredFile for FailingFile {
    fn len(&self) -> io::Result<u64> {
        self.inner.len()
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.inner.set_len(length)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.inner.read_at(buffer, offset)
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.disk.check(Trouble::Full, &self.path, ENOSPC)?;
        self.inner.write_all_at(bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        self.disk.check(Trouble::SyncFails, &self.path, EIO)?;
        self.inner.sync()
    }
}
