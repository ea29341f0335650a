//! Draws all figures from made-up data, as PNG and SVG, into a folder:
//!
//! ```text
//! cargo run -p mi-plots --example gallery -- gallery
//! ```
//!
//! With `odd` as second argument it draws them from extreme but valid data.

mod checks;
mod explain;

use std::error::Error;
use std::path::{Path, PathBuf};

use mi_plots::{
    Bar, BarsWithDots, FeatureGrid, Figure, GrayImage, GridMap, GridRow, Histogram, LossCurves,
    LossPanel, LossSeries, OverlaidHistograms, to_png, to_svg,
};

const CASES: [&str; 4] =
    ["A: smaller latent", "B: larger latent", "C: same size", "D: reversed autoencoder"];
const SUBTITLE: &str = "Made-up numbers, 581 images, 50 epochs, seed 1";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("usage: gallery FOLDER [odd]")?);
    let odd = arguments.next().is_some_and(|a| a == "odd");
    std::fs::create_dir_all(&folder)?;
    if odd {
        write(&folder, "odd-curves", &curves(1))?;
        write(&folder, "odd-grid", &odd_grid())?;
        write(&folder, "odd-bars", &odd_bars())?;
        write(&folder, "odd-histograms", &odd_histograms())?;
        write(&folder, "odd-controls", &checks::odd_controls())?;
        write(&folder, "odd-controls-1", &checks::controls(&[2]))?;
        write(&folder, "odd-controls-2", &checks::controls(&[0, 2]))?;
        write(&folder, "odd-bins-1", &checks::bins(1))?;
        write(&folder, "odd-bins-3", &checks::bins(3))?;
        write(&folder, "odd-bins-4", &checks::bins(4))?;
        write(&folder, "odd-bins-7", &checks::bins(7))?;
        write(&folder, "odd-blur-1", &checks::blur(1, &[2]))?;
        write(&folder, "odd-blur-2", &checks::blur(2, &[0, 1, 2, 3]))?;
        write(&folder, "odd-bins", &checks::odd_bins())?;
        write(&folder, "odd-seeds-1", &checks::seeds(1))?;
        write(&folder, "odd-seeds", &checks::odd_seeds())?;
        write(&folder, "odd-geometry-1", &explain::geometry(&[0]))?;
        write(&folder, "odd-geometry-2", &explain::geometry(&[0, 2]))?;
        write(&folder, "odd-geometry", &explain::odd_geometry())?;
        write(&folder, "odd-architecture-1", &explain::architecture(&[1]))?;
        write(&folder, "odd-architecture-2", &explain::architecture(&[0, 3]))?;
        write(&folder, "odd-architecture", &explain::odd_architecture())
    } else {
        write(&folder, "curves", &curves(50))?;
        write(&folder, "grid", &grid())?;
        write(&folder, "bars", &bars())?;
        write(&folder, "histograms", &histograms())?;
        write(&folder, "controls", &checks::controls(&[0, 1, 2, 3]))?;
        write(&folder, "bins", &checks::bins(6))?;
        write(&folder, "blur", &checks::blur(1, &[0, 1, 2, 3]))?;
        write(&folder, "seeds", &checks::seeds(5))?;
        write(&folder, "geometry", &explain::geometry(&[0, 1, 2, 3]))?;
        write(&folder, "architecture", &explain::architecture(&[0, 1, 2, 3]))
    }
}

fn write(folder: &Path, name: &str, figure: &impl Figure) -> Result<(), Box<dyn Error>> {
    std::fs::write(folder.join(name).with_extension("png"), to_png(figure)?)?;
    std::fs::write(folder.join(name).with_extension("svg"), to_svg(figure)?)?;
    Ok(())
}

/// A fixed sequence in 0..1 that looks random.
fn noise(seed: usize) -> f64 {
    let mut x = (seed as u64).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((x ^ (x >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

fn curves(epochs: usize) -> LossCurves {
    let panel = |title: &str, part: usize, start: f64, end: f64| LossPanel {
        title: title.into(),
        y_label: "loss (nats)".into(),
        series: CASES
            .iter()
            .enumerate()
            .map(|(case, label)| LossSeries {
                label: (*label).into(),
                category: case,
                points: (1..=epochs - case.min(epochs - 1) * 2)
                    .map(|t| {
                        let decay = (-(t as f64 - 1.0) / (6.0 + 4.0 * case as f64)).exp();
                        let wobble = 0.02 * (noise(t + 100 * case + 1000 * part) - 0.5);
                        (t as f64, end + 0.05 * case as f64 + (start - end) * decay + wobble)
                    })
                    .collect(),
            })
            .collect(),
    };
    LossCurves {
        title: "Encoder loss during training".into(),
        subtitle: SUBTITLE.into(),
        x_label: "epoch (pass over the training images)".into(),
        main: panel("Encoder loss", 0, 2.1, 0.75),
        parts: vec![
            panel("Local", 1, 1.386, 0.5),
            panel("Global", 2, 1.386, 0.31),
            panel("Prior", 3, 0.9, 0.7),
        ],
    }
}

/// A picture with soft and hard edges: a horizon, waves, a hill, a post, some grain.
fn scene(side: usize) -> GrayImage {
    let values = (0..side * side)
        .map(|i| {
            let x = (i % side) as f64 / side as f64;
            let y = (i / side) as f64 / side as f64;
            let sky =
                if y < 0.62 { 0.85 - 0.3 * y } else { 0.35 + 0.2 * (9.0 * x + 30.0 * y).sin() };
            let hill = ((x - 0.5) / 0.3).powi(2) + ((y - 0.5) / 0.12).powi(2) < 1.0;
            let post = (x - 0.45).abs() < 0.08 && (y - 0.5).abs() < 0.3;
            let shade = if post {
                0.2
            } else if hill {
                0.95 - 1.2 * (y - 0.4)
            } else {
                sky
            };
            (shade + 0.06 * (noise(i) - 0.5)) as f32
        })
        .collect();
    GrayImage { width: side, height: side, values }
}

/// A made-up feature map: the scene plus a shifted copy of it, rectified.
fn feature(side: usize, seed: usize) -> GrayImage {
    let image = scene(side);
    let (dx, dy) = (seed % 5, seed / 5 % 4);
    let weight = 2.2 * noise(seed) as f32 - 1.1;
    let at = |x: usize, y: usize| image.values[y.min(side - 1) * side + x.min(side - 1)];
    let values = (0..side * side)
        .map(|i| {
            let (x, y) = (i % side, i / side);
            (at(x, y) + weight * at(x + dx, y + dy)).max(-0.05 * (seed % 3) as f32)
        })
        .collect();
    GrayImage { width: side, height: side, values }
}

fn grid() -> FeatureGrid {
    let rows = [88, 104, 96, 96].iter().enumerate().map(|(case, &side)| GridRow {
        label: format!("{}, {side} × {side}", CASES[case]),
        category: case,
        image: scene(96),
        maps: (0..32)
            .map(|k| GridMap {
                pixels: feature(side, 32 * case + k),
                title: format!("{:.3}", 0.2 + 1.3 * noise(40 * case + k)),
            })
            .collect(),
    });
    FeatureGrid {
        title: "An image and its 32 feature maps, four encoders".into(),
        subtitle: SUBTITLE.into(),
        caption:
            "Below each map: its mutual information with the image, in nats. Every bitmap runs \
                  from its own minimum (black) to its own maximum (white)."
                .into(),
        rows: rows.collect(),
    }
}

fn bars() -> BarsWithDots {
    let bars = CASES.iter().enumerate().map(|(case, label)| {
        let dots: Vec<f64> = (0..32)
            .map(|k| 0.15 + 0.12 * case as f64 + 0.9 * noise(90 * case + k) * noise(7 * k + case))
            .collect();
        let value = dots.iter().sum::<f64>() / dots.len() as f64;
        Bar {
            label: (*label).into(),
            category: case,
            value,
            value_label: Some(format!("mean {value:.3}")),
            dots,
        }
    });
    BarsWithDots {
        title: "Information that 32 feature maps keep about one image".into(),
        subtitle: format!("{SUBTITLE}; bar: mean of the maps, dot: one map"),
        y_label: "mutual information (nats)".into(),
        bars: bars.collect(),
    }
}

fn histograms() -> OverlaidHistograms {
    let bins = 40;
    let histograms = CASES.iter().enumerate().map(|(case, label)| {
        let mut counts = vec![0; bins];
        for i in 0..581 {
            let seed = 5000 * case + 4 * i;
            let sum: f64 = (0..4).map(|j| noise(seed + j)).sum();
            counts[((3.0 + 5.0 * case as f64 + sum * 4.8) as usize).min(bins - 1)] += 1;
        }
        Histogram { label: (*label).into(), category: case, counts }
    });
    OverlaidHistograms {
        title: "Largest information of any map, over all images".into(),
        subtitle: SUBTITLE.into(),
        x_label: "largest MI over the 32 maps (nats)".into(),
        y_label: "images".into(),
        edges: (0..=bins).map(|i| 0.05 * i as f64).collect(),
        histograms: histograms.collect(),
    }
}

const LONG: &str = "A title of the kind that grows while a study is written, because every reader \
                    asked for one more fact in it, until it needs two lines or even three of them \
                    to be said";

fn odd_grid() -> FeatureGrid {
    let flat = |v| GrayImage { width: 90, height: 90, values: vec![v; 8100] };
    let wide = GrayImage { width: 60, height: 20, values: (0..1200).map(|i| i as f32).collect() };
    let titles = ["0.000", "a long title", "a title that is far too long"];
    let maps = [flat(0.0), flat(9.0), wide].into_iter().zip(titles);
    let maps = maps.map(|(pixels, title)| GridMap { pixels, title: title.into() }).collect();
    let row = GridRow { label: LONG.into(), category: 3, image: scene(96), maps };
    FeatureGrid { title: LONG.into(), subtitle: LONG.into(), caption: LONG.into(), rows: vec![row] }
}

fn odd_bars() -> BarsWithDots {
    let bar = |i: usize| Bar {
        label: format!("{} with a long name", CASES[i % 4]),
        category: i % 7,
        value: if i == 5 { -0.1 } else { 0.1 * i as f64 },
        value_label: Some(format!("{:.4} ± {:.4}", 0.1 * i as f64, 0.01)),
        dots: (0..i * 4).map(|k| 0.1 * i as f64 + 0.3 * noise(k)).collect(),
    };
    BarsWithDots {
        title: LONG.into(),
        subtitle: LONG.into(),
        y_label: "mutual information, estimated from a histogram and corrected for bias (nats)"
            .into(),
        bars: (0..10).map(bar).collect(),
    }
}

fn odd_histograms() -> OverlaidHistograms {
    let histogram = |category: usize| Histogram {
        label: format!("{LONG} {category}"),
        category,
        counts: if category == 6 { vec![0, 0, 0] } else { vec![5, 2, 4] },
    };
    OverlaidHistograms {
        title: String::new(),
        subtitle: String::new(),
        x_label: "six equal histograms and an empty one (nats)".into(),
        y_label: "images".into(),
        edges: vec![-1e9, 0.0, 5e8, 3e9],
        histograms: (0..7).map(histogram).collect(),
    }
}
