//! One PNG of the mirror, decoded within bounds.

use std::{io::Cursor, path::Path};

use png::{BitDepth, ColorType, Decoder, DecodingError, Limits};

use crate::{Error, IMAGE_BYTES, Result, SIDE};

/// What the decoder may allocate: the header is checked first, so this bounds stray chunks only.
const LIMITS: Limits = Limits { bytes: 1 << 20 };

/// Decodes a 96 x 96 8-bit RGB PNG to interleaved rows.
///
/// Nothing else is accepted, not even gray or opaque alpha: STL-10 has none, and a silent
/// conversion would hide that the file is not STL-10.
pub(crate) fn decode(path: &Path, row: usize, bytes: &[u8]) -> Result<Box<[u8; IMAGE_BYTES]>> {
    let png = |source: DecodingError| Error::Png {
        path: path.to_path_buf(),
        row,
        source: Box::new(source),
    };
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), LIMITS);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let header = decoder.read_header_info().map_err(png)?;
    let (width, height) = header.size();
    if (width as usize, height as usize) != (SIDE, SIDE) {
        return Err(Error::PngSize { path: path.to_path_buf(), row, width, height });
    }
    if (header.color_type, header.bit_depth) != (ColorType::Rgb, BitDepth::Eight) {
        let found = format!("{}-bit {:?}", header.bit_depth as u8, header.color_type);
        return Err(Error::PngFormat { path: path.to_path_buf(), row, found });
    }
    let mut reader = decoder.read_info().map_err(png)?;
    let mut rgb = Box::new([0; IMAGE_BYTES]);
    reader.next_frame(&mut rgb[..]).map_err(png)?;
    reader.finish().map_err(png)?; // a file cut after its last row is still a cut file
    Ok(rgb)
}
