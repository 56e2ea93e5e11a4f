#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mindhook_fuzz::json::check(bytes));
