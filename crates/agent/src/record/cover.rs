//! What `kinescope-agent record` covers: windows of programs to hide, or everything but a launched program's.

use std::ffi::OsString;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};

use anyhow::Context as _;
use capture::CoverOptions;
use recording::Event;

use crate::programs::{LocalPrograms, Names, ProgramWatch, Shown};
use crate::settings::CoverColour;

/// Which windows of the launched program are recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Windows {
    /// The first that a window manager looks after
    Main,
    /// All of it and of programs that it starts
    All,
}

/// Flags about windows.
#[derive(Debug, clap::Args)]
pub struct WindowArguments {
    /// Cover the windows of this program and of what it starts (may be given several times)
    #[arg(long, value_name = "PROGRAM", conflicts_with = "program")]
    hide: Vec<String>,
    /// What covered windows look like
    #[arg(long, value_enum, value_name = "COLOUR", default_value_t = CoverColour::Black)]
    cover: CoverColour,
    /// Which windows of the launched program are recorded
    #[arg(long, value_enum, value_name = "WHICH", default_value_t = Windows::Main, requires = "program")]
    windows: Windows,
    /// Record the windows of this program, too (may be given several times)
    #[arg(long, value_name = "PROGRAM", requires = "program")]
    also: Vec<String>,
    /// Start this program and record its windows alone; everything else is covered
    #[arg(last = true, value_name = "PROGRAM")]
    program: Vec<OsString>,
}

/// What is covered while recording.
pub struct Covered {
    /// For capture.
    pub options: CoverOptions,
    /// What the recording says of it.
    pub event: Event,
    /// The program that was launched for it.
    pub launched: Option<Child>,
}

impl WindowArguments {
    /// Launches the program, if one is to be, on this display.
    pub fn begin(&self, display: &str) -> anyhow::Result<Option<Covered>> {
        let names = |names: &[String]| Names::new(names.iter().map(String::as_str));
        if let Some((program, arguments)) = self.program.split_first() {
            let child = Command::new(program).args(arguments).env("DISPLAY", display).spawn();
            let child = child.with_context(|| format!("cannot start {}", program.display()))?;
            let shown = match self.windows {
                Windows::Main => Shown::MainWindow,
                Windows::All => Shown::AllWindows,
            };
            let which = if shown == Shown::MainWindow { "the main window" } else { "the windows" };
            let mut text = format!("Everything but {which} of {} is covered", program.display());
            if !self.also.is_empty() {
                text += &format!(", and but those of {}", self.also.join(", "));
            }
            let watch = ProgramWatch::launched(child.id(), shown, names(&self.also));
            return self.covered(watch, true, &text, Some(child)).map(Some);
        }
        if self.hide.is_empty() {
            return Ok(None);
        }
        let text = format!("Windows of these programs are covered: {}", self.hide.join(", "));
        self.covered(ProgramWatch::named(names(&self.hide)), false, &text, None).map(Some)
    }

    fn covered(
        &self,
        watch: ProgramWatch,
        everything_else: bool,
        text: &str,
        launched: Option<Child>,
    ) -> anyhow::Result<Covered> {
        let programs = Arc::new(Mutex::new(LocalPrograms::new(watch).context("no thread can be started")?));
        let options = CoverOptions { everything_else, colour: self.cover.rgb(), programs };
        Ok(Covered { options, event: Event::covered(text), launched })
    }
}
