//! The encoder in evaluation mode as one operation on the CPU.

use candle_core::{Result, Tensor};

use super::cpu::{Locked, serves};
use crate::kernels::fused::Evaluation;
use crate::kernels::memory::Workspace;

/// The maps of `images`, a constant. `None` where the kernels do not serve these tensors.
///
/// `parameters`: the encoder's, in their order; last the height and width of the maps. `evaluation`, which
/// may have to fetch statistics from a device, is asked for only where it is used.
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
