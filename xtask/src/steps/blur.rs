//! The blur step: which blurred image the maps resemble most, and what a copy of the image, sharp
//! or blurred, would score in the place of a map.

use anyhow::Result;
use dim_models::Case;
use stl_data::SIDE;

use super::encoding::{EncodedImage, Pass};
use super::maps_mi::mi_of_maps;
use super::pixels::{COMMON_SIDE, box_blur, centre, with_border};
use crate::maths::statistics::{mean, standard_deviation};
use crate::run::folder::{BLUR, COPIES};
use crate::run::plan;
use crate::run::session::Session;
use crate::run::step::Step;
use crate::support::progress::{Progress, status};
use crate::tables::blur::{BlurRow, CopyField, CopyRow};
use crate::tables::csv;

/// Sides of the box, in pixels. With the largest, the centre 88 x 88 pixels need the whole image.
const BOX_SIDES: [usize; 5] = [1, 3, 5, 7, 9];

/// MI by box side.
type ByBox = [f64; BOX_SIDES.len()];

/// MI of one image.
struct OfImage {
    /// Of the maps with the blurred image, over the common field; mean over the maps.
    maps: ByBox,
    /// Of a blurred copy with what the maps are compared with.
    copy: ByBox,
    /// The same within the image, for maps that are larger than it.
    copy_without_border: Option<ByBox>,
}

/// Measures every case, if that is due.
pub fn run(session: &mut Session) -> Result<()> {
    plan::run_if_due(session, Step::Blur, |session, _| measure(session))
}

fn measure(session: &Session) -> Result<()> {
    let cases = &session.config.cases;
    let images: Vec<usize> = (0..session.measured_images()).collect();
    let last = BOX_SIDES[BOX_SIDES.len() - 1];
    status(&format!("blur: boxes of 1 to {last} pixels, and copies of the image"));
    let progress = Progress::new("blur", (cases.len() * images.len()) as u64, "images");
    let (mut maps, mut copies) = (Vec::new(), Vec::new());
    for &case in cases {
        let model = session.trained(case)?;
        let dataset = &session.images.dataset;
        let name = format!("measuring case {case} with blurred images");
        let pass = Pass { dataset, model: &model, progress: &progress, name };
        let of_images = pass.map(&images, |image| of_image(image, session.config.bins))?;
        for (b, box_side) in BOX_SIDES.into_iter().enumerate() {
            let values: Vec<f64> = of_images.iter().map(|of_image| of_image.maps[b]).collect();
            maps.push(BlurRow {
                case,
                box_side,
                images: values.len(),
                mean_mi_nats: mean(&values),
                mean_mi_sd: standard_deviation(&values),
            });
        }
        copies.extend(copy_rows(case, CopyField::Whole, &of_images, |of| Some(&of.copy)));
        copies.extend(copy_rows(case, CopyField::WithoutBorder, &of_images, |of| {
            of.copy_without_border.as_ref()
        }));
    }
    csv::write(&session.run.writable_path(BLUR)?, &maps)?;
    csv::write(&session.run.writable_path(COPIES)?, &copies)?;
    progress.finish("measured with blurred images");
    Ok(())
}

fn of_image(image: &EncodedImage<'_>, bins: usize) -> Result<OfImage> {
    let EncodedImage { pixels, aligned, side, .. } = *image;
    let of_maps = image.common_field_maps();
    let (mut maps, mut copy) = (ByBox::default(), ByBox::default());
    let mut without_border = (side > SIDE).then(ByBox::default);
    let aligned_within = without_border.map(|_| centre(aligned, side, SIDE));
    for (b, box_side) in BOX_SIDES.into_iter().enumerate() {
        let blurred = box_blur(pixels, SIDE, box_side);
        maps[b] = mean(&mi_of_maps(&centre(&blurred, SIDE, COMMON_SIDE), &of_maps, bins)?);
        let laid_out = if side > SIDE {
            with_border(&blurred, SIDE, side)
        } else {
            centre(&blurred, SIDE, side)
        };
        copy[b] = mi_metrics::mutual_information(aligned, &laid_out, bins)?;
        if let (Some(mi), Some(aligned)) = (&mut without_border, &aligned_within) {
            mi[b] = mi_metrics::mutual_information(aligned, &blurred, bins)?;
        }
    }
    Ok(OfImage { maps, copy, copy_without_border: without_border })
}

/// A row for each box; none where an image has no such value.
fn copy_rows(
    case: Case,
    field: CopyField,
    of_images: &[OfImage],
    values: impl Fn(&OfImage) -> Option<&ByBox>,
) -> Vec<CopyRow> {
    let Some(values) = of_images.iter().map(values).collect::<Option<Vec<_>>>() else {
        return Vec::new();
    };
    let row = |(b, box_side): (usize, usize)| {
        let of_box: Vec<f64> = values.iter().map(|by_box| by_box[b]).collect();
        CopyRow {
            case,
            field,
            box_side,
            images: of_box.len(),
            mean_mi_nats: mean(&of_box),
            mean_mi_sd: standard_deviation(&of_box),
        }
    };
    BOX_SIDES.into_iter().enumerate().map(row).collect()
}
