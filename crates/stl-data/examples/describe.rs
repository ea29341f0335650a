//! Describes a data set: `cargo run -p stl-data --example describe -- PATH`.

use std::error::Error;

use stl_data::{Dataset, Label, PIXELS};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("pass a *_X.bin, a .parquet or a folder")?;
    let data = Dataset::open(path)?;
    #[expect(clippy::print_stdout, reason = "an example")]
    {
        println!("{}: {} images, digest {}", data.path().display(), data.len(), data.digest()?);
        for label in Label::ALL {
            let of_class = |index: &usize| data.label(*index) == Some(label);
            let indices: Vec<_> = (0..data.len()).filter(of_class).collect();
            if indices.is_empty() {
                continue;
            }
            let mut gray = vec![0.0; indices.len() * PIXELS];
            data.gray_into(&indices, &mut gray)?;
            let sum: f64 = gray.iter().map(|&value| f64::from(value)).sum();
            let mean = sum / gray.len() as f64;
            println!("{label:>10}: {:5} images, mean gray {mean:.4}", indices.len());
        }
    }
    Ok(())
}
