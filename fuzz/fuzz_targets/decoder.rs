#![no_main]
//! See `fuzzing::decoder` for what is promised.

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    fuzzing::decoder(input);
    fuzzing::decoder(&fuzzing::sealed(input));
});
