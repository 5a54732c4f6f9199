//! Numbers of the notices that agents send. `docs/protocol.md` has the same table.

/// Data was dropped because the spool was full.
pub const SPOOL_FULL: u16 = 101;
/// Data was dropped because it waited longer than the message life.
pub const MESSAGE_LIFE_EXPIRED: u16 = 102;
/// The spool cannot be read or written.
pub const SPOOL_TROUBLE: u16 = 103;
/// Damaged data in the spool was dropped.
pub const SPOOL_DAMAGED: u16 = 104;
/// A new incarnation of a recording began.
pub const NEW_INCARNATION: u16 = 201;
/// The server refused a recording.
pub const RECORDING_REFUSED: u16 = 202;
/// An administrator removed a recording that was still being sent.
pub const RECORDING_REMOVED: u16 = 203;
/// A recorder ended unexpectedly and was started again.
pub const RECORDER_RESTARTED: u16 = 301;
/// A session cannot be recorded although it should be.
pub const SESSION_NOT_RECORDED: u16 = 302;
/// Programs of a session took its notice away again and again.
pub const NOTICE_TAKEN_AWAY: u16 = 303;
/// A user who did not agree to be recorded could not be logged off.
pub const NOT_LOGGED_OFF: u16 = 304;
/// A hotkey does not work: another program of the session holds it.
pub const HOTKEY_TAKEN: u16 = 305;
/// The sign in a session ended again and again.
pub const SIGN_TAKEN_AWAY: u16 = 306;
/// The active detection policy cannot be read: nothing is logged.
pub const DETECTION_UNREADABLE: u16 = 307;
/// The agent was started, and with which version.
pub const AGENT_STARTED: u16 = 401;

// Numbers of `protocol::REASONS` go into the server's log of recording reasons.

/// A session is not recorded, as recording is switched off on the machine.
pub const SWITCHED_OFF: u16 = 501;
/// Somebody who may do so stopped a recording.
pub const STOPPED_ON_REQUEST: u16 = 502;
/// A new policy ended a recording.
pub const POLICY_ENDED: u16 = 503;
/// A recording goes on by a new policy.
pub const POLICY_GOES_ON: u16 = 504;
/// A new policy would have a session recorded; it waits for its next start.
pub const POLICY_WAITS: u16 = 505;
/// A user did not agree to be recorded, or could not be asked, and was logged off.
pub const NOT_AGREED: u16 = 506;
/// Somebody who may do so had the screen added to a recording of events only.
pub const SCREEN_ADDED: u16 = 507;
/// A recording was disturbed by its session, and what was done with that.
pub const DISTURBED: u16 = 508;
