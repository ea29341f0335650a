//! Extracting the official files from an archive that may be anything.

use std::{
    fs,
    io::Write,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use stl_data::{
    ArchiveFault, Dataset, EntryFault, Error, FileDigest, IMAGE_BYTES, Result, Split,
    fetch::{self, FetchReport},
    manifest::ARCHIVE_URL,
};
use tar::{Builder, EntryType, Header};
use tempfile::TempDir;

use crate::support::{SmallArchive, names, official, options, small_archive};

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

    /// Writes an archive: what `first` adds, then the official entries.
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

    fn fetch(&self, splits: &[Split]) -> Result<FetchReport> {
        let options = options(Path::new("no-cache"), self.small.expected.clone());
        fetch::from_archive(self.archive(), &self.dir, splits, &options)
    }

    /// The fault of the whole archive.
    #[track_caller]
    fn archive_fault(&self) -> ArchiveFault {
        match self.fetch(&[Split::Train]).unwrap_err() {
            Error::Archive { fault, .. } => fault,
            error => panic!("{error}"),
        }
    }

    /// The fault of an entry.
    #[track_caller]
    fn entry_fault(&self) -> EntryFault {
        match self.archive_fault() {
            ArchiveFault::Entry { fault, .. } => fault,
            fault => panic!("{fault}"),
        }
    }

    /// The fault of an archive whose first entry is this one.
    #[track_caller]
    fn fault(&self, name: &str, kind: EntryType, bytes: &[u8]) -> EntryFault {
        self.write(|tar| append(tar, name, kind, bytes));
        let fault = self.entry_fault();
        assert!(names(&self.dir).is_empty(), "{name}");
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
fn the_files_of_the_given_splits_are_extracted() {
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
    fetch::from_archive_with(
        scene.archive(),
        &scene.dir,
        &[Split::Train],
        &options,
        |done, total| {
            last = (done, total);
            ControlFlow::Continue(())
        },
    )
    .unwrap();
    let bytes = fs::metadata(scene.archive()).unwrap().len();
    assert_eq!(last, (bytes, bytes));
}

#[test]
fn paths_that_leave_the_folder_are_refused() {
    let scene = scene();
    let bytes = official(3);
    for (name, fault) in [
        ("/stl10_binary/train_X.bin", EntryFault::AbsolutePath),
        ("../train_X.bin", EntryFault::ParentPath),
        ("stl10_binary/../../train_X.bin", EntryFault::ParentPath),
        ("stl10_binary/sub/train_X.bin", EntryFault::UnexpectedName),
        ("stl10_binary\\train_X.bin", EntryFault::UnexpectedName),
        ("train_X.bin", EntryFault::UnexpectedName),
        ("stl10_binary/extra.bin", EntryFault::UnexpectedName),
        ("", EntryFault::UnexpectedName),
    ] {
        assert_eq!(scene.fault(name, EntryType::Regular, &bytes), fault, "{name}");
    }
    let folder = scene.fault("stl10_binary/more/", EntryType::Directory, b"");
    assert_eq!(folder, EntryFault::UnexpectedName);
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
        assert_eq!(fault, EntryFault::NotRegular, "{kind:?}");
    }
}

#[test]
fn an_entry_that_occurs_twice_is_refused() {
    let scene = scene();
    for name in ["stl10_binary/train_X.bin", "./stl10_binary//train_X.bin"] {
        let fault = scene.fault(name, EntryType::Regular, &official(3));
        assert_eq!(fault, EntryFault::Duplicate);
    }
}

#[test]
fn a_wrong_size_is_refused_before_the_entry_is_read() {
    let scene = scene();
    let expected = 3 * IMAGE_BYTES as u64;
    let short = scene.fault("stl10_binary/train_X.bin", EntryType::Regular, b"short");
    assert_eq!(short, EntryFault::Size { expected, found: 5 });
    // A header that claims 8 EB, with nothing after it.
    let file = fs::File::create(scene.archive()).unwrap();
    let mut header = Header::new_gnu();
    header.set_path("stl10_binary/train_X.bin").unwrap();
    header.set_size(u64::MAX / 2);
    header.set_cksum();
    let mut gz = GzEncoder::new(file, Compression::fast());
    gz.write_all(header.as_bytes()).unwrap();
    gz.finish().unwrap();
    assert_eq!(scene.entry_fault(), EntryFault::Size { expected, found: u64::MAX / 2 });
}

#[test]
fn pax_headers_are_skipped_without_effect_and_limited() {
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
    assert!(matches!(scene.archive_fault(), ArchiveFault::Entry { .. }));
    let big = scene.fault("pax", EntryType::XHeader, &vec![b' '; 70_000]);
    assert_eq!(big, EntryFault::NotRegular);
}

#[test]
fn wrong_content_of_the_right_size_is_refused() {
    let mut scene = scene();
    scene.small.files[1].1[17] ^= 1;
    scene.write(|_| {});
    let error = scene.fetch(&[Split::Train]).unwrap_err();
    assert!(matches!(error, Error::Digest { path, .. } if path.ends_with("train_X.bin")));
    assert!(names(&scene.dir).is_empty());
}

#[test]
fn a_file_missing_from_the_archive_is_named() {
    let mut scene = scene();
    scene.small.files.retain(|file| file.0 != "train_y.bin");
    scene.write(|_| {});
    let fault = scene.archive_fault();
    assert!(matches!(fault, ArchiveFault::Missing { name } if name == "train_y.bin"));
    assert!(names(&scene.dir).is_empty());
}

#[test]
fn a_file_that_is_not_an_archive_is_refused() {
    let scene = scene();
    let absent = scene.fetch(&[Split::Train]).unwrap_err();
    assert!(matches!(absent, Error::Archive { fault: ArchiveFault::NotFound, .. }));
    let text = absent.to_string();
    assert!(text.contains("archive.tar.gz: no such file") && text.contains(ARCHIVE_URL), "{text}");
    assert!(!scene.dir.exists());
    scene.write(|_| {});
    let bytes = fs::read(scene.archive()).unwrap();
    for bytes in [&b"not gzip"[..], &[], &bytes[..bytes.len() / 2]] {
        fs::write(scene.archive(), bytes).unwrap();
        assert!(matches!(scene.archive_fault(), ArchiveFault::Unreadable(_)));
        assert!(names(&scene.dir).is_empty());
    }
}

#[test]
fn a_file_without_an_expected_digest_is_not_extracted() {
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
