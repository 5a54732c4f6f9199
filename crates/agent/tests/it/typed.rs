//! What is typed stands in recordings where it certainly went into an ordinary field, or into a terminal that shows it, and its user was told.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use recording::{Event, event_kinds as kinds};

use crate::pausing::{ask, machine};
use crate::session::Session;
use crate::shown::{RETURN, User};
use crate::supervised::{Agent, Machine, events, groups, status_line};
use crate::topmost::until_managed;
use crate::xserver::{NOBODY, XServer};

/// Programs start slowly on a busy machine, browsers above all.
const LONG: Duration = Duration::from_secs(120);
const NOTICE: &str = "Your session is being recorded";
/// Longer than anything around a key is looked at.
const MOMENT: Duration = Duration::from_millis(1_000);
/// So long a round of typing is waited for, which a pause ends.
const ROUND: Duration = Duration::from_secs(8);

/// A session of an ordinary user who was told that what is typed is recorded, and the agent that looks.
pub struct Desk {
    pub session: Session,
    pub machine: Machine,
    pub agent: Agent,
    pub user: User,
}

impl Desk {
    /// One whose machine is configured so besides.
    pub fn new(more: &str) -> Self {
        Self::with_policy("record-with-notice\n\n{\"consent\":false}", more)
    }

    fn with_policy(policy: &str, more: &str) -> Self {
        let server = XServer::xvfb_of_another_user("1024x768x24");
        let user = User::with_cookie(&server);
        let uid = nix::unistd::geteuid().is_root().then_some(NOBODY);
        let mut session = Session::of(server, uid);
        session.start("openbox", &[]);
        until_managed(&session.server);
        let machine = machine(&session.server, &format!("custom_events = {{ allowed = true }}\n{more}"));
        fs::write(machine.path().join("policy"), policy).unwrap();
        let agent = machine.start();
        let desk = Self { session, machine, agent, user };
        desk.machine.until("a group", |bytes| groups(bytes) > 0);
        desk
    }

    /// Closes the notice, and waits until somebody looks at what is typed.
    pub fn until_watched(&self) {
        self.until("the notice to go", || {
            self.user.strike(RETURN);
            self.user.find(NOTICE).is_none().then_some(())
        });
        self.until("who looks", || self.watcher());
    }

    /// The process that looks at what is typed.
    pub fn watcher(&self) -> Option<u32> {
        let agent = self.agent.child.id().to_string();
        let listed = Command::new("pgrep").args(["-f", "typed-watch", "-P", &agent]).output().unwrap();
        String::from_utf8(listed.stdout).unwrap().lines().next().map(|pid| pid.parse().unwrap())
    }

    pub fn until<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let limit = Instant::now() + LONG;
        loop {
            if let Some(found) = look() {
                return found;
            }
            let tells = || format!("windows: {}; the agent's log:\n{}", self.windows(), self.machine.log());
            assert!(Instant::now() < limit, "waited in vain for {what}; {}", tells());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The names of all windows that are shown, that of the active one first.
    fn windows(&self) -> String {
        let active = self.xdotool(&["getactivewindow", "getwindowname"]);
        format!("{active} of {:?}", self.xdotool(&["search", "--onlyvisible", "--name", ".", "getwindowname", "%@"]))
    }

    /// Asks the agent about the session.
    fn asks(&self, what: &[&str]) -> bool {
        let display = self.session.server.display();
        ask(&self.machine, &[what, &["--display", display]].concat()).status.success()
    }

    /// What xdotool says; empty where it fails.
    pub fn xdotool(&self, arguments: &[&str]) -> String {
        let done = self.session.command("xdotool").args(arguments).output().unwrap();
        String::from_utf8_lossy(&done.stdout).trim().to_owned()
    }

    /// Types as a person does, who looks for a moment before and afterwards: what is typed into what has just come or goes at once is told of
    /// nowhere, whatever it is.
    pub fn types(&self, text: &str) {
        std::thread::sleep(MOMENT);
        self.xdotool(&["type", "--delay", "130", text]);
        std::thread::sleep(MOMENT);
    }

    /// Waits until a window with this in its title has the keyboard, which its user gives it where the window manager does not.
    pub fn until_active(&self, title: &str) {
        let mut given = Instant::now();
        self.until(title, || {
            if given.elapsed() > MOMENT {
                self.xdotool(&["search", "--onlyvisible", "--name", title, "windowactivate"]);
                given = Instant::now();
            }
            self.xdotool(&["getactivewindow", "getwindowname"]).contains(title).then_some(())
        });
    }

    /// Starts a program whose window will have this in its title.
    pub fn open(&mut self, title: &str, program: &str, arguments: &[&str]) -> u32 {
        let pid = self.session.start(program, arguments);
        self.until_active(title);
        pid
    }

    /// A terminal that runs this.
    pub fn terminal(&mut self, title: &str, script: &str) -> u32 {
        self.open(title, "xterm", &["-T", title, "-xrm", "XTerm*allowTitleOps: false", "-e", "sh", "-c", script])
    }

    pub fn typed(&self) -> Vec<Event> {
        events(&self.machine.recording()).into_iter().filter(|event| event.kind == kinds::TYPED).collect()
    }

    /// Types something again and again until it is told; what is typed before somebody has looked is not.
    pub fn until_told(&self, text: &str) -> Event {
        self.until_told_by(|desk| desk.types(text), text)
    }

    /// The same, typed in another way.
    pub fn until_told_by(&self, types: impl Fn(&Self), text: &str) -> Event {
        let limit = Instant::now() + LONG;
        loop {
            types(self);
            let round = Instant::now() + ROUND;
            while Instant::now() < round {
                if let Some(event) = self.typed().into_iter().find(|event| words(event).contains(text)) {
                    return event;
                }
                std::thread::sleep(Duration::from_millis(100));
            }
            assert!(Instant::now() < limit, "{text} is not told: {:?}\n{}", self.typed(), self.machine.log());
        }
    }

    /// Ends a program, and waits until its window has the keyboard no longer.
    pub fn close(&self, pid: u32) {
        let window = self.xdotool(&["getwindowfocus"]);
        self.session.end(pid);
        self.until("its window to go", || (self.xdotool(&["getwindowfocus"]) != window).then_some(()));
    }

    /// Opens a page in a browser that says what it shows. It calls itself `Ready` once its field has the keyboard.
    pub fn browser(&mut self, name: &str, page: &str) -> u32 {
        let file = self.session.folder().join(format!("{name}.html"));
        fs::write(&file, page).unwrap();
        let data = format!("--user-data-dir={}", self.session.folder().join(format!("chromium-{name}")).display());
        let flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"];
        let more = ["--disable-component-update", "--disable-sync", "--disable-quic", "--password-store=basic"];
        let address = format!("file://{}", file.display());
        let last = ["--force-renderer-accessibility", &data, &address];
        self.open("Ready", "chromium", &[&flags[..], &more, &last].concat())
    }
}

/// What was typed, by an event.
pub fn words(event: &Event) -> &str {
    event.fields.get("typed").and_then(|typed| typed.as_str()).unwrap_or_default()
}

const ON: &str = "events = { keystrokes = true }";

#[test]
fn what_is_typed_into_ordinary_fields_and_terminals_that_show_it_stands_in_the_recording() {
    let mut desk = Desk::new(ON);
    desk.until_watched();
    // It acts for the session's user, with nothing else, and nobody looks into it.
    if nix::unistd::geteuid().is_root() {
        let pid = desk.watcher().unwrap();
        assert_eq!(status_line(pid, "Uid"), vec![NOBODY.to_string(); 4].join("\t"));
        assert_eq!(status_line(pid, "CapPrm"), "0000000000000000");
        assert_eq!(status_line(pid, "NoNewPrivs"), "1");
    }
    let pid = desk.terminal("Notes", "cat >/dev/null");
    let event = desk.until_told("dear all");
    assert!(event.fields["program"].as_str().unwrap().ends_with("/xterm"), "{event:?}");
    assert_eq!((&event.fields["process"], &event.fields["title"]), (&pid.into(), &"Notes".into()), "{event:?}");
    assert!(event.fields["text"].as_str().unwrap().starts_with("xterm: "), "{event:?}");
    // What a dead line or an erased letter leaves is what is told.
    let keys = ["key", "--delay", "60", "Return", "n", "o", "x", "BackSpace", "W", "3", "Return"];
    desk.until_told_by(|desk| drop(desk.xdotool(&keys)), "noW3");
    desk.close(pid);
    let pid = desk.open("Who?", "zenity", &["--entry", "--title", "Who?", "--text", "Name"]);
    let event = desk.until_told("ana maria");
    assert_eq!((&event.fields["process"], &event.fields["title"]), (&pid.into(), &"Who?".into()), "{event:?}");
    desk.close(pid);
    let pid = desk.open("Mousepad", "mousepad", &["--disable-server"]);
    let event = desk.until_told("a letter");
    assert!(event.fields["program"].as_str().unwrap().ends_with("/mousepad"), "{event:?}");
    desk.session.end(pid);
    let page = "<title>Page</title><input autofocus onfocus=\"document.title='Ready'\">";
    let pid = desk.browser("text", page);
    let event = desk.until_told("a search");
    assert_eq!(event.fields["process"], pid, "{event:?}");
    desk.session.end(pid);
    assert!(desk.agent.stop().success());
}

#[test]
fn nothing_that_is_typed_is_told_in_a_pause_nor_while_the_session_is_locked() {
    let mut desk = Desk::new(ON);
    desk.until_watched();
    desk.terminal("Notes", "cat >/dev/null");
    desk.until_told("before");
    assert!(desk.asks(&["pause"]));
    desk.until("nobody to look", || desk.watcher().is_none().then_some(()));
    desk.types("SALARIES1");
    assert!(desk.asks(&["resume"]));
    desk.until("who looks", || desk.watcher());
    desk.until_told("between");
    let locker = desk.session.start("i3lock", &["-n"]);
    desk.until("nobody to look", || desk.watcher().is_none().then_some(()));
    desk.types("SALARIES2");
    desk.session.end(locker);
    desk.until("who looks", || desk.watcher());
    desk.until_told("after");
    let told: Vec<Event> = desk.typed();
    assert!(told.iter().all(|event| !words(event).contains(char::is_uppercase)), "{told:?}");
    assert!(desk.agent.stop().success());
}

#[test]
fn nobody_looks_at_what_is_typed_where_that_is_not_wanted_or_its_user_was_not_told() {
    let told = "record-with-notice\n\n{\"consent\":false}";
    for (policy, more) in
        [(told, "events = { topmost_window = true, clipboard_content = true }"), ("record-everything", ON)]
    {
        let mut desk = Desk::with_policy(policy, more);
        let pid = desk.terminal("Notes", "cat >/dev/null");
        assert!(desk.asks(&["event", "--type", "afterwards"]));
        desk.machine.until("the event", |bytes| events(bytes).iter().any(|event| event.kind == kinds::CUSTOM));
        // Where somebody looks, it is told within a few seconds.
        desk.types("dear all");
        std::thread::sleep(ROUND);
        assert_eq!((desk.typed(), desk.watcher()), (Vec::new(), None), "{policy}");
        desk.session.end(pid);
        assert!(desk.agent.stop().success());
    }
}
