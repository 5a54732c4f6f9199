#![no_main]
//! See `fuzzing::protocol_message` for what is promised.

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzzing::protocol_message(input));
