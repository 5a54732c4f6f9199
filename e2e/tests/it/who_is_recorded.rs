//! Four people on one machine, three by RDP and one by VNC, and a policy that treats each in another way: what the catalogue
//! says of each, what each sees, and what the log of reasons says. `KINESCOPE_PICTURES` names a folder for what each saw.

use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use api::RecordingItem;
use nix::unistd::geteuid;
use recording::{Decoder, Entry, TrackKind};
use serde_json::{Value, json};

use crate::deployment::{Deployment, Person as Administrator};
use crate::desktop::Desktop;
use crate::picture::Picture;
use crate::process::{Program, free_port, wait_for};
use crate::remote::{Person, Xrdp};
use crate::windows::Windows;

const SESSION: &str = "xterm -geometry 60x12+10+10 -e sleep 600 &\nexec openbox\n";
const NOTICE: &str = "Your session is being recorded";
const RULES: [(&str, &str); 4] = [
    ("ana", "Silently"),
    ("ben", "With notice"),
    ("cem", "Events only"),
    // Without a rule she would not be recorded either; this one says why.
    ("dana", "Not at all"),
];

/// Somebody in front of a computer, and the session that is seen there.
struct Seat {
    rule: &'static str,
    display: String,
    authority: PathBuf,
    desk: Desktop,
    // What a session needs that xrdp does not start.
    _programs: Vec<Program>,
    // Last: the account goes when nothing of it runs any more.
    who: Person,
}

#[test]
#[ignore = "adds users to this machine for a minute, as root; scripts/test-e2e.sh runs it"]
fn each_is_recorded_and_told_as_the_policy_says() -> anyhow::Result<()> {
    if !geteuid().is_root() {
        println!("not tried: only root can start sessions of others");
        return Ok(());
    }
    let people = RULES.map(|(who, _)| Person::add(who, SESSION));
    let people = people.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
    let mut deployment = Deployment::new()?;
    let administrator = deployment.person()?;
    activate(&administrator, &people)?;
    let xrdp = Xrdp::start(&deployment.folder)?;
    let mut seats = Vec::new();
    for (who, (_, rule)) in people.into_iter().zip(RULES) {
        let vnc = rule == "Not at all";
        seats.push(if vnc { by_vnc(&deployment, who, rule)? } else { by_rdp(&deployment, &xrdp, who, rule)? });
    }
    let displays: Vec<&str> = seats.iter().map(|seat| seat.display.as_str()).collect();
    deployment.start_agent_for(&displays)?;

    let sessions = wait_for("every session to be decided on", || decided(&administrator, seats.len()))?;
    let told = wait_for("the notice", || {
        let sees = seats.iter().map(sees_notice).collect::<anyhow::Result<Vec<_>>>()?;
        Ok(sees.contains(&true).then_some(sees))
    })?;
    ensure!(told == [false, true, false, false], "whom the notice was shown: {told:?}");
    let rows = wait_for("three recordings", || Ok(Some(administrator.recordings()?).filter(|rows| rows.len() == 3)))?;
    for seat in &seats {
        check(&administrator, seat, &sessions, &rows)?;
    }
    wait_for("pictures of two, and events of the third", || {
        let three = &seats[..3];
        let have =
            three.iter().map(|seat| has_pictures(&deployment, seat, &rows)).collect::<anyhow::Result<Vec<_>>>()?;
        Ok((have == [Some(true), Some(true), Some(false)]).then_some(()))
    })?;
    log_says_why(&administrator, &seats)?;
    // Nobody else was told later, and what each saw is kept.
    let told = seats.iter().map(sees_notice).collect::<anyhow::Result<Vec<_>>>()?;
    ensure!(told == [false, true, false, false], "whom the notice was shown: {told:?}");
    for seat in &seats {
        Picture::of_server(&seat.desk.display, &seat.desk.authority)?.keep(&format!("seat-{}", seat.rule))?;
    }
    deployment.verify_all()
}

fn activate(administrator: &Administrator, people: &[Person]) -> anyhow::Result<()> {
    let actions = [
        json!({ "do": "record-screen", "notice": false }),
        json!({ "do": "record-screen", "notice": true }),
        json!({ "do": "record-events", "notice": false }),
        json!({ "do": "do-not-record" }),
    ];
    let rules: Vec<Value> = people
        .iter()
        .zip(RULES)
        .zip(actions)
        .map(|((who, (_, rule)), action)| json!({ "name": rule, "action": action, "when": { "who": [{ "user": who.name }] } }))
        .collect();
    let document = json!({ "version": 1, "name": "Each in another way", "rules": rules });
    let kept = administrator.post("policies", &json!({ "document": document }))?;
    administrator.activate(kept["policy"]["id"].as_str().context("the policy has no id")?, false)
}

fn by_rdp(deployment: &Deployment, xrdp: &Xrdp, who: Person, rule: &'static str) -> anyhow::Result<Seat> {
    let mut desk = desk(deployment, &who)?;
    who.connect(&mut desk, xrdp.port, "800x600", &who.name)?;
    let display = wait_for("a display of the person", || who.display())?;
    let authority = who.home.join(".Xauthority");
    Ok(Seat { who, rule, display, authority, desk, _programs: Vec::new() })
}

/// TigerVNC's server as that person, with a cookie as `vncserver` makes one.
fn by_vnc(deployment: &Deployment, who: Person, rule: &'static str) -> anyhow::Result<Seat> {
    let mut desk = desk(deployment, &who)?;
    let (port, authority) = (free_port()?, who.home.join(".Xauthority"));
    crate::desktop::write_cookie(&authority)?;
    std::os::unix::fs::chown(&authority, Some(who.uid), Some(who.gid))?;
    let number = who.home.join("display");
    let server = format!(
        "exec Xtigervnc -displayfd 3 -geometry 800x600 -rfbport {port} -localhost -SecurityTypes None -auth {} 3>{}",
        authority.display(),
        number.display()
    );
    let server = Program::start("xvnc", &deployment.folder, &mut who.command("sh", &["-c", &server]))?;
    let number = wait_for("Xvnc to name its display", || {
        let text = std::fs::read_to_string(&number).unwrap_or_default();
        Ok(text.ends_with('\n').then(|| text.trim().to_owned()))
    })?;
    let display = format!(":{number}");
    let mut session = who.command("sh", &[&who.home.join(".xsession").display().to_string()]);
    let session = Program::start("vnc-session", &deployment.folder, session.env("DISPLAY", &display))?;
    desk.client("xtigervncviewer", &["-SecurityTypes", "None", &format!("127.0.0.1::{port}")])?;
    Ok(Seat { who, rule, display, authority, desk, _programs: vec![session, server] })
}

fn desk(deployment: &Deployment, who: &Person) -> anyhow::Result<Desktop> {
    let folder = deployment.folder.join(&who.name);
    std::fs::create_dir(&folder)?;
    Desktop::start(&folder, 900, 700)
}

/// The sessions as the server knows them, once each was decided on.
fn decided(administrator: &Administrator, count: usize) -> anyhow::Result<Option<Vec<Value>>> {
    let sessions = administrator.get("sessions")?["items"].as_array().cloned().unwrap_or_default();
    let decided = sessions.iter().filter(|session| session["why"].as_str().is_some_and(|why| why.contains("rule")));
    Ok((decided.count() == count).then_some(sessions))
}

fn sees_notice(seat: &Seat) -> anyhow::Result<bool> {
    Windows::of(&seat.display, &seat.authority)?.shows(NOTICE)
}

fn row_of<'a>(seat: &Seat, rows: &'a [RecordingItem]) -> Option<&'a RecordingItem> {
    rows.iter().find(|row| row.user == seat.who.name)
}

/// What the catalogue says of a session, and of its recording where there is to be one.
fn check(administrator: &Administrator, seat: &Seat, sessions: &[Value], rows: &[RecordingItem]) -> anyhow::Result<()> {
    let session = sessions.iter().find(|session| session["user"] == seat.who.name.as_str());
    let why = session.and_then(|session| session["why"].as_str()).unwrap_or_default();
    ensure!(why.contains(&format!("rule “{}”", seat.rule)), "{}: {why}", seat.who.name);
    let Some(row) = row_of(seat, rows) else {
        ensure!(seat.rule == "Not at all", "{} is not recorded", seat.who.name);
        return Ok(());
    };
    ensure!(seat.rule != "Not at all", "{} is recorded: {row:?}", seat.who.name);
    ensure!(row.display.as_deref() == Some(&seat.display) && row.state == api::RecordingState::Live, "{row:?}");
    ensure!(row.client_address.as_deref() == Some("127.0.0.1"), "{row:?}");
    let reason = &row.start_reason;
    ensure!((reason.policy.as_str(), reason.rule.as_deref()) == ("Each in another way", Some(seat.rule)), "{row:?}");
    let text = administrator.get(&format!("recordings/{}", row.id))?["start_reason"]["text"].clone();
    let text = text.as_str().unwrap_or_default();
    ensure!(text.contains("its user was told") == (seat.rule == "With notice"), "{}: {text}", seat.who.name);
    Ok(())
}

/// Whether a recording has pictures; `None` as long as nothing of it is there.
fn has_pictures(deployment: &Deployment, seat: &Seat, rows: &[RecordingItem]) -> anyhow::Result<Option<bool>> {
    let row = row_of(seat, rows).context("a recording")?;
    let named = |file: &PathBuf| file.to_string_lossy().contains(&row.id.to_string());
    let Some(file) = deployment.stored_files()?.into_iter().find(named) else { return Ok(None) };
    let mut decoder = Decoder::new();
    decoder.push(&std::fs::read(file)?);
    let mut any = None;
    while let Ok(Some(located)) = decoder.next() {
        if let Entry::Group(group) = located.entry {
            let pictures = group.tracks.iter().any(|track| track.kind == TrackKind::Screen);
            any = Some(any.unwrap_or(false) || pictures);
        }
    }
    Ok(any)
}

/// The log of recording reasons says of each recording which policy and rule made it, and of nobody else anything.
fn log_says_why(administrator: &Administrator, seats: &[Seat]) -> anyhow::Result<()> {
    let log = administrator.get("admin-log?about=recordings")?;
    let entries = log["items"].as_array().cloned().unwrap_or_default();
    for seat in seats {
        let own: Vec<String> =
            entries.iter().map(Value::to_string).filter(|entry| entry.contains(&seat.who.name)).collect();
        let expected = usize::from(seat.rule != "Not at all");
        ensure!(own.len() == expected, "the log on {}: {own:#?}", seat.who.name);
        let says = |entry: &String| entry.contains(seat.rule) && entry.contains("Each in another way");
        ensure!(own.iter().all(says), "the log on {}: {own:#?}", seat.who.name);
    }
    Ok(())
}
