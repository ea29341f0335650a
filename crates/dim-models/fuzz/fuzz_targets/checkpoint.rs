//! A checkpoint: any input gives an error, or a model that can be saved and loaded again.

#![no_main]

use dim_models::{DType, DeepInfoMax, Device, Error, Parameter};
use dim_models_fuzz::file_of;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let path = file_of(data);
    match DeepInfoMax::load(&path, &Device::Cpu) {
        Ok(model) => {
            let of_floats = |parameter: &&Parameter| parameter.var.dtype() == DType::F32;
            for parameter in model.parameters().iter().filter(of_floats) {
                let values = parameter.var.flatten_all().and_then(|all| all.to_vec1::<f32>());
                assert!(values.unwrap().iter().all(|value| value.is_finite()));
            }
            model.save(&path).unwrap();
            DeepInfoMax::load(&path, &Device::Cpu).unwrap();
        }
        Err(Error::Format { .. }) => {}
        Err(error) => panic!("{error}"),
    }
});
