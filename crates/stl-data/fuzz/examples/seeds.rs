//! Writes the first inputs of fuzzing to `seeds/`: invented data, a few kilobytes.
//!
//!     cargo run --example seeds        # in this folder; no sanitizer, no nightly

use std::{fs, path::Path, sync::Arc};

use flate2::{Compression, write::GzEncoder};
use parquet::{
    basic,
    column::writer::ColumnWriter,
    data_type::ByteArray,
    file::{properties::WriterProperties, writer::SerializedFileWriter},
    schema::parser::parse_message_type,
};
use stl_data::Label;
use stl_data_fuzz::ARCHIVE;
use tar::{Builder, EntryType, Header};

type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

fn main() -> Result<()> {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    let write = |target: &str, name: &str, bytes: &[u8]| -> Result<()> {
        fs::create_dir_all(seeds.join(target))?;
        Ok(fs::write(seeds.join(target).join(name), bytes)?)
    };

    let names: String = Label::ALL.iter().map(|label| format!("{label}\n")).collect();
    write("lists", "class_names", names.as_bytes())?;
    write("lists", "folds", format!("{}\n", ["7"; 1_000].join(" ")).repeat(10).as_bytes())?;
    write("lists", "fold", b"0 17 4999\n5000 -1\n")?;

    write("binaries", "valid", &[3, 0, 0, 255, 1, 7, 10])?;
    write("binaries", "cut_later", &[2, 0, 200, 60, 5, 5])?;
    write("binaries", "partial", &[1, 128, 0, 0, 1])?;

    let optional = "message schema {
        optional group image { optional binary bytes; optional binary path (UTF8); }
        optional int64 label;
    }";
    let required = "message schema {
        required group image { required binary bytes; }
        required int64 label;
    }";
    write("parquet", "snappy", &table(optional, basic::Compression::SNAPPY)?)?;
    write("parquet", "required", &table(required, basic::Compression::UNCOMPRESSED)?)?;

    let tar = tar()?;
    write("archive", "tar", &[&[1], &tar[..]].concat())?;
    let mut gz = GzEncoder::new(vec![0], Compression::best());
    std::io::Write::write_all(&mut gz, &tar)?;
    write("archive", "gz", &gz.finish()?)
}

/// Three rows in two row groups, the label of the last null where the schema allows it.
fn table(schema: &str, compression: basic::Compression) -> Result<Vec<u8>> {
    let schema = Arc::new(parse_message_type(schema)?);
    let properties = Arc::new(WriterProperties::builder().set_compression(compression).build());
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema.clone(), properties)?;
    for rows in [0..2_u8, 2..3] {
        let mut group = writer.next_row_group()?;
        while let Some(mut column) = group.next_column()? {
            let many = rows.len();
            match column.untyped() {
                ColumnWriter::ByteArrayColumnWriter(column) => {
                    let pngs = rows
                        .clone()
                        .map(|i| Ok(png(40 * i)?.into()))
                        .collect::<Result<Vec<ByteArray>>>()?;
                    column.write_batch(&pngs, Some(&vec![2; many]), None)?;
                }
                ColumnWriter::Int64ColumnWriter(column) => {
                    let labels: Vec<_> = rows.clone().map(i64::from).collect();
                    column.write_batch(&labels, Some(&vec![1; many]), None)?;
                }
                _ => unreachable!("the schemas above have no other column"),
            }
            column.close()?;
        }
        group.close()?;
    }
    writer.close()?;
    Ok(bytes)
}

/// A plain 96 x 96 image with a few pixels of another colour.
fn png(value: u8) -> Result<Vec<u8>> {
    let mut pixels = vec![value; 3 * 96 * 96];
    pixels[3000..3030].fill(255 - value);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 96, 96);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::High);
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(bytes)
}

fn tar() -> Result<Vec<u8>> {
    let mut tar = Builder::new(Vec::new());
    let mut append = |name: &str, kind, bytes: &[u8]| {
        let mut header = Header::new_ustar();
        header.set_path(name)?;
        header.set_entry_type(kind);
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        tar.append(&header, bytes)
    };
    append("stl10_binary/", EntryType::Directory, b"")?;
    append("pax", EntryType::XHeader, b"19 comment=harmless\n")?;
    for (name, bytes) in ARCHIVE {
        append(&format!("stl10_binary/{name}"), EntryType::Regular, bytes)?;
    }
    Ok(tar.into_inner()?)
}
