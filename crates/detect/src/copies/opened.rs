//! Files below listed folders that processes opened, and may copy.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use hashlink::LinkedHashMap;

use super::Named;
use crate::handles::Handle;

/// Processes that opened some: the last ones.
const MAX_PROCESSES: usize = 256;
/// Files of one process: the last ones.
const MAX_OF_PROCESS: usize = 1 << 10;
/// Files of all.
const MAX_FILES: usize = 32 << 10;

/// A file that was opened.
#[derive(Debug)]
pub struct Note {
    pub file: Named,
    /// Its size then. `None`: it was gone before that could be looked at.
    pub bytes: Option<u64>,
    /// The program that opened it, where it was still that one when it was looked at.
    pub program: Option<String>,
    number: u64,
}

/// Those of each process.
#[derive(Debug, Default)]
pub struct Opened {
    files: HashMap<u32, LinkedHashMap<Handle, Note>>,
    /// How many there are of all.
    count: usize,
    number: u64,
    /// Processes that were gone when that was looked at last: what they wrote at their end may be told after it.
    gone: HashSet<u32>,
}

impl Opened {
    /// A process opened one. Whether another that still runs had to be forgotten for it.
    pub fn note(&mut self, process: u32, file: Named, bytes: Option<u64>, program: Option<String>) -> bool {
        let is_new = !self.files.contains_key(&process);
        let is_full = (is_new && self.files.len() >= MAX_PROCESSES) || self.count >= MAX_FILES;
        let forgotten = is_full.then(|| self.idle()).flatten();
        forgotten.into_iter().for_each(|process| self.forget(process));
        let files = self.files.entry(process).or_default();
        let before = files.len();
        self.number += 1;
        files.insert(file.file.clone(), Note { file, bytes, program, number: self.number });
        if files.len() > MAX_OF_PROCESS {
            files.pop_front();
        }
        self.count = self.count + files.len() - before;
        forgotten.is_some_and(runs)
    }

    /// The process that opened nothing for longest.
    fn idle(&self) -> Option<u32> {
        let last = |(_, files): &(&u32, &LinkedHashMap<Handle, Note>)| files.back().map(|(_, note)| note.number);
        self.files.iter().min_by_key(last).map(|(process, _)| *process)
    }

    /// Those that a process opened, the last one first.
    pub fn by(&self, process: u32) -> impl Iterator<Item = &Note> {
        self.files.get(&process).into_iter().flat_map(LinkedHashMap::values).rev()
    }

    /// Those of this size that any process opened, with the process, the last one first.
    pub fn of_size(&self, bytes: u64) -> Vec<(u32, &Note)> {
        let all = self.files.iter().flat_map(|(process, files)| files.values().map(|note| (*process, note)));
        let mut same: Vec<(u32, &Note)> = all.filter(|(_, note)| note.bytes == Some(bytes)).collect();
        same.sort_by_key(|(_, note)| std::cmp::Reverse(note.number));
        same
    }

    /// Nobody opened any.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Forgets those of processes that are gone, and were when this was called before.
    pub fn forget_gone(&mut self) {
        let gone: HashSet<u32> = self.files.keys().copied().filter(|process| !runs(*process)).collect();
        let before = std::mem::replace(&mut self.gone, gone);
        let forgotten: Vec<u32> = self.gone.intersection(&before).copied().collect();
        forgotten.into_iter().for_each(|process| self.forget(process));
    }

    fn forget(&mut self, process: u32) {
        self.count -= self.files.remove(&process).map_or(0, |files| files.len());
    }
}

fn runs(process: u32) -> bool {
    Path::new(&format!("/proc/{process}")).exists()
}
