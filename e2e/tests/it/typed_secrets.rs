//! Passwords that are typed at a remote desktop, where what is typed is logged, are nowhere at the server: not in its store, its catalogue or its
//! logs, nor in what the agent keeps. What is typed into the open is there: so somebody has looked.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use nix::unistd::geteuid;

use crate::process::{Program, wait_for};
use crate::remote::PASSWORD;
use crate::what_happens::{Does::Shell, Scene};

const LOGGED: &str = "keystrokes = true\ntopmost_window = true\npopups = true\npopup_words = true";
/// Not a part of it stands in anything else.
const SECRET: &str = "Q7X93KZJ41W";
const PART_BYTES: usize = 6;

/// The notice is seen, and closed.
const CLOSE_NOTICE: &str = "shown Kinescope
    gone() { xdotool search --onlyvisible --name Kinescope windowactivate --sync key Return && return 1; return 0; }
    until_it gone";
/// A terminal whose line shows nothing any longer.
const ASKS: &str = "until_it test -s tty; until_it sh -c 'stty -a < \"$(cat tty)\" | grep -q -- \" -echo \"'";

/// What asks for a password in a terminal.
const PROMPTS: &[(&str, &str)] = &[
    ("stty -echo", "rm -f tty; xterm -T Asks -e sh -c 'tty > tty; stty -echo; read word; stty echo; read rest' &"),
    ("su", "rm -f tty; xterm -T Asks -e sh -c 'tty > tty; su root -c true; read rest' &"),
    ("read -s", "rm -f tty; xterm -T Asks -e bash -c 'tty > tty; read -s -p Password: word; read rest' &"),
];

#[test]
#[ignore = "adds a user to this machine for a minute, as root; scripts/test-e2e.sh runs it"]
fn passwords_typed_at_a_remote_desktop_are_nowhere_at_the_server() -> anyhow::Result<()> {
    if !geteuid().is_root() {
        println!("not tried: only root can start sessions of others");
        return Ok(());
    }
    let mut scene = Scene::of_windows("olga")?;
    scene.deployment.person()?.activate("record-with-notice", false)?;
    scene.start_agent(LOGGED, &[])?;
    scene.does(Shell(CLOSE_NOTICE))?;
    until_told(&mut scene, "in the open")?;

    for (name, script) in PROMPTS {
        println!("{name}");
        scene.does(Shell(script))?;
        scene.does(Shell(ASKS))?;
        type_secret(&mut scene)?;
        scene.does(Shell("pkill -u $(id -u) -x xterm || true"))?;
    }
    println!("a password dialog");
    scene.does(Shell("zenity --password --title Login > asked & shown Login"))?;
    type_secret(&mut scene)?;
    println!("a screen locker, with a wrong password and then the right one");
    scene.does(Shell("i3lock -n & shown i3lock"))?;
    type_secret(&mut scene)?;
    wait_for("the locker to let in", || {
        scene.desk.types(PASSWORD)?;
        scene.desk.key("Return")?;
        std::thread::sleep(std::time::Duration::from_secs(3));
        Ok((!scene.person.runs("i3lock")).then_some(()))
    })?;
    // What came before it is decided on when this is told.
    until_told(&mut scene, "afterwards")?;

    let (agent, server) = (scene.deployment.agent.take(), scene.deployment.server.take());
    [agent, server].into_iter().flatten().try_for_each(|program| Program::terminate(program).map(drop))?;
    let files = files(&scene.deployment.folder)?;
    let holding = |what: &str| -> anyhow::Result<Vec<&PathBuf>> {
        let mut holding = Vec::new();
        for file in &files {
            if contains(&std::fs::read(file)?, what.as_bytes()) {
                holding.push(file);
            }
        }
        Ok(holding)
    };
    let of_server = |file: &&&PathBuf| file.starts_with(&scene.deployment.server_data);
    let told = holding("afterwards")?;
    ensure!(
        told.iter().filter(of_server).count() >= 2,
        "store and catalogue hold what was typed in the open: {told:?}"
    );
    for at in 0..=SECRET.len() - PART_BYTES {
        let found = holding(&SECRET[at..at + PART_BYTES])?;
        ensure!(found.is_empty(), "a part of what was typed at prompts is in {found:?}");
    }
    let found: Vec<_> = holding(PASSWORD)?.into_iter().filter(|file| of_server(&file)).collect();
    ensure!(found.is_empty(), "the password typed at the locker is in {found:?}");
    Ok(())
}

fn type_secret(scene: &mut Scene) -> anyhow::Result<()> {
    scene.desk.types(SECRET)?;
    scene.desk.key("Return")
}

/// Types a line into a terminal that shows it, again and again until the server has it.
fn until_told(scene: &mut Scene, line: &str) -> anyhow::Result<()> {
    scene.does(Shell(
        "rm -f tty; xterm -T Open -e sh -c 'tty > tty; cat > /dev/null' & shown Open; until_it test -s tty",
    ))?;
    wait_for(&format!("“{line}” to be told"), || {
        scene.desk.types(line)?;
        scene.desk.key("Return")?;
        std::thread::sleep(std::time::Duration::from_secs(2));
        let is_it = |text: &str| text.contains(line);
        let told = scene.happened()?.events;
        let typed = told.iter().filter(|(_, event)| event.kind == "typed");
        Ok(typed.filter_map(|(_, event)| event.fields.get("typed")?.as_str()).any(is_it).then_some(()))
    })?;
    scene.does(Shell("pkill -u $(id -u) -x xterm || true"))
}

/// Every file below a folder.
fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        match entry.file_type()? {
            kind if kind.is_dir() => files.extend(self::files(&entry.path())?),
            kind if kind.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
    Ok(files)
}

fn contains(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}
