//! `fig-architecture`, drawn from the layers that the encoders and networks are made of.

use anyhow::Result;
use candle_core::{DType, Device};
use dim_models::{Alignment, Case, DeepInfoMax, LayerKind, NetworkLayer, NetworkLayerKind};
use mi_plots::theme::Role;
use mi_plots::{EncoderRow, Network, NetworkDiagram, Stage};
use stl_data::SIDE;

use super::{category, label};
use crate::settings::config::Config;

/// How many times too large differences in size are drawn.
const EXAGGERATION: f64 = 4.0;

/// The encoders of the run's cases, and the three networks that are given their maps.
pub(super) fn figure(config: &Config) -> Result<NetworkDiagram> {
    let models = config.cases.iter().map(|&case| {
        let model = config.train_config()?.model;
        Ok(DeepInfoMax::new(case, &model, config.seed, DType::F32, &Device::Cpu)?)
    });
    let models: Vec<DeepInfoMax> = models.collect::<Result<_>>()?;
    let rows = models.iter().map(row).collect::<Result<Vec<EncoderRow>>>()?;
    Ok(NetworkDiagram {
        title: "Four encoders, and the networks that train them".to_owned(),
        subtitle: format!(
            "gray images of {SIDE} × {SIDE} pixels · size and channels of each stage"
        ),
        exaggeration: Some(EXAGGERATION),
        input_label: "image".to_owned(),
        encoder_label: "encoder".to_owned(),
        given_label: "given to the networks".to_owned(),
        rows,
        networks_label: "Networks, trained with the encoder; each scores pairs of image and maps"
            .to_owned(),
        networks: models.first().map(networks).unwrap_or_default(),
        caption: format!(
            "Batch norm and ReLU follow the first three layers; the last is linear. The networks see \
             the image and the maps as channels of one input. Differences in height are drawn \
             {EXAGGERATION:.0} times too large."
        ),
    })
}

fn row(model: &DeepInfoMax) -> Result<EncoderRow> {
    let case: Case = model.case();
    let channels = model.config().channels;
    let mut stages = vec![Stage { size: SIDE, channels: 1, operation: String::new() }];
    let sizes = case.sizes(SIDE).unwrap_or([SIDE; 5]);
    for ((kind, &size), channels) in case.layers().into_iter().zip(&sizes[1..]).zip(channels) {
        stages.push(Stage { size, channels, operation: operation(kind).to_owned() });
    }
    let [maps, height, width] = model.latent_shape(SIDE, SIDE)?;
    let image = match model.config().alignment {
        _ if height == SIDE => "the image",
        Alignment::Resize => "the image resized",
        Alignment::Crop => "the centre of the image",
    };
    let of_maps = if height == sizes[4] { "" } else { "the centre of " };
    Ok(EncoderRow {
        label: label(case),
        category: category(case),
        stages,
        given: format!("{image}, and {of_maps}{maps} maps: {height} × {width}"),
    })
}

const fn operation(kind: LayerKind) -> &'static str {
    match kind {
        LayerKind::Valid => "conv 3\u{a0}×\u{a0}3",
        LayerKind::Same => "padded conv 3\u{a0}×\u{a0}3",
        LayerKind::Up => "transposed conv 3\u{a0}×\u{a0}3",
    }
}

fn networks(model: &DeepInfoMax) -> Vec<Network> {
    let layers = model.network_layers();
    let network = |name: &str, role, layers: &[NetworkLayer]| Network {
        name: name.to_owned(),
        role,
        lines: layers.iter().map(line).collect(),
    };
    vec![
        network("Local: scores each location", Role::Local, &layers.local),
        network("Global: scores each image", Role::Global, &layers.global),
        network("Prior: scores each location", Role::Prior, &layers.prior),
    ]
}

fn line(layer: &NetworkLayer) -> String {
    let NetworkLayer { kind, inputs, outputs } = *layer;
    match kind {
        NetworkLayerKind::Convolution { kernel_size: k, stride } => {
            let stride = if stride == 1 { String::new() } else { format!(", stride {stride}") };
            format!("conv {k} × {k}{stride}: {inputs} → {outputs}")
        }
        NetworkLayerKind::MeanOverSpace => "mean over space".to_owned(),
        NetworkLayerKind::Linear => format!("linear: {inputs} → {outputs}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_layers_are_those_of_the_study() {
        let figure = figure(&Config::paper()).unwrap();
        let sizes = |row: usize| figure.rows[row].stages.iter().map(|s| s.size).collect::<Vec<_>>();
        assert_eq!(sizes(0), [96, 94, 92, 90, 88]);
        assert_eq!(sizes(3), [96, 98, 100, 98, 96]);
        assert_eq!(figure.rows[1].given, "the image resized, and 32 maps: 104 × 104");
        let crop = super::figure(&Config { align: Alignment::Crop, ..Config::paper() }).unwrap();
        assert_eq!(crop.rows[0].given, "the centre of the image, and 32 maps: 88 × 88");
        assert_eq!(crop.rows[1].given, "the image, and the centre of 32 maps: 96 × 96");
        let lines: Vec<&[String]> =
            figure.networks.iter().map(|network| &network.lines[..]).collect();
        assert_eq!(lines[0], ["conv 1 × 1: 33 → 32", "conv 1 × 1: 32 → 32", "conv 1 × 1: 32 → 1"]);
        assert_eq!(
            lines[1][..2],
            ["conv 3 × 3, stride 2: 33 → 32", "conv 3 × 3, stride 2: 32 → 32"]
        );
    }
}
