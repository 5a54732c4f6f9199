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
        for (name, fate) in fates(&self.0, &later.0, |account| account.uid) {
            match fate {
                Fate::Removed => tell(name, Change::Removed),
                Fate::Created(_) => tell(name, Change::Created),
                Fate::Kept { renamed, before, now } => {
                    if let Some(to) = renamed {
                        tell(name, Change::Renamed(to.to_owned()));
                    }
                    before.changes(now, today).into_iter().for_each(|change| tell(renamed.unwrap_or(name), change));
                }
            }
        }
        changes
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

/// What became of something that has a name and a number.
#[derive(Debug)]
pub enum Fate<'a, T> {
    /// It is there no more.
    Removed,
    /// It is there still, and may have another name.
    Kept { renamed: Option<&'a str>, before: &'a T, now: &'a T },
    /// It was not there before.
    Created(&'a T),
}

/// What became of each of two times, by the name that it had, or has if it is new.
pub fn fates<'a, T>(
    before: &'a BTreeMap<String, T>,
    later: &'a BTreeMap<String, T>,
    number: impl Fn(&T) -> u32,
) -> Vec<(&'a str, Fate<'a, T>)> {
    let renamed = renamed(before, later, number);
    let known = before.iter().map(|(name, one)| {
        let to = renamed.get(name.as_str()).copied();
        let now = later.get(to.unwrap_or(name));
        (name.as_str(), now.map_or(Fate::Removed, |now| Fate::Kept { renamed: to, before: one, now }))
    });
    let is_new = |name: &str| !before.contains_key(name) && !renamed.values().any(|to| *to == name);
    let created = later.iter().filter(|(name, _)| is_new(name)).map(|(name, one)| (name.as_str(), Fate::Created(one)));
    known.chain(created).collect()
}

/// Names that went, with those that came for the same number, where each is the only one.
fn renamed<'a, T>(
    before: &'a BTreeMap<String, T>,
    later: &'a BTreeMap<String, T>,
    number: impl Fn(&T) -> u32,
) -> BTreeMap<&'a str, &'a str> {
    let (went, came) = (without(before, later, &number), without(later, before, &number));
    let pairs = went.into_iter().filter_map(|(number, from)| Some((from?, (*came.get(&number)?)?)));
    pairs.collect()
}

/// By number, the only name that others do not have.
fn without<'a, T>(
    these: &'a BTreeMap<String, T>,
    others: &BTreeMap<String, T>,
    number: impl Fn(&T) -> u32,
) -> BTreeMap<u32, Option<&'a str>> {
    let mut names = BTreeMap::new();
    for (name, one) in these.iter().filter(|(name, _)| !others.contains_key(*name)) {
        names.entry(number(one)).and_modify(|only| *only = None).or_insert(Some(name.as_str()));
    }
    names
}

/// What stands in the lines of such a file.
pub fn lines(file: &[u8]) -> impl Iterator<Item = Vec<&[u8]>> {
    let lines = file.split(|byte| *byte == b'\n');
    // A name that begins so stands for accounts elsewhere.
    let is_one = |line: &&[u8]| line.first().is_some_and(|first| !b"+-:#".contains(first));
    lines.filter(is_one).map(|line| line.split(|byte| *byte == b':').take(16).collect())
}

/// A name, cut where it is longer than names are.
pub fn text(name: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(name).into_owned();
    bounded::cut(&mut text, MAX_NAME_BYTES);
    text
}
