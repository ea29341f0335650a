//! Trains one case on a few synthetic images and prints the losses of each epoch.
//!
//! `cargo run -p dim-models --example train -- c`

#![allow(clippy::print_stdout, reason = "an example prints")]

use dim_models::{AdamConfig, Case, Device, InMemoryImages, TrainConfig, Trainer};

const SIDE: usize = 32;
const IMAGES: usize = 8;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let case: Case = std::env::args().nth(1).as_deref().unwrap_or("c").parse()?;

    // Discs of growing radius on a ramp.
    let pixel = |image: usize, row: usize, column: usize| {
        let (r, c) = (row as f32 - 16.0, column as f32 - 16.0);
        let disc = f32::from(r.hypot(c) < 3.0 + image as f32);
        (row as f32 / SIDE as f32 + disc) / 2.0
    };
    let pixels = (0..IMAGES * SIDE * SIDE)
        .map(|i| pixel(i / (SIDE * SIDE), i / SIDE % SIDE, i % SIDE))
        .collect();
    let images = InMemoryImages::new(pixels, SIDE, SIDE)?;

    let config = TrainConfig {
        batch_size: 4,
        adam: AdamConfig { learning_rate: 1e-2, ..AdamConfig::default() },
        ..TrainConfig::default()
    };
    let mut trainer = Trainer::new(case, &config, &Device::Cpu)?;
    for _ in 0..20 {
        let metrics = trainer.train_epoch(&images)?;
        println!(
            "epoch {:2}: total {:.4}, local {:.4}, global {:.4}, prior {:.4}",
            metrics.epoch,
            metrics.losses.total,
            metrics.losses.local,
            metrics.losses.global,
            metrics.losses.prior,
        );
    }
    Ok(())
}
