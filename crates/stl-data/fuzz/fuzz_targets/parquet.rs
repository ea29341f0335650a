//! A parquet file: footer, pages, and the PNG files in it. (When it is fuzzed, the decoder ignores
//! their checksums.)

#![no_main]

use std::panic;

use libfuzzer_sys::fuzz_target;
use stl_data::{Dataset, Error};
use stl_data_fuzz::scratch;

fuzz_target!(
    init: {
        // libFuzzer's hook aborts on any panic, but stl-data catches those of the parquet crate. A
        // panic that it does not catch reaches libFuzzer and still ends the run.
        panic::set_hook(Box::new(|_| {}));
    },
    |data: &[u8]| {
        let path = scratch("data.parquet");
        std::fs::write(&path, data).unwrap();
        match Dataset::open_parquet(&path) {
            Ok(dataset) => {
                assert!(!dataset.is_empty());
                assert!(dataset.iter().take(300).all(|image| image.is_ok()));
            }
            // The file exists, and the disk has room for what a table of this size decodes to.
            Err(error @ (Error::Io { .. } | Error::NotFound { .. } | Error::TempFile { .. })) => {
                eprintln!("{error}"); // the panic hook prints nothing
                panic!("{error}");
            }
            Err(_) => {}
        }
    }
);
