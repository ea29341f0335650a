//! The losses of a training step as one candle operation, in f32 on the CPU.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};

use super::cpu::{Locked, serves};
use crate::kernels::batch_norm::Moments;
use crate::kernels::fused::{Batch, Forward, Networks};
use crate::kernels::memory::Workspace;

/// The losses are computed already; this adds their gradient to candle's tape.
struct Losses {
    networks: Networks,
    workspace: Workspace,
    images: Tensor,
    aligned: Tensor,
    noise: Tensor,
    done: Arc<Forward>,
}

/// Losses `[4]` in the order of [`Forward::losses`], differentiable in
/// `parameters`, and the moments of the encoder's batch norms. `None` if our kernels cannot compute
/// with these tensors.
///
/// `parameters`: those of the encoder, then of the local, global and prior network, each in order.
pub(crate) fn losses(
    networks: Networks,
    workspace: &Workspace,
    parameters: &[&Tensor],
    images: &Tensor,
    aligned: &Tensor,
    noise: &Tensor,
) -> Result<Option<(Tensor, Vec<Moments>)>> {
    let inputs = [Some(images), Some(aligned), Some(noise)];
    if !serves(inputs) || !parameters.iter().all(|p| serves([Some(p)])) {
        return Ok(None);
    }
    // There is no gradient of these here. If they are tracked, the layers have to compute it.
    if [images, aligned, noise].iter().any(|t| t.track_op()) {
        return Ok(None);
    }
    let (batch, _, height, width) = aligned.dims4()?;
    let wanted = [batch, networks.encoder.channels[3], height, width];
    if noise.dims() != wanted {
        bail!("noise has shape {:?}; expected {wanted:?}", noise.shape());
    }
    if batch == 0 || networks.negatives == 0 {
        bail!(
            "{batch} images with {} negatives each: expected at least 1 of both",
            networks.negatives
        );
    }
    let parameters = parameters.iter().map(|p| p.flatten_all()).collect::<Result<Vec<_>>>()?;
    let parameters = Tensor::cat(&parameters, 0)?;
    let (images, aligned, noise) =
        (images.contiguous()?, aligned.contiguous()?, noise.contiguous()?);
    let done = networks.forward(
        workspace,
        Locked::new(&parameters).values()?,
        &Batch {
            images: Locked::new(&images).values()?,
            aligned: Locked::new(&aligned).values()?,
            noise: Locked::new(&noise).values()?,
        },
    );
    let moments = done.moments().cloned().collect();
    let op = Losses {
        networks,
        workspace: workspace.clone(),
        images,
        aligned,
        noise,
        done: Arc::new(done),
    };
    Ok(Some((parameters.apply_op1(op)?, moments)))
}

impl CustomOp1 for Losses {
    fn name(&self) -> &'static str {
        "deep infomax losses"
    }

    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout) -> Result<(CpuStorage, Shape)> {
        let losses = self.done.losses.to_vec();
        let shape = Shape::from(losses.len());
        Ok((CpuStorage::F32(losses), shape))
    }

    fn bwd(&self, parameters: &Tensor, _: &Tensor, by: &Tensor) -> Result<Option<Tensor>> {
        let by = by.contiguous()?;
        let by = Locked::new(&by);
        let &[local, global, prior, network] = by.values()? else {
            bail!("a gradient of four losses is needed");
        };
        let grads = self.networks.backward(
            &self.workspace,
            Locked::new(parameters).values()?,
            &Batch {
                images: Locked::new(&self.images).values()?,
                aligned: Locked::new(&self.aligned).values()?,
                noise: Locked::new(&self.noise).values()?,
            },
            &self.done,
            [local, global, prior, network],
        );
        Ok(Some(Tensor::from_vec(grads, parameters.shape(), parameters.device())?))
    }
}
