//! ci
pub fn ci() -> anyhow::Result<()> {
    Ok(())
}
