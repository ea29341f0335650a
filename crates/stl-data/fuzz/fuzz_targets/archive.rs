//! An archive: an even first byte makes the rest the `.tar.gz` itself, an odd one the tar in it.

#![no_main]

use std::{fs, io::Write, ops::ControlFlow};

use flate2::{Compression, write::GzEncoder};
use libfuzzer_sys::fuzz_target;
use stl_data::{
    Error, Split,
    fetch::{FetchOptions, from_archive},
};
use stl_data_fuzz::{ARCHIVE, expected, scratch};

fuzz_target!(|data: &[u8]| {
    let Some((&form, rest)) = data.split_first() else { return };
    let archive = scratch("archive.tar.gz");
    if form % 2 == 0 {
        fs::write(&archive, rest).unwrap();
    } else {
        let file = fs::File::create(&archive).unwrap();
        let mut gz = GzEncoder::new(file, Compression::none());
        gz.write_all(rest).unwrap();
        gz.finish().unwrap();
    }
    let dir = scratch("stl10_binary");
    let options = FetchOptions { expected: expected(), ..FetchOptions::default() };
    let mut go_on = |_, _| ControlFlow::Continue(());
    match from_archive(&archive, &dir, &[Split::Train], &options, &mut go_on) {
        Ok(_) => {
            for (name, bytes) in ARCHIVE {
                assert_eq!(fs::read(dir.join(name)).unwrap(), bytes);
            }
            assert_eq!(fs::read_dir(&dir).unwrap().count(), ARCHIVE.len());
            fs::remove_dir_all(dir).unwrap();
        }
        Err(Error::Archive { .. } | Error::ArchiveEntry { .. } | Error::ArchiveMissing { .. })
        | Err(Error::WrongDigest { .. }) => assert!(!dir.exists()),
        Err(error) => panic!("{error}"),
    }
    // Nothing was written beside the folder either.
    assert_eq!(fs::read_dir(archive.parent().unwrap()).unwrap().count(), 1);
});
