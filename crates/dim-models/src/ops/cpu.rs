//! Which tensors our kernels compute with, and their values as slices.

use candle_core::{CpuStorage, DType, Layout, Result, Storage, StorageRef, Tensor, bail};

/// Whether our kernels can compute with these tensors: every one given is in f32 on the CPU.
pub(super) fn serves<const N: usize>(tensors: [Option<&Tensor>; N]) -> bool {
    tensors.iter().flatten().all(|t| t.device().is_cpu() && t.dtype() == DType::F32)
}

/// The values of a contiguous storage, in order.
pub(super) fn values<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(values), Some((from, to))) => Ok(&values[from..to]),
        _ => bail!(
            "a contiguous f32 tensor is needed, not {:?} {:?}",
            storage_dtype(storage),
            layout.stride()
        ),
    }
}

fn storage_dtype(storage: &CpuStorage) -> DType {
    use candle_core::backend::BackendStorage;
    storage.dtype()
}

/// The memory of a tensor, locked for reading.
pub(super) struct Locked<'a> {
    storage: StorageRef<'a>,
    layout: &'a Layout,
}

impl<'a> Locked<'a> {
    pub(super) fn new(tensor: &'a Tensor) -> Self {
        let (storage, layout) = tensor.storage_and_layout();
        Self { storage, layout }
    }

    pub(super) fn values(&self) -> Result<&[f32]> {
        match &*self.storage {
            Storage::Cpu(storage) => values(storage, self.layout),
            _ => bail!("a tensor on the CPU is needed"),
        }
    }
}
