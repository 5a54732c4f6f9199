//! Passwords typed at prompts of all kinds are nowhere: not in the recording, whole or in part, not in what lies on the disk, not in the log.
//!
//! What stands in the spool is what is sent, stored, catalogued and shown live, byte for byte; the agent says nothing else of it.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::sshd::Sshd;
use crate::supervised::events;
use crate::typed::{Desk, words};
use crate::xserver::NOBODY;

const ON: &str = "events = { keystrokes = true, topmost_window = true, popups = true, popup_words = true }";
/// What is typed at prompts: not a sign of it stands in anything that is typed elsewhere.
const SECRET: &str = "Q7X93KZJ41W";
const SECRET_SIGNS: &str = "Q7X93KZJ41W";

/// What asks for a password, and how it is known to be ready.
enum Prompt {
    /// A command in a terminal, which shows nothing that is typed once it asks.
    Terminal(&'static str),
    /// A window of this title.
    Window(&'static str, &'static [&'static str]),
    /// A page in a browser.
    Page(&'static str),
    /// What needs more than that.
    Other(fn(&mut Desk)),
}

const PROMPTS: &[(&str, Prompt)] = &[
    ("sudo", Prompt::Terminal("sudo -k true")),
    ("su", Prompt::Terminal("su root -c true")),
    ("a key of SSH", Prompt::Terminal("ssh-keygen -y -f $HOME/key")),
    ("ssh-add", Prompt::Terminal("unset DISPLAY; ssh-agent ssh-add $HOME/key")),
    ("ssh-add by a program that asks", Prompt::Window("Passphrase", &["ssh-agent", "ssh-add", "key"])),
    ("a login by SSH", Prompt::Other(login)),
    ("read -s", Prompt::Terminal("bash -c 'read -s -p Password: word'")),
    ("stty -echo", Prompt::Terminal("stty -echo; echo Password:; read word; stty echo")),
    ("getpass", Prompt::Terminal("python3 -c 'import getpass; getpass.getpass()'")),
    ("pinentry in a terminal", Prompt::Terminal("export GPG_TTY=$(tty); gpg --homedir $HOME/gpg -c $HOME/text")),
    ("gpg itself", Prompt::Terminal("gpg --homedir $HOME/gpg --pinentry-mode loopback -o $HOME/out -c $HOME/text")),
    ("openssl", Prompt::Terminal("openssl passwd")),
    (
        "read -s in tmux",
        Prompt::Terminal(
            "tmux -S $HOME/tmux new \"bash -c 'read -s -p Password: word'\" ';' set -g exit-unattached on",
        ),
    ),
    ("a line that its program draws", Prompt::Terminal("bash --norc -i")),
    ("a password dialog", Prompt::Window("Login", &["zenity", "--password", "--title", "Login"])),
    (
        "a login dialog",
        Prompt::Other(|desk| {
            desk.open("Login", "zenity", &["--password", "--username", "--title", "Login"]);
            // What is typed as the name may be one in the wrong field.
            desk.types(SECRET);
            desk.xdotool(&["key", "Tab"]);
            desk.types(SECRET);
        }),
    ),
    ("a form", Prompt::Window("Form", &["zenity", "--forms", "--title", "Form", "--add-password", "Word"])),
    ("a hidden entry", Prompt::Window("Hidden", &["zenity", "--entry", "--hide-text", "--title", "Hidden"])),
    (
        "a field for passwords of a page",
        Prompt::Page("<input type=password autofocus onfocus=\"document.title='Ready'\">"),
    ),
    (
        "one in a frame of a page",
        Prompt::Page(
            "<iframe srcdoc=\"<input type=password autofocus onfocus=&quot;parent.document.title='Ready'&quot;>\" \
         onload=\"this.contentDocument.querySelector('input').focus()\"></iframe>",
        ),
    ),
    ("one that is shown after a while", Prompt::Other(shown_later)),
    (
        "a field with a telling name",
        Prompt::Page("<label>Password <input autofocus onfocus=\"document.title='Ready'\"></label>"),
    ),
    ("a locker over a field", Prompt::Other(locked)),
    ("a terminal's secure keyboard", Prompt::Other(secure_keyboard)),
    ("a program that holds the keyboard", Prompt::Other(held)),
    ("a program of Tk", Prompt::Window("Tk login", &["wish", "tk.tcl"])),
    ("a program of Xaw", Prompt::Window("xedit", &["xedit"])),
];

/// Begun as a password, shown by the page, and gone on with.
fn shown_later(desk: &mut Desk) {
    let toggle = "onkeydown=\"if (event.key == 'F2') { this.type = 'text'; document.title = 'Shown' }\"";
    let page = format!("<input type=password autofocus onfocus=\"document.title='Ready'\" {toggle}>");
    desk.browser("shown", &page);
    desk.types(SECRET);
    desk.xdotool(&["key", "F2"]);
    desk.until_active("Shown");
    desk.types(SECRET);
}

/// A real sshd asks for a password, and once more where that is wrong.
fn login(desk: &mut Desk) {
    let sshd = Sshd::start("PasswordAuthentication yes\nKbdInteractiveAuthentication no\nPermitRootLogin yes");
    let asked = "-o StrictHostKeyChecking=no -o PreferredAuthentications=password";
    at_terminal(desk, "a login by SSH", &format!("ssh -F none {asked} -p {} root@127.0.0.1", sshd.port));
}

fn locked(desk: &mut Desk) {
    desk.open("Who?", "zenity", &["--entry", "--title", "Who?", "--text", "Name"]);
    desk.until_told("under it");
    let locker = desk.session.start("i3lock", &["-n"]);
    desk.until("the locker", || {
        (!desk.xdotool(&["search", "--onlyvisible", "--name", "i3lock"]).is_empty()).then_some(())
    });
    desk.types(SECRET);
    desk.session.end(locker);
    desk.until("who looks", || desk.watcher());
}

fn secure_keyboard(desk: &mut Desk) {
    let keys = "XTerm.VT100.translations: #override Ctrl<Key>g: secure()";
    let pid = desk.open("Secure", "xterm", &["-T", "Secure", "-xrm", keys, "-e", "cat"]);
    desk.until_told("in the open");
    desk.xdotool(&["key", "ctrl+g"]);
    desk.types(SECRET);
    desk.close(pid);
}

fn held(desk: &mut Desk) {
    fs::write(
        desk.session.folder().join("held.tcl"),
        "wm title . Holder\nentry .e\npack .e\nafter 500 {grab -global .; focus -force .e}\n",
    )
    .unwrap();
    let script = desk.session.folder().join("held.tcl").display().to_string();
    let pid = desk.open("Holder", "wish", &[&script]);
    desk.types(SECRET);
    desk.close(pid);
}

/// Puts what prompts need into the session's folder.
fn prepare(desk: &Desk) {
    let folder = desk.session.folder();
    let run = |program: &str, arguments: &[&str]| {
        let done = Command::new(program).args(arguments).current_dir(folder).stdout(Stdio::null()).status().unwrap();
        assert!(done.success(), "{program}");
    };
    run("ssh-keygen", &["-q", "-t", "ed25519", "-N", "another word", "-f", "key"]);
    fs::create_dir(folder.join("gpg")).unwrap();
    fs::set_permissions(folder.join("gpg"), fs::Permissions::from_mode(0o700)).unwrap();
    fs::write(folder.join("text"), "text").unwrap();
    fs::write(folder.join("tk.tcl"), "wm title . {Tk login}\nentry .e\npack .e\nfocus -force .e\n").unwrap();
    fs::write(folder.join("askpass"), "#!/bin/sh\nexec zenity --password --title Passphrase\n").unwrap();
    fs::set_permissions(folder.join("askpass"), fs::Permissions::from_mode(0o755)).unwrap();
    if nix::unistd::geteuid().is_root() {
        for file in ["key", "gpg", "text"] {
            chown(folder.join(file), Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }
}

/// Whether a terminal shows what is typed and takes whole lines, as its line says.
fn shows(terminal: u32) -> Option<bool> {
    let files = fs::read_dir(format!("/proc/{terminal}/fdinfo")).ok()?;
    let number = files.flatten().find_map(|file| {
        let info = fs::read_to_string(file.path()).ok()?;
        info.lines().find_map(|line| Some(line.strip_prefix("tty-index:")?.trim().to_owned()))
    })?;
    let line = Command::new("stty").args(["-F", &format!("/dev/pts/{number}"), "-a"]).output().ok()?;
    let line = String::from_utf8_lossy(&line.stdout).into_owned();
    let has = |setting: &str| line.split([' ', '\n', ';']).any(|word| word == setting);
    Some(!has("-echo") && !has("-icanon"))
}

fn at_terminal(desk: &mut Desk, name: &str, script: &str) {
    let pid = desk.terminal("Prompt", &format!("{script}; cat >/dev/null"));
    desk.until(name, || (!shows(pid)?).then_some(()));
    desk.types(SECRET);
    assert_eq!(shows(pid), Some(false), "{name}: it asks no longer");
    desk.xdotool(&["key", "Return"]);
    desk.close(pid);
}

fn type_at(desk: &mut Desk, name: &str, prompt: &Prompt) {
    match prompt {
        Prompt::Terminal(script) => at_terminal(desk, name, script),
        Prompt::Window(title, command) => {
            let folder = desk.session.folder().to_owned();
            let mut program = desk.session.command(command[0]);
            program.args(&command[1..]).current_dir(&folder).stdout(Stdio::null());
            program.env("SSH_ASKPASS", folder.join("askpass")).env("SSH_ASKPASS_REQUIRE", "force");
            let mut program = program.spawn().unwrap();
            desk.until_active(title);
            desk.types(SECRET);
            desk.xdotool(&["key", "Return"]);
            let _ = program.kill();
            let _ = program.wait();
        }
        Prompt::Page(page) => {
            let pid = desk.browser(&name.replace(' ', "-"), page);
            desk.types(SECRET);
            desk.close(pid);
        }
        Prompt::Other(prompt) => prompt(desk),
    }
}

#[test]
fn passwords_are_nowhere() {
    let mut desk = Desk::new(ON);
    prepare(&desk);
    desk.until_watched();
    for (number, (name, prompt)) in PROMPTS.iter().enumerate() {
        println!("{name}");
        type_at(&mut desk, name, prompt);
        // What is typed afterwards is told: so somebody looked all the while, and has decided on what came before.
        let letter = |at: usize| char::from(b'a' + u8::try_from(at % 26).unwrap());
        let marker = format!("row {}{}", letter(number / 26), letter(number));
        let pid = desk.terminal(&format!("Marker {number}"), "cat >/dev/null");
        let line = |desk: &Desk| {
            desk.types(&marker);
            desk.xdotool(&["key", "Return"]);
        };
        desk.until_told_by(line, &marker);
        let told = desk.typed();
        let leaked = told.iter().find(|event| words(event).contains(|sign| SECRET_SIGNS.contains(sign)));
        assert_eq!(leaked, None, "{name}");
        desk.close(pid);
    }
    let (folder, recording) = (desk.machine.path().to_owned(), desk.machine.recording());
    for event in events(&recording) {
        assert!(!serde_json::to_string(&event).unwrap().contains(SECRET), "{event:?}");
    }
    assert!(desk.agent.stop().success());
    let mut files = 0;
    search(&folder, &mut files);
    assert!(files > 3, "the test looks into files");
}

/// Looks for the secret in every file below a folder: the spool, what is kept of policies and sessions, the log.
fn search(folder: &Path, files: &mut usize) {
    for entry in fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()) {
        if entry.is_dir() {
            search(&entry, files);
        } else if let Ok(bytes) = fs::read(&entry) {
            *files += 1;
            let found = bytes.windows(SECRET.len()).any(|found| found == SECRET.as_bytes());
            assert!(!found, "{}", entry.display());
        }
    }
}
