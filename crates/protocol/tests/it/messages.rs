//! Every kind of message is read back, and what breaks the rules is refused.

use protocol::{
    Accepted, AccountKept, AgentMessage, Append, Bye, ByeCode, ChainValue, Close, Control, Controlled, Decide,
    Decision, Detection, Durable, Head, Heartbeat, Hello, Limits, MessageError, Notice, Open, Opened, PolicyChanged,
    RecordingId, RefusalCode, Refused, Renew, RenewFirst, Renewed, Seal, ServerMessage, SessionAccount, SessionFacts,
    SessionNow, Severity, VERSION, Welcome, limits,
};

const INCARNATION: u64 = 0x0102_0304_0506_0708;

fn recording() -> RecordingId {
    let mut bytes = [0x11; 16];
    bytes[6] = 0x71;
    bytes[8] = 0x81;
    RecordingId::from_bytes(bytes).expect("version 7")
}

fn head(offset: u64) -> Head {
    Head { offset, chain: ChainValue([0xC4; 32]) }
}

fn session() -> SessionFacts {
    SessionFacts {
        uid: Some(1000),
        display: Some(":10".to_owned()),
        client_address: Some("192.0.2.7".to_owned()),
        groups: vec!["staff".to_owned(), "größe".to_owned()],
        ..SessionFacts::desktop("m-1", "desk-7", "mira")
    }
}

/// A session of a machine that says more of it, for policies.
fn labelled() -> SessionFacts {
    SessionFacts {
        delivery_groups: vec!["Desktops".to_owned()],
        tags: vec!["external".to_owned(), "vpn".to_owned()],
        utc_offset_minutes: Some(-210),
        ..session()
    }
}

/// What an agent says that keeps turns and renews its certificate.
fn hello_with_turn() -> Hello {
    Hello {
        versions: vec![VERSION],
        machine_id: "m-1".to_owned(),
        machine: "desk-7".to_owned(),
        software: "kinescope-agent 0.2.0".to_owned(),
        os: "Debian GNU/Linux 12".to_owned(),
        limits: Limits::default(),
        live: Vec::new(),
        signing_key: None,
        can_seal: true,
        takes_control: true,
        recording_off: false,
        turn: Some(vec![0x74; 40]),
        host_id: Some("5a4f0c0e1c0d4d0aa6a1c0ffee000001".to_owned()),
        hardware_id: Some("ab".repeat(32)),
        keeps_identity: true,
        takes_detection: false,
    }
}

fn notice(recording: Option<RecordingId>) -> Notice {
    Notice {
        severity: Severity::Warning,
        number: 201,
        unix_us: 1_790_000_000_000_000,
        recording,
        text: "the spool is full".to_owned(),
    }
}

/// One message of every kind the agent has, with and without what is optional.
pub fn agent_messages() -> Vec<(&'static str, AgentMessage)> {
    vec![
        (
            "hello",
            AgentMessage::Hello(Hello {
                versions: vec![VERSION],
                machine_id: "m-1".to_owned(),
                machine: "desk-7".to_owned(),
                software: "kinescope-agent 0.1.0".to_owned(),
                os: "Debian GNU/Linux 12".to_owned(),
                limits: Limits::default(),
                live: vec![recording()],
                signing_key: Some(protocol::PublicKey([7; 32])),
                can_seal: true,
                takes_control: true,
                recording_off: false,
                turn: None,
                host_id: None,
                hardware_id: None,
                keeps_identity: false,
                takes_detection: false,
            }),
        ),
        ("decide", AgentMessage::Decide(Decide { request: 7, session: session(), began_unix_us: None })),
        ("decide-labelled", AgentMessage::Decide(Decide { request: 8, session: labelled(), began_unix_us: None })),
        (
            "decide-anew",
            AgentMessage::Decide(Decide { request: 9, session: session(), began_unix_us: Some(1_790_000_000_000_000) }),
        ),
        (
            "open",
            AgentMessage::Open(Open {
                recording: recording(),
                incarnation: INCARNATION,
                number: 2,
                base_offset: 4_096,
                head: head(1 << 40),
                live: true,
                started_unix_us: 1_790_000_000_000_000,
                session: session(),
            }),
        ),
        (
            "append",
            AgentMessage::Append(Append {
                recording: recording(),
                incarnation: INCARNATION,
                offset: 4_096,
                chain: ChainValue([0xC4; 32]),
                bytes: vec![0x4B, 0xD5, 0x01],
            }),
        ),
        (
            "close",
            AgentMessage::Close(Close {
                recording: recording(),
                incarnation: INCARNATION,
                head: head(9_000),
                reason: "logout".to_owned(),
            }),
        ),
        (
            "heartbeat",
            AgentMessage::Heartbeat(Heartbeat {
                live: vec![recording()],
                spool_bytes: 1,
                quota_bytes: 1 << 30,
                lost_bytes: 12,
                notices: vec![notice(None)],
                turn: None,
            }),
        ),
        ("notice", AgentMessage::Notice(notice(Some(recording())))),
    ]
    .into_iter()
    .chain(control_answers())
    .chain(identity_messages())
    .collect()
}

/// What renews certificates and tells machines from copies.
fn identity_messages() -> Vec<(&'static str, AgentMessage)> {
    vec![
        ("hello-with-turn", AgentMessage::Hello(hello_with_turn())),
        ("hello-taking-detection", AgentMessage::Hello(Hello { takes_detection: true, ..hello_with_turn() })),
        (
            "heartbeat-with-turn",
            AgentMessage::Heartbeat(Heartbeat { turn: Some(vec![0x74; 40]), ..Heartbeat::default() }),
        ),
        ("renew", AgentMessage::Renew(Renew { request: "-----BEGIN CERTIFICATE REQUEST-----".to_owned() })),
    ]
}

fn identity_answers() -> Vec<(&'static str, ServerMessage)> {
    vec![
        (
            "welcome-with-turn",
            ServerMessage::Welcome(Welcome {
                version: VERSION,
                limits: Limits::default(),
                heartbeat_secs: 10,
                policy: "record-everything".to_owned(),
                takes_sessions: true,
                at_once: 3,
                takes_accounts: true,
                turn: Some(vec![0x75; 40]),
                renew_in_secs: Some(5_184_000),
            }),
        ),
        ("detection", ServerMessage::Detection(Detection { policy: "log-nothing".to_owned() })),
        ("renewed", ServerMessage::Renewed(Renewed { certificate: "-----BEGIN CERTIFICATE-----".to_owned() })),
        (
            "renew-first",
            ServerMessage::RenewFirst(RenewFirst { text: "this machine's identity has expired".to_owned() }),
        ),
        (
            "bye-copied",
            ServerMessage::Bye(Bye {
                code: ByeCode::IdentityCopied,
                retry_after_secs: 60,
                text: "another machine uses this identity".to_owned(),
            }),
        ),
    ]
}

fn control_answers() -> Vec<(&'static str, AgentMessage)> {
    vec![
        (
            "session",
            AgentMessage::Session(SessionNow {
                session: "10-4711-88912".to_owned(),
                gone: false,
                user: "mira".to_owned(),
                display: ":10".to_owned(),
                recording: Some(recording()),
                started_by: "user".to_owned(),
                user_may_start: true,
                why: "mira, the session's user started it".to_owned(),
            }),
        ),
        (
            "controlled",
            AgentMessage::Controlled(Controlled {
                request: 7,
                outcome: "started".to_owned(),
                recording: Some(recording()),
                text: String::new(),
            }),
        ),
        (
            "account",
            AgentMessage::Account(SessionAccount {
                session: "10-4711-88912".to_owned(),
                boot_id: "0f3c7a52-6f0e-4d2b-9f53-1d2c3b4a5968".to_owned(),
                revision: 3,
                began_unix_us: 1_790_000_000_000_000,
                over: true,
                facts: labelled(),
                policy: "Finance".to_owned(),
                rule: Some("Desks".to_owned()),
                wanted: "screen".to_owned(),
                outcome: "failed".to_owned(),
                reason: "the session ended before anything of it was recorded".to_owned(),
                recording: None,
            }),
        ),
    ]
}

/// One message of every kind the server has, with and without what is optional.
pub fn server_messages() -> Vec<(&'static str, ServerMessage)> {
    let mut messages = other_server_messages();
    messages.extend(decisions());
    messages
}

fn decisions() -> Vec<(&'static str, ServerMessage)> {
    vec![
        (
            "decision",
            ServerMessage::Decision(Decision {
                request: 7,
                record: true,
                policy: "record-everything".to_owned(),
                rule: Some("every session".to_owned()),
                reason: "every session is recorded".to_owned(),
                seal: None,
                action: None,
                user_may_start: false,
            }),
        ),
        (
            "decision-action",
            ServerMessage::Decision(Decision {
                request: 9,
                record: false,
                policy: "events-with-notice".to_owned(),
                rule: Some("every session".to_owned()),
                reason: "what happens in every session is recorded".to_owned(),
                seal: None,
                action: Some("{\"do\":\"record-events\",\"notice\":true}".to_owned()),
                user_may_start: true,
            }),
        ),
        (
            "decision-sealed",
            ServerMessage::Decision(Decision {
                request: 8,
                record: true,
                policy: "record-everything".to_owned(),
                rule: None,
                reason: "every session is recorded".to_owned(),
                seal: Some(Seal {
                    classes: vec!["picture".to_owned(), "events".to_owned()],
                    recipients: vec![format!("kinescope-key-{}", "0".repeat(72))],
                }),
                action: None,
                user_may_start: true,
            }),
        ),
    ]
}

fn other_server_messages() -> Vec<(&'static str, ServerMessage)> {
    vec![
        (
            "welcome",
            ServerMessage::Welcome(Welcome {
                version: VERSION,
                limits: Limits::default(),
                heartbeat_secs: 10,
                policy: "record-everything".to_owned(),
                takes_sessions: true,
                at_once: 3,
                takes_accounts: true,
                turn: None,
                renew_in_secs: None,
            }),
        ),
        (
            "account-kept",
            ServerMessage::AccountKept(AccountKept {
                session: "10-4711-88912".to_owned(),
                boot_id: "0f3c7a52-6f0e-4d2b-9f53-1d2c3b4a5968".to_owned(),
                revision: 3,
            }),
        ),
        (
            "control",
            ServerMessage::Control(Control {
                request: 7,
                session: "10-4711-88912".to_owned(),
                record: true,
                who: "ana".to_owned(),
                notify: true,
            }),
        ),
        (
            "opened",
            ServerMessage::Opened(Opened {
                recording: recording(),
                incarnation: INCARNATION,
                head: head(8_192),
                durable: head(4_096),
                credit: 1 << 20,
            }),
        ),
        ("accepted", ServerMessage::Accepted(Accepted { recording: recording(), offset: 8_192, credit: 0 })),
        ("durable", ServerMessage::Durable(Durable { recording: recording(), head: head(8_192) })),
        (
            "bye",
            ServerMessage::Bye(Bye { code: ByeCode::ShuttingDown, retry_after_secs: 2, text: "stopping".to_owned() }),
        ),
        (
            "policy-changed",
            ServerMessage::PolicyChanged(PolicyChanged { policy: "do-not-record".to_owned(), at_once: 4 }),
        ),
    ]
    .into_iter()
    .chain(refusals())
    .chain(identity_answers())
    .collect()
}

fn refusals() -> Vec<(&'static str, ServerMessage)> {
    vec![
        (
            "refused-mismatch",
            ServerMessage::Refused(Refused {
                recording: recording(),
                incarnation: INCARNATION,
                code: RefusalCode::Mismatch,
                head: Some(head(8_192)),
                number: Some(3),
                retry_after_secs: 0,
                text: "the chain value differs".to_owned(),
            }),
        ),
        (
            "refused-storage-full",
            ServerMessage::Refused(Refused {
                recording: recording(),
                incarnation: INCARNATION,
                code: RefusalCode::StorageFull,
                head: None,
                number: None,
                retry_after_secs: 30,
                text: "no space left".to_owned(),
            }),
        ),
    ]
}

#[test]
fn every_message_is_read_back() {
    for (name, message) in agent_messages() {
        let bytes = message.encode().expect(name);
        assert_eq!(AgentMessage::decode(&bytes), Ok(message), "{name}");
    }
    for (name, message) in server_messages() {
        let bytes = message.encode().expect(name);
        assert_eq!(ServerMessage::decode(&bytes), Ok(message), "{name}");
    }
}

#[test]
fn a_message_cut_off_anywhere_is_refused() {
    for (name, message) in agent_messages() {
        let bytes = message.encode().expect(name);
        for length in 0..bytes.len() {
            assert!(AgentMessage::decode(&bytes[..length]).is_err(), "{name} cut to {length} bytes");
        }
    }
    for (name, message) in server_messages() {
        let bytes = message.encode().expect(name);
        for length in 0..bytes.len() {
            assert!(ServerMessage::decode(&bytes[..length]).is_err(), "{name} cut to {length} bytes");
        }
    }
}

#[test]
fn a_full_block_fits_into_an_append_and_no_more() {
    let append = |bytes: usize| {
        AgentMessage::Append(Append {
            recording: recording(),
            incarnation: u64::MAX,
            offset: u64::MAX,
            chain: ChainValue([0xFF; 32]),
            bytes: vec![0xFF; bytes],
        })
    };
    assert!(append(limits::MAX_APPEND_BYTES).encode().is_ok());
    for bytes in [0, limits::MAX_APPEND_BYTES + 1] {
        assert!(matches!(append(bytes).encode(), Err(MessageError::OutOfBounds { field: "Append.bytes", .. })));
    }
}
