//! `mi.parquet`: the mutual information of every image, case and map.
//!
//! Columns `image` (i32, row of the data set), `label` (text or null), `case` (text: a to d), `map` (i32)
//! and `mi` (f32, nats); rows ordered by case, image, map. MI is stored in single precision, a relative
//! rounding of 6e-8, far below the estimator's own error.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use dim_models::Case;
use parquet::basic::Compression;
use parquet::column::reader::ColumnReader;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnPath;
use stl_data::Label;
use tempfile::NamedTempFile;

use crate::files;

const SCHEMA: &str = "message mi {
    required int32 image;
    optional binary label (UTF8);
    required binary case (UTF8);
    required int32 map;
    required float mi;
}";

/// MI of one case: `[images, maps]`, row-major, in nats.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseMi {
    pub case: Case,
    pub maps: usize,
    pub values: Vec<f32>,
}

impl CaseMi {
    /// MI of one image with each map.
    pub fn image(&self, index: usize) -> &[f32] {
        &self.values[index * self.maps..(index + 1) * self.maps]
    }

    /// Number of images.
    pub fn images(&self) -> usize {
        self.values.len() / self.maps
    }

    /// For every image, the mean over its maps.
    pub fn means(&self) -> Vec<f64> {
        let mean = |row: &[f32]| row.iter().map(|&v| f64::from(v)).sum::<f64>() / row.len() as f64;
        self.values.chunks(self.maps).map(mean).collect()
    }

    /// For every image, the largest over its maps.
    pub fn maxima(&self) -> Vec<f64> {
        let max = |row: &[f32]| row.iter().copied().fold(f32::MIN, f32::max);
        self.values.chunks(self.maps).map(|row| f64::from(max(row))).collect()
    }
}

/// Writes the table a block of images at a time.
pub struct TableWriter {
    writer: SerializedFileWriter<File>,
    file: NamedTempFile,
}

impl TableWriter {
    /// A table that will appear at `path` when it is complete.
    pub fn new(path: &Path) -> Result<Self> {
        let file = files::begin(path)?;
        let schema = Arc::new(parse_message_type(SCHEMA).context("the table's schema")?);
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_column_dictionary_enabled(ColumnPath::from("mi"), false)
            .set_created_by("xtask".to_owned())
            .build();
        let handle = file.as_file().try_clone().context("cannot write the MI table")?;
        let writer = SerializedFileWriter::new(handle, schema, Arc::new(properties))
            .context("cannot write the MI table")?;
        Ok(Self { writer, file })
    }

    /// Adds the rows of one case for the images from `first` on.
    pub fn add(&mut self, first: usize, labels: &[Option<Label>], mi: &CaseMi) -> Result<()> {
        let maps = mi.maps;
        let rows = || (0..labels.len()).flat_map(|i| (0..maps).map(move |map| (i, map)));
        let image: Vec<i32> = rows()
            .map(|(i, _)| i32::try_from(first + i))
            .collect::<Result<_, _>>()
            .context("more images than the MI table can number")?;
        let map: Vec<i32> = rows().map(|(_, map)| map as i32).collect();
        let label: Vec<ByteArray> = rows()
            .filter_map(|(i, _)| labels[i].map(|label| ByteArray::from(label.name())))
            .collect();
        let defined: Vec<i16> = rows().map(|(i, _)| i16::from(labels[i].is_some())).collect();
        let case = vec![ByteArray::from(mi.case.id()); labels.len() * maps];

        let mut group = self.writer.next_row_group()?;
        write_column(&mut group, &Column::Int(&image))?;
        write_column(&mut group, &Column::OptionalText(&label, &defined))?;
        write_column(&mut group, &Column::Text(&case))?;
        write_column(&mut group, &Column::Int(&map))?;
        write_column(&mut group, &Column::Float(&mi.values))?;
        group.close()?;
        Ok(())
    }

    /// Makes the table visible.
    pub fn finish(self, path: &Path) -> Result<()> {
        self.writer.close().context("cannot write the MI table")?;
        files::commit(self.file, path)
    }
}

enum Column<'a> {
    Int(&'a [i32]),
    Float(&'a [f32]),
    Text(&'a [ByteArray]),
    OptionalText(&'a [ByteArray], &'a [i16]),
}

fn write_column(group: &mut SerializedRowGroupWriter<'_, File>, column: &Column<'_>) -> Result<()> {
    let mut writer = group.next_column()?.ok_or_else(|| anyhow!("the MI table lacks a column"))?;
    match (writer.untyped(), column) {
        (ColumnWriter::Int32ColumnWriter(w), Column::Int(values)) => {
            w.write_batch(values, None, None)?;
        }
        (ColumnWriter::FloatColumnWriter(w), Column::Float(values)) => {
            w.write_batch(values, None, None)?;
        }
        (ColumnWriter::ByteArrayColumnWriter(w), Column::Text(values)) => {
            w.write_batch(values, None, None)?;
        }
        (ColumnWriter::ByteArrayColumnWriter(w), Column::OptionalText(values, defined)) => {
            w.write_batch(values, Some(defined), None)?;
        }
        _ => bail!("the MI table's columns are not in the order of its schema"),
    }
    writer.close()?;
    Ok(())
}

/// Reads a table that [`TableWriter`] wrote: the cases in the order of the file.
pub fn read(path: &Path) -> Result<Vec<CaseMi>> {
    read_table(path)
        .with_context(|| format!("cannot read {}; `cargo xtask measure` makes it", path.display()))
}

fn read_table(path: &Path) -> Result<Vec<CaseMi>> {
    let reader = SerializedFileReader::new(File::open(path)?)?;
    let mut cases: Vec<CaseMi> = Vec::new();
    for index in 0..reader.num_row_groups() {
        let group = reader.get_row_group(index)?;
        let rows = usize::try_from(group.metadata().num_rows())?;
        let (mut map, mut mi, mut case) = (Vec::new(), Vec::new(), Vec::new());
        let mut read = [0; 3];
        if let ColumnReader::Int32ColumnReader(mut r) = group.get_column_reader(3)? {
            read[0] = r.read_records(rows, None, None, &mut map)?.0;
        }
        if let ColumnReader::FloatColumnReader(mut r) = group.get_column_reader(4)? {
            read[1] = r.read_records(rows, None, None, &mut mi)?.0;
        }
        if let ColumnReader::ByteArrayColumnReader(mut r) = group.get_column_reader(2)? {
            read[2] = r.read_records(rows, None, None, &mut case)?.0;
        }
        if rows == 0 || read != [rows; 3] || mi.iter().any(|v| !v.is_finite()) {
            bail!("row group {index} is not as this program writes it");
        }
        let maps = map.iter().max().map_or(0, |&last| last as usize + 1);
        let case: Case = case[0].as_utf8()?.parse()?;
        match cases.last_mut().filter(|last| last.case == case) {
            Some(last) if last.maps == maps => last.values.extend(mi),
            Some(_) => bail!("case {case} changes its number of maps"),
            None => cases.push(CaseMi { case, maps, values: mi }),
        }
    }
    if cases.iter().any(|case| case.maps == 0 || case.values.len() % case.maps != 0) {
        bail!("an image lacks maps");
    }
    Ok(cases)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_written_in_blocks_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mi.parquet");
        let mi = |case, n: usize, offset: f32| CaseMi {
            case,
            maps: 3,
            values: (0..3 * n).map(|i| i as f32 / 7.0 + offset).collect(),
        };
        let mut writer = TableWriter::new(&path).unwrap();
        writer.add(0, &[Some(Label::Horse), None], &mi(Case::A, 2, 0.0)).unwrap();
        writer.add(2, &[None], &mi(Case::A, 1, 9.0)).unwrap();
        writer.add(0, &[None], &mi(Case::C, 1, 5.0)).unwrap();
        assert!(!path.exists(), "an unfinished table is visible");
        writer.finish(&path).unwrap();

        let cases = read(&path).unwrap();
        assert_eq!(cases.len(), 2);
        assert_eq!((cases[0].case, cases[0].images()), (Case::A, 3));
        assert_eq!(cases[0].image(2), mi(Case::A, 1, 9.0).values);
        assert_eq!(cases[1], mi(Case::C, 1, 5.0));
        assert!((cases[1].means()[0] - (5.0 + 1.0 / 7.0)).abs() < 1e-6);
        assert_eq!(cases[1].maxima(), [f64::from(5.0f32 + 2.0 / 7.0)]);
    }

    #[test]
    fn a_truncated_table_is_refused_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mi.parquet");
        std::fs::write(&path, b"PAR1 not really").unwrap();
        let message = format!("{:#}", read(&path).unwrap_err());
        assert!(message.contains("mi.parquet"), "{message}");
    }
}
