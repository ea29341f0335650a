//! `mi.parquet`: the mutual information of every image, case and map.
//!
//! Columns `image` (i32, row of the data set), `label` (text or null), `case` (text: a to d), `map`
//! (i32) and `mi` (f32, nats); rows ordered by case, image, map. MI is stored in single precision,
//! a relative rounding of 6e-8, far below the estimator's own error.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail, ensure};
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

use crate::support::files;

const SCHEMA: &str = "message mi {
    required int32 image;
    optional binary label (UTF8);
    required binary case (UTF8);
    required int32 map;
    required float mi;
}";

/// MI of one case over all images, in nats: for each image the mean and the largest over its maps.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseMi {
    pub case: Case,
    pub maps: usize,
    means: Vec<f64>,
    maxima: Vec<f64>,
}

impl CaseMi {
    /// No images yet.
    pub fn new(case: Case, maps: usize) -> Self {
        Self { case, maps, means: Vec::new(), maxima: Vec::new() }
    }

    /// Adds images: `[images, maps]`, row-major.
    pub fn add(&mut self, values: &[f32]) {
        for row in values.chunks(self.maps) {
            let sum: f64 = row.iter().map(|&v| f64::from(v)).sum();
            self.means.push(sum / row.len() as f64);
            self.maxima.push(row.iter().copied().fold(f32::MIN, f32::max).into());
        }
    }

    /// Number of images.
    pub fn images(&self) -> usize {
        self.means.len()
    }

    /// For every image, the mean over its maps.
    pub fn means(&self) -> &[f64] {
        &self.means
    }

    /// For every image, the largest over its maps.
    pub fn maxima(&self) -> &[f64] {
        &self.maxima
    }
}

#[cfg(test)]
impl CaseMi {
    /// One map an image, with these values.
    pub fn of_one_map(case: Case, values: &[f32]) -> Self {
        let mut table = Self::new(case, 1);
        table.add(values);
        table
    }
}

/// Writes the table a block of images at a time.
pub struct TableWriter {
    writer: SerializedFileWriter<File>,
    file: NamedTempFile,
    path: PathBuf,
}

impl TableWriter {
    /// A table that appears at `path` when it is complete.
    pub fn new(path: &Path) -> Result<Self> {
        let file = files::begin(path)?;
        let schema = Arc::new(parse_message_type(SCHEMA).context("the table's schema")?);
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_column_dictionary_enabled(ColumnPath::from("mi"), false)
            .set_created_by("xtask".to_owned())
            .build();
        let path = path.to_owned();
        let handle = file.as_file().try_clone().with_context(|| cannot_write(&path))?;
        let writer = SerializedFileWriter::new(handle, schema, Arc::new(properties))
            .with_context(|| cannot_write(&path))?;
        Ok(Self { writer, file, path })
    }

    /// Adds the rows of one case for the images from `first` on: `mi` is `[labels.len(), maps]`.
    pub fn add(
        &mut self,
        first: usize,
        labels: &[Option<Label>],
        case: Case,
        mi: &[f32],
    ) -> Result<()> {
        let maps = mi.len() / labels.len().max(1);
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
        let case = vec![ByteArray::from(case.id()); labels.len() * maps];

        let columns = [
            Column::Int(&image),
            Column::OptionalText(&label, &defined),
            Column::Text(&case),
            Column::Int(&map),
            Column::Float(mi),
        ];
        self.write_group(&columns).with_context(|| cannot_write(&self.path))
    }

    fn write_group(&mut self, columns: &[Column<'_>]) -> Result<()> {
        let mut group = self.writer.next_row_group()?;
        columns.iter().try_for_each(|column| write_column(&mut group, column))?;
        group.close()?;
        Ok(())
    }

    /// Makes the table visible.
    pub fn finish(self) -> Result<()> {
        self.writer.close().with_context(|| cannot_write(&self.path))?;
        files::commit(self.file, &self.path)
    }
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path.display())
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

/// A table that [`TableWriter`] wrote. It keeps two numbers for each image and case; the values of
/// an image's maps are read again when they are asked for.
pub struct MiTable {
    path: PathBuf,
    groups: Vec<Group>,
    /// In the order of the file.
    pub cases: Vec<CaseMi>,
}

/// The contents of a row group.
struct Group {
    case: Case,
    images: Range<usize>,
}

impl MiTable {
    /// Reads the whole table.
    pub fn open(path: &Path) -> Result<Self> {
        let mut table = Self { path: path.to_owned(), groups: Vec::new(), cases: Vec::new() };
        table.read_all().with_context(|| {
            format!("cannot read {}; `cargo xtask measure` makes it", path.display())
        })?;
        Ok(table)
    }

    fn read_all(&mut self) -> Result<()> {
        let reader = SerializedFileReader::new(File::open(&self.path)?)?;
        let schema = reader.metadata().file_metadata().schema();
        ensure!(*schema == parse_message_type(SCHEMA)?, "the columns are not those of an MI table");
        for index in 0..reader.num_row_groups() {
            let Rows { case, maps, first, mi } = read_group(&reader, index)?;
            if self.cases.last().is_none_or(|last| last.case != case) {
                let is_new = self.cases.iter().all(|table| table.case != case);
                ensure!(is_new, "the rows of case {case} are not contiguous");
                self.cases.push(CaseMi::new(case, maps));
            }
            let Some(table) = self.cases.last_mut().filter(|table| table.maps == maps) else {
                bail!("case {case} changes its number of maps");
            };
            let images = table.images();
            ensure!(first == images, "found image {first} of case {case}, expected image {images}");
            table.add(&mi);
            self.groups.push(Group { case, images: first..table.images() });
        }
        Ok(())
    }

    /// The MI of one image with each map of a case.
    pub fn image(&self, case: Case, index: usize) -> Result<Vec<f32>> {
        let holds = |group: &Group| group.case == case && group.images.contains(&index);
        let lacking = || format!("{} lacks image {index} of case {case}", self.path.display());
        let group = self.groups.iter().position(holds).with_context(lacking)?;
        let reader = SerializedFileReader::new(File::open(&self.path)?)?;
        let Rows { maps, first, mi, .. } = read_group(&reader, group)?;
        let row = index.checked_sub(first).with_context(lacking)?;
        Ok(mi.chunks(maps).nth(row).with_context(lacking)?.to_vec())
    }
}

/// A row group: MI `[images, maps]` of one case from image `first` on.
struct Rows {
    case: Case,
    maps: usize,
    first: usize,
    mi: Vec<f32>,
}

fn read_group(reader: &SerializedFileReader<File>, index: usize) -> Result<Rows> {
    let group = reader.get_row_group(index)?;
    let rows = usize::try_from(group.metadata().num_rows())?;
    let (mut image, mut map, mut mi, mut case) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut read = [0; 4];
    if let ColumnReader::Int32ColumnReader(mut r) = group.get_column_reader(0)? {
        read[0] = r.read_records(rows, None, None, &mut image)?.0;
    }
    if let ColumnReader::ByteArrayColumnReader(mut r) = group.get_column_reader(2)? {
        read[1] = r.read_records(rows, None, None, &mut case)?.0;
    }
    if let ColumnReader::Int32ColumnReader(mut r) = group.get_column_reader(3)? {
        read[2] = r.read_records(rows, None, None, &mut map)?.0;
    }
    if let ColumnReader::FloatColumnReader(mut r) = group.get_column_reader(4)? {
        read[3] = r.read_records(rows, None, None, &mut mi)?.0;
    }
    ensure!(rows > 0 && read == [rows; 4], "row group {index} is invalid");
    let first = usize::try_from(image[0])?;
    let maps = image.iter().take_while(|&&i| i == image[0]).count();
    let is_in_order = image.iter().zip(&map).enumerate().all(|(row, (&image, &map))| {
        usize::try_from(image) == Ok(first + row / maps) && usize::try_from(map) == Ok(row % maps)
    });
    ensure!(
        is_in_order && rows.is_multiple_of(maps),
        "images or maps of row group {index} are missing"
    );
    ensure!(case.iter().all(|other| *other == case[0]), "row group {index} mixes cases");
    ensure!(mi.iter().all(|v| v.is_finite()), "row group {index} has an MI that is not finite");
    Ok(Rows { case: case[0].as_utf8()?.parse()?, maps, first, mi })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_written_in_blocks_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mi.parquet");
        let mi = |n: usize, offset: f32| -> Vec<f32> {
            (0..3 * n).map(|i| i as f32 / 7.0 + offset).collect()
        };
        let mut writer = TableWriter::new(&path).unwrap();
        writer.add(0, &[Some(Label::Horse), None], Case::A, &mi(2, 0.0)).unwrap();
        writer.add(2, &[None], Case::A, &mi(1, 9.0)).unwrap();
        writer.add(0, &[None], Case::C, &mi(1, 5.0)).unwrap();
        assert!(!path.exists(), "an unfinished table is visible");
        writer.finish().unwrap();

        let table = MiTable::open(&path).unwrap();
        let [a, c] = &table.cases[..] else { panic!("{} cases", table.cases.len()) };
        assert_eq!((a.case, a.maps, a.images()), (Case::A, 3, 3));
        assert_eq!((c.case, c.maps, c.images()), (Case::C, 3, 1));
        assert!((c.means()[0] - (5.0 + 1.0 / 7.0)).abs() < 1e-6);
        assert_eq!(c.maxima(), [f64::from(5.0f32 + 2.0 / 7.0)]);
        assert_eq!(table.image(Case::A, 1).unwrap(), mi(2, 0.0)[3..]);
        assert_eq!(table.image(Case::A, 2).unwrap(), mi(1, 9.0));
        assert_eq!(table.image(Case::C, 0).unwrap(), mi(1, 5.0));
        let message = table.image(Case::C, 1).unwrap_err().to_string();
        assert!(message.ends_with("lacks image 1 of case C"), "{message}");
    }

    #[test]
    fn a_table_whose_images_are_not_in_order_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let refused = |name: &str, groups: &[(usize, Case, usize)]| {
            let path = folder.path().join(name);
            let mut writer = TableWriter::new(&path).unwrap();
            for &(first, case, maps) in groups {
                writer.add(first, &[None, None], case, &vec![0.5; 2 * maps]).unwrap();
            }
            writer.finish().unwrap();
            format!("{:#}", MiTable::open(&path).err().unwrap())
        };
        for (groups, expected) in [
            (vec![(0, Case::A, 3), (3, Case::A, 3)], "found image 3 of case A, expected image 2"),
            (vec![(1, Case::A, 3)], "found image 1 of case A, expected image 0"),
            (vec![(0, Case::A, 3), (2, Case::A, 4)], "case A changes its number of maps"),
            (
                vec![(0, Case::A, 3), (0, Case::B, 3), (2, Case::A, 3)],
                "the rows of case A are not contiguous",
            ),
        ] {
            let message = refused("mi.parquet", &groups);
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn a_truncated_table_is_refused_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mi.parquet");
        std::fs::write(&path, b"PAR1 not really").unwrap();
        let message = format!("{:#}", MiTable::open(&path).err().unwrap());
        assert!(message.contains("mi.parquet"), "{message}");
    }
}
