//! Small tables as text, a record a line: written by this program, read back and checked.

use std::fmt::Display;
use std::fs;
use std::path::Path;
use std::str::FromStr;

use anyhow::{Context, Result, ensure};

use crate::files;

/// A row of a table.
pub trait Row {
    /// The names of the columns.
    const COLUMNS: &'static [&'static str];

    /// The fields, in the order of the columns; none has a comma.
    fn fields(&self) -> Vec<String>;
}

/// A row that is read back.
pub trait Parse: Row + Sized {
    /// Takes the fields in the order of the columns.
    fn parse(fields: &mut Fields<'_>) -> Result<Self>;
}

/// The fields of a line that are still to be read, in the order of the columns.
pub struct Fields<'a>(std::vec::IntoIter<&'a str>);

impl Fields<'_> {
    /// The next field.
    pub fn next<T: FromStr<Err: Display>>(&mut self) -> Result<T> {
        let field = self.0.next().context("a field is missing")?;
        field.parse().map_err(|error| anyhow::anyhow!("`{field}`: {error}"))
    }

    /// The next field; `None` where it is empty.
    pub fn optional<T: FromStr<Err: Display>>(&mut self) -> Result<Option<T>> {
        match self.0.as_slice() {
            ["", ..] => {
                self.0.next();
                Ok(None)
            }
            _ => self.next().map(Some),
        }
    }
}

/// A number, or an empty field.
pub fn optional(value: Option<impl Display>) -> String {
    value.map_or(String::new(), |value| value.to_string())
}

/// Writes the table, whole or not at all.
pub fn write<R: Row>(path: &Path, rows: &[R]) -> Result<()> {
    let mut text = R::COLUMNS.join(",") + "\n";
    for row in rows {
        text += &row.fields().join(",");
        text.push('\n');
    }
    files::write(path, text)
}

/// Reads a table that [`write()`] wrote. A column that the file does not have, because it was written before
/// there was one, is empty.
pub fn read<R: Parse>(path: &Path) -> Result<Vec<R>> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    ensure!(
        names[0] == R::COLUMNS[0] && names.iter().all(|name| R::COLUMNS.contains(name)),
        "{}: the first line does not name columns of `{}`",
        path.display(),
        R::COLUMNS.join(",")
    );
    let parse = |line: &str| {
        let found: Vec<&str> = line.split(',').collect();
        ensure!(found.len() == names.len(), "{} fields; expected {}", found.len(), names.len());
        let field = |column: &&str| {
            names.iter().position(|name| name == column).map_or("", |position| found[position])
        };
        let fields: Vec<&str> = R::COLUMNS.iter().map(field).collect();
        R::parse(&mut Fields(fields.into_iter()))
    };
    let numbered = |(i, line): (usize, &str)| {
        parse(line).with_context(|| format!("{}, line {}: `{line}`", path.display(), i + 2))
    };
    lines.enumerate().map(numbered).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Pair(u32, Option<f64>);

    impl Row for Pair {
        const COLUMNS: &'static [&'static str] = &["count", "share"];

        fn fields(&self) -> Vec<String> {
            vec![self.0.to_string(), optional(self.1)]
        }
    }

    impl Parse for Pair {
        fn parse(fields: &mut Fields<'_>) -> Result<Self> {
            Ok(Self(fields.next()?, fields.optional()?))
        }
    }

    #[test]
    fn a_table_reads_back_and_a_damaged_one_is_refused_by_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pairs.csv");
        let rows = [Pair(3, Some(0.1)), Pair(4, None)];
        write(&path, &rows).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "count,share\n3,0.1\n4,\n");
        assert_eq!(read::<Pair>(&path).unwrap(), rows);
        for (text, part) in [
            ("", "first line"),
            ("share\n", "first line"),
            ("count,price\n", "first line"),
            ("share,count\n", "first line"),
            ("count,share\n3\n", "line 2"),
            ("count,share\n3,0.1,7\n", "3 fields; expected 2"),
            ("count,share\n3,0.1\nx,0.1\n", "line 3"),
        ] {
            fs::write(&path, text).unwrap();
            let message = format!("{:#}", read::<Pair>(&path).unwrap_err());
            assert!(message.contains(part) && message.contains("pairs.csv"), "{message}");
        }
        fs::write(&path, "count\n3\n").unwrap();
        assert_eq!(read::<Pair>(&path).unwrap(), [Pair(3, None)]);
    }
}
