//! The two official text files: class names and predefined folds.

use std::{fs::File, io::Read, path::Path};

use crate::{Error, Label, Result};

/// Predefined folds of the train split.
pub const FOLDS: usize = 10;
/// Train images in a fold. Folds overlap: each is drawn from all 5,000.
pub const FOLD_SIZE: usize = 1000;
/// Images in the train split.
pub const TRAIN_IMAGES: usize = 5000;

/// Neither file is anywhere near this long (47,794 and 55 bytes).
const MAX_TEXT_BYTES: u64 = 1 << 20;

/// Reads `fold_indices.txt`: 10 lines of 1,000 zero-based train indices.
///
/// # Errors
/// [`Error::Folds`] for another number of lines or indices, or an index of 5,000 or more;
/// [`Error::NotFound`] or [`Error::Io`].
pub fn read_folds(path: &Path) -> Result<Vec<Vec<usize>>> {
    let text = read_text(path)?;
    let malformed = |line, reason| Error::Folds { path: path.to_path_buf(), line, reason };
    let mut folds = Vec::with_capacity(FOLDS);
    for (number, line) in (1..).zip(text.trim_end().lines()) {
        if number > FOLDS {
            return Err(malformed(number, format!("more than {FOLDS} lines")));
        }
        let mut fold = Vec::with_capacity(FOLD_SIZE);
        for word in line.split_ascii_whitespace() {
            match word.parse() {
                Ok(index) if index < TRAIN_IMAGES => fold.push(index),
                _ => {
                    let word: String = word.chars().take(20).collect();
                    let reason = format!("`{word}` is not an index below {TRAIN_IMAGES}");
                    return Err(malformed(number, reason));
                }
            }
        }
        if fold.len() != FOLD_SIZE {
            let reason = format!("{} indices, expected {FOLD_SIZE}", fold.len());
            return Err(malformed(number, reason));
        }
        folds.push(fold);
    }
    if folds.len() != FOLDS {
        return Err(malformed(folds.len() + 1, format!("only {} of {FOLDS} folds", folds.len())));
    }
    Ok(folds)
}

/// Reads `class_names.txt` and checks that it names the classes in the order of [`Label::ALL`].
///
/// # Errors
/// [`Error::ClassNames`] at the first line that differs; [`Error::NotFound`] or [`Error::Io`].
pub fn read_class_names(path: &Path) -> Result<Vec<String>> {
    let text = read_text(path)?;
    let mut lines = text.trim_end().lines();
    for (index, label) in Label::ALL.into_iter().enumerate() {
        check_line(path, index + 1, lines.next().unwrap_or_default(), label.name())?;
    }
    check_line(path, Label::ALL.len() + 1, lines.next().unwrap_or_default(), "")?;
    Ok(Label::ALL.into_iter().map(|label| label.name().to_owned()).collect())
}

fn check_line(path: &Path, line: usize, found: &str, expected: &'static str) -> Result<()> {
    if found.trim() == expected {
        return Ok(());
    }
    let found = found.chars().take(40).collect();
    Err(Error::ClassNames { path: path.to_path_buf(), line, found, expected })
}

fn read_text(path: &Path) -> Result<String> {
    let file = File::open(path).map_err(|e| Error::io("open", path, e))?;
    let mut text = String::new();
    file.take(MAX_TEXT_BYTES)
        .read_to_string(&mut text)
        .map_err(|e| Error::io("read as text", path, e))?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> tempfile::TempPath {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file.into_temp_path()
    }

    fn folds(lines: usize, last: &str) -> String {
        let line = |fold: usize| {
            let indices: Vec<_> = (0..999).map(|i| (fold * 500 + i).to_string()).collect();
            format!("{} {last}\n", indices.join(" "))
        };
        (0..lines).map(line).collect()
    }

    #[test]
    fn folds_hold_indices_beyond_a_byte() {
        let folds = read_folds(&written(&folds(8, "4999").repeat(2)[..]));
        assert!(matches!(folds, Err(Error::Folds { line: 11, .. })));
        let text = self::folds(8, "4999") + &self::folds(2, "7");
        let folds = read_folds(&written(&text)).unwrap();
        assert_eq!(folds.len(), FOLDS);
        assert_eq!((folds[7][998], folds[7][999], folds[9][999]), (4498, 4999, 7));
    }

    #[test]
    fn malformed_folds_are_refused() {
        for (text, bad_line) in [
            (String::new(), 1),
            (folds(8, "1"), 9),
            (folds(1, "5000"), 1),
            (folds(1, "-1"), 1),
            (folds(1, "x"), 1),
            (folds(1, ""), 1),
            (folds(1, "1 2"), 1),
        ] {
            let result = read_folds(&written(&text));
            assert!(matches!(result, Err(Error::Folds { line, .. }) if line == bad_line));
        }
        let missing = read_folds(Path::new("no/such/file"));
        assert!(matches!(missing, Err(Error::NotFound { .. })));
    }

    #[test]
    fn class_names_must_be_the_ten_in_order() {
        let names: Vec<_> = Label::ALL.iter().map(|label| label.name()).collect();
        let official = names.join("\n") + "\n";
        assert_eq!(read_class_names(&written(&official)).unwrap(), names);
        let swapped = official.replace("car\ncat", "cat\ncar");
        for (text, bad_line) in
            [(swapped, 3), (official.clone() + "train\n", 11), ("airplane\n".into(), 2)]
        {
            let result = read_class_names(&written(&text));
            assert!(matches!(result, Err(Error::ClassNames { line, .. }) if line == bad_line));
        }
    }

    #[test]
    fn text_files_that_are_not_text_are_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), [0xff; 100]).unwrap();
        assert!(matches!(read_folds(file.path()), Err(Error::Io { .. })));
    }
}
