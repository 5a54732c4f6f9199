//! Gives recordings an end that were left without one. The file is read and written by a process of its user, as always; what is in
//! it is judged here, and an end is signed only behind what this machine recorded.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use evidence::MachineKey;

use super::keeper::{Keep, Said, Task};
use super::keeping::{AsUser, end};
use super::left::{Left, Unfit};
use super::unfinished::{Note, Unfinished};
use crate::settings::Settings;

/// A larger file is none of ours.
const MAX_BYTES: u64 = 5 << 30;
/// How long reading one may take.
const LONGEST: Duration = Duration::from_secs(600);
/// A line of what is said is never longer.
const MAX_LINE_BYTES: u64 = 16 << 10;

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Became {
    /// It has its end now.
    Finished,
    /// It had one.
    Whole,
    /// It is not there, or nothing was in it.
    Gone,
}

/// Gives recordings their ends, one after the other.
pub struct Finisher {
    /// What is being written, and what was left.
    pub unfinished: Unfinished,
    program: PathBuf,
    key: MachineKey,
    turn: Mutex<()>,
}

impl Finisher {
    /// For what an agent with this configuration left.
    pub fn new(settings: &Settings, key: MachineKey) -> Self {
        let unfinished = Unfinished::new(&settings.state_folder);
        Self { unfinished, program: settings.own_program.clone(), key, turn: Mutex::default() }
    }

    /// Sees to what was left, by one user who is there, or by all; says to whom what is to be told. Waits for disks.
    pub fn see_to(&self, user: Option<u32>) -> Vec<(u32, String)> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.unfinished
            .without_end(user)
            .into_iter()
            .filter_map(|note| self.see_to_one(&note, user.is_some()))
            .collect()
    }

    fn see_to_one(&self, note: &Note, is_there: bool) -> Option<(u32, String)> {
        let Note { recording, uid, path, .. } = note;
        let said = match self.finish(note) {
            Ok(Became::Whole) => None,
            // Homes may be there only once their users are.
            Ok(Became::Gone) if !is_there => return None,
            Ok(Became::Gone) => None,
            Ok(Became::Finished) => Some(format!("{path} was left without an end, and has one now")),
            Err(error) => {
                let mended = "can be played; `kinescope repair` makes a copy with an index";
                let text = format!(
                    "{path} was left without an end, and none can be written: {error:#}; what is whole of it {mended}"
                );
                if !error.is::<Unfit>() {
                    tracing::warn!(%recording, "{text}");
                    return Some((*uid, text));
                }
                Some(text)
            }
        };
        self.unfinished.forget(*recording);
        let text = said?;
        tracing::warn!(%recording, "{text}");
        Some((*uid, text))
    }

    fn finish(&self, note: &Note) -> anyhow::Result<Became> {
        let user = AsUser { program: self.program.clone(), uid: note.uid };
        let task = Task::Finish { home: note.home.clone(), folder: note.folder.clone(), name: note.name.clone() };
        let (child, agent) = user.start(&task)?;
        let became = self.judge_and_end(note, &agent);
        end(child);
        became
    }

    fn judge_and_end(&self, note: &Note, mut agent: &UnixStream) -> anyhow::Result<Became> {
        let mut input = BufReader::new(agent);
        let mut rest = match hear(&mut input)? {
            Said::Gone => return Ok(Became::Gone),
            Said::Found(bytes) => bytes,
            Said::Failed(why) => bail!(why),
            _ => bail!("its folder cannot be read"),
        };
        ensure!(rest <= MAX_BYTES, Unfit::too_large(rest));
        let (until, mut left) = (Instant::now() + LONGEST, Left::new(self.key.clone()));
        let mut buffer = vec![0; 64 << 10];
        while rest > 0 {
            ensure!(Instant::now() < until, "it cannot be read in time");
            let most = usize::try_from(rest).map_or(buffer.len(), |rest| rest.min(buffer.len()));
            let count = input.read(&mut buffer[..most]).context("it cannot be read in time")?;
            ensure!(count > 0, "it cannot be read to its end");
            left.push(&buffer[..count])?;
            rest -= count as u64;
        }
        let Some(tail) = left.tail(note)? else { return Ok(Became::Whole) };
        let mut line = serde_json::to_vec(&Keep { bytes: tail.keep })?;
        line.push(b'\n');
        line.extend_from_slice(&tail.bytes);
        agent.write_all(&line).and_then(|()| agent.shutdown(Shutdown::Write)).context("it cannot be written")?;
        match hear(&mut input)? {
            Said::Closed(bytes) if bytes == tail.keep + tail.bytes.len() as u64 => Ok(Became::Finished),
            Said::Failed(why) => bail!(why),
            _ => bail!("it cannot be written"),
        }
    }
}

fn hear(input: &mut BufReader<&UnixStream>) -> anyhow::Result<Said> {
    let mut line = Vec::new();
    input.take(MAX_LINE_BYTES).read_until(b'\n', &mut line).context("its folder does not answer in time")?;
    serde_json::from_slice(&line).ok().context("its folder cannot be opened")
}
