//! Results that were recorded once and must stay the same, bit for bit.
//!
//! The inputs come from integers and rounded operations, so they are the same on every machine.
//! Logarithms come from the C library, and their last bit may differ between platforms. So the test
//! runs only on the platform on which the results were recorded.
#![cfg(all(target_arch = "x86_64", target_os = "linux", target_env = "gnu"))]

use mi_metrics::{
    BatchShape, BinRule, BinnedArray, Estimator, JointHistogram, Ksg, Normalization, Resampling,
    Sample, Ties, batch_mutual_information, bootstrap_interval, gaussian_mi, ksg_mi,
    linear_r_squared, permutation_null, ross_mi,
};

use crate::common::Random;

/// Each result with the FNV-1a digest of its bits.
const RECORDED: [(&str, u64); 36] = [
    ("batch, f32, 20 bins", 0x3b50aadb3ed0db24),
    ("batch, f64, 20 bins", 0x3b50aadb3ed0db24),
    ("batch, u8, 20 bins", 0xc85eea1c8ea5a6c0),
    ("batch, u8 and f32, 20 bins", 0x893d2cb867fad45a),
    ("batch, f32, 64 bins", 0x92e7b1fc0712d2a6),
    ("batch, f64, 64 bins", 0x92e7b1fc0712d2a6),
    ("batch, u8, 64 bins", 0x5d1b687518f68d0d),
    ("batch, u8 and f32, 64 bins", 0x3053206b085d3c81),
    ("batch, f32, 256 bins", 0x5dfc0594e598d8c2),
    ("batch, f64, 256 bins", 0x5dfc0594e598d8c2),
    ("batch, u8, 256 bins", 0xdae6074799a8e1fd),
    ("batch, u8 and f32, 256 bins", 0x6c0e97ec5e5908ae),
    ("plug-in, 20 bins", 0xfa4d422e9c76306b),
    ("miller-madow, 20 bins", 0xb5c1c3ca66be44b3),
    ("analytic, 20 bins", 0x4bcc64fc9513c4b0),
    ("shrinkage, 20 bins", 0xe7ea1fcf9285eeb1),
    ("jackknife, 20 bins", 0xcbab47bad1682db7),
    ("measures, 20 bins", 0xb0b426a3af5b2c9e),
    ("plug-in, 256 bins", 0x765dd984d730b711),
    ("miller-madow, 256 bins", 0xdc51f13d54cf90e4),
    ("analytic, 256 bins", 0x0e25efda8cd0c6d4),
    ("shrinkage, 256 bins", 0x4cc4a04a4e43c3fa),
    ("jackknife, 256 bins", 0x8247cded8bbd25ec),
    ("measures, 256 bins", 0x4d355ca435c69dce),
    ("binning", 0x5662c5a5b977d7bb),
    ("bin rules", 0x1e6475532a24829c),
    ("permutation null", 0x000d891f7514d4a5),
    ("bootstrap", 0xc15af16963239205),
    ("ksg-1, f64", 0xc614fcd5d548a100),
    ("ksg-1, u8 and f32, jitter", 0xd4a846a8f6cceb18),
    ("ksg-2, f64", 0x5dc0cf09539647a4),
    ("ksg-2, u8 and f32, jitter", 0x47b70e8948768a7c),
    ("gaussian, f32", 0xacdf1dc90731687e),
    ("linear, f32", 0x8b1bc417ea22c259),
    ("ross, f64", 0xf662d83130b35fe5),
    ("ross, f32, jitter", 0x46bf07ad3c221842),
];

const IMAGES: usize = 2;
const MAPS: usize = 5;
/// More than the 4,096 pixels that are counted at once.
const PIXELS: usize = 5000;

/// The FNV-1a digest of the bits of some numbers.
fn digest(values: impl IntoIterator<Item = f64>) -> u64 {
    let bytes = values.into_iter().flat_map(|value| value.to_bits().to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |digest, byte| {
        (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Images in 0 to 1, and maps with less and less information about their image; map 3 is rectified.
fn images_and_maps() -> (Vec<f64>, Vec<f64>) {
    let mut random = Random(40);
    let images: Vec<f64> = (0..IMAGES * PIXELS).map(|_| random.uniform()).collect();
    let mut maps = Vec::new();
    for image in images.chunks(PIXELS) {
        for map in 0..MAPS {
            maps.extend(image.iter().map(|v| {
                let value = v * v + 0.25 * map as f64 * random.bell();
                if map == 3 { value.max(0.0) } else { value }
            }));
        }
    }
    (images, maps)
}

fn batch<X: Sample, Y: Sample>(images: &[X], maps: &[Y], bins: usize) -> u64 {
    let shape = BatchShape { pixels: PIXELS, maps_per_image: MAPS };
    let mut mi = vec![0.0; IMAGES * MAPS];
    batch_mutual_information(images, maps, shape, bins, &mut mi).unwrap();
    digest(mi)
}

/// Every result with its digest, in the order of [`RECORDED`].
fn results() -> Vec<(String, u64)> {
    let mut results = Vec::new();
    let mut add = |name: String, digest: u64| results.push((name, digest));
    let (images, maps) = images_and_maps();
    let single = |values: &[f64]| values.iter().map(|&v| v as f32).collect::<Vec<f32>>();
    let bytes = |values: &[f64]| values.iter().map(|&v| (v * 100.0) as u8).collect::<Vec<u8>>();
    let (images_f32, maps_f32) = (single(&images), single(&maps));
    let (images_u8, maps_u8) = (bytes(&images), bytes(&maps));

    for bins in [20, 64, 256] {
        add(format!("batch, f32, {bins} bins"), batch(&images_f32, &maps_f32, bins));
        add(format!("batch, f64, {bins} bins"), batch(&images, &maps, bins));
        add(format!("batch, u8, {bins} bins"), batch(&images_u8, &maps_u8, bins));
        add(format!("batch, u8 and f32, {bins} bins"), batch(&images_u8, &maps_f32, bins));
    }

    let (x, y) = (&images[..PIXELS], &maps[PIXELS..2 * PIXELS]);
    for bins in [20, 256] {
        let joint = JointHistogram::from_slices(x, y, bins).unwrap();
        for estimator in Estimator::ALL {
            let name = format!("{}, {bins} bins", estimator.name());
            add(name, digest([joint.estimate(estimator)]));
        }
        let measures = [
            joint.entropy_x(),
            joint.entropy_y(),
            joint.joint_entropy(),
            joint.conditional_entropy_x(),
            joint.conditional_entropy_y(),
            joint.pointwise_mi(0, 0).unwrap_or_default(),
        ];
        let scales = Normalization::ALL.map(|scale| joint.normalized_mi(scale));
        add(format!("measures, {bins} bins"), digest(measures.into_iter().chain(scales)));
    }

    let binned = [
        BinnedArray::equal_mass(y, 20),
        BinnedArray::in_range(y, -9.0..=9.0, 20),
        BinnedArray::from_edges(y, &[-9.0, -0.5, 0.0, 0.1, 0.9, 9.0]),
    ];
    let entropies = binned.each_ref().map(|array| array.as_ref().unwrap().entropy());
    add("binning".to_owned(), digest(entropies));
    let bins = BinRule::ALL.map(|rule| rule.bins(y).unwrap() as f64);
    add("bin rules".to_owned(), digest(bins));

    let [x_binned, y_binned] = [x, y].map(|values| BinnedArray::new(values, 8).unwrap());
    let resampling = Resampling { replicates: 19, seed: 1 };
    let null = permutation_null(&x_binned, &y_binned, Estimator::PlugIn, resampling).unwrap();
    add("permutation null".to_owned(), digest(null.values().iter().copied().chain([null.mean])));
    let interval =
        bootstrap_interval(&x_binned, &y_binned, Estimator::Jackknife, 0.9, resampling).unwrap();
    let ends = [interval.percentile.0, interval.percentile.1, interval.standard_deviation];
    add("bootstrap".to_owned(), digest(ends));

    let (x_f32, y_f32) = (&images_f32[..PIXELS], &maps_f32[PIXELS..2 * PIXELS]);
    for variant in Ksg::ALL {
        let name = variant.name();
        let mi = ksg_mi(x, y, 3, variant, Ties::Refuse).unwrap();
        add(format!("{name}, f64"), digest([mi]));
        let mi = ksg_mi(&images_u8[..PIXELS], y_f32, 3, variant, Ties::Jitter { seed: 1 }).unwrap();
        add(format!("{name}, u8 and f32, jitter"), digest([mi]));
    }
    add("gaussian, f32".to_owned(), digest([gaussian_mi(x_f32, y_f32).unwrap()]));
    let r_squared = linear_r_squared(x_f32, &maps_f32[..MAPS * PIXELS]).unwrap();
    add("linear, f32".to_owned(), digest(r_squared));
    let labels: Vec<u8> = x.iter().map(|&v| (6.0 * v) as u8).collect();
    add("ross, f64".to_owned(), digest([ross_mi(&labels, y, 3, Ties::Refuse).unwrap()]));
    let mi = ross_mi(&labels, y_f32, 3, Ties::Jitter { seed: 1 }).unwrap();
    add("ross, f32, jitter".to_owned(), digest([mi]));
    results
}

#[test]
fn results_are_the_recorded_ones_bit_for_bit() {
    let results = results();
    let same = results.iter().map(|(name, digest)| (name.as_str(), *digest)).eq(RECORDED);
    let table: Vec<String> =
        results.iter().map(|(name, digest)| format!("    (\"{name}\", {digest:#018x}),")).collect();
    assert!(
        same,
        "MI values changed. If that is intended, record the digests below in RECORDED, list the \
         change in CHANGELOG.md under \"Changed results\", and raise the revision of the steps in \
         xtask that measure MI.\n{}",
        table.join("\n")
    );
}
