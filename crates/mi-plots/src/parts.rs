//! The parts that figures share.

pub(crate) mod axis;
pub(crate) mod bar_fill;
pub(crate) mod checks;
pub(crate) mod color_scale;
pub(crate) mod frame;
pub(crate) mod gray_image;
pub(crate) mod header;
pub(crate) mod interval;
pub(crate) mod legend;
pub(crate) mod outline;
pub(crate) mod spread;
