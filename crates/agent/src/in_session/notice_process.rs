//! The process that shows a window, from the agent's side.

use std::path::PathBuf;

use notice::{Answer, Content};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::ChildStdout;

use crate::first_line::DisplayAccess;
use crate::sessions::Desktop;
use crate::supervisor::{HeldUid, Part};
use crate::tell::{Said, Start, exit};

/// What the process says, all lines together.
const MAX_SAID_BYTES: u64 = 4 << 10;

/// A window, and the process that shows it. Gone when dropped.
pub struct NoticeProcess {
    /// While it is there the window stays.
    part: Part,
    said: BufReader<tokio::io::Take<ChildStdout>>,
}

/// How it ended without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The connection to the display was lost, or the process was ended.
    Lost,
    /// The machine has no fonts for the text.
    NoFont,
    /// It could not be shown for another reason.
    Failed,
}

/// What was heard of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// The text in this language is on the screen.
    Shown(String),
    /// What came of it.
    Answer(Answer),
    /// There will be no answer.
    Ended(Ended),
}

impl NoticeProcess {
    /// Starts it.
    pub async fn start(
        program: PathBuf,
        uid: Option<HeldUid>,
        desktop: &Desktop,
        contents: Vec<Content>,
    ) -> anyhow::Result<Self> {
        let start = Start { access: DisplayAccess::of(desktop), contents };
        let (part, said) = Part::start(&program, "notice", uid, &start).await?;
        Ok(Self { part, said: BufReader::new(said.take(MAX_SAID_BYTES)) })
    }

    /// Waits for the next thing it says.
    pub async fn hear(&mut self) -> Heard {
        let mut line = String::new();
        let said = match self.said.read_line(&mut line).await {
            Ok(length) if length > 0 => serde_json::from_str(&line).ok(),
            _ => None,
        };
        match said {
            Some(Said::Shown(language)) => Heard::Shown(language),
            Some(Said::Answer(answer)) => Heard::Answer(answer),
            None => Heard::Ended(self.ended().await),
        }
    }

    async fn ended(&mut self) -> Ended {
        // Whatever it is doing: it says nothing sensible any more.
        let _ = self.part.child.start_kill();
        let code = self.part.child.wait().await.ok().and_then(|status| status.code());
        match code {
            Some(code) if code == i32::from(exit::NO_FONT) => Ended::NoFont,
            Some(code) if code == i32::from(exit::FAILED) => Ended::Failed,
            _ => Ended::Lost,
        }
    }
}
