#![no_main]
//! See `fuzzing::screen_decoder` for what is promised.

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzzing::screen_decoder(input));
