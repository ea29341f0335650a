//! Mutual information of a synthetic image with five maps of it: `cargo run -p mi-metrics --example
//! image_and_maps`.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use mi_metrics::{BinnedArray, Estimator, JointHistogram, Result, image_against_maps};

const SIDE: usize = 96;
const PIXELS: usize = SIDE * SIDE;
const BINS: usize = 20;

/// Rings around the centre, 0 to 255.
fn image() -> Vec<u8> {
    (0..PIXELS)
        .map(|i| {
            let (row, column) = ((i / SIDE) as f32 - 47.5, (i % SIDE) as f32 - 47.5);
            (127.5 + 127.5 * (0.02 * (row * row + column * column).powf(0.9)).cos()) as u8
        })
        .collect()
}

fn main() -> Result<()> {
    let image = image();
    let value = |i: usize| f32::from(image[i]) / 255.0;
    // A permutation of the pixels: 3,583 and 9,216 have no common factor.
    let scrambled = |i: usize| i * 3583 % PIXELS;
    let names = ["brighter", "blurred sideways", "thresholded", "scrambled", "constant"];
    let maps: Vec<f32> = (0..names.len() * PIXELS)
        .map(|at| {
            let i = at % PIXELS;
            match at / PIXELS {
                0 => 2.0 * f32::from(image[i]) + 10.0,
                1 => (0..5).map(|step| value((i + step).min(PIXELS - 1))).sum::<f32>() / 5.0,
                2 => f32::from(u8::from(value(i) > 0.5)),
                3 => value(scrambled(i)),
                _ => 0.25,
            }
        })
        .collect();

    let mut mi = vec![0.0; names.len()];
    image_against_maps(&image, &maps, BINS, &mut mi)?;

    let binned = BinnedArray::new(&image, BINS)?;
    println!("entropy of the image, {BINS} bins: {:.4} nats", binned.entropy());
    println!("{:<18}{:>8}{:>16}", "map", "MI", "Miller-Madow");
    for ((name, mi), map) in names.iter().zip(&mi).zip(maps.chunks(PIXELS)) {
        let joint = JointHistogram::new(&binned, &BinnedArray::new(map, BINS)?)?;
        println!("{name:<18}{mi:>8.4}{:>16.4}", joint.estimate(Estimator::MillerMadow));
    }
    Ok(())
}
