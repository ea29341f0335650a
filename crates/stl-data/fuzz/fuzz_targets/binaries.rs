//! An image file and a label file: the first four bytes give the size of the image file and the
//! offset in it of the rest of the input. The rest is the label file as well.

#![no_main]

use std::{
    fs::{self, File},
    io::{Seek, SeekFrom, Write},
};

use libfuzzer_sys::fuzz_target;
use stl_data::{Dataset, Error, IMAGE_BYTES, ImageFault, Label, PIXELS, Split};
use stl_data_fuzz::scratch;

fuzz_target!(|data: &[u8]| {
    let Some((&[images, extra, at, cut], rest)) = data.split_first_chunk() else { return };
    // Up to 15 images and, in half the inputs, part of another.
    let bytes = usize::from(images % 16) * IMAGE_BYTES + usize::from(extra.saturating_sub(127));
    let path = scratch("train_X.bin");
    let mut file = File::create(&path).unwrap();
    file.seek(SeekFrom::Start(u64::from(at) * 211)).unwrap();
    file.write_all(rest).unwrap();
    file.set_len(bytes as u64).unwrap(); // mostly a hole
    fs::write(scratch("train_y.bin"), rest).unwrap();

    let dir = path.parent().unwrap();
    let opened = Dataset::open_split(dir, Split::Train);
    let valid = bytes > 0
        && bytes == rest.len() * IMAGE_BYTES
        && rest.iter().all(|label| (1..=10).contains(label));
    assert_eq!(opened.is_ok(), valid);
    let Ok(dataset) = opened else { return };
    let labels = dataset.labels().iter().map(|label| label.map_or(0, Label::official));
    assert!(labels.eq(rest.iter().copied()));
    let indices: Vec<_> = rest.iter().map(|&index| usize::from(index) % rest.len()).collect();
    let mut gray = vec![f32::NAN; indices.len() * PIXELS];
    dataset.gray_into(&indices, &mut gray).unwrap();
    assert!(gray.iter().all(|value| (0.0..=1.0).contains(value)));

    // It shrinks while it is open.
    let left = usize::from(cut) * 523;
    if left < bytes {
        file.set_len(left as u64).unwrap();
        for (index, image) in dataset.iter().enumerate() {
            match image {
                Ok(_) => assert!((index + 1) * IMAGE_BYTES <= left),
                Err(Error::Image { index, fault: ImageFault::Truncated, .. }) => {
                    assert_eq!(index, left / IMAGE_BYTES);
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
});
