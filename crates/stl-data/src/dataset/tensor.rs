//! Gray images as a candle tensor.

use candle_core::{Device, Tensor};

use crate::{Dataset, Error, PIXELS, Result, SIDE};

impl Dataset {
    /// Reads images as [`Self::gray_into`] does, into a tensor on a device. Needs the feature
    /// `candle`.
    ///
    /// # Shapes
    /// `[indices.len(), 1, 96, 96]`, `f32` in [0, 1].
    ///
    /// # Errors
    /// As [`Self::gray_into`]; [`Error::Tensor`] when the device cannot take the values.
    pub fn gray_tensor(&self, indices: &[usize], device: &Device) -> Result<Tensor> {
        let mut gray = vec![0.0; indices.len() * PIXELS];
        self.gray_into(indices, &mut gray)?;
        Tensor::from_vec(gray, (indices.len(), 1, SIDE, SIDE), device)
            .map_err(|e| Error::Tensor(Box::new(e)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::IMAGE_BYTES;

    #[test]
    fn tensors_keep_rows_and_order() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("unlabeled_X.bin");
        let bytes: Vec<u8> = (0..2 * IMAGE_BYTES).map(|i| (i * 31 % 251) as u8).collect();
        std::fs::write(&path, bytes).unwrap();
        let data = Dataset::open(&path).unwrap();
        let tensor = data.gray_tensor(&[1, 0], &Device::Cpu).unwrap();
        assert_eq!(tensor.dims(), [2, 1, SIDE, SIDE]);
        let mut gray = vec![0.0; 2 * PIXELS];
        data.gray_into(&[1, 0], &mut gray).unwrap();
        assert_eq!(tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap(), gray);
    }
}
