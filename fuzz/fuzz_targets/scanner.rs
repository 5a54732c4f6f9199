#![no_main]
//! See `fuzzing::scanner` for what is promised.

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    fuzzing::scanner(input);
    fuzzing::scanner(&fuzzing::sealed(input));
});
