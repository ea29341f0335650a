//! The parquet files of the mirror: a PNG and a zero-based label in each row.
//!
//! The schema is that of the hub's `Image` feature: a group `image` of `bytes` and `path`, and an
//! INT64 `label`. `path` and any further columns are not read.
//!
//! Rows are decoded in batches, however large a row group is, and go to a temporary file. Memory
//! holds one page of each column and one batch of images.

mod limits;
mod png;
mod thrift;

use std::{
    cell::Cell,
    fs::File,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::Path,
};

use parquet::{
    basic::Type,
    column::reader::{ColumnReaderImpl, get_typed_column_reader},
    data_type::{ByteArray, ByteArrayType, DataType, Int64Type},
    file::{
        metadata::ParquetMetaData,
        reader::{FileReader, RowGroupReader, SerializedFileReader},
    },
    schema::types::SchemaDescriptor,
};
use rayon::prelude::*;

use crate::{
    Error, FormatFault, IMAGE_BYTES, ImageFault, Label, Result, image::official_from_rgb_rows,
    panic_message::panic_message, temp_file::TempFile,
};

const IMAGE: &str = "image.bytes";
const LABEL: &str = "label";

/// Twice the largest split.
const MAX_ROWS: i64 = 200_000;
/// Far above any column of the largest split.
const MAX_COLUMN_BYTES: i64 = 8 << 30;
/// Rows decoded together, in parallel.
const BATCH: usize = 256;

type Table = (File, Vec<Option<Label>>);
type Watch<'a> = dyn FnMut(u64, u64) -> Result<()> + 'a;

/// Decodes a parquet file: the images go to a temporary file in `dir`, one after the other in the
/// official layout. Returns that file and the labels.
///
/// `watch(done, total)` counts the images; its first error stops the decoding.
pub(crate) fn read(path: &Path, dir: &Path, watch: &mut Watch<'_>) -> Result<Table> {
    let file = File::open(path).map_err(|e| Error::io("open", path, e))?;
    if file.metadata().map_err(|e| Error::io("open", path, e))?.len() == 0 {
        return Err(Error::format(path, FormatFault::Empty));
    }
    // The parquet crate checks most of what it reads, but some corrupt metadata and pages make it
    // index out of bounds or fail an assertion. The unwinding drops its readers, which share
    // nothing with this crate, so a panic only means that the file is corrupt. (A program built
    // with `panic = "abort"` aborts instead.)
    let in_watch = Cell::new(false);
    let mut watch = |done, total| {
        in_watch.set(true);
        let result = watch(done, total);
        in_watch.set(false);
        result
    };
    let read = || read_table(path, file, dir, &mut watch);
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|payload| {
        if in_watch.get() {
            resume_unwind(payload); // the caller's own panic
        }
        let message = panic_message(&*payload);
        Err(Error::format(path, FormatFault::ParquetPanic { message }))
    })
}

fn read_table(path: &Path, file: File, dir: &Path, watch: &mut Watch<'_>) -> Result<Table> {
    let unreadable = |e| Error::format(path, FormatFault::Parquet(Box::new(e)));
    let file_bytes = file.metadata().map_err(|e| Error::io("open", path, e))?.len();
    limits::check_footer(path, &file, file_bytes)?;
    let raw = file.try_clone().map_err(|e| Error::io("open", path, e))?;
    let reader = SerializedFileReader::new(file).map_err(unreadable)?;
    let (image, label) = check_metadata(path, file_bytes, reader.metadata())?;

    // The file and the labels grow as rows are decoded, not by the number of rows claimed.
    let total = reader.metadata().file_metadata().num_rows().unsigned_abs();
    let mut images = TempFile::create(dir, total * IMAGE_BYTES as u64)?;
    let mut labels = Vec::new();
    let mut batch = Vec::new();
    for number in 0..reader.num_row_groups() {
        let group = reader.get_row_group(number).map_err(unreadable)?;
        let rows = usize::try_from(group.metadata().num_rows()).unwrap_or_default();
        for column in [image, label] {
            let group = group.metadata();
            limits::check_pages(path, &raw, group.column(column), group.num_rows())?;
        }
        let mut pngs = Column::<ByteArrayType>::open(path, IMAGE, &*group, image)?;
        let mut classes = Column::<Int64Type>::open(path, LABEL, &*group, label)?;
        let end = labels.len() + rows;
        while labels.len() < end {
            let first = labels.len();
            let rows = BATCH.min(end - first);
            decode_batch(path, first, &pngs.read(first, rows)?, &mut batch)?;
            images.write(&batch)?;
            for (row, class) in (first..).zip(classes.read(first, rows)?) {
                labels.push(class.map(|class| to_label(path, row, class)).transpose()?);
            }
            watch(labels.len() as u64, total)?;
        }
    }
    Ok((images.into_file(), labels))
}

/// Checks what the footer claims; returns the positions of the image and the label column.
fn check_metadata(
    path: &Path,
    file_bytes: u64,
    metadata: &ParquetMetaData,
) -> Result<(usize, usize)> {
    let check = |what, found, limit| limits::check_claim(path, what, found, limit);
    let rows = metadata.file_metadata().num_rows();
    check("a number of rows", rows, MAX_ROWS)?;
    if rows == 0 {
        return Err(Error::format(path, FormatFault::Empty));
    }
    let schema = metadata.file_metadata().schema_descr();
    let image = find_column(path, schema, IMAGE, Type::BYTE_ARRAY, "BYTE_ARRAY")?;
    let label = find_column(path, schema, LABEL, Type::INT64, "INT64")?;

    let file_bytes = i64::try_from(file_bytes).unwrap_or(i64::MAX);
    let mut in_groups = 0;
    for group in metadata.row_groups() {
        check("a row group's size", group.num_rows(), rows - in_groups)?;
        in_groups += group.num_rows();
        for column in [group.column(image), group.column(label)] {
            check("a column's size", column.compressed_size(), file_bytes)?;
            check("a column's unpacked size", column.uncompressed_size(), MAX_COLUMN_BYTES)?;
        }
    }
    if in_groups < rows {
        let row = usize::try_from(in_groups).unwrap_or_default();
        return Err(Error::format(path, FormatFault::MissingRow { row, column: IMAGE }));
    }
    Ok((image, label))
}

fn find_column(
    path: &Path,
    schema: &SchemaDescriptor,
    column: &'static str,
    wanted: Type,
    expected: &'static str,
) -> Result<usize> {
    let Some(index) = schema.columns().iter().position(|c| c.path().string() == column) else {
        return Err(Error::format(path, FormatFault::MissingColumn { column }));
    };
    let descriptor = schema.column(index);
    let found = match descriptor.physical_type() {
        _ if descriptor.max_rep_level() > 0 => "a list".to_owned(),
        found if found == wanted => return Ok(index),
        found => found.to_string(),
    };
    Err(Error::format(path, FormatFault::ColumnType { column, expected, found }))
}

/// A column without repetition, read a few rows at a time.
struct Column<'a, T: DataType> {
    path: &'a Path,
    name: &'static str,
    reader: ColumnReaderImpl<T>,
    /// The definition level of a value that is not null; 0 when the column allows no nulls.
    present: i16,
}

impl<'a, T: DataType> Column<'a, T> {
    /// Opens column `index` of a row group; [`find_column`] has checked its type.
    fn open(
        path: &'a Path,
        name: &'static str,
        group: &dyn RowGroupReader,
        index: usize,
    ) -> Result<Self> {
        let unreadable = |e| Error::format(path, FormatFault::Parquet(Box::new(e)));
        let present = group.metadata().schema_descr().column(index).max_def_level();
        let reader = get_typed_column_reader(group.get_column_reader(index).map_err(unreadable)?);
        Ok(Self { path, name, reader, present })
    }

    /// Reads exactly `rows` rows, the first of which is row `first` of the table.
    fn read(&mut self, first: usize, rows: usize) -> Result<Vec<Option<T::T>>> {
        let (path, column) = (self.path, self.name);
        let missing = |rows: usize| {
            Error::format(path, FormatFault::MissingRow { row: first + rows, column })
        };
        let (mut levels, mut values) = (Vec::new(), Vec::new());
        let (found, _, _) = self
            .reader
            .read_records(rows, Some(&mut levels), None, &mut values)
            .map_err(|e| Error::format(path, FormatFault::Parquet(Box::new(e))))?;
        if found != rows {
            return Err(missing(found));
        }
        if self.present == 0 {
            levels = vec![0; values.len()];
        }
        let mut values = values.into_iter();
        let mut column = Vec::with_capacity(rows);
        for (row, level) in levels.into_iter().enumerate() {
            column.push(if level == self.present {
                Some(values.next().ok_or_else(|| missing(row))?)
            } else {
                None
            });
        }
        if column.len() == rows { Ok(column) } else { Err(missing(column.len())) }
    }
}

/// Replaces `images` with decoded PNGs, in parallel; the error is that of the first bad row.
fn decode_batch(
    path: &Path,
    first: usize,
    pngs: &[Option<ByteArray>],
    images: &mut Vec<u8>,
) -> Result<()> {
    images.resize(pngs.len() * IMAGE_BYTES, 0);
    let failed = images.as_chunks_mut().0.par_iter_mut().zip(pngs).enumerate().find_map_first(
        |(offset, (official, png))| {
            let decoded =
                png.as_ref().ok_or(ImageFault::Null).and_then(|png| png::decode(png.data()));
            match decoded {
                Ok(rgb) => {
                    official_from_rgb_rows(&rgb, official);
                    None
                }
                Err(fault) => Some(Error::image(path, first + offset, fault)),
            }
        },
    );
    failed.map_or(Ok(()), Err)
}

fn to_label(path: &Path, row: usize, class: i64) -> Result<Label> {
    Label::from_zero_based(class).ok_or_else(|| {
        let fault = ImageFault::Label { found: class, expected: "0 to 9, or null" };
        Error::image(path, row, fault)
    })
}
