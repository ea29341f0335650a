//! The encoder as one operation, in f32 on the CPU: in evaluation mode, and the moments of its batch
//! norms in training mode.

use candle_core::{Result, Tensor};

use super::cpu::{Locked, serves};
use crate::kernels::batch_norm::Moments;
use crate::kernels::fused::{EncoderShape, Evaluation};
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
    let Some((parameters, images)) = inputs(parameters, images)? else { return Ok(None) };
    let evaluation = evaluation()?;
    let maps = evaluation.maps(
        workspace,
        Locked::new(&parameters).values()?,
        Locked::new(&images).values()?,
    );
    let shape = (images.dim(0)?, evaluation.encoder.channels[3], height, width);
    Ok(Some(Tensor::from_vec(maps, shape, images.device())?))
}

/// The moments of the batch of `images` before each batch norm. `None` if our kernels cannot compute
/// with these tensors.
///
/// `parameters`: those of the encoder, in order.
pub(crate) fn batch_moments(
    encoder: EncoderShape,
    workspace: &Workspace,
    parameters: &[&Tensor],
    images: &Tensor,
) -> Result<Option<Vec<Moments>>> {
    let Some((parameters, images)) = inputs(parameters, images)? else { return Ok(None) };
    let (parameters, images) = (Locked::new(&parameters), Locked::new(&images));
    Ok(Some(encoder.batch_moments(workspace, parameters.values()?, images.values()?)))
}

/// All parameters in one tensor, and contiguous images; `None` if one is not f32 on the CPU.
fn inputs(parameters: &[&Tensor], images: &Tensor) -> Result<Option<(Tensor, Tensor)>> {
    if !serves([Some(images)]) || !parameters.iter().all(|p| serves([Some(p)])) {
        return Ok(None);
    }
    let parameters = parameters.iter().map(|p| p.flatten_all()).collect::<Result<Vec<_>>>()?;
    Ok(Some((Tensor::cat(&parameters, 0)?, images.contiguous()?)))
}
