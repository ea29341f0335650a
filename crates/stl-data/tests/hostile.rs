//! Files made to break a reader: each gives an error, soon, and no allocation larger than the limit.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(unsafe_code, reason = "an allocator that counts")]

mod support;

use std::{
    alloc::{GlobalAlloc, Layout, System},
    fs,
    io::Write,
    path::Path,
    sync::{
        Once,
        atomic::{AtomicUsize, Ordering},
    },
};

use flate2::{Compression, write::GzEncoder};
use parquet::{
    basic,
    file::reader::{FileReader, SerializedFileReader},
};
use proptest::{prelude::*, sample::Index};
use stl_data::{
    Dataset, Error, FOLD_SIZE, FOLDS, IMAGE_BYTES, Label, Split, fetch, read_class_names,
    read_folds,
};
use support::{
    SmallArchive, go_on, names, official, official_labels, options, png, small_archive,
    write_parquet,
};

/// Nothing read here is larger than a megabyte, and nothing that reads it should need more.
const MAX_ALLOCATION: usize = 16 << 20;

struct Counting;

static LARGEST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is the system allocator's, with the same arguments.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LARGEST.fetch_max(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        LARGEST.fetch_max(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller promised.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        LARGEST.fetch_max(size, Ordering::Relaxed);
        // SAFETY: as the caller promised.
        unsafe { System.realloc(memory, layout, size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Of the whole process so far: the other tests must stay below as well.
#[track_caller]
fn assert_nothing_large() {
    let largest = LARGEST.load(Ordering::Relaxed);
    assert!(largest <= MAX_ALLOCATION, "an allocation of {largest} bytes");
}

/// Opens bytes as a parquet file. The panics of the parquet crate, caught, are not printed.
fn open_parquet(bytes: &[u8]) -> Result<Dataset, Error> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if info.location().is_none_or(|location| !location.file().contains("parquet-")) {
                usual(info);
            }
        }));
    });
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), bytes).unwrap();
    let opened = Dataset::open_parquet(file.path());
    assert_nothing_large();
    opened
}

/// Three plain images, the pages compressed or not.
fn sound_parquet(compression: basic::Compression) -> Vec<u8> {
    let plain = |value| {
        let pixels = [value; IMAGE_BYTES];
        Some(png(96, 96, png::ColorType::Rgb, png::BitDepth::Eight, &pixels))
    };
    let rows: Vec<_> = (0..3).map(|i| (plain(i * 9), Some(i64::from(i)))).collect();
    let file = tempfile::NamedTempFile::new().unwrap();
    write_parquet(file.path(), &rows, 2, compression);
    fs::read(file.path()).unwrap()
}

/// A Thrift integer in five bytes, whatever its size.
fn int(value: i64) -> [u8; 5] {
    let zigzag = ((value << 1) ^ (value >> 63)) as u64;
    let byte = |i: usize| (zigzag >> (7 * i)) as u8 & 0x7f | 0x80;
    [byte(0), byte(1), byte(2), byte(3), byte(4) & 0x7f]
}

/// The sound file with another first page in its image column: what opening it says.
/// `kind` is the page's type and what of its header follows the sizes.
fn with_page(kind: (u8, &[u8]), packed: Option<i64>, unpacked: i64) -> Error {
    with_page_as(basic::Compression::SNAPPY, kind, packed, unpacked)
}

fn with_page_as(
    compression: basic::Compression,
    kind: (u8, &[u8]),
    packed: Option<i64>,
    unpacked: i64,
) -> Error {
    let mut bytes = sound_parquet(compression);
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&bytes).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let (start, length) = reader.metadata().row_group(0).column(0).byte_range();
    let header_bytes = 2 + 6 + 6 + kind.1.len() + 1;
    let packed = packed.unwrap_or(length as i64 - header_bytes as i64);
    let header =
        [&[0x15, kind.0][..], &[0x15], &int(unpacked), &[0x15], &int(packed), kind.1, &[0]]
            .concat();
    let column = &mut bytes[start as usize..][..length as usize];
    column.fill(0);
    column[..header.len()].copy_from_slice(&header);
    open_parquet(&bytes).unwrap_err()
}

fn dictionary(entries: i64, encoding: i64) -> Vec<u8> {
    [&[0x4c, 0x15][..], &int(entries), &[0x15], &int(encoding), &[0]].concat()
}

fn data(values: i64, encoding: i64) -> Vec<u8> {
    [&[0x2c, 0x15][..], &int(values), &[0x15], &int(encoding), &[0x15, 6, 0x15, 6, 0]].concat()
}

const DATA: u8 = 0;
const DICTIONARY: u8 = 4;
const MANY: i64 = i32::MAX as i64;

#[test]
fn a_dictionary_of_more_entries_than_rows_is_refused() {
    // The parquet crate would reserve 80 GB for the first, and the process would end.
    for entries in [MANY, -1, 3] {
        let header = dictionary(entries, 0);
        let none = basic::Compression::UNCOMPRESSED;
        let error = with_page_as(none, (DICTIONARY, &header), None, 400);
        assert!(
            matches!(error, Error::AbsurdMetadata { what: "dictionary entries", found, .. }
                if found == entries),
            "{error}"
        );
    }
}

#[test]
fn a_page_that_cannot_unpack_to_what_it_claims_is_refused() {
    for (kind, header) in [(DICTIONARY, dictionary(1, 0)), (DATA, data(2, 0))] {
        for unpacked in [MANY, 1 << 28, -1] {
            let error = with_page((kind, &header), None, unpacked);
            assert!(
                matches!(error, Error::AbsurdMetadata { what: "a page's unpacked size", .. }),
                "{error}"
            );
        }
    }
}

#[test]
fn a_page_longer_than_its_column_is_refused() {
    let error = with_page((DATA, &data(2, 0)), Some(-1), 0);
    assert!(matches!(error, Error::AbsurdMetadata { what: "a page's size", .. }), "{error}");
    let error = with_page((DATA, &data(2, 0)), Some(MANY), 0);
    assert!(matches!(error, Error::Parquet { .. }), "{error}");
}

#[test]
fn encodings_that_the_mirror_does_not_use_are_refused() {
    for encoding in [5, 6, 7, 9, 77, -1] {
        let error = with_page((DATA, &data(2, encoding)), None, 400);
        assert!(error.to_string().contains(&format!("encoding {encoding}")), "{error}");
    }
}

#[test]
fn a_page_header_without_end_is_refused() {
    // A text of 2^40 bytes, a structure in a structure in ..., a list of a billion booleans.
    let text = [&[0x68, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20][..]].concat();
    let deep = vec![0x1c; 100];
    let booleans = vec![0x69, 0xf1, 0xff, 0xff, 0xff, 0xff, 0x07];
    for rest in [text, deep, booleans] {
        let error = with_page((DATA, &rest), None, 400);
        assert!(matches!(error, Error::Parquet { .. }), "{error}");
    }
}

#[test]
fn a_page_header_given_two_sizes_is_refused() {
    let again = [&[0x05, 4, 0x15][..], &int(MANY)].concat(); // field 2 once more, then 3
    let error = with_page((DATA, &again), None, 400);
    assert!(matches!(error, Error::Parquet { .. }), "{error}");
}

/// Opens a file that is a footer and nothing else: a schema's elements, then what follows them.
fn with_footer(elements: &[u8], count: u32, rest: &[u8]) -> Error {
    let count: Vec<u8> =
        (0..5).map(|i| (count >> (7 * i)) as u8 & 0x7f | if i < 4 { 0x80 } else { 0 }).collect();
    let footer = [&[0x15, 2, 0x19, 0xfc][..], &count, elements, rest, &[0]].concat();
    let length = (footer.len() as u32).to_le_bytes();
    open_parquet(&[b"PAR1", &footer[..], &length, b"PAR1"].concat()).unwrap_err()
}

/// A required group `a` of that many columns.
fn group(columns: i64) -> Vec<u8> {
    [&[0x35, 0, 0x18, 1, b'a', 0x15][..], &int(columns), &[0]].concat()
}

#[test]
fn a_schema_nested_without_end_is_refused() {
    // The parquet crate recurses into it: 100,000 levels exhaust the stack.
    let error = with_footer(&group(1).repeat(100_000), 100_000, &[]);
    assert!(matches!(error, Error::AbsurdMetadata { what: "a schema's size", .. }), "{error}");
    // As deep as is allowed, it is the crate's to refuse.
    let error = with_footer(&group(1).repeat(256), 256, &[]);
    assert!(matches!(error, Error::Parquet { .. } | Error::ParquetPanic { .. }), "{error}");
}

#[test]
fn a_schema_or_footer_of_more_parts_than_bytes_is_refused() {
    let error = with_footer(&group(MANY), 1, &[]);
    assert!(matches!(error, Error::AbsurdMetadata { what: "a group's columns", .. }), "{error}");
    let error = with_footer(&group(1), u32::MAX, &[]);
    assert!(matches!(error, Error::AbsurdMetadata { what: "a schema's size", .. }), "{error}");
    let error = with_footer(&group(0), 1, &[0x29, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07]);
    let what = "a number of row groups";
    assert!(matches!(error, Error::AbsurdMetadata { what: w, .. } if w == what), "{error}");
}

#[test]
fn a_field_whose_type_is_a_lie_is_refused() {
    // The parquet crate reads a name and a number of columns where a walk that believes the types
    // sees an integer and a text.
    let lie = [0x35, 0, 0x15, 2, 0x18, 0x15, b'a'];
    let error = with_footer(&lie, 1, &[]);
    assert!(error.to_string().contains("the footer is corrupt"), "{error}");
    let header = [&[0x4c, 0x18, 3, 0x15, 0x15, 0x15][..], &[0x15, 0, 0]].concat();
    let error = with_page((DICTIONARY, &header), None, 400);
    assert!(error.to_string().contains("a page header is corrupt"), "{error}");
}

/// Fetches from the bytes of a `.tar.gz`; nothing may stay unless all is right.
fn fetch_archive(bytes: &[u8], small: &SmallArchive) -> Result<fetch::Report, Error> {
    let root = tempfile::tempdir().unwrap();
    let (archive, dir) = (root.path().join("archive.tar.gz"), root.path().join("stl10_binary"));
    fs::write(&archive, bytes).unwrap();
    let options = options(Path::new("no-cache"), small.expected.clone());
    let result = fetch::from_archive(&archive, &dir, &[Split::Train], &options, &mut go_on);
    assert_nothing_large();
    match &result {
        Ok(_) => assert!(fs::read(dir.join("train_X.bin")).unwrap() == small.files[1].1),
        Err(_) => assert_eq!(names(root.path()), ["archive.tar.gz"]),
    }
    result
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    gz.write_all(bytes).unwrap();
    gz.finish().unwrap()
}

fn header(name: &str, kind: tar::EntryType, size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_cksum();
    header
}

fn sound_tar(small: &SmallArchive) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, bytes) in &small.files {
        let header =
            header(&format!("stl10_binary/{name}"), tar::EntryType::Regular, bytes.len() as u64);
        tar.append(&header, &bytes[..]).unwrap();
    }
    tar.into_inner().unwrap()
}

#[test]
fn a_gz_bomb_is_not_unpacked() {
    const BOMB: usize = 256 << 20; // in a megabyte
    let small = small_archive(1);
    let bomb = |first: &[u8], fill: u8| {
        let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
        gz.write_all(first).unwrap();
        let block = vec![fill; 1 << 20];
        (0..BOMB >> 20).for_each(|_| gz.write_all(&block).unwrap());
        gz.finish().unwrap()
    };
    for kind in [tar::EntryType::Regular, tar::EntryType::XHeader, tar::EntryType::GNULongName] {
        let header = header("stl10_binary/train_X.bin", kind, BOMB as u64);
        let error = fetch_archive(&bomb(header.as_bytes(), b'A'), &small).unwrap_err();
        assert!(matches!(error, Error::ArchiveEntry { .. }), "{kind:?}: {error}");
    }
    // No tar at all; zeros, which end a tar at once; and behind a sound one, where nothing is read.
    let error = fetch_archive(&bomb(b"", b'A'), &small).unwrap_err();
    assert!(matches!(error, Error::Archive { .. }), "{error}");
    let error = fetch_archive(&bomb(b"", 0), &small).unwrap_err();
    assert!(matches!(error, Error::ArchiveMissing { .. }), "{error}");
    fetch_archive(&bomb(&sound_tar(&small), b'A'), &small).unwrap();
}

#[test]
fn an_archive_of_endless_empty_parts_ends() {
    let small = small_archive(1);
    // 100,000 gzip members of nothing, then a sound archive.
    let members = [gz(b"").repeat(100_000), gz(&sound_tar(&small))].concat();
    fetch_archive(&members, &small).unwrap();
    let folder = header("stl10_binary/", tar::EntryType::Directory, 0);
    let error = fetch_archive(&gz(&folder.as_bytes().repeat(10_000)), &small).unwrap_err();
    assert!(matches!(error, Error::ArchiveEntry { .. }), "{error}");
}

/// One change to a file; positions count from the end as often as from the start.
#[derive(Debug, Clone)]
enum Change {
    Set(u8),
    Flip(u8),
    Truncate,
    Remove(usize),
    Insert(u8, usize),
    Repeat(usize),
}

type Changes = Vec<(Index, bool, Change)>;

fn changes() -> impl Strategy<Value = Changes> {
    let change = prop_oneof![
        4 => any::<u8>().prop_map(Change::Set),
        4 => (0..8_u8).prop_map(Change::Flip),
        1 => Just(Change::Truncate),
        1 => (1..40_usize).prop_map(Change::Remove),
        1 => (any::<u8>(), 1..40_usize).prop_map(|(byte, n)| Change::Insert(byte, n)),
        1 => (1..600_usize).prop_map(Change::Repeat),
    ];
    prop::collection::vec((any::<Index>(), any::<bool>(), change), 1..5)
}

fn changed(sound: &[u8], changes: Changes) -> Vec<u8> {
    let mut bytes = sound.to_vec();
    for (index, near_end, change) in changes {
        let start = if near_end { bytes.len().saturating_sub(1000) } else { 0 };
        let at = start + index.index(bytes.len() - start + 1);
        let until = |n| bytes.len().min(at + n);
        match change {
            Change::Set(byte) => {
                bytes.splice(at..until(1), [byte]);
            }
            Change::Flip(bit) => bytes.iter_mut().skip(at).take(1).for_each(|b| *b ^= 1 << bit),
            Change::Truncate => bytes.truncate(at),
            Change::Remove(n) => {
                bytes.drain(at..until(n));
            }
            Change::Insert(byte, n) => {
                bytes.splice(at..at, vec![byte; n]);
            }
            Change::Repeat(n) => {
                let copy = bytes[at..until(n)].to_vec();
                bytes.splice(at..at, copy);
            }
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn changed_parquet_files_give_an_answer(packed: bool, changes in changes()) {
        static SOUND: std::sync::OnceLock<[Vec<u8>; 2]> = std::sync::OnceLock::new();
        let sound = SOUND.get_or_init(|| {
            [basic::Compression::UNCOMPRESSED, basic::Compression::SNAPPY].map(sound_parquet)
        });
        if let Ok(data) = open_parquet(&changed(&sound[usize::from(packed)], changes)) {
            prop_assert!(data.iter().all(|image| image.is_ok()));
        }
    }

    #[test]
    fn changed_archives_give_an_answer(as_gz: bool, changes in changes()) {
        static SOUND: std::sync::OnceLock<(SmallArchive, Vec<u8>)> = std::sync::OnceLock::new();
        let (small, tar) = SOUND.get_or_init(|| {
            let small = small_archive(1);
            let tar = sound_tar(&small);
            (small, tar)
        });
        let bytes = if as_gz { changed(&gz(tar), changes) } else { gz(&changed(tar, changes)) };
        // That only a whole archive comes through is asserted within.
        let _ = fetch_archive(&bytes, small);
    }

    #[test]
    fn changed_lists_give_an_answer(folds: bool, changes in changes()) {
        let sound = if folds {
            format!("{}\n", ["4999"; FOLD_SIZE].join(" ")).repeat(FOLDS)
        } else {
            Label::ALL.map(Label::name).join("\n")
        };
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), changed(sound.as_bytes(), changes)).unwrap();
        if let Ok(folds) = read_folds(file.path()) {
            prop_assert!(folds.len() == FOLDS && folds.iter().all(|fold| fold.len() == FOLD_SIZE));
        }
        let _ = read_class_names(file.path());
        assert_nothing_large();
    }

    #[test]
    fn changed_binaries_give_an_answer(images in changes(), labels in changes(), both: bool) {
        let dir = tempfile::tempdir().unwrap();
        let images = if both { changed(&official(3), images) } else { official(3) };
        let labels = changed(&official_labels(3), labels);
        fs::write(dir.path().join("train_X.bin"), &images).unwrap();
        fs::write(dir.path().join("train_y.bin"), &labels).unwrap();
        let sound = !images.is_empty()
            && images.len() == labels.len() * IMAGE_BYTES
            && labels.iter().all(|label| (1..=10).contains(label));
        let opened = Dataset::open(dir.path());
        prop_assert_eq!(opened.is_ok(), sound);
        assert_nothing_large();
    }
}
