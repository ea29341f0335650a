//! PNG output. Figures are drawn three times as large and averaged down.

use std::collections::HashMap;

use plotters::backend::BitMapBackend;
use plotters::drawing::IntoDrawingArea as _;

use super::raster::Raster;
use super::replay::{backend_error, draw};
use crate::canvas::gray::GRAY_STEPS;
use crate::canvas::page::Page;
use crate::error::{Error, Result};

/// Drawn pixels for one pixel of the file, in each direction.
const OVERSAMPLING: u32 = 3;

/// The bytes of a PNG file of a page.
pub(crate) fn encode(page: &Page) -> Result<Vec<u8>> {
    let (width, height) = page.size();
    let large = (width * OVERSAMPLING, height * OVERSAMPLING);
    let mut pixels = vec![0; large.0 as usize * large.1 as usize * 3];
    {
        let area =
            Raster { pixels: BitMapBackend::with_buffer(&mut pixels, large) }.into_drawing_area();
        draw(page, &area)?;
        area.present().map_err(backend_error::<Raster<'_>>)?;
    }
    encode_rgb(&averaged(&pixels, width as usize, height as usize), width, height)
}

/// Mean of each square of oversampled pixels.
fn averaged(large: &[u8], width: usize, height: usize) -> Vec<u8> {
    const N: usize = OVERSAMPLING as usize;
    let mut small = Vec::with_capacity(width * height * 3);
    let mut sums = vec![0u16; width * 3];
    for rows in large.chunks_exact(width * N * 3 * N) {
        sums.fill(0);
        for row in rows.chunks_exact(width * N * 3) {
            for (sum, pixels) in sums.chunks_exact_mut(3).zip(row.chunks_exact(3 * N)) {
                for pixel in pixels.chunks_exact(3) {
                    for (s, &channel) in sum.iter_mut().zip(pixel) {
                        *s += u16::from(channel);
                    }
                }
            }
        }
        let count = (N * N) as u16;
        small.extend(sums.iter().map(|s| ((s + count / 2) / count) as u8));
    }
    small
}

/// PNG bytes of an RGB image, with a palette if it has at most 256 colours. That halves map grids.
pub(crate) fn encode_rgb(rgb: &[u8], width: u32, height: u32) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_compression(png::Compression::Balanced);
    if let Some((palette, indices)) = indexed(rgb) {
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_palette(palette);
        // By default png does not filter indexed images. A palette sorted by lightness
        // makes it worth it.
        encoder.set_filter(png::Filter::Paeth);
        write(encoder, &indices)?;
    } else {
        encoder.set_color(png::ColorType::Rgb);
        write(encoder, rgb)?;
    }
    Ok(bytes)
}

fn write(encoder: png::Encoder<'_, &mut Vec<u8>>, data: &[u8]) -> Result<()> {
    let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(data));
    written.map_err(|error| Error::Png(error.into()))
}

/// The palette, darkest colour first, and an index for each pixel; `None` for more than 256
/// colours.
fn indexed(rgb: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    // Grays between those of bitmaps are at the edges of text. Rounding them keeps the
    // palette small.
    let pixel = |p: &[u8]| -> [u8; 3] {
        let [r, g, b] = [p[0], p[1], p[2]];
        if r == g && g == b { [gray_level(r); 3] } else { [r, g, b] }
    };
    let mut index_of: HashMap<[u8; 3], u8> = HashMap::new();
    let mut last = None;
    for color in rgb.chunks_exact(3).map(pixel) {
        if last == Some(color) {
            continue;
        }
        last = Some(color);
        if index_of.len() == 256 && !index_of.contains_key(&color) {
            return None;
        }
        index_of.insert(color, 0);
    }
    let mut colors: Vec<[u8; 3]> = index_of.keys().copied().collect();
    colors.sort_unstable_by_key(|&[r, g, b]| {
        (299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b), r, g)
    });
    for (index, color) in colors.iter().enumerate() {
        index_of.insert(*color, index as u8);
    }
    // Most pixels have the colour of the one before.
    let mut last = ([0; 3], index_of.get(&[0; 3]).copied().unwrap_or_default());
    let index = |p: &[u8]| {
        let color = pixel(p);
        if color != last.0 {
            last = (color, index_of[&color]);
        }
        last.1
    };
    Some((colors.concat(), rgb.chunks_exact(3).map(index).collect()))
}

/// The nearest gray that bitmaps use.
fn gray_level(gray: u8) -> u8 {
    let step = (u32::from(gray) * GRAY_STEPS + 127) / 255;
    ((step * 255 + GRAY_STEPS / 2) / GRAY_STEPS) as u8
}

/// PNG bytes of a gray image.
pub(crate) fn encode_gray(gray: &[u8], width: u32, height: u32) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_compression(png::Compression::Balanced);
    encoder.set_filter(png::Filter::Paeth);
    write(encoder, gray)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averaging_is_exact_on_flat_squares() {
        let large: Vec<u8> = (0..36).flat_map(|i| [if i % 6 < 3 { 9 } else { 200 }; 3]).collect();
        assert_eq!(averaged(&large, 2, 2), [[9; 3], [200; 3], [9; 3], [200; 3]].concat());
    }

    #[test]
    fn few_colours_use_a_palette_and_many_do_not() {
        let few: Vec<u8> = (0..600).map(|i| if i % 6 < 3 { 255 } else { 0 }).collect();
        let (palette, indices) = indexed(&few).unwrap();
        assert_eq!(palette, [0, 0, 0, 255, 255, 255]);
        assert_eq!(indices[..2], [1, 0]);
        let many: Vec<u8> =
            (0..300u32).flat_map(|i| [(i % 256) as u8, (i / 256) as u8, 1]).collect();
        assert!(indexed(&many).is_none());
    }
}
