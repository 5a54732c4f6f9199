//! The lossless screen codec
