//! What was asked of the system just before: one process opens many files of one folder, one after another.

use crate::handles::Handle;
use crate::process::program;
use crate::systems::{Systems, is_of_system};

/// The last answers.
#[derive(Debug, Default)]
pub struct JustBefore {
    program: Option<(u32, Option<String>)>,
    folder: Option<(Handle, bool)>,
}

impl JustBefore {
    /// What a process runs.
    pub fn program(&mut self, process: u32) -> Option<String> {
        if self.program.as_ref().is_none_or(|(of, _)| *of != process) {
            self.program = Some((process, program(process).ok()));
        }
        self.program.as_ref().and_then(|(_, program)| program.clone())
    }

    /// Whether the system keeps in a folder what is its own.
    pub fn is_of_system(&mut self, folder: &Handle, systems: &Systems) -> bool {
        if self.folder.as_ref().is_none_or(|(of, _)| of != folder) {
            self.folder = Some((folder.clone(), systems.path(folder).is_some_and(|folder| is_of_system(&folder))));
        }
        self.folder.as_ref().is_some_and(|(_, is_of_system)| *is_of_system)
    }
}
