//! The encoder in evaluation mode as one operation, in f32 on the CPU.

use candle_core::{Result, Tensor};

use super::cpu::{Locked, serves};
use crate::kernels::fused::Evaluation;
use crate::kernels::memory::Workspace;

/// The maps of `images`, a constant. `None` if our kernels cannot compute with these tensors.
///
/// `parameters`: those of the encoder, in order; `(height, width)` is the size of the maps.
/// `evaluation` is called only if its result is used: it may have to copy statistics from a device.
pub(crate) fn encode(
    evaluation: impl FnOnce() -> Result<Evaluation>,
    workspace: &Workspace,
    parameters: &[&Tensor],
    images: &Tensor,
    (height, width): (usize, usize),
) -> Result<Option<Tensor>> {
    if !serves([Some(images)]) || !parameters.iter().all(|p| serves([Some(p)])) {
        return Ok(None);
    }
    let evaluation = evaluation()?;
    let parameters = parameters.iter().map(|p| p.flatten_all()).collect::<Result<Vec<_>>>()?;
    let parameters = Tensor::cat(&parameters, 0)?;
    let images = images.contiguous()?;
    let maps = evaluation.maps(
        workspace,
        Locked::new(&parameters).values()?,
        Locked::new(&images).values()?,
    );
    let shape = (images.dim(0)?, evaluation.channels[3], height, width);
    Ok(Some(Tensor::from_vec(maps, shape, images.device())?))
}
