//! How session facts stand in CBOR: a map with small integer keys, the most sensitive last.

use minicbor::decode::Error as DecodeError;
use minicbor::encode::{Error as EncodeError, Write};
use minicbor::{Decode, Decoder, Encode, Encoder};

use crate::SessionFacts;

#[derive(Encode, Decode)]
#[cbor(map)]
struct Wire {
    #[n(0)]
    machine_id: String,
    #[n(1)]
    machine: String,
    #[n(2)]
    session_kind: String,
    #[n(3)]
    display: Option<String>,
    #[n(4)]
    user: String,
    #[n(5)]
    uid: Option<u32>,
    #[n(6)]
    client_name: Option<String>,
    #[n(7)]
    client_address: Option<String>,
    #[n(8)]
    application: Option<String>,
    #[n(9)]
    groups: Vec<String>,
    #[n(10)]
    delivery_groups: Option<Vec<String>>,
    #[n(11)]
    tags: Option<Vec<String>>,
    #[n(12)]
    utc_offset_minutes: Option<i32>,
}

/// Lists that older agents do not know are left out where they are empty.
fn some(list: Vec<String>) -> Option<Vec<String>> {
    (!list.is_empty()).then_some(list)
}

/// Writes the facts.
pub fn encode<C, W: Write>(
    facts: &SessionFacts,
    encoder: &mut Encoder<W>,
    context: &mut C,
) -> Result<(), EncodeError<W::Error>> {
    let facts = facts.clone();
    let wire = Wire {
        machine_id: facts.machine_id,
        machine: facts.machine,
        session_kind: facts.session_kind.as_str().to_owned(),
        display: facts.display,
        user: facts.user,
        uid: facts.uid,
        client_name: facts.client_name,
        client_address: facts.client_address,
        application: facts.application,
        groups: facts.groups,
        delivery_groups: some(facts.delivery_groups),
        tags: some(facts.tags),
        utc_offset_minutes: facts.utc_offset_minutes,
    };
    wire.encode(encoder, context)
}

/// Reads the facts.
pub fn decode<C>(decoder: &mut Decoder<'_>, context: &mut C) -> Result<SessionFacts, DecodeError> {
    let wire = Wire::decode(decoder, context)?;
    Ok(SessionFacts {
        machine_id: wire.machine_id,
        machine: wire.machine,
        user: wire.user,
        uid: wire.uid,
        display: wire.display,
        session_kind: wire.session_kind.into(),
        client_name: wire.client_name,
        client_address: wire.client_address,
        application: wire.application,
        groups: wire.groups,
        delivery_groups: wire.delivery_groups.unwrap_or_default(),
        tags: wire.tags.unwrap_or_default(),
        utc_offset_minutes: wire.utc_offset_minutes,
    })
}
