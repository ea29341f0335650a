//! Taking the official files out of an archive that may be anything.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::{
    fs,
    io::Write,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use stl_data::{
    ArchiveFault, Dataset, Error, FileDigest, IMAGE_BYTES, Split, fetch, known::ARCHIVE_URL,
};
use support::{SmallArchive, go_on, names, official, options, small_archive};
use tar::{Builder, EntryType, Header};
use tempfile::TempDir;

struct Scene {
    root: TempDir,
    small: SmallArchive,
    dir: PathBuf,
}

fn scene() -> Scene {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("stl10_binary");
    Scene { root, small: small_archive(3), dir }
}

type Tar = Builder<GzEncoder<fs::File>>;

impl Scene {
    fn archive(&self) -> PathBuf {
        self.root.path().join("archive.tar.gz")
    }

    /// Writes an archive: the official entries, and before them whatever `first` adds.
    fn write(&self, first: impl FnOnce(&mut Tar)) {
        let file = fs::File::create(self.archive()).unwrap();
        let mut tar = Builder::new(GzEncoder::new(file, Compression::fast()));
        first(&mut tar);
        append(&mut tar, "stl10_binary/", EntryType::Directory, b"");
        for (name, bytes) in &self.small.files {
            append(&mut tar, &format!("stl10_binary/{name}"), EntryType::Regular, bytes);
        }
        tar.into_inner().unwrap().finish().unwrap();
    }

    fn fetch(&self, splits: &[Split]) -> stl_data::Result<fetch::Report> {
        let options = options(Path::new("no-cache"), self.small.expected.clone());
        fetch::from_archive(&self.archive(), &self.dir, splits, &options, &mut go_on)
    }

    /// The fault found in an archive that opens with an entry like this.
    fn fault(&self, name: &str, kind: EntryType, bytes: &[u8]) -> ArchiveFault {
        self.write(|tar| append(tar, name, kind, bytes));
        let error = self.fetch(&[Split::Train]).unwrap_err();
        assert!(names(&self.dir).is_empty(), "{name}");
        let Error::ArchiveEntry { fault, .. } = error else { panic!("{name}: {error}") };
        fault
    }
}

/// Appends an entry without the builder's own checks of its name.
fn append(tar: &mut Tar, name: &str, kind: EntryType, bytes: &[u8]) {
    let mut header = Header::new_ustar();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    header.set_cksum();
    tar.append(&header, bytes).unwrap();
}

#[test]
fn the_files_of_the_splits_asked_for_come_out() {
    let scene = scene();
    scene.write(|_| {});
    let report = scene.fetch(&[Split::Train]).unwrap();
    assert_eq!(report.written.len(), 4);
    let labelled = ["class_names.txt", "fold_indices.txt", "train_X.bin", "train_y.bin"];
    assert_eq!(names(&scene.dir), labelled);
    assert!(fs::read(scene.dir.join("train_X.bin")).unwrap() == official(3));

    let report = scene.fetch(&[Split::Train, Split::Unlabeled]).unwrap();
    assert_eq!(report.written, [scene.dir.join("unlabeled_X.bin")]);
    assert_eq!(report.present.len(), 4);
    assert_eq!(Dataset::open_split(&scene.dir, Split::Unlabeled).unwrap().len(), 4);
}

#[test]
fn progress_ends_at_the_size_of_the_archive() {
    let scene = scene();
    scene.write(|_| {});
    let options = options(Path::new("no-cache"), scene.small.expected.clone());
    let mut last = (0, 0);
    let mut progress = |done, total| {
        last = (done, total);
        ControlFlow::Continue(())
    };
    fetch::from_archive(&scene.archive(), &scene.dir, &[Split::Train], &options, &mut progress)
        .unwrap();
    let bytes = fs::metadata(scene.archive()).unwrap().len();
    assert_eq!(last, (bytes, bytes));
}

#[test]
fn paths_that_leave_the_folder_are_refused() {
    let scene = scene();
    let bytes = official(3);
    for (name, fault) in [
        ("/stl10_binary/train_X.bin", ArchiveFault::AbsolutePath),
        ("../train_X.bin", ArchiveFault::ParentPath),
        ("stl10_binary/../../train_X.bin", ArchiveFault::ParentPath),
        ("stl10_binary/sub/train_X.bin", ArchiveFault::UnexpectedName),
        ("stl10_binary\\train_X.bin", ArchiveFault::UnexpectedName),
        ("train_X.bin", ArchiveFault::UnexpectedName),
        ("stl10_binary/extra.bin", ArchiveFault::UnexpectedName),
        ("", ArchiveFault::UnexpectedName),
    ] {
        assert_eq!(scene.fault(name, EntryType::Regular, &bytes), fault, "{name}");
    }
    let folder = scene.fault("stl10_binary/more/", EntryType::Directory, b"");
    assert_eq!(folder, ArchiveFault::UnexpectedName);
}

#[test]
fn only_regular_files_are_accepted() {
    let scene = scene();
    for kind in [
        EntryType::Symlink,
        EntryType::Link,
        EntryType::Char,
        EntryType::Block,
        EntryType::Fifo,
        EntryType::GNUSparse,
        EntryType::GNULongName,
        EntryType::GNULongLink,
    ] {
        let fault = scene.fault("stl10_binary/train_X.bin", kind, b"");
        assert_eq!(fault, ArchiveFault::NotRegular, "{kind:?}");
    }
}

#[test]
fn an_entry_that_occurs_twice_is_refused() {
    let scene = scene();
    for name in ["stl10_binary/train_X.bin", "./stl10_binary//train_X.bin"] {
        let fault = scene.fault(name, EntryType::Regular, &official(3));
        assert_eq!(fault, ArchiveFault::Duplicate);
    }
}

#[test]
fn another_size_is_refused_before_it_is_read() {
    let scene = scene();
    let expected = 3 * IMAGE_BYTES as u64;
    let short = scene.fault("stl10_binary/train_X.bin", EntryType::Regular, b"short");
    assert_eq!(short, ArchiveFault::Size { expected, found: 5 });
    // A header that claims 8 EB, with nothing behind it.
    let file = fs::File::create(scene.archive()).unwrap();
    let mut header = Header::new_gnu();
    header.set_path("stl10_binary/train_X.bin").unwrap();
    header.set_size(u64::MAX / 2);
    header.set_cksum();
    let mut gz = GzEncoder::new(file, Compression::fast());
    gz.write_all(header.as_bytes()).unwrap();
    gz.finish().unwrap();
    let error = scene.fetch(&[Split::Train]).unwrap_err();
    let Error::ArchiveEntry { fault, .. } = error else { panic!("{error}") };
    assert_eq!(fault, ArchiveFault::Size { expected, found: u64::MAX / 2 });
}

#[test]
fn pax_headers_are_passed_over_but_not_obeyed_or_endless() {
    let scene = scene();
    scene.write(|tar| {
        append(tar, "pax", EntryType::XGlobalHeader, b"19 comment=harmless\n");
        append(tar, "pax", EntryType::XHeader, b"22 path=../../evil.bin\n");
    });
    assert_eq!(scene.fetch(&[Split::Train]).unwrap().written.len(), 4);
    fs::remove_dir_all(&scene.dir).unwrap();
    scene.write(|tar| {
        for _ in 0..100 {
            append(tar, "pax", EntryType::XHeader, b"");
        }
    });
    assert!(matches!(scene.fetch(&[Split::Train]), Err(Error::ArchiveEntry { .. })));
    let big = scene.fault("pax", EntryType::XHeader, &vec![b' '; 70_000]);
    assert_eq!(big, ArchiveFault::NotRegular);
}

#[test]
fn wrong_content_of_the_right_size_is_refused() {
    let mut scene = scene();
    scene.small.files[1].1[17] ^= 1;
    scene.write(|_| {});
    let error = scene.fetch(&[Split::Train]).unwrap_err();
    assert!(matches!(error, Error::WrongDigest { path, .. } if path.ends_with("train_X.bin")));
    assert!(names(&scene.dir).is_empty());
}

#[test]
fn an_archive_without_a_file_names_it() {
    let mut scene = scene();
    scene.small.files.retain(|file| file.0 != "train_y.bin");
    scene.write(|_| {});
    let error = scene.fetch(&[Split::Train]).unwrap_err();
    assert!(matches!(error, Error::ArchiveMissing { name, .. } if name == "train_y.bin"));
    assert!(names(&scene.dir).is_empty());
}

#[test]
fn what_is_no_archive_is_refused() {
    let scene = scene();
    let absent = scene.fetch(&[Split::Train]).unwrap_err();
    assert!(matches!(absent, Error::NoArchive { .. }));
    let said = absent.to_string();
    assert!(said.contains("archive.tar.gz: no such file") && said.contains(ARCHIVE_URL), "{said}");
    assert!(!scene.dir.exists());
    scene.write(|_| {});
    let bytes = fs::read(scene.archive()).unwrap();
    for bytes in [&b"not gzip"[..], &[], &bytes[..bytes.len() / 2]] {
        fs::write(scene.archive(), bytes).unwrap();
        assert!(matches!(scene.fetch(&[Split::Train]), Err(Error::Archive { .. })));
        assert!(names(&scene.dir).is_empty());
    }
}

#[test]
fn a_split_without_a_digest_is_not_taken() {
    let mut scene = scene();
    scene.write(|_| {});
    scene.small.expected.retain(|file: &FileDigest| file.name != "train_X.bin");
    assert!(matches!(scene.fetch(&[Split::Train]), Err(Error::NoExpectedDigest { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_tar_bytes_give_an_answer(
        flips in prop::collection::vec((0..2048_usize, any::<u8>()), 1..6),
    ) {
        let scene = scene();
        scene.write(|_| {});
        let mut bytes = Vec::new();
        let mut gz = flate2::read::GzDecoder::new(fs::File::open(scene.archive()).unwrap());
        std::io::Read::read_to_end(&mut gz, &mut bytes).unwrap();
        for (at, byte) in flips {
            bytes[at] = byte;
        }
        let mut gz = GzEncoder::new(fs::File::create(scene.archive()).unwrap(), Compression::fast());
        gz.write_all(&bytes).unwrap();
        gz.finish().unwrap();
        if scene.fetch(&[Split::Train]).is_err() {
            prop_assert!(names(&scene.dir).is_empty());
        } else {
            prop_assert!(fs::read(scene.dir.join("train_X.bin")).unwrap() == official(3));
        }
    }
}
