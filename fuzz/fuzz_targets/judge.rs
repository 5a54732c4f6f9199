#![no_main]
//! See `fuzzing::judge` for what is promised.

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    fuzzing::judge(input);
    fuzzing::judge(&fuzzing::sealed(input));
});
