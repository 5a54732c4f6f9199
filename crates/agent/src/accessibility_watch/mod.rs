//! `kinescope-agent accessibility-watch`: says what windows of a session show, as its programs say by the accessibility tree. The bus is the
//! user's own, so this process acts for the user: whatever stands there harms nobody but it.
//!
//! * stdin: one line of JSON, [`Watched`], then others, each an [`Asked`]; when it is closed, this ends.
//! * stdout: lines of JSON, each a [`Told`].

mod pages;

use std::io::{BufRead as _, Read as _};
use std::time::Duration;

use accessibility::{NoWords, Tree, TreeError};
use anyhow::Context as _;
use nix::unistd::geteuid;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::become_user::act_for;
use crate::confine::{Arguments, Limits};
use crate::first_line::first_line;
use crate::saying::say;
use crate::sessions::{buses, display_number};
use pages::Pages;

/// What the process may use: messages may be long, for it reads them whole.
const LIMITS: Limits = Limits { descriptors: 32, address_bytes: 512 << 20, file_bytes: 0 };
/// A line on stdin longer than this is refused.
const MAX_LINE_BYTES: u64 = 64 << 10;
/// Questions that wait; of more the agent knows that there is no answer.
const MAX_WAITING: usize = 16;
/// Nobody waits for an answer any longer.
pub const PATIENCE: Duration = Duration::from_secs(3);
/// How often it is looked which pages are shown.
const LOOK: Duration = Duration::from_secs(1);

/// What is to be known of which session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    /// Its display.
    pub display: String,
    /// Pages that browsers show.
    pub pages: bool,
    /// With what follows the paths in their addresses.
    pub queries: bool,
}

/// A question: the words in a dialog.
#[derive(Debug, Serialize, Deserialize)]
pub struct Asked {
    /// The question's number.
    pub number: u64,
    /// Whose dialog.
    pub pid: u32,
    /// Its title.
    pub title: String,
}

/// A page that a browser shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Its browser.
    pub pid: u32,
    /// Its address, without what is not to be told.
    pub url: String,
    /// Its title.
    pub title: String,
}

/// What is told.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Told {
    /// The session's tree is reached.
    Reached,
    /// An answer.
    Words {
        /// The question's number.
        number: u64,
        /// The words, or why they are not known.
        words: Result<String, NoWords>,
    },
    /// A browser shows another page.
    Shown(Page),
    /// It shows it no longer.
    Left {
        /// The page.
        page: Page,
        /// For how long it was shown.
        seconds: u64,
    },
    /// A browser that runs does not say which pages it shows.
    Silent {
        /// It.
        pid: u32,
    },
}

/// Runs the subcommand.
///
/// # Errors
/// If the session's tree cannot be reached, or not any longer.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    act_for(arguments.run_as, &LIMITS)?;
    let watched: Watched = first_line(MAX_LINE_BYTES)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(watch(watched))
}

async fn watch(watched: Watched) -> anyhow::Result<()> {
    let mut asked = listen()?;
    let display = display_number(&watched.display).context("the display has no number")?;
    let tree = open(display).await?;
    say([Told::Reached])?;
    let mut pages = Pages::new(display, watched.queries);
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            asked = asked.recv() => {
                let Some((Asked { number, pid, title }, since)) = asked else { return Ok(()) };
                if since.elapsed() < PATIENCE {
                    say([Told::Words { number, words: tree.words(pid, &title).await }])?;
                }
            }
            _ = looks.tick(), if watched.pages => {
                let told = pages.look(&tree).await?;
                say(told)?;
            }
        }
    }
}

/// The tree of this process's user on a display, by the first of the session's buses that leads to one.
///
/// # Errors
/// If there is none, or nobody answers in time.
pub async fn open(display: u32) -> anyhow::Result<Tree> {
    let uid = geteuid().as_raw();
    let mut failed = TreeError::NoBus("no program of the session was told of a bus".to_owned());
    for bus in buses(uid, display) {
        match Tree::open(&bus).await {
            Ok(tree) => return Ok(tree),
            Err(error) => failed = error,
        }
    }
    Err(failed.into())
}

/// What the agent asks: until it asks no longer.
fn listen() -> anyhow::Result<mpsc::Receiver<(Asked, Instant)>> {
    let (tell, asked) = mpsc::channel(MAX_WAITING);
    let hear = move || {
        let mut stdin = std::io::stdin().lock();
        loop {
            let mut line = Vec::new();
            let read = stdin.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', &mut line);
            let Ok(asked) = serde_json::from_slice(&line) else { return };
            if read.is_err()
                || matches!(tell.try_send((asked, Instant::now())), Err(mpsc::error::TrySendError::Closed(_)))
            {
                return;
            }
        }
    };
    std::thread::Builder::new().name("asked".to_owned()).spawn(hear)?;
    Ok(asked)
}
