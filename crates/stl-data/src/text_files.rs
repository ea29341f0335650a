//! The two official text files: class names and predefined folds.

use std::{fs::File, io::Read, path::Path};

use crate::{Error, FormatFault, Label, Result};

/// Predefined folds of the train split.
const FOLDS: usize = 10;
/// Train images in a fold.
const FOLD_SIZE: usize = 1000;
/// Images in the train split.
const TRAIN_IMAGES: usize = 5000;

/// Far above the size of either file (47,794 and 55 bytes).
const MAX_TEXT_BYTES: u64 = 1 << 20;

/// Reads `fold_indices.txt`: the ten predefined folds, each of 1,000 indices into the train split.
///
/// The indices are zero-based and below 5,000. Folds overlap: each is drawn from all images.
///
/// # Errors
/// [`FormatFault::Fold`] for any other number of lines or indices, or an index of 5,000 or more;
/// [`Error::NotFound`] or [`Error::Io`].
pub fn read_folds(path: impl AsRef<Path>) -> Result<Vec<Vec<usize>>> {
    let path = path.as_ref();
    let text = read_text(path)?;
    parse_folds(&text).map_err(|fault| Error::format(path, fault))
}

fn parse_folds(text: &str) -> Result<Vec<Vec<usize>>, FormatFault> {
    let malformed = |line, reason| FormatFault::Fold { line, reason };
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

/// Checks that `class_names.txt` names the classes in the order of [`Label::ALL`], so that the
/// numbers of a label file mean what [`Label`] says.
///
/// # Errors
/// [`FormatFault::ClassName`] at the first line that differs; [`Error::NotFound`] or
/// [`Error::Io`].
pub fn check_class_names(path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    let text = read_text(path)?;
    let names = Label::ALL.map(Label::name);
    let mut lines = text.lines().map(str::trim);
    for line in 1..=names.len().max(text.lines().count()) {
        let found = lines.next().unwrap_or_default();
        let expected = names.get(line - 1).copied().unwrap_or_default(); // none after the tenth
        if found != expected {
            let found = found.chars().take(40).collect();
            return Err(Error::format(path, FormatFault::ClassName { line, found, expected }));
        }
    }
    Ok(())
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

    fn file_with(text: &str) -> tempfile::TempPath {
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
    fn folds_have_indices_above_255() {
        let folds = read_folds(file_with(&folds(8, "4999").repeat(2)[..]));
        assert!(matches!(
            folds,
            Err(Error::Format { fault: FormatFault::Fold { line: 11, .. }, .. })
        ));
        let text = self::folds(8, "4999") + &self::folds(2, "7");
        let folds = read_folds(file_with(&text)).unwrap();
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
            let result = read_folds(file_with(&text));
            let Err(Error::Format { fault, .. }) = result else { panic!("line {bad_line}") };
            assert!(matches!(fault, FormatFault::Fold { line, .. } if line == bad_line));
        }
        let missing = read_folds("no/such/file");
        assert!(matches!(missing, Err(Error::NotFound { .. })));
    }

    #[test]
    fn class_names_must_be_the_ten_in_order() {
        let names: Vec<_> = Label::ALL.iter().map(|label| label.name()).collect();
        let official = names.join("\n") + "\n";
        check_class_names(file_with(&official)).unwrap();
        let swapped = official.replace("car\ncat", "cat\ncar");
        for (text, bad_line) in [
            (swapped, 3),
            (official.clone() + "train\n", 11),
            (official.clone() + " \ntrain\n", 12),
            ("airplane\n".into(), 2),
        ] {
            let result = check_class_names(file_with(&text));
            let Err(Error::Format { fault, .. }) = result else { panic!("line {bad_line}") };
            assert!(matches!(fault, FormatFault::ClassName { line, .. } if line == bad_line));
        }
    }

    #[test]
    fn files_that_are_not_text_are_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), [0xff; 100]).unwrap();
        assert!(matches!(read_folds(file.path()), Err(Error::Io { .. })));
    }
}
