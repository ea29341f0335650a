//! The scores of the pairs of a batch, without gradients, in f32 on the CPU.

use candle_core::{Result, Tensor};

use super::cpu::{Locked, serves};
use crate::kernels::fused::{Pairs, Scored};
use crate::kernels::memory::Workspace;

/// The scores of `z` against `aligned`. `None` if our kernels cannot compute with these tensors.
///
/// `parameters`: those of the local, then of the global network, each in order.
pub(crate) fn scores(
    pairs: Pairs,
    workspace: &Workspace,
    parameters: &[&Tensor],
    aligned: &Tensor,
    z: &Tensor,
) -> Result<Option<Scored>> {
    if !serves([Some(aligned), Some(z)]) || !parameters.iter().all(|p| serves([Some(p)])) {
        return Ok(None);
    }
    let parameters = parameters.iter().map(|p| p.flatten_all()).collect::<Result<Vec<_>>>()?;
    let parameters = Tensor::cat(&parameters, 0)?;
    let (aligned, z) = (aligned.contiguous()?, z.contiguous()?);
    Ok(Some(pairs.scores(
        workspace,
        Locked::new(&parameters).values()?,
        Locked::new(&aligned).values()?,
        Locked::new(&z).values()?,
    )))
}
