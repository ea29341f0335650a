//! `class_names.txt` and `fold_indices.txt`: any bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stl_data::{FOLD_SIZE, FOLDS, Label, TRAIN_IMAGES, read_class_names, read_folds};
use stl_data_fuzz::scratch;

fuzz_target!(|data: &[u8]| {
    let path = scratch("list.txt");
    std::fs::write(&path, data).unwrap();
    if let Ok(folds) = read_folds(&path) {
        assert_eq!(folds.len(), FOLDS);
        assert!(folds.iter().all(|fold| fold.len() == FOLD_SIZE));
        assert!(folds.iter().flatten().all(|&index| index < TRAIN_IMAGES));
    }
    if let Ok(names) = read_class_names(&path) {
        assert!(names.iter().map(String::as_str).eq(Label::ALL.map(Label::name)));
    }
});
