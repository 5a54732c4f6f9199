#![no_main]
//! See `fuzzing::player` for what is promised.

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzzing::player(input));
