//! Accounts of sessions: what the policy wanted of each and what became of it. Kept on disk until the server has them, so that
//! none is forgotten while it is away.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use policy::Action;
use protocol::{AgentMessage, SessionAccount, SessionFacts};
use recording::RecordingId;
use tokio::sync::watch;

use super::running;
use crate::sessions::{DisplayServer, Process};

/// Accounts kept at most; of more the oldest go first.
const MAX_KEPT: usize = 4_096;
/// Longer names and reasons are cut, so that an account always fits a message.
const MAX_REASON_CHARS: usize = 1_000;

/// What became of a session, as far as its policy is concerned. The words stand in `docs/protocol.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The policy does not want it.
    NotWanted,
    /// It is wanted, and not settled yet.
    Beginning,
    /// Recorded.
    Recorded,
    /// Recorded, with a time missing as its recorder ended or could not start.
    Interrupted,
    /// Not recorded although it should be.
    Failed,
    /// Its user did not agree, or could not be asked, and was logged off.
    Declined,
    /// Recording is switched off on the machine.
    SwitchedOff,
    /// Nobody could say whether it is to be recorded.
    Undecided,
}

impl Outcome {
    const fn word(self) -> &'static str {
        match self {
            Self::NotWanted => "not-wanted",
            Self::Beginning => "beginning",
            Self::Recorded => "recorded",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
            Self::Declined => "declined",
            Self::SwitchedOff => "switched-off",
            Self::Undecided => "undecided",
        }
    }
}

/// What the policy wants of a session, in one word.
pub fn wanted(action: &Action) -> &'static str {
    match action {
        Action::DoNotRecord {} => "nothing",
        Action::RecordEvents { .. } => "events",
        Action::RecordScreen(_) => "screen",
    }
}

/// How a session's account begins.
#[derive(Debug)]
pub struct Decided<'a> {
    /// What it was decided by.
    pub facts: &'a SessionFacts,
    /// When it was decided on first.
    pub began_unix_us: i64,
    /// The policy, and its rule.
    pub by: (&'a str, Option<&'a str>),
    /// See [`wanted`].
    pub wanted: &'static str,
    /// What is known of it by now.
    pub outcome: Outcome,
    /// Why, in words.
    pub reason: &'a str,
}

struct Kept {
    account: SessionAccount,
    /// The newest revision that the server has.
    told: Option<u32>,
}

/// A folder with a file for each account that the server may not have.
pub struct Accounts {
    folder: PathBuf,
    boot_id: String,
    kept: Mutex<BTreeMap<String, Kept>>,
    changed: watch::Sender<u64>,
}

impl Accounts {
    /// Reads the folder; what cannot be read is removed. Sessions that ended while no agent ran are over.
    pub fn open(folder: PathBuf, boot_id: &str) -> Self {
        let accounts =
            Self { folder, boot_id: boot_id.to_owned(), kept: Mutex::default(), changed: watch::Sender::default() };
        if let Err(error) = std::fs::create_dir_all(&accounts.folder) {
            tracing::warn!(%error, folder = %accounts.folder.display(), "accounts of sessions are kept in memory alone");
        }
        let files = std::fs::read_dir(&accounts.folder).into_iter().flatten().flatten().map(|entry| entry.path());
        for file in files {
            match read(&file) {
                Some(account) if accounts.file(&account) == file => {
                    accounts.lock().insert(key(&account), Kept { account, told: None });
                }
                _ => remove(&file),
            }
        }
        let gone: Vec<String> = accounts
            .lock()
            .iter()
            .filter(|(_, kept)| accounts.is_gone(&kept.account))
            .map(|(key, _)| key.clone())
            .collect();
        gone.iter().for_each(|key| accounts.change(key, finish));
        accounts
    }

    fn is_gone(&self, account: &SessionAccount) -> bool {
        !account.over && (account.boot_id != self.boot_id || !process(&account.session).is_some_and(|it| it.is_alive()))
    }

    /// Begins the account of a session, or decides it anew. Waits for the disk, as the others do.
    pub fn decided(&self, server: &DisplayServer, decided: &Decided<'_>) {
        let Decided { facts, began_unix_us, by: (policy, rule), wanted, outcome, reason } = *decided;
        let key = self.key_of(server);
        let account = SessionAccount {
            session: running::name(server),
            boot_id: self.boot_id.clone(),
            revision: 0,
            began_unix_us,
            over: false,
            facts: facts.clone(),
            policy: policy.to_owned(),
            rule: rule.map(str::to_owned),
            wanted: wanted.to_owned(),
            outcome: outcome.word().to_owned(),
            reason: cut(reason),
            recording: None,
        };
        let account = fitting(account);
        self.lock().entry(key.clone()).or_insert_with(|| Kept { account: account.clone(), told: None });
        self.change(&key, |kept| {
            // A failure that is tried again stays one until it works.
            let keeps = outcome == Outcome::Beginning && kept.outcome == Outcome::Failed.word();
            let (word, why) =
                if keeps { (kept.outcome.clone(), kept.reason.clone()) } else { (account.outcome, account.reason) };
            *kept = SessionAccount {
                revision: kept.revision,
                began_unix_us: kept.began_unix_us,
                outcome: word,
                reason: why,
                ..account
            };
        });
    }

    /// A recording holds something of the session.
    pub fn recorded(&self, server: &DisplayServer, recording: RecordingId) {
        self.change_wanted(server, |account| {
            account.recording.get_or_insert(recording);
            let word = match account.outcome.as_str() {
                "beginning" => Outcome::Recorded,
                "failed" => Outcome::Interrupted,
                _ => return,
            };
            word.word().clone_into(&mut account.outcome);
        });
    }

    /// Its recorder ended, or nothing could be begun.
    pub fn trouble(&self, server: &DisplayServer, why: &str) {
        self.change_wanted(server, |account| {
            let word = match account.outcome.as_str() {
                "beginning" | "failed" => Outcome::Failed,
                "recorded" | "interrupted" => Outcome::Interrupted,
                _ => return,
            };
            word.word().clone_into(&mut account.outcome);
            account.reason = cut(why);
        });
    }

    /// It is not recorded, and will not be.
    pub fn refused(&self, server: &DisplayServer, outcome: Outcome, why: &str) {
        self.change_wanted(server, |account| {
            outcome.word().clone_into(&mut account.outcome);
            account.reason = cut(why);
        });
    }

    /// The session has ended.
    pub fn over(&self, server: &DisplayServer) {
        self.change(&self.key_of(server), finish);
    }

    /// Accounts that the server does not have, oldest first.
    pub fn untold(&self) -> Vec<SessionAccount> {
        let kept = self.lock();
        let untold = kept.values().filter(|kept| kept.told != Some(kept.account.revision));
        let mut untold: Vec<_> = untold.map(|kept| kept.account.clone()).collect();
        untold.sort_by_key(|account| account.began_unix_us);
        untold
    }

    /// The server has this one.
    pub fn told(&self, told: &SessionAccount) {
        let mut kept = self.lock();
        let Some(entry) = kept.get_mut(&key(told)) else { return };
        entry.told = Some(told.revision);
        if entry.account.over && entry.account.revision == told.revision {
            kept.remove(&key(told));
            remove(&self.file(told));
        }
    }

    /// Counts up with each change.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn change_wanted(&self, server: &DisplayServer, change: impl FnOnce(&mut SessionAccount)) {
        self.change(&self.key_of(server), |account| {
            if matches!(account.wanted.as_str(), "screen" | "events") {
                change(account);
            }
        });
    }

    /// Changes an account; one that stays as it is is not told again.
    fn change(&self, key: &str, change: impl FnOnce(&mut SessionAccount)) {
        let mut kept = self.lock();
        let Some(entry) = kept.get_mut(key) else { return };
        let before = entry.account.clone();
        change(&mut entry.account);
        if entry.account == before && before.revision > 0 {
            return;
        }
        entry.account.revision = before.revision.saturating_add(1);
        // Held while it is written: an older account must not follow a newer one.
        if let Err(error) = write(&self.file(&entry.account), &entry.account) {
            tracing::warn!(%error, "a session's account is kept in memory alone");
        }
        self.make_room(&mut kept);
        drop(kept);
        self.changed.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn make_room(&self, kept: &mut BTreeMap<String, Kept>) {
        while kept.len() > MAX_KEPT {
            let oldest = kept.iter().min_by_key(|(_, kept)| (!kept.account.over, kept.account.began_unix_us));
            let Some(key) = oldest.map(|(key, _)| key.clone()) else { return };
            if let Some(dropped) = kept.remove(&key) {
                tracing::warn!(
                    session = dropped.account.session,
                    "too many accounts of sessions wait for the server; one is forgotten"
                );
                remove(&self.file(&dropped.account));
            }
        }
    }

    fn key_of(&self, server: &DisplayServer) -> String {
        format!("{}.{}", running::name(server), self.boot_id)
    }

    fn file(&self, account: &SessionAccount) -> PathBuf {
        self.folder.join(key(account))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Kept>> {
        // Every change leaves the map whole, so a panic elsewhere does not spoil it.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(account: &SessionAccount) -> String {
    format!("{}.{}", account.session, account.boot_id)
}

/// What became of a session that is over.
fn finish(account: &mut SessionAccount) {
    account.over = true;
    if account.outcome == Outcome::Beginning.word() {
        Outcome::Failed.word().clone_into(&mut account.outcome);
        "the session ended before anything of it was recorded".clone_into(&mut account.reason);
    }
}

/// Somebody with very many groups is told of without them rather than not at all.
fn fitting(account: SessionAccount) -> SessionAccount {
    match AgentMessage::Account(account.clone()).encode() {
        Ok(_) => account,
        Err(_) => SessionAccount { facts: SessionFacts { groups: Vec::new(), ..account.facts }, ..account },
    }
}

/// The X server in a session's name.
fn process(session: &str) -> Option<Process> {
    let mut parts = session.splitn(3, '-').skip(1);
    let pid = parts.next()?.parse().ok()?;
    Some(Process { pid, started_ticks: parts.next()?.parse().ok()? })
}

fn cut(text: &str) -> String {
    text.chars().take(MAX_REASON_CHARS).collect()
}

fn read(file: &Path) -> Option<SessionAccount> {
    match AgentMessage::decode(&std::fs::read(file).ok()?) {
        Ok(AgentMessage::Account(account)) => Some(account),
        _ => None,
    }
}

/// On disk before it takes the old one's place.
fn write(file: &Path, account: &SessionAccount) -> std::io::Result<()> {
    let bytes = AgentMessage::Account(account.clone()).encode().map_err(std::io::Error::other)?;
    let fresh = file.with_extension("new");
    let mut written = std::fs::File::create(&fresh)?;
    written.write_all(&bytes)?;
    written.sync_all()?;
    std::fs::rename(fresh, file)
}

fn remove(file: &Path) {
    if let Err(error) = std::fs::remove_file(file) {
        tracing::warn!(%error, file = %file.display(), "an account cannot be removed");
    }
}
