//! The table of what was done and what was told of it.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, ensure};
use recording::Event;

use super::ELSEWHERE;
use super::deed::{Deed, EARLY, Told};
use super::scene::{Happened, Scene};

/// So much longer than it may take it is waited for what is told: the way to the server is not what is looked at.
const ON_THE_WAY: Duration = Duration::from_secs(20);
/// So much of what is told is printed.
const SHOWN_CHARS: usize = 72;

/// What was told of a deed, and where it stands in the recording.
pub struct Row {
    pub deed: &'static str,
    pub event: Event,
    /// In microseconds.
    pub at_us: u64,
    /// When the deed began, in microseconds of the recording. What is done before the recording begins has a moment before zero.
    pub began_us: i64,
}

/// Does one thing after another, prints what was told of each, and says what was.
///
/// # Panics
/// If something was not told, or not when it should have been. All is done before.
pub fn done(scene: &mut Scene, deeds: &[&[Deed]]) -> anyhow::Result<Vec<Row>> {
    println!("{:<34} {:<22} {:>9}  {:>11}  told", "deed", "event", "after", "position");
    let (mut rows, mut wrong) = (Vec::new(), Vec::new());
    for deed in deeds.iter().copied().flatten() {
        let began = unix_us();
        scene.does(deed.how).with_context(|| format!("doing: {}", deed.what))?;
        let ended = unix_us();
        for told in deed.told {
            match row(scene, deed, told, (began, ended))? {
                Ok(row) => rows.push(row),
                Err(trouble) => {
                    println!("{:<34} {:<22} {trouble}", deed.what, told.0);
                    wrong.push(format!("{}: {}: {trouble}", deed.what, told.0));
                }
            }
        }
    }
    // A panic, not an error: while it unwinds, every program says what it logged last.
    assert!(wrong.is_empty(), "{wrong:#?}; told was {:#?}", scene.happened()?);
    stand_in_the_index(scene, &rows)?;
    Ok(rows)
}

/// What is told of a deed; or what is wrong with it.
fn row(
    scene: &Scene,
    deed: &Deed,
    told: &Told,
    (began, ended): (i64, i64),
) -> anyhow::Result<Result<Row, &'static str>> {
    let early = i64::try_from(EARLY.as_micros())?;
    let Some((started, at_us, event)) = await_told(scene, told, began - early)? else { return Ok(Err("NOT TOLD")) };
    let at = started + at_us.cast_signed();
    let after = (at - began) / 1_000;
    let text: String = event.fields.get("text").and_then(|text| text.as_str()).unwrap_or_default().to_owned();
    let text: String = text.replace('\n', " ").chars().take(SHOWN_CHARS).collect();
    println!("{:<34} {:<22} {after:>6} ms  {:>11}  {text}", deed.what, event.kind, position(at_us));
    if at > ended + i64::try_from(told.2.latest().as_micros())? {
        println!("{:<34} {:<22} {} ms after it was over", "", "", (at - ended) / 1_000);
        return Ok(Err("TOLD LATE"));
    }
    Ok(Ok(Row { deed: deed.what, event, at_us, began_us: began - started }))
}

/// The first such event since a moment, with the moment at which the recording began and the event's time in it, once it is stored.
fn await_told(scene: &Scene, told: &Told, since: i64) -> anyhow::Result<Option<(i64, u64, Event)>> {
    let until = Instant::now() + told.2.latest() + ON_THE_WAY;
    while Instant::now() < until {
        let Happened { began_unix_us, events } = scene.happened()?;
        let mut since_then = events.into_iter().filter(|(at_us, _)| began_unix_us + at_us.cast_signed() >= since);
        if let Some((at_us, event)) = since_then.find(|(_, event)| told.is(event, scene)) {
            return Ok(Some((began_unix_us, at_us, event)));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(None)
}

/// Each event stands where it was in what the console and the player are told of the recording. Performance is not listed there.
fn stand_in_the_index(scene: &Scene, rows: &[Row]) -> anyhow::Result<()> {
    let person = scene.deployment.person()?;
    let id = person.only_recording()?.context("a recording")?.id;
    let index = person.get(&format!("recordings/{id}/index"))?;
    let listed = index["events"].as_array().context("events of the index")?;
    for row in rows.iter().filter(|row| row.event.kind != "performance") {
        let is_it = |one: &&serde_json::Value| one["time_us"] == row.at_us && one["kind"] == row.event.kind.as_str();
        ensure!(listed.iter().any(|one| is_it(&one)), "{}: {} is elsewhere in the index", row.deed, row.event.kind);
    }
    println!("each stands at its position in the index of the recording; performance is not listed there");
    Ok(())
}

/// Says what is not done here, and where it is instead.
pub fn print_elsewhere() {
    for (what, place) in ELSEWHERE {
        println!("not done here: {what:<32} {place}");
    }
}

fn position(at_us: u64) -> String {
    let (seconds, milliseconds) = (at_us / 1_000_000, at_us / 1_000 % 1_000);
    format!("{}:{:02}.{milliseconds:03}", seconds / 60, seconds % 60)
}

fn unix_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
