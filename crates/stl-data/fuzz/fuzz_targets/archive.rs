//! An archive: after an even first byte the rest is the `.tar.gz`, after an odd one the tar in it.

#![no_main]

use std::{fs, io::Write};

use flate2::{Compression, write::GzEncoder};
use libfuzzer_sys::fuzz_target;
use stl_data::{
    ArchiveFault, Error, Split,
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
    match from_archive(&archive, &dir, &[Split::Train], &options) {
        Ok(_) => {
            for (name, bytes) in ARCHIVE {
                assert_eq!(fs::read(dir.join(name)).unwrap(), bytes);
            }
            assert_eq!(fs::read_dir(&dir).unwrap().count(), ARCHIVE.len());
            fs::remove_dir_all(dir).unwrap();
        }
        Err(error @ Error::Archive { fault: ArchiveFault::NotFound, .. }) => panic!("{error}"),
        Err(Error::Archive { .. } | Error::Digest { .. }) => assert!(!dir.exists()),
        Err(error) => panic!("{error}"),
    }
    // Nothing was written beside the folder either.
    assert_eq!(fs::read_dir(archive.parent().unwrap()).unwrap().count(), 1);
});
