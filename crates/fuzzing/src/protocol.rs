//! What is promised of messages between agent and server.

use protocol::{AgentMessage, ServerMessage};

/// Any bytes are refused or read; what is read lies within the limits, can be written, and reads the same again.
pub fn protocol_message(input: &[u8]) {
    if let Ok(message) = AgentMessage::decode(input) {
        let written = message.encode().expect("a message that was taken is within the limits");
        assert_eq!(AgentMessage::decode(&written).as_ref(), Ok(&message));
    }
    if let Ok(message) = ServerMessage::decode(input) {
        let written = message.encode().expect("a message that was taken is within the limits");
        assert_eq!(ServerMessage::decode(&written).as_ref(), Ok(&message));
    }
}
