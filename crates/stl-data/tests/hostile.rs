//! Files made to break a reader: each gives an error soon, with no allocation above the limit.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(unsafe_code, reason = "an allocator that counts")]

#[path = "suite/support.rs"]
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
    ArchiveFault, Dataset, Error, FormatFault, IMAGE_BYTES, Label, Split, check_class_names,
    fetch::{self, FetchReport},
    read_folds,
};
use support::{
    SmallArchive, format_fault, names, official, official_labels, options, png, small_archive,
    write_parquet,
};

/// No file here is larger than a megabyte, and no reader should need more than this.
const MAX_ALLOCATION: usize = 16 << 20;

struct Counting;

static LARGEST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system allocator with the same arguments.
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

/// Checks the whole process so far: the other tests must stay below the limit too.
#[track_caller]
fn assert_nothing_large() {
    let largest = LARGEST.load(Ordering::Relaxed);
    assert!(largest <= MAX_ALLOCATION, "an allocation of {largest} bytes");
}

/// Opens bytes as a parquet file. Panics of the parquet crate, which are caught, are not printed.
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
fn valid_parquet(compression: basic::Compression) -> Vec<u8> {
    let plain = |value| {
        let pixels = [value; IMAGE_BYTES];
        Some(png(96, 96, png::ColorType::Rgb, png::BitDepth::Eight, &pixels))
    };
    let rows: Vec<_> = (0..3).map(|i| (plain(i * 9), Some(i64::from(i)))).collect();
    let file = tempfile::NamedTempFile::new().unwrap();
    write_parquet(file.path(), &rows, 2, compression);
    fs::read(file.path()).unwrap()
}

/// A Thrift integer, always in five bytes.
fn int(value: i64) -> [u8; 5] {
    let zigzag = ((value << 1) ^ (value >> 63)) as u64;
    let byte = |i: usize| (zigzag >> (7 * i)) as u8 & 0x7f | 0x80;
    [byte(0), byte(1), byte(2), byte(3), byte(4) & 0x7f]
}

/// The fault of the valid file with another first page in its image column.
/// `kind` is the page's type and the part of its header that follows the sizes.
fn with_page(kind: (u8, &[u8]), packed: Option<i64>, unpacked: i64) -> FormatFault {
    with_page_as(basic::Compression::SNAPPY, kind, packed, unpacked)
}

fn with_page_as(
    compression: basic::Compression,
    kind: (u8, &[u8]),
    packed: Option<i64>,
    unpacked: i64,
) -> FormatFault {
    let mut bytes = valid_parquet(compression);
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
    format_fault(open_parquet(&bytes).unwrap_err())
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
        let fault = with_page_as(none, (DICTIONARY, &header), None, 400);
        assert!(
            matches!(fault, FormatFault::Claim { what: "dictionary entries", found, .. }
                if found == entries),
            "{fault}"
        );
    }
}

#[test]
fn a_page_that_cannot_unpack_to_what_it_claims_is_refused() {
    for (kind, header) in [(DICTIONARY, dictionary(1, 0)), (DATA, data(2, 0))] {
        for unpacked in [MANY, 1 << 28, -1] {
            let fault = with_page((kind, &header), None, unpacked);
            assert!(
                matches!(fault, FormatFault::Claim { what: "a page's unpacked size", .. }),
                "{fault}"
            );
        }
    }
}

#[test]
fn a_page_longer_than_its_column_is_refused() {
    let fault = with_page((DATA, &data(2, 0)), Some(-1), 0);
    assert!(matches!(fault, FormatFault::Claim { what: "a page's size", .. }), "{fault}");
    let fault = with_page((DATA, &data(2, 0)), Some(MANY), 0);
    assert!(matches!(fault, FormatFault::Parquet(_)), "{fault}");
}

#[test]
fn encodings_that_the_mirror_does_not_use_are_refused() {
    for encoding in [5, 6, 7, 9, 77, -1] {
        let fault = with_page((DATA, &data(2, encoding)), None, 400);
        assert!(fault.to_string().contains(&format!("encoding {encoding}")), "{fault}");
    }
}

#[test]
fn a_page_header_without_end_is_refused() {
    // A text of 2^40 bytes, a structure in a structure in ..., a list of a billion booleans.
    let text = [&[0x68, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20][..]].concat();
    let deep = vec![0x1c; 100];
    let booleans = vec![0x69, 0xf1, 0xff, 0xff, 0xff, 0xff, 0x07];
    for rest in [text, deep, booleans] {
        let fault = with_page((DATA, &rest), None, 400);
        assert!(matches!(fault, FormatFault::Parquet(_)), "{fault}");
    }
}

#[test]
fn a_page_header_with_two_sizes_is_refused() {
    let again = [&[0x05, 4, 0x15][..], &int(MANY)].concat(); // field 2 once more, then 3
    let fault = with_page((DATA, &again), None, 400);
    assert!(matches!(fault, FormatFault::Parquet(_)), "{fault}");
}

/// The fault of a file that is only a footer: a schema's elements, then the rest of the footer.
fn with_footer(elements: &[u8], count: u32, rest: &[u8]) -> FormatFault {
    let count: Vec<u8> =
        (0..5).map(|i| (count >> (7 * i)) as u8 & 0x7f | if i < 4 { 0x80 } else { 0 }).collect();
    let footer = [&[0x15, 2, 0x19, 0xfc][..], &count, elements, rest, &[0]].concat();
    let length = (footer.len() as u32).to_le_bytes();
    format_fault(open_parquet(&[b"PAR1", &footer[..], &length, b"PAR1"].concat()).unwrap_err())
}

/// A required group `a` of so many columns.
fn group(columns: i64) -> Vec<u8> {
    [&[0x35, 0, 0x18, 1, b'a', 0x15][..], &int(columns), &[0]].concat()
}

#[test]
fn a_schema_nested_without_end_is_refused() {
    // The parquet crate recurses into it: 100,000 levels exhaust the stack.
    let fault = with_footer(&group(1).repeat(100_000), 100_000, &[]);
    assert!(matches!(fault, FormatFault::Claim { what: "a schema's size", .. }), "{fault}");
    // At the deepest level allowed, the parquet crate refuses it.
    let fault = with_footer(&group(1).repeat(256), 256, &[]);
    assert!(matches!(fault, FormatFault::Parquet(_) | FormatFault::ParquetPanic { .. }), "{fault}");
}

#[test]
fn a_schema_or_footer_with_more_parts_than_bytes_is_refused() {
    let fault = with_footer(&group(MANY), 1, &[]);
    assert!(matches!(fault, FormatFault::Claim { what: "a group's columns", .. }), "{fault}");
    let fault = with_footer(&group(1), u32::MAX, &[]);
    assert!(matches!(fault, FormatFault::Claim { what: "a schema's size", .. }), "{fault}");
    let fault = with_footer(&group(0), 1, &[0x29, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07]);
    assert!(matches!(fault, FormatFault::Claim { what: "a number of row groups", .. }), "{fault}");
}

#[test]
fn a_field_with_a_false_type_is_refused() {
    // The parquet crate reads a name and a number of columns. A walk that follows the types in the
    // file reads an integer and a text.
    let lie = [0x35, 0, 0x15, 2, 0x18, 0x15, b'a'];
    let fault = with_footer(&lie, 1, &[]);
    assert!(fault.to_string().contains("the footer is corrupt"), "{fault}");
    let header = [&[0x4c, 0x18, 3, 0x15, 0x15, 0x15][..], &[0x15, 0, 0]].concat();
    let fault = with_page((DICTIONARY, &header), None, 400);
    assert!(fault.to_string().contains("a page header is corrupt"), "{fault}");
}

/// Fetches from the bytes of a `.tar.gz`. Nothing may be left behind after an error.
fn fetch_archive(bytes: &[u8], small: &SmallArchive) -> Result<FetchReport, Error> {
    let root = tempfile::tempdir().unwrap();
    let (archive, dir) = (root.path().join("archive.tar.gz"), root.path().join("stl10_binary"));
    fs::write(&archive, bytes).unwrap();
    let options = options(Path::new("no-cache"), small.expected.clone());
    let result = fetch::from_archive(&archive, &dir, &[Split::Train], &options);
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

fn valid_tar(small: &SmallArchive) -> Vec<u8> {
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
        assert!(
            matches!(error, Error::Archive { fault: ArchiveFault::Entry { .. }, .. }),
            "{kind:?}: {error}"
        );
    }
    // Not a tar; zeros, which end a tar at once; and after a valid tar, where nothing is read.
    let error = fetch_archive(&bomb(b"", b'A'), &small).unwrap_err();
    assert!(matches!(error, Error::Archive { fault: ArchiveFault::Unreadable(_), .. }), "{error}");
    let error = fetch_archive(&bomb(b"", 0), &small).unwrap_err();
    assert!(matches!(error, Error::Archive { fault: ArchiveFault::Missing { .. }, .. }), "{error}");
    fetch_archive(&bomb(&valid_tar(&small), b'A'), &small).unwrap();
}

#[test]
fn an_archive_of_many_empty_parts_ends() {
    let small = small_archive(1);
    // 100,000 empty gzip members, then a valid archive.
    let members = [gz(b"").repeat(100_000), gz(&valid_tar(&small))].concat();
    fetch_archive(&members, &small).unwrap();
    let folder = header("stl10_binary/", tar::EntryType::Directory, 0);
    let error = fetch_archive(&gz(&folder.as_bytes().repeat(10_000)), &small).unwrap_err();
    assert!(matches!(error, Error::Archive { fault: ArchiveFault::Entry { .. }, .. }), "{error}");
}

/// One change to a file. Half of the changes are near its end.
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

fn changed(valid: &[u8], changes: Changes) -> Vec<u8> {
    let mut bytes = valid.to_vec();
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
        static VALID: std::sync::OnceLock<[Vec<u8>; 2]> = std::sync::OnceLock::new();
        let valid = VALID.get_or_init(|| {
            [basic::Compression::UNCOMPRESSED, basic::Compression::SNAPPY].map(valid_parquet)
        });
        if let Ok(data) = open_parquet(&changed(&valid[usize::from(packed)], changes)) {
            prop_assert!(data.iter().all(|image| image.is_ok()));
        }
    }

    #[test]
    fn changed_archives_give_an_answer(as_gz: bool, changes in changes()) {
        static VALID: std::sync::OnceLock<(SmallArchive, Vec<u8>)> = std::sync::OnceLock::new();
        let (small, tar) = VALID.get_or_init(|| {
            let small = small_archive(1);
            let tar = valid_tar(&small);
            (small, tar)
        });
        let bytes = if as_gz { changed(&gz(tar), changes) } else { gz(&changed(tar, changes)) };
        // `fetch_archive` asserts that only a complete archive succeeds.
        let _ = fetch_archive(&bytes, small);
    }

    #[test]
    fn changed_lists_give_an_answer(folds: bool, changes in changes()) {
        let valid = if folds {
            format!("{}\n", ["4999"; 1_000].join(" ")).repeat(10)
        } else {
            Label::ALL.map(Label::name).join("\n")
        };
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), changed(valid.as_bytes(), changes)).unwrap();
        if let Ok(folds) = read_folds(file.path()) {
            prop_assert!(folds.len() == 10 && folds.iter().all(|fold| fold.len() == 1_000));
        }
        let _ = check_class_names(file.path());
        assert_nothing_large();
    }

    #[test]
    fn changed_binaries_give_an_answer(images in changes(), labels in changes(), both: bool) {
        let dir = tempfile::tempdir().unwrap();
        let images = if both { changed(&official(3), images) } else { official(3) };
        let labels = changed(&official_labels(3), labels);
        fs::write(dir.path().join("train_X.bin"), &images).unwrap();
        fs::write(dir.path().join("train_y.bin"), &labels).unwrap();
        let valid = !images.is_empty()
            && images.len() == labels.len() * IMAGE_BYTES
            && labels.iter().all(|label| (1..=10).contains(label));
        let opened = Dataset::open(dir.path());
        prop_assert_eq!(opened.is_ok(), valid);
        assert_nothing_large();
    }
}
