//! What the RECORD extension says, put together: each key that was struck with who received it, and what makes that unsure.

use x11rb::protocol::record::EnableContextReply;
use x11rb::protocol::xproto::{BUTTON_PRESS_EVENT, KEY_PRESS_EVENT, KEY_RELEASE_EVENT, PROPERTY_NOTIFY_EVENT, Window};

/// Events are of this length here: of longer ones the beginning is told.
const EVENT_BYTES: usize = 32;
/// A kind of event with a kind of its own (`GenericEvent`).
const GENERIC: u8 = 35;
/// The sort of key event that XInput 2 has.
const XI_KEY_PRESS: u16 = 2;
/// Buttons that are turns of a wheel.
const WHEEL: std::ops::RangeInclusive<u8> = 4..=7;
/// The bit of an event that a program made up.
const MADE_UP: u8 = 0x80;

/// Where a reply's content comes from.
const FROM_SERVER: u8 = 0;
const FROM_CLIENT: u8 = 1;
const START: u8 = 4;

/// Requests of XInput that take devices: of its first version, and of its second.
pub(super) const GRAB_DEVICE: u8 = 13;
pub(super) const XI_GRAB_DEVICE: u8 = 51;

/// What was heard, in the order in which the X server did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// From here on everything is heard.
    Began,
    /// A key was struck.
    Key {
        /// When, by the server's clock.
        at_ms: u32,
        /// Which one.
        code: u8,
        /// With which modifiers and group.
        state: u16,
        /// The connection that received it; `None`: none, or several did, or nobody knows.
        client: Option<u32>,
    },
    /// A button of the pointer was pressed.
    Button {
        /// When, by the server's clock.
        at_ms: u32,
    },
    /// One of one's own marks.
    Mark {
        /// When it was made, by the server's clock.
        at_ms: u32,
    },
    /// A program asks for the keyboard for itself.
    Grab {
        /// When, by the server's clock.
        at_ms: u32,
    },
}

/// A key whose receivers are not all known yet.
struct Open {
    at_ms: u32,
    code: u8,
    state: u16,
    receivers: Receivers,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Receivers {
    None,
    One(u32),
    Unsure,
}

/// Puts it together.
pub(super) struct Listener {
    /// The window that marks are made at.
    marks: Window,
    /// The major opcode of XInput.
    xinput: u8,
    /// The connection that looks, whose own requests say nothing.
    own: u32,
    open: Option<Open>,
}

impl Listener {
    pub(super) fn new(marks: Window, xinput: u8, own: u32) -> Self {
        Self { marks, xinput, own, open: None }
    }

    /// Takes in what was recorded.
    pub(super) fn hear(&mut self, reply: &EnableContextReply, heard: &mut Vec<Heard>) {
        match reply.category {
            FROM_SERVER if reply.xid_base == 0 => {
                reply.data.chunks_exact(EVENT_BYTES).for_each(|event| self.device(event, heard));
            }
            FROM_SERVER => {
                let client = (!reply.client_swapped).then_some(reply.xid_base);
                reply.data.chunks_exact(EVENT_BYTES).for_each(|event| self.delivered(event, client, heard));
            }
            FROM_CLIENT if reply.xid_base != self.own && self.takes_keyboard(&reply.data, reply.client_swapped) => {
                heard.push(Heard::Grab { at_ms: reply.server_time });
            }
            START => heard.push(Heard::Began),
            _ => {}
        }
    }

    /// Whether one of these requests, one behind the other, may take the keyboard.
    fn takes_keyboard(&self, requests: &[u8], is_swapped: bool) -> bool {
        let mut rest = requests;
        while let Some([opcode, minor, ..]) = rest.first_chunk::<4>() {
            if *opcode != self.xinput || [GRAB_DEVICE, XI_GRAB_DEVICE].contains(minor) {
                return true;
            }
            let words = if is_swapped { short(rest, 2).swap_bytes() } else { short(rest, 2) };
            // One without a length, or with more than there is, is told with doubt.
            match rest.get(usize::from(words) * 4..) {
                Some(next) if words > 0 => rest = next,
                _ => return true,
            }
        }
        !rest.is_empty()
    }

    /// A device did something: whoever is to receive it will be told next.
    fn device(&mut self, event: &[u8], heard: &mut Vec<Heard>) {
        let Some([kind, code]) = event.first_chunk() else { return };
        if matches!(*kind, KEY_PRESS_EVENT | KEY_RELEASE_EVENT) {
            self.close(heard);
        }
        if *kind == BUTTON_PRESS_EVENT && !WHEEL.contains(code) {
            self.close(heard);
            heard.push(Heard::Button { at_ms: word(event, 4) });
        }
        if *kind == KEY_PRESS_EVENT {
            let (at_ms, state) = (word(event, 4), short(event, 28));
            self.open = Some(Open { at_ms, code: *code, state, receivers: Receivers::None });
        }
    }

    fn delivered(&mut self, event: &[u8], client: Option<u32>, heard: &mut Vec<Heard>) {
        let Some([kind, second]) = event.first_chunk() else { return };
        match *kind & !MADE_UP {
            // What a program makes up, others hear as keys; nobody has struck one.
            _ if *kind & MADE_UP != 0 => {}
            KEY_PRESS_EVENT => self.received(u32::from(*second), word(event, 4), client),
            GENERIC if *second == self.xinput && (client.is_none() || short(event, 8) == XI_KEY_PRESS) => {
                self.received(word(event, 16), word(event, 12), client);
            }
            PROPERTY_NOTIFY_EVENT if word(event, 4) == self.marks => {
                self.close(heard);
                heard.push(Heard::Mark { at_ms: word(event, 12) });
            }
            _ => {}
        }
    }

    fn received(&mut self, code: u32, at_ms: u32, client: Option<u32>) {
        let Some(open) = &mut self.open else { return };
        let is_it = u32::from(open.code) == code && open.at_ms == at_ms;
        open.receivers = match (client, open.receivers) {
            (Some(client), Receivers::None) if is_it => Receivers::One(client),
            (Some(client), Receivers::One(before)) if is_it && client == before => open.receivers,
            // Another key than the last one, which somebody had held back; or one whose receiver cannot be read.
            _ => Receivers::Unsure,
        };
    }

    fn close(&mut self, heard: &mut Vec<Heard>) {
        let Some(Open { at_ms, code, state, receivers }) = self.open.take() else { return };
        let client = match receivers {
            Receivers::One(client) => Some(client),
            Receivers::None | Receivers::Unsure => None,
        };
        heard.push(Heard::Key { at_ms, code, state, client });
    }
}

fn word(event: &[u8], at: usize) -> u32 {
    event.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_ne_bytes)
}

fn short(event: &[u8], at: usize) -> u16 {
    event.get(at..at + 2).and_then(|bytes| bytes.try_into().ok()).map_or(0, u16::from_ne_bytes)
}

#[cfg(test)]
mod tests {
    use x11rb::protocol::record::EnableContextReply;

    use super::*;

    const XINPUT: u8 = 131;
    const MARKS: u32 = 0x0080_0001;

    fn reply(category: u8, xid_base: u32, data: &[u8]) -> EnableContextReply {
        EnableContextReply {
            category,
            sequence: 0,
            element_header: 0,
            client_swapped: false,
            xid_base,
            server_time: 77,
            rec_sequence_num: 0,
            data: data.to_vec(),
        }
    }

    fn core(kind: u8, code: u8, at_ms: u32) -> Vec<u8> {
        let mut event = vec![0; EVENT_BYTES];
        (event[0], event[1]) = (kind, code);
        event[4..8].copy_from_slice(&at_ms.to_ne_bytes());
        event[28..30].copy_from_slice(&5_u16.to_ne_bytes());
        event
    }

    fn xi2(code: u8, at_ms: u32) -> Vec<u8> {
        let mut event = vec![0; EVENT_BYTES];
        (event[0], event[1]) = (GENERIC, XINPUT);
        event[8..10].copy_from_slice(&XI_KEY_PRESS.to_ne_bytes());
        event[12..16].copy_from_slice(&at_ms.to_ne_bytes());
        event[16..20].copy_from_slice(&u32::from(code).to_ne_bytes());
        event
    }

    fn mark(at_ms: u32) -> Vec<u8> {
        let mut event = vec![0; EVENT_BYTES];
        event[0] = PROPERTY_NOTIFY_EVENT;
        event[4..8].copy_from_slice(&MARKS.to_ne_bytes());
        event[12..16].copy_from_slice(&at_ms.to_ne_bytes());
        event
    }

    fn hear(replies: &[EnableContextReply]) -> Vec<Heard> {
        let (mut listener, mut heard) = (Listener::new(MARKS, XINPUT, 0x0080_0000), Vec::new());
        replies.iter().for_each(|reply| listener.hear(reply, &mut heard));
        heard
    }

    #[test]
    fn keys_are_told_with_who_alone_received_them() {
        let device = reply(FROM_SERVER, 0, &core(KEY_PRESS_EVENT, 38, 100));
        let end = reply(FROM_SERVER, 0x0080_0000, &mark(200));
        let of = |delivered: &[EnableContextReply]| {
            let all = [std::slice::from_ref(&device), delivered, std::slice::from_ref(&end)].concat();
            let heard = hear(&all);
            assert_eq!(heard[1..], [Heard::Mark { at_ms: 200 }]);
            assert!(matches!(heard[0], Heard::Key { at_ms: 100, code: 38, state: 5, .. }), "{heard:?}");
            if let Heard::Key { client, .. } = heard[0] { client } else { None }
        };
        let to = |client, event: Vec<u8>| reply(FROM_SERVER, client, &event);
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[to(7, core(KEY_PRESS_EVENT, 38, 100))]), Some(7));
        assert_eq!(of(&[to(7, xi2(38, 100))]), Some(7));
        assert_eq!(of(&[to(7, core(KEY_PRESS_EVENT, 38, 100)), to(8, xi2(38, 100))]), None);
        assert_eq!(of(&[to(7, core(KEY_PRESS_EVENT, 39, 100))]), None, "another key");
        assert_eq!(of(&[to(7, core(KEY_PRESS_EVENT, 38, 99))]), None, "an earlier one");
        assert_eq!(of(&[to(7, core(KEY_PRESS_EVENT | MADE_UP, 38, 100))]), None, "nobody struck it");
        let mut swapped = to(7, core(KEY_PRESS_EVENT, 38, 100));
        swapped.client_swapped = true;
        assert_eq!(of(&[swapped]), None);
        // Each is told once the next one comes.
        let two = [device.clone(), to(7, xi2(38, 100)), device.clone(), to(8, xi2(38, 100)), end.clone()];
        assert_eq!(hear(&two).len(), 3);
        let click = reply(FROM_SERVER, 0, &core(BUTTON_PRESS_EVENT, 1, 150));
        assert_eq!(hear(&[device, click])[1..], [Heard::Button { at_ms: 150 }]);
    }

    #[test]
    fn who_asks_for_the_keyboard_is_heard_but_for_oneself() {
        let request = |opcode: u8, minor: u8, words: u16| {
            let mut request = vec![opcode, minor];
            request.extend(words.to_ne_bytes());
            request.resize(usize::from(words.max(1)) * 4, 0);
            request
        };
        let is_grab = |data: &[u8]| !hear(&[reply(FROM_CLIENT, 7, data)]).is_empty();
        assert!(is_grab(&request(31, 1, 4)));
        assert!(is_grab(&request(XINPUT, XI_GRAB_DEVICE, 6)) && is_grab(&request(XINPUT, GRAB_DEVICE, 5)));
        assert!(!is_grab(&request(XINPUT, 40, 5)), "where the pointer is");
        assert!(is_grab(&[request(XINPUT, 40, 5), request(XINPUT, XI_GRAB_DEVICE, 6)].concat()));
        assert!(is_grab(&request(XINPUT, 40, 0)), "what cannot be read may be anything");
        assert_eq!(hear(&[reply(FROM_CLIENT, 0x0080_0000, &request(31, 1, 4))]), []);
        assert_eq!(hear(&[reply(START, 0, &[])]), [Heard::Began]);
    }
}
