//! Windows that must not be seen are in no picture, whatever windows do; what lies above them is.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use capture::{Class, Client, CoverOptions, Options, Programs};
use x11rb::connection::Connection as _;
use x11rb::protocol::shape::{ConnectionExt as _, SK, SO};
use x11rb::protocol::xproto::{
    ClipOrdering, ConfigureWindowAux, ConnectionExt as _, CreateWindowAux, EventMask, Rectangle, StackMode, Window,
    WindowClass,
};
use x11rb::rust_connection::RustConnection;

use crate::follower::{Follower, PATIENCE, assert_same_picture};
use crate::painter::{Painter, Picture, connect};
use crate::xserver::XServer;

const GREY: u32 = 0x0080_8080;

/// Colours of private windows; no other window has them.
fn is_private(pixel: u32) -> bool {
    pixel >> 8 == 0xfe01
}

/// Programs told by their connections, so that a test needs no processes.
#[derive(Default)]
struct Told {
    covered: HashSet<u32>,
    open: HashSet<u32>,
    main: HashSet<u32>,
    unknown: HashSet<u32>,
    otherwise_covered: bool,
}

impl Programs for Told {
    fn class(&mut self, client: Client) -> Class {
        match client.base {
            base if self.unknown.contains(&base) => Class::Unknown,
            base if self.covered.contains(&base) => Class::Covered,
            base if self.open.contains(&base) => Class::Open,
            base if self.main.contains(&base) => Class::OpenMainWindow,
            _ if self.otherwise_covered => Class::Covered,
            _ => Class::Open,
        }
    }
}

fn base(conn: &RustConnection) -> u32 {
    conn.setup().resource_id_base
}

fn hiding(told: Told) -> (Options, Arc<Mutex<Told>>) {
    let programs = Arc::new(Mutex::new(told));
    let cover = CoverOptions { everything_else: false, colour: GREY, programs: programs.clone() };
    (Options { cover: Some(cover), ..Options::default() }, programs)
}

fn showing_only(told: Told) -> Options {
    let programs = Arc::new(Mutex::new(Told { otherwise_covered: true, ..told }));
    Options { cover: Some(CoverOptions { everything_else: true, colour: GREY, programs }), ..Options::default() }
}

/// A window of one colour.
fn window(conn: &RustConnection, parent: Window, at: (i16, i16), size: (u16, u16), colour: u32) -> Window {
    let id = conn.generate_id().unwrap();
    let aux = CreateWindowAux::new().background_pixel(0xff00_0000 | colour).override_redirect(1);
    conn.create_window(0, id, parent, at.0, at.1, size.0, size.1, 0, WindowClass::INPUT_OUTPUT, 0, &aux).unwrap();
    conn.map_window(id).unwrap();
    id
}

fn settle(conn: &RustConnection) {
    conn.get_input_focus().unwrap().reply().unwrap();
}

fn at(picture: &Picture, x: u32, y: u32) -> u32 {
    picture.2.get((y * picture.0 + x) as usize).copied().unwrap_or(0xdead_beef)
}

/// What the server shows, with rectangles of it grey.
fn greyed(painter: &Painter, rects: &[(u32, u32, u32, u32)]) -> Picture {
    let mut picture = painter.servers_picture();
    for &(x, y, width, height) in rects {
        for row in y..y + height {
            let start = (row * picture.0 + x) as usize;
            picture.2[start..start + width as usize].fill(GREY);
        }
    }
    picture
}

/// A desktop with something on it, and a program whose windows are private.
fn desktop(server: &XServer) -> (Painter, RustConnection) {
    let mut painter = Painter::new(server);
    painter.scribble(40, 200);
    painter.settle();
    (painter, connect(server))
}

#[test]
fn only_the_visible_part_of_a_private_window_is_covered() {
    let server = XServer::xvfb("800x600x24");
    let (painter, private) = desktop(&server);
    let (options, _) = hiding(Told { covered: [base(&private)].into(), ..Told::default() });
    window(&private, painter.root, (100, 100), (300, 200), 0xfe_0101);
    settle(&private);
    // Above it one that is open, and one that is no rectangle.
    window(&painter.conn, painter.root, (150, 120), (100, 50), 0x11_2233);
    let shaped = window(&painter.conn, painter.root, (300, 250), (200, 200), 0x44_5566);
    let hole = [Rectangle { x: 0, y: 100, width: 200, height: 100 }];
    painter.conn.shape_rectangles(SO::SET, SK::BOUNDING, ClipOrdering::UNSORTED, shaped, 0, 0, &hole).unwrap();
    painter.settle();
    let mut follower = Follower::open_with(&server, &options);
    follower.catch_up();
    let mut expected = greyed(&painter, &[(100, 100, 300, 200)]);
    for y in 120..170 {
        let start = y * 800 + 150;
        expected.2[start..start + 100].fill(0x11_2233);
    }
    assert_same_picture(&follower.seen.picture, &expected, "half covered");
    assert_eq!(at(&follower.seen.picture, 310, 260), GREY, "through the shape's hole");
    assert_eq!(at(&follower.seen.picture, 420, 400), 0x44_5566);
}

#[test]
fn what_was_covered_is_read_again_when_the_window_goes_and_nothing_is_drawn() {
    let server = XServer::xvfb("800x600x24");
    let (painter, private) = desktop(&server);
    let (options, _) = hiding(Told { covered: [base(&private)].into(), ..Told::default() });
    let id = window(&private, painter.root, (100, 100), (300, 200), 0xfe_0101);
    settle(&private);
    let mut follower = Follower::open_with(&server, &options);
    follower.catch_up();
    let grey = greyed(&painter, &[(100, 100, 300, 200)]);
    assert_same_picture(&follower.seen.picture, &grey, "at the start");
    private.configure_window(id, &ConfigureWindowAux::new().x(350).y(300)).unwrap();
    settle(&private);
    let grey = greyed(&painter, &[(350, 300, 300, 200)]);
    follower.until("the moved window's old place", |seen| seen.picture == grey);
    private.unmap_window(id).unwrap();
    settle(&private);
    let whole = painter.servers_picture();
    follower.until("the picture without it", |seen| seen.picture == whole);
}

#[test]
fn a_program_that_nobody_knows_is_covered_until_somebody_does() {
    let server = XServer::xvfb("640x480x24");
    let (painter, stranger) = desktop(&server);
    let (options, programs) = hiding(Told { unknown: [base(&stranger)].into(), ..Told::default() });
    let mut follower = Follower::open_with(&server, &options);
    follower.catch_up();
    window(&stranger, painter.root, (10, 10), (200, 100), 0x77_1111);
    settle(&stranger);
    let grey = greyed(&painter, &[(10, 10, 200, 100)]);
    follower.until("the stranger's window", |seen| seen.picture == grey);
    programs.lock().unwrap().unknown.clear();
    follower.source.programs_answered();
    let whole = painter.servers_picture();
    follower.until("the known program's window", |seen| seen.picture == whole);
}

/// As a window manager does it: the frame, with the title in it, belongs to another program.
#[test]
fn the_frame_around_a_private_window_is_covered_with_it() {
    let server = XServer::xvfb("640x480x24");
    let (painter, private) = desktop(&server);
    let (options, _) = hiding(Told { covered: [base(&private)].into(), ..Told::default() });
    let mut follower = Follower::open_with(&server, &options);
    follower.catch_up();
    let id = window(&private, painter.root, (300, 300), (100, 80), 0xfe_0102);
    settle(&private);
    let frame = window(&painter.conn, painter.root, (50, 60), (110, 110), 0x22_9922);
    let inner = window(&painter.conn, frame, (5, 25), (100, 80), 0x22_9922);
    painter.conn.reparent_window(id, inner, 0, 0).unwrap();
    painter.settle();
    let grey = greyed(&painter, &[(50, 60, 110, 110)]);
    follower.until("the frame", |seen| seen.picture == grey);
    // A private window that is made in another program's right away.
    let panel = window(&painter.conn, painter.root, (0, 440), (640, 40), 0x33_3333);
    let socket = window(&painter.conn, panel, (600, 4), (32, 32), 0x33_3333);
    painter.settle();
    let with_panel = greyed(&painter, &[(50, 60, 110, 110)]);
    follower.until("the panel", |seen| seen.picture == with_panel);
    window(&private, socket, (0, 0), (32, 32), 0xfe_0103);
    settle(&private);
    let grey = greyed(&painter, &[(50, 60, 110, 110), (0, 440, 640, 40)]);
    follower.until("the panel with a private picture in it", |seen| seen.picture == grey);
}

#[test]
fn under_a_compositing_manager_the_whole_monitor_is_covered() {
    let server = XServer::xvfb("1280x480x24");
    let (painter, private) = desktop(&server);
    painter.set_monitor("left", (0, 0), (640, 480), true);
    painter.set_monitor("right", (640, 0), (640, 480), false);
    let (options, _) = hiding(Told { covered: [base(&private)].into(), ..Told::default() });
    let mut follower = Follower::open_with(&server, &options);
    follower.catch_up();
    let id = window(&private, painter.root, (700, 100), (100, 80), 0xfe_0102);
    settle(&private);
    let grey = greyed(&painter, &[(700, 100, 100, 80)]);
    follower.until("the window alone", |seen| seen.picture == grey);
    let name = painter.conn.intern_atom(false, b"_NET_WM_CM_S0").unwrap().reply().unwrap().atom;
    painter.conn.set_selection_owner(painter.window, name, x11rb::CURRENT_TIME).unwrap();
    painter.settle();
    let grey = greyed(&painter, &[(640, 0, 640, 480)]);
    follower.until("the whole monitor", |seen| seen.picture == grey);
    private.configure_window(id, &ConfigureWindowAux::new().x(620)).unwrap();
    settle(&private);
    follower.until("both", |seen| seen.picture.2.iter().all(|pixel| *pixel == GREY));
    private.destroy_window(id).unwrap();
    settle(&private);
    let whole = painter.servers_picture();
    follower.until("the picture without it", |seen| seen.picture == whole);
}

#[test]
fn only_a_programs_main_window_is_seen_where_that_is_wanted() {
    let server = XServer::xvfb("640x480x24");
    let (painter, program) = desktop(&server);
    let options = showing_only(Told { main: [base(&program)].into(), ..Told::default() });
    let mut follower = Follower::open_with(&server, &options);
    let managed = |at: (i16, i16), colour| {
        let id = window(&program, painter.root, at, (100, 100), colour);
        program.unmap_window(id).unwrap();
        let aux = x11rb::protocol::xproto::ChangeWindowAttributesAux::new().override_redirect(0);
        program.change_window_attributes(id, &aux).unwrap();
        program.map_window(id).unwrap();
        settle(&program);
        id
    };
    let main = managed((50, 50), 0x12_3456);
    let only_main = |seen: &crate::follower::Seen, x: u32| {
        let shown = (0..480).flat_map(|y| (0..640).map(move |x| (x, y)));
        shown.into_iter().all(|(px, py)| {
            let inside = (x..x + 100).contains(&px) && (50..150).contains(&py);
            at(&seen.picture, px, py) == if inside { 0x12_3456 } else { GREY }
        })
    };
    follower.until("the main window alone", |seen| only_main(seen, 50));
    let second = managed((300, 50), 0x12_3456);
    follower.catch_up();
    assert!(only_main(&follower.seen, 50), "a second window of the program is not seen");
    program.destroy_window(main).unwrap();
    settle(&program);
    follower.until("the next main window", |seen| only_main(seen, 300));
    // In a window manager's frame its own pixels are seen, the frame is not.
    let frame = window(&painter.conn, painter.root, (395, 25), (110, 130), 0x22_9922);
    painter.conn.reparent_window(second, frame, 5, 25).unwrap();
    painter.settle();
    follower.until("the framed main window", |seen| only_main(seen, 400));
}

/// Windows that draw late, or have no background, between windows that must not be seen.
struct Unrest {
    conn: RustConnection,
    windows: Vec<Window>,
    colour: fn(u32) -> u32,
}

impl Unrest {
    fn new(server: &XServer, root: Window, colour: fn(u32) -> u32, has_background: bool) -> Self {
        let conn = connect(server);
        let windows = (0..3)
            .map(|number| {
                let id = conn.generate_id().unwrap();
                let mut aux = CreateWindowAux::new().override_redirect(1).event_mask(EventMask::EXPOSURE);
                if has_background {
                    aux = aux.background_pixel(0xff00_0000 | colour(number));
                }
                conn.create_window(0, id, root, 50, 50, 200, 150, 2, WindowClass::INPUT_OUTPUT, 0, &aux).unwrap();
                conn.map_window(id).unwrap();
                id
            })
            .collect();
        settle(&conn);
        Self { conn, windows, colour }
    }

    /// One random thing.
    fn step(&self, random: &mut dyn FnMut(u32) -> u32) {
        let window = self.windows[random(3) as usize];
        let configure = |aux: &ConfigureWindowAux| drop(self.conn.configure_window(window, aux).unwrap());
        match random(8) {
            0 => drop(self.conn.unmap_window(window).unwrap()),
            1 | 2 => drop(self.conn.map_window(window).unwrap()),
            3 => configure(&ConfigureWindowAux::new().stack_mode(StackMode::ABOVE)),
            4 => configure(&ConfigureWindowAux::new().stack_mode(StackMode::BELOW)),
            5 => configure(&ConfigureWindowAux::new().x(0).y(0).width(640).height(480)),
            6 => configure(&ConfigureWindowAux::new().width(1 + random(300)).height(1 + random(200))),
            _ => {
                let (mut x, mut y) = (random(600) as i32 - 50, random(400) as i32 - 50);
                // Dragged, not thrown.
                for _ in 0..random(30) {
                    (x, y) = (x + random(20) as i32 - 8, y + random(20) as i32 - 8);
                    configure(&ConfigureWindowAux::new().x(x).y(y));
                    self.conn.flush().unwrap();
                }
            }
        }
        self.draw(random(0x40));
        settle(&self.conn);
    }

    /// Draws what came to light, and a bit more.
    fn draw(&self, seed: u32) {
        let pen = self.conn.generate_id().unwrap();
        for (number, window) in (0..).zip(&self.windows) {
            let colour = 0xff00_0000 | (self.colour)(number + seed);
            let aux = x11rb::protocol::xproto::CreateGCAux::new().foreground(colour);
            self.conn.create_gc(pen, *window, &aux).unwrap();
            let all = Rectangle { x: 0, y: 0, width: 700, height: 500 };
            self.conn.poly_fill_rectangle(*window, pen, &[all]).unwrap();
            self.conn.free_gc(pen).unwrap();
        }
    }
}

/// Pictures of unrest that are looked at, at least: a machine that is busy takes longer for them.
const ENOUGH_PICTURES: u32 = 50;

#[test]
fn no_private_pixel_is_in_any_picture_while_windows_move() {
    let server = XServer::xvfb("640x480x24");
    let painter = Painter::new(&server);
    let unrests = [
        Unrest::new(&server, painter.root, |seed| 0xfe_0100 | seed & 0xff, true),
        Unrest::new(&server, painter.root, |seed| 0x20_2000 | seed & 0xff, true),
        Unrest::new(&server, painter.root, |seed| 0x30_5000 | seed & 0xff, false),
        Unrest::new(&server, painter.root, |seed| 0xfe_0100 | seed & 0xff, false),
    ];
    let covered = [base(&unrests[0].conn), base(&unrests[3].conn)].into();
    let (options, _) = hiding(Told { covered, ..Told::default() });
    let options = Options { interval: Duration::from_millis(25), ..options };
    let mut follower = Follower::open_with(&server, &options);
    let stop = Arc::new(AtomicBool::new(false));
    let unrest = {
        let stop = Arc::clone(&stop);
        let mut painter = painter;
        std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                let which = painter.random(4) as usize;
                unrests[which].step(&mut |limit| painter.random(limit));
                // A program draws what comes to light well within a second, however busy the machine is.
                unrests[2].draw(painter.random(0x40));
                settle(&unrests[2].conn);
            }
            (painter, unrests)
        })
    };
    let begin = Instant::now();
    let (mut private, mut open) = (0, 0);
    while begin.elapsed() < Duration::from_secs(10) || follower.seen.updates < ENOUGH_PICTURES {
        follower.step(begin + 3 * PATIENCE);
        let pixels = &follower.seen.picture.2;
        private += pixels.iter().filter(|pixel| is_private(**pixel)).count();
        open += pixels.iter().filter(|pixel| **pixel != GREY).count();
    }
    stop.store(true, Ordering::Relaxed);
    let (painter, unrests) = unrest.join().unwrap();
    let pictures = follower.seen.updates;
    assert_eq!(private, 0, "private pixels in {pictures} pictures");
    assert!(open > 640 * 480, "the rest was seen: {open}");
    for unrest in [&unrests[0], &unrests[3]] {
        unrest.windows.iter().for_each(|window| drop(unrest.conn.destroy_window(*window).unwrap()));
        settle(&unrest.conn);
    }
    unrests.iter().for_each(|unrest| unrest.step(&mut |_| 1));
    let whole = painter.servers_picture();
    let limit = Instant::now() + PATIENCE;
    while follower.seen.picture != whole {
        if !follower.step(limit) {
            assert_same_picture(&follower.seen.picture, &whole, "the screen without them");
        }
    }
    println!("{pictures} pictures in {:.1} s", begin.elapsed().as_secs_f64());
}
