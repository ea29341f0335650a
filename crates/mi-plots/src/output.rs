//! Pages as PNG, as SVG, and on any plotters backend.

pub(crate) mod png;
pub(crate) mod raster;
pub(crate) mod replay;
pub(crate) mod svg;
