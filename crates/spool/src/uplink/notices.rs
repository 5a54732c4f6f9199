//! Numbers of the notices that agents send. `docs/diagnostics.md` explains each.

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident = $number:literal;)*) => {
        $($(#[$doc])* pub const $name: u16 = $number;)*
        /// Every one.
        pub const ALL: &[u16] = &[$($name),*];
    };
}

numbers! {
    /// Data was dropped because the spool was full.
    SPOOL_FULL = 101;
    /// Data was dropped because it waited longer than the message life.
    MESSAGE_LIFE_EXPIRED = 102;
    /// The spool cannot be read or written.
    SPOOL_TROUBLE = 103;
    /// Damaged data in the spool was dropped.
    SPOOL_DAMAGED = 104;
    /// A new incarnation of a recording began.
    NEW_INCARNATION = 201;
    /// The server refused a recording.
    RECORDING_REFUSED = 202;
    /// An administrator removed a recording that was still being sent.
    RECORDING_REMOVED = 203;
    /// A recorder ended unexpectedly and was started again.
    RECORDER_RESTARTED = 301;
    /// A session cannot be recorded although it should be.
    SESSION_NOT_RECORDED = 302;
    /// Programs of a session took its notice away again and again.
    NOTICE_TAKEN_AWAY = 303;
    /// A user who did not agree to be recorded could not be logged off.
    NOT_LOGGED_OFF = 304;
    /// A hotkey does not work: another program of the session holds it.
    HOTKEY_TAKEN = 305;
    /// The sign in a session ended again and again.
    SIGN_TAKEN_AWAY = 306;
    /// The active detection policy cannot be read: nothing is logged.
    DETECTION_UNREADABLE = 307;
    /// Something was done in response to an event.
    RESPONDED = 308;
    /// Something was to be done in response to an event, and could not be.
    NOT_RESPONDED = 309;
    /// The agent was started, and with which version.
    AGENT_STARTED = 401;
    // Numbers of `protocol::REASONS` go into the server's log of recording reasons.
    /// A session is not recorded, as recording is switched off on the machine.
    SWITCHED_OFF = 501;
    /// Somebody who may do so stopped a recording.
    STOPPED_ON_REQUEST = 502;
    /// A new policy ended a recording.
    POLICY_ENDED = 503;
    /// A recording goes on by a new policy.
    POLICY_GOES_ON = 504;
    /// A new policy would have a session recorded; it waits for its next start.
    POLICY_WAITS = 505;
    /// A user did not agree to be recorded, or could not be asked, and was logged off.
    NOT_AGREED = 506;
    /// Somebody who may do so had the screen added to a recording of events only.
    SCREEN_ADDED = 507;
    /// A recording was disturbed by its session, and what was done with that.
    DISTURBED = 508;
}
