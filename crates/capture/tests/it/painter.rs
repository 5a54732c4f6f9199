//! A client that draws, moves the pointer and asks the server what it shows.

use x11rb::connection::Connection as _;
use x11rb::protocol::randr::{ConnectionExt as _, MonitorInfo, Rotation};
use x11rb::protocol::xproto::{
    ChangeGCAux, ConnectionExt as _, CreateGCAux, CreateWindowAux, Gcontext, ImageFormat, Rectangle, Window,
    WindowClass,
};
use x11rb::rust_connection::{DefaultStream, RustConnection};

use crate::xserver::XServer;

/// A picture: width, height and `0x00RRGGBB` by row.
pub type Picture = (u32, u32, Vec<u32>);

/// A client with one window and a pen.
pub struct Painter {
    pub conn: RustConnection,
    pub root: Window,
    pub window: Window,
    pen: Gcontext,
    seed: u64,
}

impl Painter {
    /// A window as large as the screen.
    pub fn new(server: &XServer) -> Self {
        let conn = connect(server);
        let (width, height) = (conn.setup().roots[0].width_in_pixels, conn.setup().roots[0].height_in_pixels);
        Self::with_window(conn, (0, 0), (width, height))
    }

    /// A window at a place, which may be off the screen or larger than it.
    pub fn with_window(conn: RustConnection, at: (i16, i16), size: (u16, u16)) -> Self {
        let root = conn.setup().roots[0].root;
        let (window, pen) = (conn.generate_id().unwrap(), conn.generate_id().unwrap());
        let aux = CreateWindowAux::new().background_pixel(0x0020_3040).override_redirect(1);
        conn.create_window(0, window, root, at.0, at.1, size.0, size.1, 0, WindowClass::INPUT_OUTPUT, 0, &aux).unwrap();
        conn.map_window(window).unwrap();
        conn.create_gc(pen, window, &CreateGCAux::new()).unwrap();
        let painter = Self { conn, root, window, pen, seed: 0x9e37_79b9_7f4a_7c15 };
        painter.settle();
        painter
    }

    /// Waits until the server has carried out everything.
    pub fn settle(&self) {
        self.conn.get_input_focus().unwrap().reply().unwrap();
    }

    /// A number below `limit`; the same sequence in every run.
    pub fn random(&mut self, limit: u32) -> u32 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        u32::try_from(self.seed % u64::from(limit)).unwrap()
    }

    /// Fills a rectangle of the window. The colour's top byte is set, as programs with alpha do.
    pub fn fill(&self, x: i16, y: i16, width: u16, height: u16, colour: u32) {
        self.conn.change_gc(self.pen, &ChangeGCAux::new().foreground(0xff00_0000 | colour)).unwrap();
        self.conn.poly_fill_rectangle(self.window, self.pen, &[Rectangle { x, y, width, height }]).unwrap();
    }

    /// Fills some rectangles at random places.
    pub fn scribble(&mut self, rectangles: u32, largest: u32) {
        for _ in 0..rectangles {
            let (x, y) = (self.random(1400) as i16 - 50, self.random(1000) as i16 - 50);
            let (width, height) = (1 + self.random(largest) as u16, 1 + self.random(largest) as u16);
            let colour = self.random(0x100_0000);
            self.fill(x, y, width, height, colour);
        }
        self.conn.flush().unwrap();
    }

    /// Moves a part of the window, as scrolling does.
    pub fn scroll(&self, from: (i16, i16), to: (i16, i16), size: (u16, u16)) {
        self.conn.copy_area(self.window, self.window, self.pen, from.0, from.1, to.0, to.1, size.0, size.1).unwrap();
    }

    /// Defines a monitor, or puts it elsewhere. The primary one takes the outputs, so that the server adds none by itself.
    pub fn set_monitor(&self, name: &str, at: (i16, i16), size: (u16, u16), primary: bool) {
        let name = self.conn.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom;
        let (x, y, width, height) = (at.0, at.1, size.0, size.1);
        let resources = self.conn.randr_get_screen_resources(self.root).unwrap().reply().unwrap();
        // A name can be taken once. That it was not taken is no error here.
        let _ = self.conn.randr_delete_monitor(self.root, name).unwrap().check();
        let monitor = MonitorInfo {
            name,
            primary,
            automatic: false,
            x,
            y,
            width,
            height,
            width_in_millimeters: 300,
            height_in_millimeters: 200,
            outputs: if primary { resources.outputs } else { Vec::new() },
        };
        self.conn.randr_set_monitor(self.root, monitor).unwrap().check().unwrap();
    }

    /// Takes a monitor away.
    pub fn delete_monitor(&self, name: &str) {
        let name = self.conn.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom;
        self.conn.randr_delete_monitor(self.root, name).unwrap().check().unwrap();
    }

    /// What the server says it shows, read by `GetImage`.
    pub fn servers_picture(&self) -> Picture {
        let size = self.conn.get_geometry(self.root).unwrap().reply().unwrap();
        let image = self
            .conn
            .get_image(ImageFormat::Z_PIXMAP, self.root, 0, 0, size.width, size.height, u32::MAX)
            .unwrap()
            .reply()
            .unwrap();
        let pixels = image.data.chunks_exact(4).map(|p| u32::from_le_bytes([p[0], p[1], p[2], 0])).collect();
        (size.width.into(), size.height.into(), pixels)
    }

    /// Gives the screen another size.
    pub fn resize_screen(&self, width: u16, height: u16) {
        // A screen cannot become smaller than what its monitors show: they are switched off first.
        let resources = self.conn.randr_get_screen_resources(self.root).unwrap().reply().unwrap();
        for crtc in resources.crtcs {
            let off = self.conn.randr_set_crtc_config(crtc, 0, 0, 0, 0, x11rb::NONE, Rotation::ROTATE0, &[]).unwrap();
            off.reply().unwrap();
        }
        // Millimetres are only for programs that print.
        self.conn.randr_set_screen_size(self.root, width, height, 300, 200).unwrap().check().unwrap();
    }
}

/// Connects to a test's server, showing its cookie.
pub fn connect(server: &XServer) -> RustConnection {
    let path = format!("/tmp/.X11-unix/X{}", server.display().trim_start_matches(':'));
    let (stream, _) = DefaultStream::from_unix_stream(std::os::unix::net::UnixStream::connect(path).unwrap()).unwrap();
    let (name, data) =
        server.cookie().map_or_else(Default::default, |cookie| (b"MIT-MAGIC-COOKIE-1".to_vec(), cookie.to_vec()));
    RustConnection::connect_to_stream_with_auth_info(stream, 0, name, data).unwrap()
}
