#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| rctr::fuzz::tar(data));
