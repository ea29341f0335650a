//! A page of shapes and texts in logical pixels, which knows no file format.

pub(crate) mod font;
pub(crate) mod gray;
pub(crate) mod page;
