//! From what a recording's blocks say to its row in the catalogue.

use catalogue::{Progress, Recording, RecordingState};
use recording::{EndReason, GapReason, Header, Index, RecordingId};
use storage::{LatestFacts, Survey};

/// Most characters of a name from a recorded machine that the catalogue takes.
const MAX_NAME_CHARS: usize = 256;
/// Most characters of an explanation.
pub(super) const MAX_TEXT_CHARS: usize = 1_024;
/// Most groups of a user.
const MAX_GROUPS: usize = 1_024;
/// How notices about gaps begin. They and the next one are made anew from the blocks each time.
pub(super) const GAP_NOTICE: &str = "Missing: ";
/// Said of a recording without signatures.
pub(super) const NOT_SIGNED_NOTICE: &str =
    "Not signed: its machine vouches for nothing in it; whether somebody changed it on the way here cannot be said";

/// The part of a survey that changes while a recording grows. Small, unlike the survey.
#[derive(Debug, Clone)]
pub(super) struct Glance {
    length: u64,
    damaged: bool,
    started_us: i64,
    duration_us: u64,
    picture: Option<(u32, u32)>,
    end: Option<(EndReason, String)>,
    events_only: Option<bool>,
    /// What became known of the session after its header was written.
    latest: LatestFacts,
    /// Made from what the blocks say.
    block_notices: Vec<String>,
}

impl Glance {
    pub(super) fn of(survey: &Survey) -> Self {
        let index = survey.index();
        Self {
            length: survey.length(),
            damaged: survey.damaged_bytes() > 0 || index.gaps.iter().any(|gap| gap.reason == GapReason::Damaged),
            started_us: index.started.as_ref().map_or(0, |anchor| anchor.unix_us),
            duration_us: index.duration_us,
            picture: index.width.zip(index.height),
            end: index.end.as_ref().map(|end| (end.reason.clone(), bounded(&end.text, MAX_TEXT_CHARS))),
            events_only: survey.is_events_only(),
            latest: survey.latest().clone(),
            block_notices: block_notices(survey),
        }
    }

    /// What the row of a recording says that its header may not.
    pub(super) fn latest(&self) -> &LatestFacts {
        &self.latest
    }

    /// How a recording stands that nobody sends any more. Gaps that the agent declared are no matter of state: they are
    /// part of the recording, and the notices name them.
    pub(super) fn final_state(&self) -> RecordingState {
        match &self.end {
            Some((EndReason::Lost | EndReason::Dormant | EndReason::AgentRestarted, _)) => RecordingState::Crashed,
            Some(_) if self.damaged => RecordingState::Incomplete,
            Some(_) => RecordingState::Finished,
            None => RecordingState::Crashed,
        }
    }

    /// The row's change. `notices` are the server's own; those about gaps and signatures are added.
    pub(super) fn progress(
        &self,
        id: RecordingId,
        state: RecordingState,
        last_data_us: i64,
        notices: &[String],
    ) -> Progress {
        let duration = i64::try_from(self.duration_us).unwrap_or(i64::MAX);
        Progress {
            id,
            state,
            end_us: (!state.is_open()).then(|| self.started_us.saturating_add(duration)),
            duration_us: self.duration_us,
            size_bytes: self.length,
            last_data_us,
            end_reason: self.end.as_ref().map(|(reason, _)| bounded(reason.as_str(), MAX_NAME_CHARS)),
            end_text: self.end.as_ref().map(|(_, text)| text.clone()),
            picture: self.picture,
            notices: notices.iter().chain(&self.block_notices).cloned().collect(),
            events_only: self.events_only,
        }
    }
}

/// A whole row, for a recording that has none yet.
pub(super) fn row(
    header: &Header,
    glance: &Glance,
    state: RecordingState,
    last_data_us: i64,
    notices: &[String],
) -> Recording {
    let Progress { end_us, duration_us, size_bytes, end_reason, end_text, picture, notices, .. } =
        glance.progress(header.recording, state, last_data_us, notices);
    let session = &header.session;
    let LatestFacts { client, application } = glance.latest.clone();
    let of_header = || (session.client_name.clone(), session.client_address.clone());
    let (client_name, client_address) = client.unwrap_or_else(of_header);
    let name = |text: &String| bounded(text, MAX_NAME_CHARS);
    Recording {
        id: header.recording,
        machine_id: name(&session.machine_id),
        machine: name(&session.machine),
        user: name(&session.user),
        uid: session.uid,
        display: session.display.as_ref().map(name),
        session_kind: bounded(session.session_kind.as_str(), MAX_NAME_CHARS),
        client_name: client_name.as_ref().map(name),
        client_address: client_address.as_ref().map(name),
        application: application.or_else(|| session.application.clone()).as_ref().map(name),
        groups: session.groups.iter().take(MAX_GROUPS).map(name).collect(),
        state,
        start_us: header.started.unix_us,
        end_us,
        duration_us,
        size_bytes,
        last_data_us,
        policy: name(&header.reason.policy),
        rule: header.reason.rule.as_ref().map(name),
        start_text: bounded(&header.reason.text, MAX_TEXT_CHARS),
        end_reason,
        end_text,
        width: picture.map(|(width, _)| width),
        height: picture.map(|(_, height)| height),
        notices,
        events_only: glance.events_only,
    }
}

/// One sentence for each reason that something is missing.
fn block_notices(survey: &Survey) -> Vec<String> {
    let mut notices = gap_notices(survey.index());
    // Who signs stands before the first group.
    if !survey.is_signed() && !survey.index().groups.is_empty() {
        notices.push(NOT_SIGNED_NOTICE.to_owned());
    }
    notices
}

fn gap_notices(index: &Index) -> Vec<String> {
    let mut by_reason: Vec<(&GapReason, u64, u64)> = Vec::new();
    for gap in &index.gaps {
        let missing = gap.to_us.saturating_sub(gap.from_us);
        match by_reason.iter_mut().find(|(reason, ..)| **reason == gap.reason) {
            Some((_, count, total)) => {
                *count += 1;
                *total = total.saturating_add(missing);
            }
            None => by_reason.push((&gap.reason, 1, missing)),
        }
    }
    by_reason
        .into_iter()
        .map(|(reason, count, total)| {
            let reason = bounded(reason.as_str(), MAX_NAME_CHARS);
            let times = if count == 1 { String::new() } else { format!(" in {count} gaps") };
            format!("{GAP_NOTICE}{:.1} s{times}, {reason}", total as f64 / 1e6)
        })
        .collect()
}

/// Text from a recorded machine, cut to a length and without control characters.
pub(super) fn bounded(text: &str, characters: usize) -> String {
    text.chars().filter(|character| !character.is_control()).take(characters).collect()
}
