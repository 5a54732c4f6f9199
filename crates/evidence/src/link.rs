//! Whether one recording goes on where another ended.

use recording::RecordingId;
use serde::Serialize;

use crate::judgement::Judgement;

/// How the link between two recordings stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkState {
    /// Each names the other, and the later one names exactly the bytes of the earlier one.
    Holds,
    /// The earlier one was put together anew behind what the server had after the link was made; it says so itself.
    NotConfirmed,
    /// The earlier one is not what the later one followed, or was cut off.
    Broken,
}

/// A link from a recording to the one before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LinkJudgement {
    /// The earlier recording.
    pub from: RecordingId,
    /// The later one.
    pub to: RecordingId,
    /// How it stands.
    pub state: LinkState,
    /// For people.
    pub what: String,
}

/// Looks at two recordings of one session. `None` if `later` does not name `earlier`, and `earlier` not `later`.
pub fn judge_link(earlier: &Judgement, later: &Judgement) -> Option<LinkJudgement> {
    let (from, to) = (earlier.recording?, later.recording?);
    let followed = later.follows.filter(|follows| follows.recording == from);
    let named = earlier.successor == Some(to);
    let (state, what) = match followed {
        None if !named => return None,
        None => (LinkState::Broken, "the earlier recording names a successor that does not name it".to_owned()),
        Some(follows) if follows.chain == earlier.container.chain && named => {
            (LinkState::Holds, "the later recording follows exactly these bytes".to_owned())
        }
        Some(_) if earlier.container.incarnations > 0 && named => {
            let what = "the earlier recording was put together anew after the later one began, and says so";
            (LinkState::NotConfirmed, what.to_owned())
        }
        Some(follows) => {
            let what = format!(
                "the later recording follows other bytes: it names the chain {}, and here it is {}",
                follows.chain, earlier.container.chain
            );
            (LinkState::Broken, what)
        }
    };
    Some(LinkJudgement { from, to, state, what })
}
