//! What a carrier may insist on without holding a key.

use recording::{BlockKind, Group, RawBlock, SealClass};

use crate::plan::SealPlan;

/// Insists that what a recorder writes is sealed: an agent must not store what policy wants sealed and a recorder of
/// another version left open.
#[derive(Clone, Debug)]
pub struct Demand {
    plan: SealPlan,
}

impl Demand {
    /// Insists on a plan.
    pub fn new(plan: SealPlan) -> Demand {
        Demand { plan }
    }

    /// Looks at the next block that a recorder wrote, before it is stored. The container's own rules see to it that data
    /// is sealed where its group says so; so it is enough to look at groups.
    ///
    /// # Errors
    /// [`Unsealed`]: it must not be stored.
    pub fn check(&self, block: &RawBlock) -> Result<(), Unsealed> {
        if block.known_kind() != Some(BlockKind::Group) {
            return Ok(());
        }
        let group: Group = recording_group(block).ok_or(Unsealed { class: None })?;
        let missing =
            self.plan.classes().iter().find(|class| has_track(&group, class) && !self.is_sealed(&group, class));
        missing.map_or(Ok(()), |class| Err(Unsealed { class: Some(class.clone()) }))
    }

    fn is_sealed(&self, group: &Group, class: &SealClass) -> bool {
        let Some(keys) = group.keys.iter().find(|keys| keys.class == *class) else { return false };
        self.plan.recipients().iter().all(|wanted| {
            let fingerprint = wanted.fingerprint().to_string();
            keys.recipients.iter().any(|wrapped| wrapped.recipient == fingerprint)
        })
    }
}

fn has_track(group: &Group, class: &SealClass) -> bool {
    group.tracks.iter().any(|track| track.kind.seal_class().as_ref() == Some(class))
}

fn recording_group(block: &RawBlock) -> Option<Group> {
    serde_json::from_slice(block.payload()).ok()
}

/// A group that is not sealed as it must be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the recorder does not seal {} as the policy wants it; was it installed together with this agent?",
    class.as_ref().map_or("its groups", |class| class.as_str()))]
pub struct Unsealed {
    /// What is not sealed, or not for everybody; `None` if the group cannot be read.
    pub class: Option<SealClass>,
}
