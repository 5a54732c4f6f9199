//! Copies of what was printed, for JavaScript: a search of its own, which goes on whatever the engine does meanwhile.

use player::{DocumentError, DocumentSearch};
use wasm_bindgen::prelude::*;

use crate::Engine;

/// A search for the documents of one moment.
#[wasm_bindgen]
pub struct PrintedSearch {
    search: Result<DocumentSearch, DocumentError>,
}

/// What a search came to.
#[wasm_bindgen]
pub struct PrintedDocuments {
    found: Vec<player::Document>,
    trouble: &'static str,
}

#[wasm_bindgen]
impl Engine {
    /// See [`player::Player::find_documents`].
    pub fn find_documents(&self, time_us: f64, text: &str) -> PrintedSearch {
        PrintedSearch { search: self.player.find_documents(time_us as u64, text) }
    }
}

#[wasm_bindgen]
impl PrintedSearch {
    /// The byte range to fetch now as two numbers, or none.
    pub fn wanted(&self) -> Vec<f64> {
        let wanted = self.search.as_ref().ok().and_then(DocumentSearch::wanted);
        wanted.map(|range| vec![range.start as f64, range.end as f64]).unwrap_or_default()
    }

    /// See [`DocumentSearch::feed`].
    pub fn feed(&mut self, offset: f64, bytes: &[u8]) {
        if let Ok(search) = &mut self.search {
            search.feed(offset as u64, bytes);
        }
    }

    /// See [`DocumentSearch::cut_short`].
    pub fn cut_short(&mut self) {
        if let Ok(search) = &mut self.search {
            search.cut_short();
        }
    }

    /// Ends the search.
    pub fn finish(self) -> PrintedDocuments {
        let (found, trouble) = match self.search.and_then(DocumentSearch::finish) {
            Ok(found) => (found, ""),
            Err(error) => (Vec::new(), word(error)),
        };
        PrintedDocuments { found, trouble }
    }
}

#[wasm_bindgen]
impl PrintedDocuments {
    /// Why there are none, as a word: `sealed`, `damaged`, `too-large`, `not-found`; empty where there are some.
    #[wasm_bindgen(getter)]
    pub fn trouble(&self) -> String {
        self.trouble.to_owned()
    }

    /// Their names; from the recorded machine, may hold anything.
    pub fn names(&self) -> Vec<String> {
        self.found.iter().map(|document| document.name.clone()).collect()
    }

    /// The bytes of one of them, which are given away once.
    pub fn take_bytes(&mut self, at: usize) -> Vec<u8> {
        self.found.get_mut(at).map(|document| std::mem::take(&mut document.bytes)).unwrap_or_default()
    }
}

fn word(error: DocumentError) -> &'static str {
    match error {
        DocumentError::Sealed => "sealed",
        DocumentError::TooLarge | DocumentError::TooFar => "too-large",
        DocumentError::NotFound => "not-found",
        _ => "damaged",
    }
}
