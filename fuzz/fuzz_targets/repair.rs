#![no_main]
//! See `fuzzing::repair` for what is promised.

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    fuzzing::repair(input);
    fuzzing::repair(&fuzzing::sealed(input));
});
