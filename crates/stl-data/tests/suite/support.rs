//! Small data sets in the formats of STL-10, made by each test.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]

use std::{fs::File, path::Path, sync::Arc};

use parquet::{
    basic::Compression,
    column::writer::ColumnWriter,
    data_type::ByteArray,
    file::{properties::WriterProperties, writer::SerializedFileWriter},
    schema::parser::parse_message_type,
};
use stl_data::{
    Error, FileDigest, FormatFault, IMAGE_BYTES, Image, ImageFault, Label, SIDE,
    fetch::FetchOptions, manifest,
};

pub const SCHEMA: &str = "message schema {
    optional group image { optional binary bytes; optional binary path (UTF8); }
    optional int64 label;
}";

/// Images in the official layout without any symmetry: every pixel depends differently on image,
/// channel, row and column.
pub fn official(images: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(images * IMAGE_BYTES);
    (0..images).for_each(|image| push_official(image, &mut bytes));
    bytes
}

fn push_official(image: usize, bytes: &mut Vec<u8>) {
    for channel in 0..3 {
        for col in 0..SIDE {
            for row in 0..SIDE {
                bytes.push(value(image, channel, row, col));
            }
        }
    }
}

/// The value of a pixel of [`official`].
pub fn value(image: usize, channel: usize, row: usize, col: usize) -> u8 {
    ((row * row + 3 * col + 71 * channel + 29 * image + row * col / 7) % 256) as u8
}

/// A PNG of any kind; `data` row by row.
pub fn png(
    width: u32,
    height: u32,
    color: png::ColorType,
    depth: png::BitDepth,
    data: &[u8],
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    encoder.write_header().unwrap().write_image_data(data).unwrap();
    bytes
}

/// The PNG of image `index` of [`official`].
pub fn valid_png(index: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(IMAGE_BYTES);
    push_official(index, &mut bytes);
    let image = Image::from_official(&bytes).unwrap();
    png(96, 96, png::ColorType::Rgb, png::BitDepth::Eight, &image.to_rgb_rows())
}

pub type Row = (Option<Vec<u8>>, Option<i64>);

/// Valid rows, labelled 0, 1, 2 ... 9, 0 ...
pub fn valid_rows(images: usize) -> Vec<Row> {
    (0..images).map(|i| (Some(valid_png(i)), Some(i as i64 % 10))).collect()
}

/// A parquet file in the format of the mirror, with `group` rows in a row group.
pub fn write_parquet(path: &Path, rows: &[Row], group: usize, compression: Compression) {
    write_parquet_as(path, SCHEMA, rows, group, compression);
}

/// The same with another schema: binary columns get the PNGs, integer columns the labels.
pub fn write_parquet_as(
    path: &Path,
    schema: &str,
    rows: &[Row],
    group: usize,
    compression: Compression,
) {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = WriterProperties::builder().set_compression(compression).build();
    let file = File::create(path).unwrap();
    let mut writer = SerializedFileWriter::new(file, schema.clone(), Arc::new(properties)).unwrap();
    for rows in rows.chunks(group) {
        let pngs: Vec<_> =
            rows.iter().filter_map(|row| row.0.clone().map(ByteArray::from)).collect();
        let labels: Vec<_> = rows.iter().filter_map(|row| row.1).collect();
        let mut group = writer.next_row_group().unwrap();
        let mut column = 0;
        while let Some(mut writer) = group.next_column().unwrap() {
            let top = parquet::schema::types::SchemaDescriptor::new(schema.clone());
            let present = top.column(column).max_def_level();
            let levels = |is_some: fn(&Row) -> bool| -> Vec<i16> {
                rows.iter().map(|row| if is_some(row) { present } else { 0 }).collect()
            };
            match writer.untyped() {
                ColumnWriter::ByteArrayColumnWriter(writer) => {
                    writer.write_batch(&pngs, Some(&levels(|row| row.0.is_some())), None).unwrap();
                }
                ColumnWriter::Int64ColumnWriter(writer) => {
                    writer
                        .write_batch(&labels, Some(&levels(|row| row.1.is_some())), None)
                        .unwrap();
                }
                ColumnWriter::Int32ColumnWriter(writer) => {
                    let labels: Vec<_> = labels.iter().map(|&label| label as i32).collect();
                    writer
                        .write_batch(&labels, Some(&levels(|row| row.1.is_some())), None)
                        .unwrap();
                }
                _ => unreachable!("the schemas of these tests have no such column"),
            }
            writer.close().unwrap();
            column += 1;
        }
        group.close().unwrap();
    }
    writer.close().unwrap();
}

/// Official label bytes 1, 2 ... 10, 1 ...
pub fn official_labels(images: usize) -> Vec<u8> {
    (0..images).map(|i| (i % 10) as u8 + 1).collect()
}

/// Five files of the archive, with `images` train images and one more unlabeled, and their digests.
pub struct SmallArchive {
    pub files: Vec<(&'static str, Vec<u8>)>,
    pub expected: Vec<FileDigest>,
}

pub fn small_archive(images: usize) -> SmallArchive {
    let names = Label::ALL.iter().map(|label| format!("{label}\n")).collect::<String>();
    let files = vec![
        ("unlabeled_X.bin", official(images + 1)),
        ("train_X.bin", official(images)),
        ("train_y.bin", official_labels(images)),
        (manifest::CLASS_NAMES, names.into_bytes()),
        (manifest::FOLD_INDICES, b"0 1 2\n".to_vec()),
    ];
    let dir = tempfile::tempdir().unwrap();
    let digest = |(name, bytes): &(&str, Vec<u8>)| {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        FileDigest::of(&path).unwrap()
    };
    SmallArchive { expected: files.iter().map(digest).collect(), files }
}

/// Options that do not use the machine's own cache and environment.
pub fn options(cache: &Path, expected: Vec<FileDigest>) -> FetchOptions {
    FetchOptions {
        endpoint: "http://127.0.0.1:9".into(), // nothing listens
        cache_dir: Some(cache.to_path_buf()),
        expected,
        ..FetchOptions::default()
    }
}

/// The fault of an [`Error::Format`].
#[track_caller]
pub fn format_fault(error: Error) -> FormatFault {
    match error {
        Error::Format { fault, .. } => fault,
        error => panic!("{error}"),
    }
}

/// The index and the fault of an [`Error::Image`].
#[track_caller]
pub fn image_fault(error: Error) -> (usize, ImageFault) {
    match error {
        Error::Image { index, fault, .. } => (index, fault),
        error => panic!("{error}"),
    }
}

/// Names in a folder, sorted; empty if it does not exist.
pub fn names(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).into_iter().flatten();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
