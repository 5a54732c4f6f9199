//! Keys that are struck at a display, each with who received it, and where they would go now.
//!
//! Two connections: one hears what the X server does with keys (RECORD: what devices do, which connection each event is delivered to, who
//! asks for the keyboard); the other looks, and makes a mark before and after each look that the first one hears in its place among the
//! keys. So it is known without a clock of one's own which keys came before a look and which after it. That a program has *grabbed* the
//! keyboard is seen by who receives keys, too, and no key is taken from anybody.

mod heard;
mod layout;

use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::record::{self, ConnectionExt as _};
use x11rb::protocol::xproto::{
    AtomEnum, ConnectionExt as _, CreateWindowAux, EventMask, GRAB_KEYBOARD_REQUEST, GrabMode, GrabStatus, InputFocus,
    PropMode, Window, WindowClass,
};

use crate::connection::{ConnectionParams, Link};
use crate::desktop::{Desk, Wanted, lost};
use crate::error::{CaptureError, ExchangeError, OpenError};
use crate::server::ServerIdentity;
use heard::Listener;
use layout::Layout;

pub use heard::Heard;
pub use layout::Struck;

/// Requests by which programs take the keyboard: of the core protocol, and of XInput, those between the first and the last of them.
const CORE_GRABS: (u8, u8) = (GRAB_KEYBOARD_REQUEST, GRAB_KEYBOARD_REQUEST);
const XINPUT_GRABS: (u16, u16) = (heard::GRAB_DEVICE as u16, heard::XI_GRAB_DEVICE as u16);
const XINPUT: &str = "XInputExtension";
/// Events of the core protocol, and those of extensions that have kinds of their own. In one piece: servers forget what a second one holds.
const DELIVERED: (u8, u8) = (2, 35);
/// Keys and buttons.
const DEVICES: (u8, u8) = (2, 5);
/// All connections, those that are there and those that come.
const EVERYBODY: u32 = 3;

/// Where keys go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Focus {
    /// The window with the keyboard focus.
    window: Window,
    /// The connection that it belongs to.
    pub client: u32,
    /// The process at its other end.
    pub pid: u32,
}

/// Looks where keys go.
pub struct KeyWatch {
    desk: Desk,
    /// `None`: it has changed, and was not read yet.
    layout: Option<Layout>,
    marks: Window,
}

/// Hears keys.
pub struct KeyStream {
    link: Link,
    context: record::Context,
    listener: Listener,
}

impl KeyWatch {
    /// Opens a display.
    ///
    /// # Errors
    /// [`OpenError`] if it cannot be opened, or does not tell who receives keys.
    pub fn open(params: &ConnectionParams) -> Result<(Self, KeyStream), OpenError> {
        let (link, stream) = (Link::open(params)?, Link::open(params)?);
        let setup =
            |error: ExchangeError| OpenError::Setup { display: params.display.clone(), source: error.into_final() };
        if !link.has(record::X11_EXTENSION_NAME).map_err(setup)? {
            let display = params.display.clone();
            return Err(OpenError::MissingExtension { display, extension: "RECORD", version: "1.13" });
        }
        Self::begin(link, stream).map_err(setup)
    }

    fn begin(link: Link, stream: Link) -> Result<(Self, KeyStream), ExchangeError> {
        let doing = "the announcement of keys";
        let xinput = link.opcode(XINPUT)?.unwrap_or_default();
        let (layout, own) = (Some(Layout::read(&link)?), link.conn.setup().resource_id_base);
        let desk = Desk::new(link, &Wanted::default())?;
        let conn = &desk.link.conn;
        let new_id = || conn.generate_id().map_err(|error| ExchangeError::from_id(doing, error));
        let (marks, context) = (new_id()?, new_id()?);
        let aux = CreateWindowAux::new().event_mask(EventMask::PROPERTY_CHANGE).override_redirect(1);
        let asked = conn.create_window(0, marks, desk.root(), 0, 0, 1, 1, 0, WindowClass::INPUT_ONLY, 0, &aux);
        desk.link.check(doing, asked.map_err(|error| lost(doing, error))?)?;
        let asked = conn.record_query_version(1, 13).map_err(|error| lost(doing, error))?;
        desk.link.reply(doing, asked)?;
        let asked = conn.record_create_context(context, 0, &[EVERYBODY], &[range(xinput)]);
        desk.link.check(doing, asked.map_err(|error| lost(doing, error))?)?;
        let listener = Listener::new(marks, xinput, own);
        Ok((Self { desk, layout, marks }, KeyStream { link: stream, context, listener }))
    }

    /// Who serves the display.
    pub fn server(&self) -> Option<&ServerIdentity> {
        self.desk.link.server.as_ref()
    }

    /// Begins or ends a look: keys are heard before this mark or after it.
    ///
    /// # Errors
    /// The connection was lost.
    pub fn mark(&mut self) -> Result<(), CaptureError> {
        let conn = &self.desk.link.conn;
        let property = u32::from(AtomEnum::WM_NAME);
        let marked = conn.change_property(PropMode::REPLACE, self.marks, property, AtomEnum::STRING, 8, 0, &[]);
        marked.map_err(|error| lost("looking where keys go", error).into_final())?.ignore_error();
        self.desk.link.flush().map_err(ExchangeError::into_final)?;
        while let Some(event) = self.desk.link.announced()? {
            if let Event::MappingNotify(_) = event {
                self.layout = None;
            }
        }
        if self.layout.is_none() {
            self.layout = settled(Layout::read(&self.desk.link))?;
        }
        Ok(())
    }

    /// Where keys go now; `None`: to no program, or that is not known.
    ///
    /// # Errors
    /// The connection was lost.
    pub fn focus(&self) -> Result<Option<Focus>, CaptureError> {
        Ok(settled(self.look())?.flatten())
    }

    /// Whether keys still go there. A window's connection, and with it the process, is the same for as long as there is a window of that number; had
    /// another got it meanwhile, what is typed there would be received by another connection, or go to the same one.
    ///
    /// # Errors
    /// The connection was lost.
    pub fn is_still(&self, focus: &Focus) -> Result<bool, CaptureError> {
        Ok(settled(self.focused_window())?.flatten() == Some(focus.window))
    }

    fn look(&self) -> Result<Option<Focus>, ExchangeError> {
        let Some(window) = self.focused_window()? else { return Ok(None) };
        let pid = self.desk.link.pid_of(window)?;
        Ok(pid.map(|pid| Focus { window, client: self.client_of(window), pid }))
    }

    fn focused_window(&self) -> Result<Option<Window>, ExchangeError> {
        let doing = "the keyboard focus";
        let asked = self.desk.link.conn.get_input_focus().map_err(|error| lost(doing, error))?;
        let window = self.desk.link.reply(doing, asked)?.focus;
        let is_none = [u32::from(InputFocus::NONE), u32::from(InputFocus::POINTER_ROOT)].contains(&window);
        Ok((!is_none && window != self.desk.root()).then_some(window))
    }

    fn client_of(&self, window: Window) -> u32 {
        window & !self.desk.link.conn.setup().resource_id_mask
    }

    /// The title of the topmost window, where it belongs to who has the keyboard; else that of the window with the keyboard itself.
    ///
    /// # Errors
    /// The connection was lost.
    pub fn title(&self, focus: &Focus) -> Result<String, CaptureError> {
        let title = || {
            let topmost = self.desk.topmost()?.filter(|window| self.client_of(*window) == focus.client);
            self.desk.title(topmost.unwrap_or(focus.window))
        };
        Ok(settled(title())?.unwrap_or_default())
    }

    /// Whether the keyboard is nobody's own: only then can somebody have it, for no longer than it takes to ask.
    ///
    /// # Errors
    /// The connection was lost.
    pub fn is_free(&self) -> Result<bool, CaptureError> {
        Ok(settled(self.try_to_grab())?.unwrap_or_default())
    }

    fn try_to_grab(&self) -> Result<bool, ExchangeError> {
        let doing = "whether the keyboard is free";
        // At the window that has it nobody is told that it comes and goes.
        let Some(window) = self.focused_window()? else { return Ok(false) };
        let conn = &self.desk.link.conn;
        let asked = conn.grab_keyboard(true, window, x11rb::CURRENT_TIME, GrabMode::ASYNC, GrabMode::ASYNC);
        let asked = asked.map_err(|error| lost(doing, error))?;
        conn.ungrab_keyboard(x11rb::CURRENT_TIME).map_err(|error| lost(doing, error))?.ignore_error();
        Ok(self.desk.link.reply(doing, asked)?.status == GrabStatus::SUCCESS)
    }

    /// What a key does that was heard; `None`: it is a modifier.
    pub fn read(&self, code: u8, state: u16) -> Option<Struck> {
        self.layout.as_ref().map_or(Some(Struck::Other), |layout| layout.read_key(code, state))
    }
}

/// What could not be known now is not known.
fn settled<T>(looked: Result<T, ExchangeError>) -> Result<Option<T>, CaptureError> {
    match looked {
        Ok(found) => Ok(Some(found)),
        Err(ExchangeError::Fatal(error)) => Err(error),
        Err(ExchangeError::Late(_) | ExchangeError::Refused(..)) => Ok(None),
    }
}

fn range(xinput: u8) -> record::Range {
    let bytes = |(first, last)| record::Range8 { first, last };
    let (first, last) = if xinput == 0 { (0, 0) } else { XINPUT_GRABS };
    record::Range {
        core_requests: bytes(CORE_GRABS),
        ext_requests: record::ExtRange { major: bytes((xinput, xinput)), minor: record::Range16 { first, last } },
        delivered_events: bytes(DELIVERED),
        device_events: bytes(DEVICES),
        ..record::Range::default()
    }
}

impl KeyStream {
    /// Hears until the connection is lost, or whoever is told wants no more: then it says false.
    ///
    /// # Errors
    /// The connection was lost.
    pub fn hear(mut self, mut tell: impl FnMut(Heard) -> bool) -> Result<(), CaptureError> {
        let doing = "hearing keys";
        let replies =
            self.link.conn.record_enable_context(self.context).map_err(|error| lost(doing, error).into_final())?;
        let mut heard = Vec::new();
        for reply in replies {
            let reply = reply.map_err(|error| ExchangeError::from_reply(doing, error).into_final())?;
            self.listener.hear(&reply, &mut heard);
            if !heard.drain(..).all(&mut tell) {
                return Ok(());
            }
        }
        Ok(())
    }
}
