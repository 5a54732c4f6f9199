//! The playback engine
