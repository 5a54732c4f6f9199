//! The kept messages are read as written down beside them, and written the same.
//!
//! `KINESCOPE_WRITE_VECTORS=1 cargo test -p protocol vectors` makes them anew; those of a released version are kept for
//! ever.

use std::fmt::Debug;
use std::path::PathBuf;

use protocol::{AgentMessage, MessageError, ServerMessage};

use crate::messages::{agent_messages, server_messages};

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "..", "vectors", "protocol"].iter().collect()
}

fn file(name: &str, ending: &str) -> PathBuf {
    folder().join(format!("{name}.{ending}"))
}

fn check<M: Debug + PartialEq>(
    name: &str,
    message: &M,
    encoded: &[u8],
    decode: impl Fn(&[u8]) -> Result<M, MessageError>,
) {
    let (bytes, meaning) = (file(name, "cbor"), file(name, "txt"));
    if std::env::var_os("KINESCOPE_WRITE_VECTORS").is_some() {
        std::fs::create_dir_all(folder()).expect("the folder can be made");
        std::fs::write(&bytes, encoded).expect("the vector can be written");
        std::fs::write(&meaning, format!("{message:#?}\n")).expect("its meaning can be written");
    }
    let kept = std::fs::read(&bytes).unwrap_or_else(|error| panic!("{}: {error}", bytes.display()));
    let expected = std::fs::read_to_string(&meaning).unwrap_or_else(|error| panic!("{}: {error}", meaning.display()));
    let read = decode(&kept).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(&read, message, "{name}");
    assert_eq!(format!("{read:#?}\n"), expected, "{name}");
    assert_eq!(encoded, kept, "{name} is written differently now");
}

#[test]
fn kept_messages_keep_their_meaning() {
    for (name, message) in agent_messages() {
        let encoded = message.encode().expect(name);
        check(&format!("agent-{name}"), &message, &encoded, AgentMessage::decode);
    }
    for (name, message) in server_messages() {
        let encoded = message.encode().expect(name);
        check(&format!("server-{name}"), &message, &encoded, ServerMessage::decode);
    }
}
