//! By way of the X server, whose programs all have the same rights.

use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use nix::sys::signal::{Signal, kill};
use nix::sys::socket::{getsockopt, sockopt};
use nix::unistd::Pid;
use x11rb::connection::Connection as _;
use x11rb::protocol::res::{ClientIdSpec, ConnectionExt as _};
use x11rb::protocol::xproto::{ChangeGCAux, ConnectionExt as _, CreateGCAux, CreateWindowAux, Rectangle, Window};
use x11rb::rust_connection::{DefaultStream, RustConnection};
use x11rb::wrapper::ConnectionExt as _;

/// Longer than a recorder waits for an answer, shorter than an agent takes for a disturbance.
pub const A_WHILE: Duration = Duration::from_secs(3);
/// Longer than an agent waits before it takes something for a disturbance.
pub const LONG: Duration = Duration::from_secs(15);
/// More than X servers admit.
const CLIENTS: usize = 600;

/// The session, as one of its programs sees it.
pub struct Session {
    pub conn: RustConnection,
    pub display: String,
    pub server_pid: i32,
    root: Window,
}

pub fn socket_of(display: &str) -> PathBuf {
    PathBuf::from(format!("/tmp/.X11-unix/X{}", display.trim_start_matches(':')))
}

pub fn authority() -> anyhow::Result<PathBuf> {
    Ok(std::env::var_os("XAUTHORITY").context("no XAUTHORITY")?.into())
}

impl Session {
    pub fn open(display: &str) -> anyhow::Result<Self> {
        let stream = UnixStream::connect(socket_of(display))?;
        let server_pid = getsockopt(&stream, sockopt::PeerCredentials)?.pid();
        let entries = std::fs::read(authority()?)?;
        let cookie = entries.get(entries.len().saturating_sub(16)..).context("no cookie")?.to_vec();
        let (stream, _) = DefaultStream::from_unix_stream(stream)?;
        let conn = RustConnection::connect_to_stream_with_auth_info(stream, 0, b"MIT-MAGIC-COOKIE-1".to_vec(), cookie)?;
        let root = conn.setup().roots.first().context("no screen")?.root;
        Ok(Self { conn, display: display.to_owned(), server_pid, root })
    }

    /// Processes of others that have a connection to this X server, with a number of each connection: recorders, and who else looks.
    pub fn strangers(&self) -> anyhow::Result<Vec<(u32, i32)>> {
        let own = nix::unistd::geteuid().as_raw();
        let mut found = Vec::new();
        // The first is the server itself, and asking for it is asking for all.
        for client in self.conn.res_query_clients()?.reply()?.clients.iter().filter(|client| client.resource_base != 0)
        {
            let spec = ClientIdSpec { client: client.resource_base, mask: 2_u32.into() };
            let ids = self.conn.res_query_client_ids(&[spec])?.reply()?.ids;
            for pid in ids.iter().flat_map(|id| id.value.iter().copied()) {
                use std::os::unix::fs::MetadataExt as _;
                if std::fs::metadata(format!("/proc/{pid}")).is_ok_and(|about| about.uid() != own) {
                    found.push((client.resource_base, i32::try_from(pid)?));
                }
            }
        }
        Ok(found)
    }

    /// Ends every connection of somebody else.
    pub fn end_strangers(&self) -> anyhow::Result<()> {
        let mut ended = 0;
        for (connection, _) in self.strangers()? {
            // One that has gone by itself cannot be ended.
            ended += usize::from(self.conn.kill_client(connection)?.check().is_ok());
        }
        ensure!(ended > 0, "nobody else is connected");
        Ok(())
    }

    /// The same again and again.
    pub fn end_strangers_often(&self) -> anyhow::Result<()> {
        let until = Instant::now() + A_WHILE;
        let mut ended = 0;
        while Instant::now() < until {
            ended += usize::from(self.end_strangers().is_ok());
            std::thread::sleep(Duration::from_millis(20));
        }
        ensure!(ended > 2, "only {ended} times");
        Ok(())
    }

    /// Works while nobody else is served.
    pub fn work_alone(&self, time: Option<Duration>) -> anyhow::Result<()> {
        let until = time.map(|time| Instant::now() + time);
        let (window, gc) = (self.conn.generate_id()?, self.conn.generate_id()?);
        let aux = CreateWindowAux::new().override_redirect(1).background_pixel(0x00aa_3300);
        self.conn.create_window(0, window, self.root, 20, 20, 100, 80, 0, 0_u16.into(), 0, &aux)?;
        self.conn.map_window(window)?;
        self.conn.create_gc(gc, window, &CreateGCAux::new())?;
        self.conn.sync()?;
        // Something is to be read at the very moment when nobody is served any more.
        for colour in (0_u32..).step_by(7_777) {
            self.conn.change_gc(gc, &ChangeGCAux::new().foreground(colour & 0x00ff_ffff))?;
            let area = Rectangle { x: 0, y: 0, width: 100, height: 80 };
            self.conn.poly_fill_rectangle(window, gc, &[area])?;
            if colour == 7_777 * 10 {
                self.conn.grab_server()?;
            }
            self.conn.sync()?;
            std::thread::sleep(Duration::from_millis(20));
            if until.is_some_and(|until| until <= Instant::now()) {
                break;
            }
        }
        self.conn.ungrab_server()?;
        Ok(self.conn.sync()?)
    }

    /// Has the server begin anew with another cookie, which ends all connections, hides that cookie from everybody else, and works on.
    pub fn hide_cookie(&self) -> anyhow::Result<()> {
        let file = authority()?;
        let mut entries = std::fs::read(&file)?;
        entries.iter_mut().rev().take(16).for_each(|byte| *byte ^= 0x5a);
        // The server looks at the file's time, in seconds.
        std::thread::sleep(Duration::from_millis(1_100));
        std::fs::write(&file, &entries)?;
        kill(Pid::from_raw(self.server_pid), Signal::SIGHUP)?;
        let until = Instant::now() + LONG;
        let again = loop {
            ensure!(Instant::now() < until, "the server does not begin anew");
            if let Ok(again) = Self::open(&self.display) {
                break again;
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        std::fs::remove_file(&file)?;
        std::thread::sleep(LONG);
        drop(again);
        Ok(())
    }

    /// Removes the file with the cookie, and ends every connection of somebody else.
    pub fn remove_cookie(&self) -> anyhow::Result<()> {
        std::fs::remove_file(authority()?)?;
        self.end_strangers()
    }

    /// Takes every place that the server has for programs, others' too.
    pub fn fill_clients(&self) -> anyhow::Result<()> {
        let mut held = Vec::new();
        let take_all = |held: &mut Vec<Session>| {
            while held.len() < CLIENTS
                && let Ok(one) = Self::open(&self.display)
            {
                held.push(one);
            }
        };
        take_all(&mut held);
        ensure!(held.len() < CLIENTS, "the server has room for more");
        self.end_strangers()?;
        let until = Instant::now() + LONG;
        while Instant::now() < until {
            take_all(&mut held);
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Takes every property off every window.
    pub fn withdraw_properties(&self) -> anyhow::Result<()> {
        let mut windows = vec![self.root];
        let mut withdrawn = 0;
        while let Some(window) = windows.pop() {
            let (Ok(tree), Ok(properties)) =
                (self.conn.query_tree(window)?.reply(), self.conn.list_properties(window)?.reply())
            else {
                continue;
            };
            windows.extend(tree.children);
            for property in properties.atoms {
                self.conn.delete_property(window, property)?;
                withdrawn += 1;
            }
        }
        self.conn.sync()?;
        ensure!(withdrawn > 0, "no window has a property");
        Ok(())
    }
}
