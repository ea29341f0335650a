//! Limits on what a parquet file claims, checked before the parquet crate reads the file.
//!
//! The crate reserves memory for as many dictionary entries, page bytes and schema fields as the
//! headers claim, up to 2^31 each: 80 GB for a file of a hundred bytes. A failed reservation, or a
//! stack exhausted by a schema nested ten thousand deep, ends the process, so such claims must be
//! refused first. What passes needs at most 32 bytes of memory for each byte of the file, and a
//! few for each of at most 200,000 rows.

use std::{fs::File, path::Path};

use parquet::file::metadata::ColumnChunkMetaData;

use crate::{
    Error, FormatFault, Result,
    parquet::thrift::{Fault, Types, walk},
    read_at::read_exact_at,
};

/// The mirror's footers are a few kilobytes.
const MAX_FOOTER_BYTES: i64 = 16 << 20;
/// The mirror's schema has 5; more columns are allowed.
const MAX_SCHEMA_ELEMENTS: i64 = 256;
/// The mirror's files have 5 and 8.
const MAX_ROW_GROUPS: i64 = 10_000;
/// Bytes that one packed byte may become. Snappy makes at most 64 of 3, so 22 of 1.
const MAX_EXPANSION: i64 = 32;
/// Page headers take about 30 bytes; statistics may add the smallest and the largest image.
const MAX_HEADER_BYTES: u64 = 1 << 20;
/// Bytes read first for a page header.
const WINDOW: u64 = 512;

/// Ids of fields in parquet's Thrift definition (`parquet.thrift` of apache/parquet-format).
mod field {
    pub(super) const SCHEMA: &[i16] = &[2];
    pub(super) const NUM_CHILDREN: &[i16] = &[2, 5];
    pub(super) const ROW_GROUPS: &[i16] = &[4];

    pub(super) const UNCOMPRESSED_SIZE: &[i16] = &[2];
    pub(super) const COMPRESSED_SIZE: &[i16] = &[3];
    pub(super) const DATA_ENCODING: &[i16] = &[5, 2];
    pub(super) const DICTIONARY_ENTRIES: &[i16] = &[7, 1];
    pub(super) const DICTIONARY_ENCODING: &[i16] = &[7, 2];
    pub(super) const DATA_V2_ENCODING: &[i16] = &[8, 4];
}

/// Types of the fields of a footer and of a page header, as the parquet crate expects them.
const FOOTER: &[Types] = &[
    (&[], "iSiSSbS"),                  // FileMetaData
    (&[2], "iiibiiiiis"),              // SchemaElement
    (&[2, 10], "ssssssssssssssssss"),  // LogicalType
    (&[2, 10, 5], "ii"),               // DecimalType
    (&[2, 10, 7], "ts"),               // TimeType
    (&[2, 10, 7, 2], "sss"),           // TimeUnit
    (&[2, 10, 8], "ts"),               // TimestampType
    (&[2, 10, 8, 2], "sss"),           // TimeUnit
    (&[2, 10, 10], "yt"),              // IntType
    (&[2, 10, 16], "y"),               // VariantType
    (&[2, 10, 17], "b"),               // GeometryType
    (&[2, 10, 18], "bi"),              // GeographyType
    (&[4], "SiiSiii"),                 // RowGroup
    (&[4, 1], "bisiiiisb"),            // ColumnChunk
    (&[4, 1, 3], "iIBiiiiSiiisSiiss"), // ColumnMetaData
    (&[4, 1, 3, 8], "bb"),             // KeyValue
    (&[4, 1, 3, 12], "bbiibbtti"),     // Statistics
    (&[4, 1, 3, 13], "iii"),           // PageEncodingStats
    (&[4, 1, 3, 16], "iII"),           // SizeStatistics
    (&[4, 1, 3, 17], "sI"),            // GeospatialStatistics
    (&[4, 1, 3, 17, 1], "dddddddd"),   // BoundingBox
    (&[4, 4], "itt"),                  // SortingColumn
    (&[5], "bb"),                      // KeyValue
    (&[7], "sss"),                     // ColumnOrder
];
const PAGE_HEADER: &[Types] = &[
    (&[], "iiiissss"),
    (&[5], "iiiis"),    // DataPageHeader
    (&[7], "iit"),      // DictionaryPageHeader
    (&[8], "iiiiiits"), // DataPageHeaderV2
];

/// PLAIN, PLAIN_DICTIONARY and RLE_DICTIONARY. Others reserve memory by claims within the data.
const ENCODINGS: [i64; 3] = [0, 2, 8];

/// Why a walk stopped.
enum Stop {
    Fault(Fault),
    Refused(Error),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Checks the footer of a file of `file_bytes` bytes.
pub(super) fn check_footer(path: &Path, file: &File, file_bytes: u64) -> Result<()> {
    let read = |bytes: &mut [u8], end: u64| read(path, file, bytes, file_bytes.checked_sub(end));
    let mut tail = [0; 8];
    read(&mut tail, 8)?;
    let [a, b, c, d, magic @ ..] = tail;
    if magic != *b"PAR1" {
        return Err(malformed(path, "no `PAR1` at its end"));
    }
    let length = u32::from_le_bytes([a, b, c, d]);
    if u64::from(length) + 8 > file_bytes {
        return Err(malformed(path, "the footer is longer than the file"));
    }
    check_claim(path, "a footer's size", length.into(), MAX_FOOTER_BYTES)?;
    let mut footer = vec![0; length as usize];
    read(&mut footer, u64::from(length) + 8)?;
    let walked = walk(&footer, FOOTER, &mut |path_in_footer, value| {
        match path_in_footer {
            field::SCHEMA => check_claim(path, "a schema's size", value, MAX_SCHEMA_ELEMENTS),
            field::NUM_CHILDREN => {
                check_claim(path, "a group's columns", value, MAX_SCHEMA_ELEMENTS)
            }
            field::ROW_GROUPS => check_claim(path, "a number of row groups", value, MAX_ROW_GROUPS),
            _ => Ok(()),
        }
        .map_err(Stop::Refused)
    });
    match walked {
        Ok(_) => Ok(()),
        Err(Stop::Refused(error)) => Err(error),
        Err(Stop::Fault(_)) => Err(malformed(path, "the footer is corrupt")),
    }
}

/// Checks every page header of a column in a row group of `rows` rows.
pub(super) fn check_pages(
    path: &Path,
    file: &File,
    column: &ColumnChunkMetaData,
    rows: i64,
) -> Result<()> {
    let (mut at, mut left) = column.byte_range();
    while left > 0 {
        let (header, compressed) = page_header(path, file, at, left, rows)?;
        let page = header + compressed;
        if page > left {
            return Err(malformed(path, "a page is longer than its column"));
        }
        at = at.checked_add(page).ok_or_else(|| malformed(path, "a page reaches past its end"))?;
        left -= page;
    }
    Ok(())
}

/// The sizes in bytes of the page header at `at` and of the page after it.
fn page_header(path: &Path, file: &File, at: u64, left: u64, rows: i64) -> Result<(u64, u64)> {
    let mut window = WINDOW;
    loop {
        let mut bytes = vec![0; window.min(left) as usize]; // a megabyte at most
        read(path, file, &mut bytes, Some(at))?;
        match walk_page_header(path, &bytes, rows) {
            Ok(sizes) => return Ok(sizes),
            Err(Stop::Refused(error)) => return Err(error),
            Err(Stop::Fault(Fault::Cut)) if window < left.min(MAX_HEADER_BYTES) => window *= 8,
            Err(Stop::Fault(_)) => return Err(malformed(path, "a page header is corrupt")),
        }
    }
}

fn walk_page_header(path: &Path, bytes: &[u8], rows: i64) -> Result<(u64, u64), Stop> {
    // Where a field occurs twice, another reader could use the other value.
    let (mut unpacked, mut packed, mut entries) = (None, None, None);
    let once = |slot: &mut Option<i64>, value| match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(Stop::Fault(Fault::Malformed)),
    };
    let header = walk(bytes, PAGE_HEADER, &mut |field, value| match field {
        field::UNCOMPRESSED_SIZE => once(&mut unpacked, value),
        field::COMPRESSED_SIZE => once(&mut packed, value),
        field::DICTIONARY_ENTRIES => once(&mut entries, value),
        field::DATA_ENCODING | field::DATA_V2_ENCODING | field::DICTIONARY_ENCODING
            if !ENCODINGS.contains(&value) =>
        {
            let what = format!("a page in encoding {value}, which the mirror does not use");
            Err(Stop::Refused(malformed(path, &what)))
        }
        _ => Ok(()),
    })?;
    let (Some(unpacked), Some(packed)) = (unpacked, packed) else {
        return Err(Stop::Fault(Fault::Malformed));
    };
    let check = || {
        check_claim(path, "a page's size", packed, i32::MAX.into())?;
        check_claim(path, "a page's unpacked size", unpacked, packed * MAX_EXPANSION)?;
        check_claim(path, "dictionary entries", entries.unwrap_or(0), rows)
    };
    check().map_err(Stop::Refused)?;
    Ok((header as u64, packed.unsigned_abs()))
}

/// [`FormatFault::Claim`] for a claim outside 0 to `limit`.
pub(super) fn check_claim(path: &Path, what: &'static str, found: i64, limit: i64) -> Result<()> {
    match found {
        0.. if found <= limit => Ok(()),
        _ => Err(Error::format(path, FormatFault::Claim { what, found, limit })),
    }
}

fn read(path: &Path, file: &File, bytes: &mut [u8], offset: Option<u64>) -> Result<()> {
    let cut = || malformed(path, "it ends early");
    read_exact_at(file, bytes, offset.ok_or_else(cut)?).map_err(|error| match error.kind() {
        std::io::ErrorKind::UnexpectedEof => cut(),
        _ => Error::io("read", path, error),
    })
}

fn malformed(path: &Path, what: &str) -> Error {
    Error::format(path, FormatFault::Parquet(what.into()))
}
