#![no_main]
//! See `fuzzing::sealing` for what is promised.

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    fuzzing::sealing(input);
    fuzzing::sealing(&fuzzing::sealed(input));
});
