//! The recording container
