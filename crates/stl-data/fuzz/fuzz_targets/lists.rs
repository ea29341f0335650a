//! `class_names.txt` and `fold_indices.txt`: any bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stl_data::{Label, check_class_names, read_folds};
use stl_data_fuzz::scratch;

fuzz_target!(|data: &[u8]| {
    let path = scratch("list.txt");
    std::fs::write(&path, data).unwrap();
    if let Ok(folds) = read_folds(&path) {
        assert_eq!(folds.len(), 10);
        assert!(folds.iter().all(|fold| fold.len() == 1_000));
        assert!(folds.iter().flatten().all(|&index| index < 5_000));
    }
    if check_class_names(&path).is_ok() {
        let text = String::from_utf8_lossy(data);
        assert!(text.trim_end().lines().map(str::trim).eq(Label::ALL.map(Label::name)));
    }
});
