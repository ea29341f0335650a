//! What a layer does to the shape of its input, in words.

/// What one layer of an objective network computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkLayerKind {
    /// A square convolution without padding.
    Convolution {
        /// Height and width of the kernel.
        kernel_size: usize,
        /// Rows and columns from one output pixel to the next.
        stride: usize,
    },
    /// The mean of each channel over all pixels.
    MeanOverSpace,
    /// A fully connected layer.
    Linear,
}

/// One layer of an objective network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetworkLayer {
    /// What it computes.
    pub kind: NetworkLayerKind,
    /// Channels of its input.
    pub inputs: usize,
    /// Channels of its output.
    pub outputs: usize,
}
