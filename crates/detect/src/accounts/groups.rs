//! Groups as the file says, and what is different between two of them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::table::{Fate, fates, lines, text};

/// All groups at one time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Groups(BTreeMap<String, Group>);

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    gid: u32,
    members: BTreeSet<String>,
}

/// What became of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupChange {
    /// Its name, and before that was changed its former name.
    pub group: String,
    /// What.
    pub change: OfGroup,
}

/// What can become of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OfGroup {
    /// It is there now.
    Created,
    /// It is there no more, nor is anybody in it.
    Removed,
    /// It has this name now.
    Renamed(String),
    /// This account is in it now.
    MemberAdded(String),
    /// This account is in it no more.
    MemberRemoved(String),
}

impl Groups {
    /// Those of the file. Lines that say nothing are passed over; of two with one name the first counts.
    pub fn read(group: &[u8]) -> Self {
        let mut groups = BTreeMap::new();
        for line in lines(group) {
            let [name, _, gid, rest @ ..] = line.as_slice() else { continue };
            let Some(gid) = std::str::from_utf8(gid).ok().and_then(|gid| gid.parse().ok()) else { continue };
            let members = rest.first().copied().unwrap_or_default().split(|byte| *byte == b',');
            let members = members.map(<[u8]>::trim_ascii).filter(|member| !member.is_empty()).map(text).collect();
            groups.entry(text(name)).or_insert(Group { gid, members });
        }
        Self(groups)
    }

    /// What is different in others that came later.
    pub fn changes(&self, later: &Self) -> Vec<GroupChange> {
        let mut changes = Vec::new();
        let mut tell = |group: &str, change| changes.push(GroupChange { group: group.to_owned(), change });
        for (name, fate) in fates(&self.0, &later.0, |group| group.gid) {
            match fate {
                Fate::Removed => tell(name, OfGroup::Removed),
                Fate::Created(group) => {
                    tell(name, OfGroup::Created);
                    group.members.iter().for_each(|member| tell(name, OfGroup::MemberAdded(member.clone())));
                }
                Fate::Kept { renamed, before, now } => {
                    if let Some(to) = renamed {
                        tell(name, OfGroup::Renamed(to.to_owned()));
                    }
                    let name = renamed.unwrap_or(name);
                    let (went, came) =
                        (before.members.difference(&now.members), now.members.difference(&before.members));
                    went.for_each(|member| tell(name, OfGroup::MemberRemoved(member.clone())));
                    came.for_each(|member| tell(name, OfGroup::MemberAdded(member.clone())));
                }
            }
        }
        changes
    }
}
