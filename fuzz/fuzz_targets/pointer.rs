#![no_main]
//! See `fuzzing::pointer` for what is promised.

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzzing::pointer(input));
