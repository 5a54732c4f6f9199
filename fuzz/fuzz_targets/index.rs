#![no_main]
//! See `fuzzing::index` for what is promised.

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    fuzzing::index(input);
    fuzzing::index(&fuzzing::sealed(input));
});
