//! How busy the recorded machine was, for JavaScript: lists of numbers.

use player::{Figures, PerformanceWanted, Progress};
use wasm_bindgen::prelude::*;

use crate::Engine;

#[wasm_bindgen]
impl Engine {
    /// What is to be read of how busy the machine was: `here`, `whole`, or nothing.
    pub fn want_performance(&mut self, wanted: &str) {
        self.player.want_performance(match wanted {
            "here" => PerformanceWanted::Here,
            "whole" => PerformanceWanted::Whole,
            _ => PerformanceWanted::Nothing,
        });
    }

    /// Reads on; true while there is more to read without more bytes.
    pub fn run_performance(&mut self) -> bool {
        self.player.run_performance() == Progress::More
    }

    /// The byte range to fetch for that as two numbers, or none.
    pub fn wanted_for_performance(&self) -> Vec<f64> {
        let wanted = self.player.wanted_for_performance();
        wanted.map(|range| vec![range.start as f64, range.end as f64]).unwrap_or_default()
    }

    /// The figures that belong to the position, seven numbers, or none: start, end, processors, memory, in, out, round trip
    /// (negative where it is not known).
    pub fn figures(&self) -> Vec<f64> {
        self.player.figures().map(|figures| numbers(figures).to_vec()).unwrap_or_default()
    }

    /// All figures read so far, as many numbers each.
    pub fn all_figures(&self) -> Vec<f64> {
        self.player.all_figures().flat_map(numbers).collect()
    }

    /// See [`player::Player::figures_version`].
    #[wasm_bindgen(getter)]
    pub fn figures_version(&self) -> u32 {
        self.player.figures_version()
    }

    /// See [`player::Player::performance_is_read`].
    #[wasm_bindgen(getter)]
    pub fn performance_is_read(&self) -> bool {
        self.player.performance_is_read()
    }

    /// See [`player::Player::has_picture`].
    #[wasm_bindgen(getter)]
    pub fn has_picture(&self) -> bool {
        self.player.has_picture()
    }
}

fn numbers(figures: &Figures) -> [f64; 7] {
    [
        figures.from_us as f64,
        figures.to_us as f64,
        figures.cpu_percent,
        figures.memory_bytes,
        figures.received_bytes,
        figures.sent_bytes,
        figures.round_trip_ms.unwrap_or(-1.0),
    ]
}
