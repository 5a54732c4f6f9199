//! A program that owns the clipboard, and answers as a test wants.

use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ClientMessageEvent, ConnectionExt as _, EventMask, PropMode, SELECTION_NOTIFY_EVENT,
    SelectionNotifyEvent, SelectionRequestEvent,
};
use x11rb::wrapper::ConnectionExt as _;

use crate::painter::Painter;
use crate::xserver::XServer;

/// How it answers when it is asked for something.
#[derive(Clone)]
pub enum Says {
    /// By these bytes, as the type that was asked for.
    Bytes(Vec<u8>),
    /// Not at all.
    Nothing,
    /// That it does not have it.
    Refuses,
    /// That so much will come in pieces.
    Pieces(u32),
    /// With this, after it has copied a secret in its place.
    SecretInstead(Vec<u8>),
}

/// Says this.
pub fn text(bytes: impl AsRef<[u8]>) -> Says {
    Says::Bytes(bytes.as_ref().to_vec())
}

type Offers = Vec<(String, Says)>;

/// The program.
pub struct Owner {
    pub painter: Arc<Painter>,
    offers: Arc<Mutex<Offers>>,
    asked: Arc<Mutex<Vec<String>>>,
    thread: Option<JoinHandle<()>>,
}

impl Owner {
    pub fn new(server: &XServer) -> Self {
        let painter = Arc::new(Painter::new(server));
        let (offers, asked) = (Arc::new(Mutex::new(Offers::new())), Arc::new(Mutex::new(Vec::new())));
        let serves = Serves { painter: Arc::clone(&painter), offers: Arc::clone(&offers), asked: Arc::clone(&asked) };
        let thread = Some(std::thread::spawn(move || serves.run()));
        Self { painter, offers, asked, thread }
    }

    /// Copies something that is offered so.
    pub fn copies(&self, offers: &[(&str, Says)]) {
        *self.offers.lock().unwrap() = offers.iter().map(|(name, says)| ((*name).to_owned(), says.clone())).collect();
        own(&self.painter, "CLIPBOARD");
    }

    /// Marks something with the pointer.
    pub fn marks(&self) {
        own(&self.painter, "PRIMARY");
    }

    /// What it was asked for.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        let end = ClientMessageEvent::new(32, self.painter.window, atom(&self.painter, "END"), [0; 5]);
        self.painter.conn.send_event(false, self.painter.window, EventMask::NO_EVENT, end).unwrap();
        self.painter.conn.flush().unwrap();
        let _ = self.thread.take().unwrap().join();
    }
}

/// The part of it that answers.
struct Serves {
    painter: Arc<Painter>,
    offers: Arc<Mutex<Offers>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Serves {
    fn run(&self) {
        loop {
            match self.painter.conn.wait_for_event().unwrap() {
                Event::SelectionRequest(request) => self.serve(&request),
                Event::ClientMessage(_) => return,
                _ => {}
            }
        }
    }

    fn serve(&self, request: &SelectionRequestEvent) {
        let conn = &self.painter.conn;
        let name = conn.get_atom_name(request.target).unwrap().reply().unwrap().name;
        let name = String::from_utf8(name).unwrap();
        self.asked.lock().unwrap().push(name.clone());
        let offers = self.offers.lock().unwrap().clone();
        let says = offers.iter().find(|(offered, _)| *offered == name).map(|(_, says)| says.clone());
        let put = |kind: Atom, bytes: &[u8]| {
            let replace = PropMode::REPLACE;
            conn.change_property8(replace, request.requestor, request.property, kind, bytes).unwrap();
            self.answer(request, request.property);
        };
        let numbers = |kind: Atom, numbers: &[u32]| {
            let replace = PropMode::REPLACE;
            conn.change_property32(replace, request.requestor, request.property, kind, numbers).unwrap();
            self.answer(request, request.property);
        };
        match says {
            None if name == "TARGETS" => {
                let names = offers.iter().map(|(offered, _)| atom(&self.painter, offered));
                numbers(AtomEnum::ATOM.into(), &names.collect::<Vec<_>>());
            }
            Some(Says::Bytes(bytes)) => put(request.target, &bytes),
            Some(Says::Nothing) => {}
            None | Some(Says::Refuses) => self.answer(request, x11rb::NONE),
            Some(Says::Pieces(bytes)) => numbers(atom(&self.painter, "INCR"), &[bytes]),
            Some(Says::SecretInstead(bytes)) => {
                *self.offers.lock().unwrap() = vec![
                    ("UTF8_STRING".to_owned(), text(b"")),
                    ("x-kde-passwordManagerHint".to_owned(), text(b"secret")),
                ];
                own(&self.painter, "CLIPBOARD");
                put(request.target, &bytes);
            }
        }
        self.painter.conn.flush().unwrap();
    }

    fn answer(&self, request: &SelectionRequestEvent, property: Atom) {
        let answer = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: request.time,
            requestor: request.requestor,
            selection: request.selection,
            target: request.target,
            property,
        };
        self.painter.conn.send_event(false, request.requestor, EventMask::NO_EVENT, answer).unwrap();
    }
}

fn atom(painter: &Painter, name: &str) -> Atom {
    painter.conn.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom
}

fn own(painter: &Painter, selection: &str) {
    let selection = atom(painter, selection);
    painter.conn.set_selection_owner(painter.window, selection, x11rb::CURRENT_TIME).unwrap();
    painter.settle();
}

/// Answers all questions whether the program responds, as EWMH wants it. How many there were.
pub fn answer_pings(painter: &Painter, ping: Atom) -> u32 {
    let mut answered = 0;
    while let Some(event) = painter.conn.poll_for_event().unwrap() {
        let Event::ClientMessage(mut message) = event else { continue };
        if message.data.as_data32()[0] == ping {
            message.window = painter.root;
            let mask = EventMask::SUBSTRUCTURE_NOTIFY | EventMask::SUBSTRUCTURE_REDIRECT;
            painter.conn.send_event(false, painter.root, mask, message).unwrap();
            answered += 1;
        }
    }
    painter.settle();
    answered
}
