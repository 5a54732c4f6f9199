//! Accounts as the files say, and what is different between two of them.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};

use serde::{Deserialize, Serialize};

use crate::bounded;

/// Longer names are cut.
const MAX_NAME_BYTES: usize = 256;
/// Programs that let nobody in.
const CLOSED: &[&str] = &["nologin", "false"];

/// Turns what a password is kept as into a number that says nothing of it: with a key that this process alone has, and never tells.
#[derive(Debug, Clone, Default)]
pub struct Digest(RandomState);

/// All accounts at one time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accounts(BTreeMap<String, Account>);

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Account {
    uid: u32,
    /// The digest of what its password is kept as; `None`: it has none that lets in.
    password: Option<u64>,
    locked: bool,
    /// Its shell lets nobody in.
    closed: bool,
    /// From that day on it is no more, in days since 1970.
    expires: Option<i64>,
}

/// What became of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountChange {
    /// Its name, and before that was changed its former name.
    pub user: String,
    /// What.
    pub change: Change,
}

/// What can become of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// It is there now.
    Created,
    /// It is there no more.
    Removed,
    /// It has this name now.
    Renamed(String),
    /// Its shell lets people in and it has not expired.
    Enabled,
    /// Its shell lets nobody in, or it has expired.
    Disabled,
    /// Its password lets nobody in.
    Locked,
    /// It does again.
    Unlocked,
    /// It has another password.
    PasswordChanged,
    /// It has none any more.
    PasswordRemoved,
}

impl Accounts {
    /// Those of the two files. Lines that say nothing are passed over; of two with one name the first counts, as it does at logins.
    pub fn read(passwd: &[u8], shadow: &[u8], digest: &Digest) -> Self {
        let mut kept = BTreeMap::new();
        for line in lines(shadow) {
            if let [name, password, ..] = line.as_slice() {
                let expires = line.get(7).and_then(|days| std::str::from_utf8(days).ok()?.parse().ok());
                kept.entry(*name).or_insert((*password, expires.filter(|days: &i64| *days >= 0)));
            }
        }
        let mut accounts = BTreeMap::new();
        for line in lines(passwd) {
            let [name, own, uid, .., shell] = line.as_slice() else { continue };
            let Some(uid) = std::str::from_utf8(uid).ok().and_then(|uid| uid.parse().ok()) else { continue };
            let (password, expires) = kept.get(name).copied().unwrap_or_default();
            let password = if *own == b"x" { password } else { *own };
            let shell = shell.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
            let account = Account {
                uid,
                password: digest.of(password),
                locked: password.starts_with(b"!"),
                closed: CLOSED.iter().any(|closed| closed.as_bytes() == shell),
                expires,
            };
            accounts.entry(text(name)).or_insert(account);
        }
        Self(accounts)
    }

    /// What is different in others that came later, looked at on this day.
    pub fn changes(&self, later: &Self, today: i64) -> Vec<AccountChange> {
        let mut changes = Vec::new();
        let mut tell = |user: &str, change| changes.push(AccountChange { user: user.to_owned(), change });
        let renamed = self.renamed(later);
        for (name, account) in &self.0 {
            let to = renamed.get(name.as_str()).copied();
            let Some(now) = later.0.get(to.unwrap_or(name)) else {
                tell(name, Change::Removed);
                continue;
            };
            if let Some(to) = to {
                tell(name, Change::Renamed(to.to_owned()));
            }
            account.changes(now, today).into_iter().for_each(|change| tell(to.unwrap_or(name), change));
        }
        let created = later.0.keys().filter(|name| !self.0.contains_key(*name));
        created.filter(|name| !renamed.values().any(|to| to == name)).for_each(|name| tell(name, Change::Created));
        changes
    }

    /// Names that went, with those that came for the same number, where each is the only one.
    fn renamed<'a>(&'a self, later: &'a Self) -> BTreeMap<&'a str, &'a str> {
        let (went, came) = (self.without(later), later.without(self));
        let pairs = went.into_iter().filter_map(|(uid, from)| Some((from?, (*came.get(&uid)?)?)));
        pairs.collect()
    }

    /// By number, the only name that others do not have.
    fn without(&self, others: &Self) -> BTreeMap<u32, Option<&str>> {
        let mut names = BTreeMap::new();
        for (name, account) in self.0.iter().filter(|(name, _)| !others.0.contains_key(*name)) {
            names.entry(account.uid).and_modify(|only| *only = None).or_insert(Some(name.as_str()));
        }
        names
    }
}

impl Account {
    fn changes(&self, now: &Self, today: i64) -> Vec<Change> {
        let password = match (self.password, now.password) {
            (Some(_), None) => Some(Change::PasswordRemoved),
            (before, now) if before != now => Some(Change::PasswordChanged),
            _ => None,
        };
        let turned = |before: bool, now: bool, on: Change, off: Change| match (before, now) {
            (false, true) => Some(on),
            (true, false) => Some(off),
            _ => None,
        };
        let locked = turned(self.locked, now.locked, Change::Locked, Change::Unlocked);
        let enabled = turned(self.is_enabled(today), now.is_enabled(today), Change::Enabled, Change::Disabled);
        [password, locked, enabled].into_iter().flatten().collect()
    }

    fn is_enabled(&self, today: i64) -> bool {
        !self.closed && self.expires.is_none_or(|day| today < day)
    }
}

impl Digest {
    /// Of a locked password that of what was locked; of what no password can be, and of none, nothing.
    fn of(&self, password: &[u8]) -> Option<u64> {
        let locked = password.iter().position(|byte| *byte != b'!').and_then(|at| password.get(at..))?;
        (locked != b"*").then(|| self.0.hash_one(locked))
    }
}

fn lines(file: &[u8]) -> impl Iterator<Item = Vec<&[u8]>> {
    let lines = file.split(|byte| *byte == b'\n');
    // A name that begins so stands for accounts elsewhere.
    let is_one = |line: &&[u8]| line.first().is_some_and(|first| !b"+-:#".contains(first));
    lines.filter(is_one).map(|line| line.split(|byte| *byte == b':').take(16).collect())
}

fn text(name: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(name).into_owned();
    bounded::cut(&mut text, MAX_NAME_BYTES);
    text
}
