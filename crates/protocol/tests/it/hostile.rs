//! Bytes that no honest side would send.

use proptest::prelude::*;
use protocol::{AgentMessage, Heartbeat, MessageError, Notice, ServerMessage, Severity, limits};

use crate::messages::{agent_messages, server_messages};

#[test]
fn each_broken_rule_has_its_own_error() {
    let heartbeat = AgentMessage::Heartbeat(Heartbeat::default()).encode().expect("it fits");
    let mut trailing = heartbeat.clone();
    trailing.push(0);
    assert_eq!(AgentMessage::decode(&trailing), Err(MessageError::TrailingBytes { bytes: 1 }));
    // [200, {}]
    assert_eq!(AgentMessage::decode(&[0x82, 0x18, 200, 0xA0]), Err(MessageError::UnknownKind { kind: 200 }));
    assert_eq!(ServerMessage::decode(&[0x82, 0x20, 0xA0]), Err(MessageError::UnknownKind { kind: -1 }));
    // A heartbeat without its fields.
    assert!(matches!(AgentMessage::decode(&[0x82, 0x05, 0xA0]), Err(MessageError::Malformed { .. })));
    assert!(matches!(AgentMessage::decode(b"GET / HTTP/1.1"), Err(MessageError::Malformed { .. })));
    let huge = vec![0; limits::MAX_MESSAGE_BYTES + 1];
    assert!(matches!(AgentMessage::decode(&huge), Err(MessageError::TooLarge { .. })));
}

#[test]
fn counts_are_believed_only_as_far_as_bytes_follow() {
    // A heartbeat whose live list claims 2^40 recordings, then 1,025, then one of the wrong length.
    for list in [&[0x9B, 0, 0, 1, 0, 0, 0, 0, 0][..], &[0x99, 0x04, 0x01], &[0x81, 0x41, 0x00]] {
        let bytes = [&[0x82, 0x05, 0xA1, 0x00][..], list].concat();
        assert!(matches!(AgentMessage::decode(&bytes), Err(MessageError::Malformed { .. })), "{list:02x?}");
    }
}

#[test]
fn texts_and_lists_beyond_their_limits_are_neither_sent_nor_taken() {
    let notice = |length: usize| Notice {
        severity: Severity::Error,
        number: 1,
        unix_us: 0,
        recording: None,
        text: "x".repeat(length),
    };
    let most = AgentMessage::Notice(notice(limits::MAX_TEXT_BYTES));
    assert_eq!(AgentMessage::decode(&most.encode().expect("just fits")), Ok(most));
    let beyond = AgentMessage::Notice(notice(limits::MAX_TEXT_BYTES + 1)).encode();
    assert!(matches!(beyond, Err(MessageError::OutOfBounds { field: "Notice.text", found: 4_097, .. })), "{beyond:?}");
    let notices = vec![notice(1); limits::MAX_NOTICES + 1];
    let beyond = AgentMessage::Heartbeat(Heartbeat { notices, ..Heartbeat::default() }).encode();
    assert!(matches!(beyond, Err(MessageError::OutOfBounds { field: "Heartbeat.notices", .. })), "{beyond:?}");
}

#[test]
fn unknown_fields_are_passed_over() {
    // A Durable of a later version with a further field: {0: …, 1: …, 9: ["later", {}]}
    let (_, durable) = server_messages().into_iter().find(|(name, _)| *name == "durable").expect("it is there");
    let mut bytes = durable.encode().expect("it fits");
    assert_eq!(bytes[..3], [0x82, 0x04, 0xA2]);
    bytes[2] = 0xA3;
    bytes.extend_from_slice(&[0x09, 0x82, 0x65, b'l', b'a', b't', b'e', b'r', 0xA0]);
    assert_eq!(ServerMessage::decode(&bytes), Ok(durable));
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = AgentMessage::decode(&bytes);
        let _ = ServerMessage::decode(&bytes);
    }

    #[test]
    fn what_is_read_can_be_written_and_read_again(which in 0..7_usize, at in 0..400_usize, value in any::<u8>()) {
        let (_, message) = &agent_messages()[which];
        let mut bytes = message.encode().expect("it fits");
        let at = at % bytes.len();
        bytes[at] = value;
        if let Ok(read) = AgentMessage::decode(&bytes) {
            let written = read.encode().expect("what was taken is within the limits");
            prop_assert_eq!(AgentMessage::decode(&written), Ok(read));
        }
    }
}
