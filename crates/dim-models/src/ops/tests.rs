use candle_core::{DType, Device, Tensor, Var};

use super::*;

const EPS: f64 = 1e-5;

fn values(shape: &[usize], seed: u32) -> Tensor {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12_345);
    let n = shape.iter().product();
    let data: Vec<f64> = (0..n)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 8) / 8_388_608.0 - 1.0
        })
        .collect();
    Tensor::from_vec(data, shape, &Device::Cpu).unwrap()
}

/// The output of `f` in `dtype`, and the gradients of its product with a fixed tensor. A transpose
/// in between makes the incoming gradient non-contiguous.
fn run(dtype: DType, inputs: &[Tensor], f: impl Fn(&[Tensor]) -> Result<Tensor>) -> Vec<Vec<f64>> {
    let vars: Vec<Var> =
        inputs.iter().map(|t| Var::from_tensor(&t.to_dtype(dtype).unwrap()).unwrap()).collect();
    let tensors: Vec<Tensor> = vars.iter().map(|v| v.as_tensor().clone()).collect();
    let y = f(&tensors).unwrap();
    let turned = y.transpose(2, 3).unwrap();
    let by = values(turned.dims(), 99).to_dtype(dtype).unwrap();
    let grads = (turned * by).unwrap().sum_all().unwrap().backward().unwrap();
    let flat = |t: &Tensor| {
        t.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1::<f64>().unwrap()
    };
    let mut all = vec![flat(&y)];
    all.extend(tensors.iter().map(|t| flat(grads.get(t).unwrap())));
    all
}

fn assert_close(what: &str, got: &[Vec<f64>], want: &[Vec<f64>], tolerance: f64) {
    assert_eq!(got.len(), want.len());
    for (part, (got, want)) in got.iter().zip(want).enumerate() {
        assert_eq!(got.len(), want.len(), "{what}, part {part}: length");
        for (i, (got, want)) in got.iter().zip(want).enumerate() {
            let limit = tolerance * want.abs().max(1.0);
            assert!((got - want).abs() <= limit, "{what}, part {part}[{i}]: {got}, not {want}");
        }
    }
}

/// For f32 sums of a few hundred terms below 1.
const F32: f64 = 2e-5;
/// For f64 sums in another order.
const F64: f64 = 1e-12;

#[test]
fn conv2d_and_its_gradients_are_candles() {
    for (k, padding, stride) in
        [(1, 0, 1), (3, 0, 1), (3, 1, 1), (3, 2, 1), (3, 0, 2), (3, 1, 2), (5, 1, 1)]
    {
        for ((c_in, c_out), (h, w)) in
            [((1, 4), (8, 8)), ((3, 5), (7, 9)), ((5, 3), (11, 7)), ((33, 4), (9, 5))]
        {
            // candle's own gradient is an error if height and width leave different remainders.
            assert_eq!(h % 2, w % 2);
            let inputs =
                [values(&[3, c_in, h, w], 1), values(&[c_out, c_in, k, k], 2), values(&[c_out], 3)];
            let candle = run(DType::F64, &inputs, |t| {
                t[0].conv2d(&t[1], padding, stride, 1, 1)?
                    .broadcast_add(&t[2].reshape((1, c_out, 1, 1))?)
            });
            let ours = |t: &[Tensor]| conv2d(&t[0], &t[1], Some(&t[2]), padding, stride);
            let what = format!("k {k} p {padding} s {stride}, {c_in} to {c_out}, {h}x{w}");
            assert_close(&what, &run(DType::F32, &inputs, ours), &candle, F32);
            assert_close(&what, &run(DType::F64, &inputs, ours), &candle, F64);
        }
    }
}

#[test]
fn conv_transpose2d_and_its_gradients_are_candles() {
    for k in [1, 3, 2] {
        for ((c_in, c_out), (h, w)) in [((1, 4), (8, 8)), ((3, 5), (1, 9)), ((5, 3), (6, 1))] {
            let inputs =
                [values(&[3, c_in, h, w], 1), values(&[c_in, c_out, k, k], 2), values(&[c_out], 3)];
            let candle = run(DType::F64, &inputs, |t| {
                t[0].conv_transpose2d(&t[1], 0, 0, 1, 1)?
                    .broadcast_add(&t[2].reshape((1, c_out, 1, 1))?)
            });
            let ours = |t: &[Tensor]| conv_transpose2d(&t[0], &t[1], Some(&t[2]));
            let what = format!("k {k}, {c_in} to {c_out}, {h}x{w}");
            assert_close(&what, &run(DType::F32, &inputs, ours), &candle, F32);
            assert_close(&what, &run(DType::F64, &inputs, ours), &candle, F64);
        }
    }
}

#[test]
fn stride_2_gradients_agree_if_height_and_width_leave_different_remainders() {
    for (h, w) in [(8, 9), (9, 8), (24, 25), (3, 4)] {
        for padding in [0, 1] {
            let inputs = [values(&[2, 3, h, w], 1), values(&[4, 3, 3, 3], 2)];
            // Stride 2 is stride 1 with every other row and column dropped.
            let even = |t: Tensor, dim: usize| {
                let keep: Vec<u32> = (0..t.dim(dim)? as u32).step_by(2).collect();
                t.index_select(&Tensor::new(keep, &Device::Cpu)?, dim)
            };
            let want = run(DType::F64, &inputs, |t| {
                even(even(t[0].conv2d(&t[1], padding, 1, 1, 1)?, 2)?, 3)
            });
            let ours = |t: &[Tensor]| conv2d(&t[0], &t[1], None, padding, 2);
            let what = format!("{h}x{w} padding {padding}");
            assert_close(&what, &run(DType::F32, &inputs, ours), &want, F32);
            assert_close(&what, &run(DType::F64, &inputs, ours), &want, F64);
        }
    }
}

#[test]
fn a_sliced_kernel_and_a_transposed_image_are_read_in_order() {
    let inputs = [values(&[2, 3, 6, 7], 1), values(&[4, 5, 3, 3], 2)];
    let by = |conv: fn(&Tensor, &Tensor) -> Result<Tensor>| {
        move |t: &[Tensor]| conv(&t[0].transpose(2, 3)?, &t[1].narrow(1, 2, 3)?)
    };
    let candle = by(|x, w| x.contiguous()?.conv2d(&w.contiguous()?, 1, 1, 1, 1));
    let ours = by(|x, w| conv2d(x, w, None, 1, 1));
    let want = run(DType::F64, &inputs, candle);
    assert_close("f32", &run(DType::F32, &inputs, ours), &want, F32);
    assert_close("f64", &run(DType::F64, &inputs, ours), &want, F64);
}

#[test]
fn batch_norm_in_training_is_its_definition() {
    for (batch, channels, h, w) in [(3, 4, 5, 7), (1, 1, 6, 6), (2, 3, 24, 25)] {
        let inputs =
            [values(&[batch, channels, h, w], 1), values(&[channels], 2), values(&[channels], 3)];
        let ours =
            |t: &[Tensor]| batch_norm_relu_train(&t[0], &t[1], &t[2], EPS).map(|(y, _, _)| y);
        let want = run(DType::F64, &inputs, |t| {
            by_candle::batch_norm_relu_train(&t[0], &t[1], &t[2], EPS).map(|(y, _, _)| y)
        });
        assert_close("training", &run(DType::F32, &inputs, ours), &want, F32);
        let t = inputs.each_ref().map(|t| t.to_dtype(DType::F32).unwrap());
        let (_, mean, var) = batch_norm_relu_train(&t[0], &t[1], &t[2], EPS).unwrap();
        let (_, want_mean, want_var) =
            batch_norm_relu_train(&inputs[0], &inputs[1], &inputs[2], EPS).unwrap();
        for (got, want) in [(mean, want_mean), (var, want_var)] {
            assert!(!got.track_op() && got.dims() == [channels]);
            let got: Vec<f64> = got.to_dtype(DType::F64).unwrap().to_vec1().unwrap();
            assert_close("moments", &[got], &[want.to_vec1().unwrap()], 1e-6);
        }
    }
}

#[test]
fn batch_norm_in_evaluation_is_its_definition() {
    let inputs = [values(&[3, 4, 5, 7], 1), values(&[4], 2), values(&[4], 3)];
    let (mean, var) = (values(&[4], 4), values(&[4], 5).sqr().unwrap());
    let eval = |t: &[Tensor]| {
        let [mean, var] = [&mean, &var].map(|s| s.to_dtype(t[0].dtype()).unwrap());
        batch_norm_relu_eval(&t[0], &t[1], &t[2], &mean, &var, EPS)
    };
    let want = run(DType::F64, &inputs, eval);
    assert_close("evaluation", &run(DType::F32, &inputs, eval), &want, 1e-4);
}

#[test]
fn gradients_that_are_not_needed_are_not_computed() {
    for dtype in [DType::F32, DType::F64] {
        let t = |shape: &[usize], seed| values(shape, seed).to_dtype(dtype).unwrap();
        let (image, weight) =
            (t(&[2, 1, 6, 6], 1), Var::from_tensor(&t(&[4, 1, 3, 3], 2)).unwrap());
        let grads =
            conv2d(&image, &weight, None, 1, 1).unwrap().sum_all().unwrap().backward().unwrap();
        assert!(grads.get(&image).is_none() && grads.get(&weight).is_some(), "{dtype:?}");

        let (x, frozen) = (Var::from_tensor(&image).unwrap(), weight.detach());
        let grads = conv2d(&x, &frozen, None, 1, 1).unwrap().sum_all().unwrap().backward().unwrap();
        assert!(grads.get(&x).is_some() && grads.get(&frozen).is_none(), "{dtype:?}");
    }
}

#[test]
fn mismatched_sizes_are_errors() {
    let t = |shape: &[usize]| values(shape, 1).to_dtype(DType::F32).unwrap();
    let (x, w) = (t(&[1, 3, 4, 4]), t(&[2, 3, 3, 3]));
    assert!(conv2d(&x, &t(&[2, 4, 3, 3]), None, 1, 1).is_err());
    assert!(conv2d(&x, &w, Some(&t(&[3])), 1, 1).is_err());
    assert!(conv2d(&t(&[1, 3, 2, 2]), &w, None, 0, 1).is_err());
    assert!(conv2d(&t(&[3, 4, 4]), &w, None, 1, 1).is_err());
    assert!(conv2d(&t(&[1, 3, 0, 4]), &w, None, 2, 1).is_err());
    assert!(conv_transpose2d(&t(&[1, 2, 4, 0]), &w, None).is_err());
    assert!(batch_norm_relu_train(&x, &t(&[2]), &t(&[3]), EPS).is_err());
    assert!(batch_norm_relu_train(&t(&[0, 3, 4, 4]), &t(&[3]), &t(&[3]), EPS).is_err());
}
