//! Small tables as CSV files, with a header line that is checked when they are read.

use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::support::files;

/// A row of a table.
pub trait Row: Serialize + DeserializeOwned {
    /// The names of the columns, in the order of the fields.
    const COLUMNS: &'static [&'static str];
}

/// Writes the table, complete or not at all. The header is there even without rows.
pub fn write<R: Row>(path: &Path, rows: &[R]) -> Result<()> {
    files::write(path, to_bytes(rows).with_context(|| format!("cannot write {}", path.display()))?)
}

fn to_bytes<R: Row>(rows: &[R]) -> Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    writer.write_record(R::COLUMNS)?;
    rows.iter().try_for_each(|row| writer.serialize(row))?;
    Ok(writer.into_inner()?)
}

/// Reads a table that [`write()`] wrote.
pub fn read<R: Row>(path: &Path) -> Result<Vec<R>> {
    let failed = || format!("cannot read {}", path.display());
    let mut reader = csv::Reader::from_reader(File::open(path).with_context(failed)?);
    let header = reader.headers().with_context(failed)?;
    if header != R::COLUMNS {
        let found = header.iter().collect::<Vec<_>>().join(",");
        bail!(
            "{}: the first line is `{found}`, expected `{}`",
            path.display(),
            R::COLUMNS.join(",")
        );
    }
    reader.deserialize().collect::<Result<_, _>>().with_context(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use std::fs;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Pair {
        count: u32,
        share: Option<f64>,
    }

    impl Row for Pair {
        const COLUMNS: &'static [&'static str] = &["count", "share"];
    }

    #[test]
    fn a_table_reads_back_and_a_damaged_one_is_refused_by_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pairs.csv");
        let rows = [Pair { count: 3, share: Some(0.1) }, Pair { count: 4, share: None }];
        write(&path, &rows).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "count,share\n3,0.1\n4,\n");
        assert_eq!(read::<Pair>(&path).unwrap(), rows);
        for (text, part) in [
            ("", "first line"),
            ("share\n", "first line"),
            ("count\n3\n", "first line"),
            ("count,price\n", "first line"),
            ("share,count\n", "first line"),
            ("count,share\n3\n", "line: 2"),
            ("count,share\n3,0.1,7\n", "3 fields"),
            ("count,share\n3,0.1\nx,0.1\n", "line: 3"),
        ] {
            fs::write(&path, text).unwrap();
            let message = format!("{:#}", read::<Pair>(&path).unwrap_err());
            assert!(message.contains(part) && message.contains("pairs.csv"), "{message}");
        }
    }

    #[test]
    fn a_table_without_rows_has_its_header() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pairs.csv");
        write::<Pair>(&path, &[]).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "count,share\n");
        assert_eq!(read::<Pair>(&path).unwrap(), []);
    }
}
