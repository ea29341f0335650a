//! Parquet files of the mirror: what is read and what is refused.

use std::fs;

use parquet::basic::Compression;
use png::{BitDepth, ColorType};
use proptest::prelude::*;
use stl_data::{Dataset, Error, FormatFault, IMAGE_BYTES, ImageFault, Label, Split, fetch};
use tempfile::TempDir;

use crate::support::{
    Row, SCHEMA, format_fault, image_fault, official, official_labels, png, valid_png, valid_rows,
    write_parquet, write_parquet_as,
};

struct Scratch {
    dir: TempDir,
    path: std::path::PathBuf,
}

fn scratch() -> Scratch {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("data.parquet");
    Scratch { dir, path }
}

fn refusal(rows: &[Row]) -> Error {
    let scratch = scratch();
    write_parquet(&scratch.path, rows, 100, Compression::UNCOMPRESSED);
    Dataset::open(&scratch.path).unwrap_err()
}

fn with_png(png: Vec<u8>) -> Error {
    refusal(&[valid_rows(1).remove(0), (Some(png), Some(1))])
}

#[test]
fn tables_become_the_official_binaries() {
    for (group, compression) in [(100, Compression::UNCOMPRESSED), (4, Compression::SNAPPY)] {
        let scratch = scratch();
        write_parquet(&scratch.path, &valid_rows(11), group, compression);
        let data = Dataset::open(&scratch.path).unwrap();
        assert_eq!(data.len(), 11);
        assert_eq!(data.label(7), Some(Label::Monkey));
        let out = scratch.dir.path().join("out");
        data.write_binaries(&out, Split::Train).unwrap();
        assert!(fs::read(out.join("train_X.bin")).unwrap() == official(11));
        assert_eq!(fs::read(out.join("train_y.bin")).unwrap(), official_labels(11));
        let binaries = Dataset::open(&out).unwrap();
        assert_eq!(binaries.digest().unwrap(), data.digest().unwrap());
        let images: Vec<_> = data.iter().map(|image| image.unwrap()).collect();
        assert_eq!(images.len(), 11);
        assert_eq!(images[10], binaries.image(10).unwrap());
    }
}

#[test]
fn rows_keep_their_order_across_batches_and_row_groups() {
    // 256 rows are decoded together: the groups of 590 and 10 end inside a batch, that of 256 with
    // one. Seven images take turns, so a lost or swapped batch would show.
    let pngs: Vec<_> = (0..7).map(valid_png).collect();
    let rows: Vec<Row> =
        (0..600).map(|i| (Some(pngs[i % 7].clone()), Some(i as i64 % 10))).collect();
    let expected = official(7);
    for group in [590, 256] {
        let scratch = scratch();
        write_parquet(&scratch.path, &rows, group, Compression::SNAPPY);
        let data = Dataset::open(&scratch.path).unwrap();
        assert_eq!(data.len(), 600);
        for (index, image) in data.iter().enumerate() {
            let expected = &expected[index % 7 * IMAGE_BYTES..][..IMAGE_BYTES];
            assert_eq!(image.unwrap().bytes()[..], *expected, "{index} in groups of {group}");
            assert_eq!(data.label(index), Label::from_zero_based(index as i64 % 10));
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_temporary_file_that_shrank_is_named_as_such() {
    let scratch = scratch();
    write_parquet(&scratch.path, &valid_rows(13), 100, Compression::UNCOMPRESSED);
    let data = Dataset::open(&scratch.path).unwrap();
    // No other test has a file of 13 images open.
    let decoded = fs::read_dir("/proc/self/fd")
        .unwrap()
        .map(|fd| fd.unwrap().path())
        .find(|fd| fs::metadata(fd).is_ok_and(|file| file.len() == 13 * IMAGE_BYTES as u64))
        .unwrap();
    let decoded = fs::OpenOptions::new().write(true).open(decoded).unwrap();
    decoded.set_len(12 * IMAGE_BYTES as u64).unwrap();
    data.image(11).unwrap();
    let error = data.image(12).unwrap_err();
    assert!(error.to_string().starts_with("temporary file of "), "{error}");
    assert!(matches!(image_fault(error), (12, ImageFault::Truncated)));
}

/// Nothing can be created in `/proc`, not by root either.
#[cfg(target_os = "linux")]
#[test]
fn a_fetch_decodes_in_its_destination() {
    let scratch = scratch();
    write_parquet(&scratch.path, &valid_rows(2), 100, Compression::UNCOMPRESSED);
    let proc = std::path::Path::new("/proc");
    let options = fetch::FetchOptions::default();
    let error = fetch::from_parquet(&scratch.path, proc, Split::Train, &options).unwrap_err();
    assert!(matches!(&error, Error::TempFile { dir, .. } if dir == proc), "{error}");
}

#[test]
fn null_labels_are_absent_labels() {
    let mut rows = valid_rows(4);
    rows[0].1 = None;
    rows[2].1 = None;
    let scratch = scratch();
    write_parquet(&scratch.path, &rows, 100, Compression::UNCOMPRESSED);
    let data = Dataset::open(&scratch.path).unwrap();
    assert_eq!(data.labels(), [None, Some(Label::Bird), None, Some(Label::Cat)]);
    let error = data.write_binaries(scratch.dir.path(), Split::Train).unwrap_err();
    assert!(matches!(image_fault(error), (0, ImageFault::NoLabel { split: Split::Train })));
}

#[test]
fn required_columns_and_another_order_read_the_same() {
    let scratch = scratch();
    let schema = "message schema {
        required int64 label;
        required group image { required binary bytes; }
    }";
    write_parquet_as(&scratch.path, schema, &valid_rows(3), 2, Compression::UNCOMPRESSED);
    let data = Dataset::open(&scratch.path).unwrap();
    assert_eq!(data.label(2), Some(Label::Car));
    assert_eq!(data.image(2).unwrap().bytes()[..], official(3)[2 * IMAGE_BYTES..]);
}

#[test]
fn missing_columns_are_named() {
    for (schema, missing) in [
        ("message schema { optional int64 label; }", "image.bytes"),
        ("message schema { optional binary image; optional int64 label; }", "image.bytes"),
        ("message schema { optional group image { optional binary bytes; } }", "label"),
    ] {
        let scratch = scratch();
        write_parquet_as(&scratch.path, schema, &valid_rows(1), 1, Compression::UNCOMPRESSED);
        let fault = format_fault(Dataset::open(&scratch.path).unwrap_err());
        assert!(matches!(fault, FormatFault::MissingColumn { column } if column == missing));
    }
}

#[test]
fn columns_of_another_type_are_refused() {
    for (from, to, column) in [
        ("optional int64 label", "optional int32 label", "label"),
        ("binary bytes", "int64 bytes", "image.bytes"),
    ] {
        let scratch = scratch();
        let schema = SCHEMA.replace(from, to);
        write_parquet_as(&scratch.path, &schema, &valid_rows(1), 1, Compression::UNCOMPRESSED);
        let fault = format_fault(Dataset::open(&scratch.path).unwrap_err());
        assert!(matches!(fault, FormatFault::ColumnType { column: c, .. } if c == column));
    }
}

#[test]
fn a_table_without_rows_is_empty() {
    assert!(matches!(format_fault(refusal(&[])), FormatFault::Empty));
    let scratch = scratch();
    fs::write(&scratch.path, []).unwrap();
    let fault = format_fault(Dataset::open(&scratch.path).unwrap_err());
    assert!(matches!(fault, FormatFault::Empty), "{fault}");
}

#[test]
fn labels_outside_zero_to_nine_are_refused() {
    for bad in [-1, 10, i64::MAX] {
        let mut rows = valid_rows(2);
        rows[1].1 = Some(bad);
        let fault = image_fault(refusal(&rows));
        assert!(matches!(fault, (1, ImageFault::Label { found, .. }) if found == bad));
    }
}

#[test]
fn a_row_without_an_image_is_refused() {
    let mut rows = valid_rows(3);
    rows[2].0 = None;
    assert!(matches!(image_fault(refusal(&rows)), (2, ImageFault::Null)));
}

#[test]
fn bytes_that_are_not_a_valid_png_are_refused() {
    let valid = valid_png(0);
    let mut flipped = valid.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 4;
    let cut_in_pixels = valid[..middle].to_vec();
    let cut_after_pixels = valid[..valid.len() - 12].to_vec();
    for bytes in [b"GIF89a".to_vec(), Vec::new(), flipped, cut_in_pixels, cut_after_pixels] {
        assert!(matches!(image_fault(with_png(bytes)), (1, ImageFault::Png(_))));
    }
}

#[test]
fn pngs_of_another_size_are_refused_by_their_header() {
    let data = vec![0; 97 * 96 * 3];
    let wide = png(97, 96, ColorType::Rgb, BitDepth::Eight, &data);
    let fault = image_fault(with_png(wide));
    assert!(matches!(fault, (1, ImageFault::PngSize { width: 97, height: 96 })), "{fault:?}");
    // A header that claims 12 GB of pixels, with a matching checksum and no pixels at all.
    let mut huge = valid_png(0)[..33].to_vec();
    huge[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
    let crc = crc32(&huge[12..29]).to_be_bytes();
    huge[29..33].copy_from_slice(&crc);
    let fault = image_fault(with_png(huge));
    assert!(
        matches!(fault, (1, ImageFault::PngSize { width: 65_536, height: 65_536 })),
        "{fault:?}"
    );
}

/// CRC-32 as in PNG (polynomial 0xEDB88320, reflected).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 * (crc & 1)))
    })
}

#[test]
fn pngs_that_are_not_rgb_8_are_refused() {
    for (color, depth, bytes_per_pixel) in [
        (ColorType::Rgb, BitDepth::Sixteen, 6),
        (ColorType::Grayscale, BitDepth::Eight, 1),
        (ColorType::GrayscaleAlpha, BitDepth::Eight, 2),
        (ColorType::Rgba, BitDepth::Eight, 4),
    ] {
        let png = png(96, 96, color, depth, &vec![7; 96 * 96 * bytes_per_pixel]);
        assert!(matches!(image_fault(with_png(png)), (1, ImageFault::PngFormat { .. })));
    }
}

#[test]
fn a_truncated_parquet_file_is_refused() {
    let scratch = scratch();
    write_parquet(&scratch.path, &valid_rows(3), 2, Compression::SNAPPY);
    let bytes = fs::read(&scratch.path).unwrap();
    for cut in [1, 4, 8, 200, bytes.len() / 2, bytes.len() - 4, bytes.len() - 1] {
        fs::write(&scratch.path, &bytes[..bytes.len() - cut]).unwrap();
        let fault = format_fault(Dataset::open(&scratch.path).unwrap_err());
        assert!(
            matches!(fault, FormatFault::Parquet(_) | FormatFault::ParquetPanic { .. }),
            "{cut}: {fault}"
        );
    }
}

#[test]
fn a_footer_longer_than_the_file_is_refused() {
    let scratch = scratch();
    let mut bytes = b"PAR1".to_vec();
    bytes.extend(0x7fff_ffff_u32.to_le_bytes());
    bytes.extend(b"PAR1");
    fs::write(&scratch.path, bytes).unwrap();
    let fault = format_fault(Dataset::open(&scratch.path).unwrap_err());
    assert!(matches!(fault, FormatFault::Parquet(_)), "{fault}");
}

/// The fault of a file of 581 rows whose footer claims another number: `claim` is a Thrift varint.
fn with_row_claim(claim: &[u8]) -> FormatFault {
    let scratch = scratch();
    let png = valid_png(0);
    let rows: Vec<Row> = (0..581).map(|_| (Some(png.clone()), Some(1))).collect();
    write_parquet(&scratch.path, &rows, 1000, Compression::SNAPPY);
    let bytes = fs::read(&scratch.path).unwrap();
    let footer = bytes.len() - 8 - u32::from_le_bytes(last_word(&bytes)) as usize;
    // Field 3 of the footer, an i64 (0x16), zigzag 1162; then a list (0x19).
    let at = footer + find(&bytes[footer..], b"\x16\x8a\x09\x19");
    let mut forged =
        [&bytes[..at], b"\x16", claim, b"\x19", &bytes[at + 4..bytes.len() - 8]].concat();
    let length = (forged.len() - footer) as u32;
    forged.extend(length.to_le_bytes());
    forged.extend(b"PAR1");
    fs::write(&scratch.path, forged).unwrap();
    format_fault(Dataset::open(&scratch.path).unwrap_err())
}

#[test]
fn an_impossible_number_of_rows_is_refused() {
    for (claim, rows) in [
        (&b"\xfe\xff\xff\xff\x0f"[..], 2_147_483_647),
        (b"\x01", -1),
        (b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01", i64::MAX),
    ] {
        let fault = with_row_claim(claim);
        assert!(matches!(fault, FormatFault::Claim { found, .. } if found == rows), "{fault}");
    }
}

#[test]
fn a_row_claimed_but_absent_is_missing() {
    let fault = with_row_claim(b"\x8c\x09"); // 582
    assert!(matches!(fault, FormatFault::MissingRow { row: 581, .. }), "{fault}");
    let fault = with_row_claim(b"\x88\x09"); // 580, fewer than the row group has
    assert!(matches!(fault, FormatFault::Claim { found: 581, limit: 580, .. }), "{fault}");
}

/// Some of these make the parquet crate panic, which must become an error too.
#[test]
fn every_flipped_bit_of_the_footer_gives_an_answer() {
    let scratch = scratch();
    let plain = png(96, 96, ColorType::Rgb, BitDepth::Eight, &[7; IMAGE_BYTES]);
    let rows: [Row; 2] = [(Some(plain.clone()), Some(0)), (Some(plain), Some(1))];
    write_parquet(&scratch.path, &rows, 1, Compression::SNAPPY);
    let mut bytes = fs::read(&scratch.path).unwrap();
    let footer = u32::from_le_bytes(last_word(&bytes)) as usize + 8;
    let mut panics = 0;
    for at in bytes.len() - footer..bytes.len() {
        for bit in 0..8 {
            bytes[at] ^= 1 << bit;
            fs::write(&scratch.path, &bytes).unwrap();
            match Dataset::open(&scratch.path) {
                Ok(data) => assert!(data.iter().all(|image| image.is_ok())),
                Err(Error::Format { fault: FormatFault::ParquetPanic { .. }, .. }) => panics += 1,
                Err(_) => {}
            }
            bytes[at] ^= 1 << bit;
        }
    }
    assert!(
        panics > 0,
        "the parquet crate no longer panics: `catch_unwind` in `parquet.rs` is not needed"
    );
}

fn last_word(bytes: &[u8]) -> [u8; 4] {
    bytes[bytes.len() - 8..][..4].try_into().unwrap()
}

fn find(bytes: &[u8], wanted: &[u8]) -> usize {
    bytes.windows(wanted.len()).position(|window| window == wanted).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_give_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..300), framed: bool) {
        let scratch = scratch();
        let bytes = if framed {
            let length = (bytes.len() as u32).to_le_bytes();
            [b"PAR1", &bytes[..], &length, b"PAR1"].concat()
        } else {
            bytes
        };
        fs::write(&scratch.path, bytes).unwrap();
        prop_assert!(Dataset::open(&scratch.path).is_err());
    }

    #[test]
    fn flipped_bits_give_an_answer(
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0..8_u8, any::<bool>()), 1..4),
    ) {
        let scratch = scratch();
        let bytes = {
            static FILE: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
            FILE.get_or_init(|| {
                write_parquet(&scratch.path, &valid_rows(2), 1, Compression::SNAPPY);
                fs::read(&scratch.path).unwrap()
            })
        };
        let mut bytes = bytes.clone();
        let footer = u32::from_le_bytes(last_word(&bytes)) as usize + 8;
        for (index, bit, in_footer) in flips {
            // Half the flips are in the footer, which is a small part of the file.
            let start = if in_footer { bytes.len() - footer } else { 0 };
            let at = start + index.index(bytes.len() - start);
            bytes[at] ^= 1 << bit;
        }
        fs::write(&scratch.path, bytes).unwrap();
        if let Ok(data) = Dataset::open(&scratch.path) {
            prop_assert!(data.iter().all(|image| image.is_ok()));
        }
    }
}
