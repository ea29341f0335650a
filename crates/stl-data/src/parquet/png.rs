//! Decodes one PNG of the mirror within limits.

use std::io::Cursor;

use png::{BitDepth, ColorType, Decoder, DecodingError, Limits};

use crate::{IMAGE_BYTES, ImageFault, SIDE};

/// What the decoder may allocate. The size in the header is checked first, so only stray chunks
/// can reach this limit.
const LIMITS: Limits = Limits { bytes: 1 << 20 };

/// Decodes a 96 x 96 8-bit RGB PNG to interleaved rows.
///
/// Anything else is refused, even gray or opaque alpha: STL-10 has none, and a silent conversion
/// would hide that the file is not STL-10.
pub(super) fn decode(bytes: &[u8]) -> Result<Box<[u8; IMAGE_BYTES]>, ImageFault> {
    let invalid = |e: DecodingError| ImageFault::Png(Box::new(e));
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), LIMITS);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let header = decoder.read_header_info().map_err(invalid)?;
    let (width, height) = header.size();
    if (width as usize, height as usize) != (SIDE, SIDE) {
        return Err(ImageFault::PngSize { width, height });
    }
    if (header.color_type, header.bit_depth) != (ColorType::Rgb, BitDepth::Eight) {
        let found = format!("{}-bit {:?}", header.bit_depth as u8, header.color_type);
        return Err(ImageFault::PngFormat { found });
    }
    let mut reader = decoder.read_info().map_err(invalid)?;
    let mut rgb = Box::new([0; IMAGE_BYTES]);
    reader.next_frame(&mut rgb[..]).map_err(invalid)?;
    reader.finish().map_err(invalid)?; // a file cut after its last row is still cut
    Ok(rgb)
}
