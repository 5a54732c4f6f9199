//! From a session's start to a finished recording that verifies.

use api::RecordingState;

use crate::deployment::Deployment;

#[test]
fn a_session_is_live_then_finished_and_verifies() -> anyhow::Result<()> {
    let mut deployment = Deployment::new()?;
    deployment.desktop.as_mut().unwrap().busy_terminal("0.2")?;
    deployment.start_agent()?;
    let person = deployment.person()?;
    let live = person.wait_for_state(RecordingState::Live)?;
    person.wait_for_size(live.size_bytes + 20_000)?;

    deployment.desktop.take().unwrap().end()?;
    let finished = person.wait_for_state(RecordingState::Finished)?;
    assert_eq!((finished.width, finished.height), (Some(1280), Some(800)));
    assert!(finished.end_us.is_some_and(|end| end > finished.start_us));
    assert!(finished.end_reason.is_some(), "a recording says why it ended");
    assert!(!finished.start_reason.policy.is_empty(), "a recording says why it began");
    deployment.verify_all()
}

#[test]
fn what_is_recorded_while_the_server_is_away_arrives_complete() -> anyhow::Result<()> {
    let mut deployment = Deployment::new()?;
    deployment.desktop.as_mut().unwrap().busy_terminal("0.2")?;
    deployment.start_agent()?;
    let person = deployment.person()?;
    let before = person.wait_for_state(RecordingState::Live)?;

    deployment.server.take().unwrap().kill()?;
    // The session ends while nobody can be told.
    deployment.desktop.take().unwrap().end()?;
    deployment.start_server()?;
    let person = deployment.person()?;
    let finished = person.wait_for_state(RecordingState::Finished)?;
    assert!(finished.size_bytes > before.size_bytes);
    assert_eq!(finished.notices, Vec::<String>::new(), "nothing was lost, so nothing is declared");
    deployment.verify_all()
}
