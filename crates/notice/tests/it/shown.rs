//! A window that is shown in a thread of its own, and a user who sees it and acts by keyboard and mouse.

use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use notice::{Answer, Content, Display, Kind, Progress, ShowError, show};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, ImageFormat, Keycode, MapState, Window};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

use crate::xserver::XServer;

pub const PATIENCE: Duration = Duration::from_secs(20);
/// Keysyms.
pub const TAB: u32 = 0xff09;
pub const RETURN: u32 = 0xff0d;
pub const SPACE: u32 = 0x20;
pub const ESCAPE: u32 = 0xff1b;
pub const END: u32 = 0xff57;

pub fn tells() -> Content {
    Content {
        language: "en".to_owned(),
        title: "This session is recorded".to_owned(),
        body: "What your screen shows is recorded.".to_owned(),
        kind: Kind::Notice { dismiss: "Close".to_owned() },
    }
}

pub fn asks(patience_secs: u32) -> Content {
    let kind = Kind::Question { accept: "Accept".to_owned(), decline: "Decline".to_owned(), patience_secs };
    Content { title: "May this session be recorded?".to_owned(), kind, ..tells() }
}

/// A window that is shown.
pub struct Shown {
    thread: Option<JoinHandle<Result<Answer, ShowError>>>,
    progress: Receiver<Progress>,
    hangup: Option<UnixStream>,
}

impl Shown {
    pub fn on(server: &XServer, content: Content) -> Self {
        let display = Display { name: server.display().to_owned(), cookie: server.cookie().map(<[u8]>::to_vec) };
        let (hangup, watched) = UnixStream::pair().unwrap();
        let (tell, progress) = channel();
        let thread = std::thread::spawn(move || {
            show(&display, vec![content], watched.as_fd(), |step| tell.send(step).unwrap_or_default())
        });
        Self { thread: Some(thread), progress, hangup: Some(hangup) }
    }

    /// Waits until it has been on the screen.
    pub fn until_shown(self) -> Self {
        match self.progress.recv_timeout(PATIENCE) {
            Ok(Progress::Shown { .. }) => self,
            Err(_) => panic!("nothing was shown: {:?}", self.answer()),
        }
    }

    pub fn was_shown(&self) -> bool {
        self.progress.try_recv().is_ok()
    }

    pub fn is_answered(&self) -> bool {
        self.thread.as_ref().unwrap().is_finished()
    }

    /// Waits for what came of it.
    pub fn answer(mut self) -> Result<Answer, ShowError> {
        let thread = self.thread.take().unwrap();
        let limit = Instant::now() + PATIENCE;
        while !thread.is_finished() {
            assert!(Instant::now() < limit, "no answer in time");
            std::thread::sleep(Duration::from_millis(10));
        }
        thread.join().unwrap()
    }

    /// Lets go of it as a parent process that ends.
    pub fn hang_up(&mut self) {
        self.hangup = None;
    }
}

/// A user in front of a display.
pub struct User {
    pub conn: RustConnection,
    pub root: Window,
}

impl User {
    pub fn at(server: &XServer) -> Self {
        Self::try_at(server).unwrap()
    }

    pub fn try_at(server: &XServer) -> Option<Self> {
        let (conn, screen) = x11rb::connect(Some(server.display())).ok()?;
        let root = conn.setup().roots[screen].root;
        Some(Self { conn, root })
    }

    /// In front of a display that admits only who has its cookie.
    pub fn with_cookie(server: &XServer) -> Self {
        let path = format!("/tmp/.X11-unix/X{}", server.display().trim_start_matches(':'));
        let stream = std::os::unix::net::UnixStream::connect(path).unwrap();
        let (stream, _) = x11rb::rust_connection::DefaultStream::from_unix_stream(stream).unwrap();
        let (name, data) = (b"MIT-MAGIC-COOKIE-1".to_vec(), server.cookie().unwrap().to_vec());
        let conn = RustConnection::connect_to_stream_with_auth_info(stream, 0, name, data).unwrap();
        let root = conn.setup().roots[0].root;
        Self { conn, root }
    }

    /// Strikes keys, unless the server has gone.
    pub fn try_strike(&self, keysyms: &[u32]) -> Option<()> {
        for keysym in keysyms {
            let code = self.try_code(*keysym)?;
            for kind in [2, 3] {
                self.conn.xtest_fake_input(kind, code, 0, self.root, 0, 0, 0).ok()?;
            }
        }
        self.conn.flush().ok()
    }

    /// Strikes a key.
    pub fn strike(&self, keysym: u32) {
        let code = self.code(keysym);
        for kind in [2, 3] {
            self.conn.xtest_fake_input(kind, code, 0, self.root, 0, 0, 0).unwrap();
        }
        self.conn.flush().unwrap();
    }

    pub fn code(&self, keysym: u32) -> Keycode {
        self.try_code(keysym).expect("a key for it")
    }

    fn try_code(&self, keysym: u32) -> Option<Keycode> {
        let setup = self.conn.setup();
        let (first, last) = (setup.min_keycode, setup.max_keycode);
        let mapping = self.conn.get_keyboard_mapping(first, last - first + 1).ok()?.reply().ok()?;
        let per = usize::from(mapping.keysyms_per_keycode);
        let at = mapping.keysyms.chunks(per).position(|keysyms| keysyms[0] == keysym)?;
        Some(first + u8::try_from(at).unwrap())
    }

    /// Clicks at a place of the screen.
    pub fn click(&self, x: i16, y: i16) {
        self.conn.xtest_fake_input(6, 0, 0, self.root, x, y, 0).unwrap();
        for kind in [4, 5] {
            self.conn.xtest_fake_input(kind, 1, 0, self.root, 0, 0, 0).unwrap();
        }
        self.conn.flush().unwrap();
    }

    /// Strikes a key again and again until the window is answered: answers count only after it was seen for a while.
    pub fn insist(&self, shown: &Shown, act: impl Fn(&Self)) {
        let limit = Instant::now() + PATIENCE;
        while !shown.is_answered() {
            assert!(Instant::now() < limit, "no answer in time");
            act(self);
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// The window with this title, if it can be seen.
    pub fn find(&self, title: &str) -> Option<Window> {
        self.conn.get_input_focus().unwrap().reply().expect("the server is there");
        self.try_find(title)
    }

    /// The same where the server may have gone.
    pub fn try_find(&self, title: &str) -> Option<Window> {
        let name = self.conn.intern_atom(false, b"_NET_WM_NAME").ok()?.reply().ok()?.atom;
        let mut windows = vec![self.root];
        while let Some(window) = windows.pop() {
            let Ok(tree) = self.conn.query_tree(window).ok()?.reply() else { continue };
            windows.extend(tree.children);
            let value = self.conn.get_property(false, window, name, AtomEnum::ANY, 0, 64).ok()?.reply();
            let attributes = self.conn.get_window_attributes(window).ok()?.reply();
            let seen = attributes.is_ok_and(|attributes| attributes.map_state == MapState::VIEWABLE);
            if seen && value.is_ok_and(|value| value.value == title.as_bytes()) {
                return Some(window);
            }
        }
        None
    }

    /// Where a window stands on the screen: from the left, from the top, width, height.
    pub fn place(&self, window: Window) -> (i16, i16, u16, u16) {
        let geometry = self.conn.get_geometry(window).unwrap().reply().unwrap();
        let at = self.conn.translate_coordinates(window, self.root, 0, 0).unwrap().reply().unwrap();
        (at.dst_x, at.dst_y, geometry.width, geometry.height)
    }

    /// What the screen shows: width, height, pixels as blue, green, red and one more byte.
    pub fn picture(&self) -> (u16, u16, Vec<u8>) {
        let size = self.conn.get_geometry(self.root).unwrap().reply().unwrap();
        let (width, height) = (size.width, size.height);
        let image = self.conn.get_image(ImageFormat::Z_PIXMAP, self.root, 0, 0, width, height, u32::MAX).unwrap();
        (width, height, image.reply().unwrap().data)
    }

    /// Waits until the screen is as it should be.
    pub fn until(&self, what: &str, condition: impl Fn(&Self) -> bool) {
        let limit = Instant::now() + PATIENCE;
        while !condition(self) {
            assert!(Instant::now() < limit, "waited in vain for {what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Keeps the picture where `KINESCOPE_PICTURES` names a folder, for people to look at.
    pub fn keep(&self, name: &str) {
        let Some(folder) = std::env::var_os("KINESCOPE_PICTURES") else { return };
        let (width, height, data) = self.picture();
        let rgb: Vec<u8> = data.chunks_exact(4).flat_map(|pixel| [pixel[2], pixel[1], pixel[0]]).collect();
        let file = std::fs::File::create(std::path::Path::new(&folder).join(format!("{name}.png"))).unwrap();
        let mut encoder = png::Encoder::new(file, width.into(), height.into());
        encoder.set_color(png::ColorType::Rgb);
        encoder.write_header().unwrap().write_image_data(&rgb).unwrap();
    }
}

/// Pixels of the mark that only the dialog has.
pub fn marks(picture: &[u8]) -> usize {
    picture.chunks_exact(4).filter(|pixel| pixel[..3] == [0x0b, 0x19, 0xc9]).count()
}
