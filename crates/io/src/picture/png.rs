//! Pixels of a drawing.

use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

/// A drawing that cannot be turned into pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PngError(String);

impl std::fmt::Display for PngError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the picture cannot be drawn in pixels: {}", self.0)
    }
}

impl std::error::Error for PngError {}

/// The font that is at hand on every machine, so that pictures are the same on all.
const FAMILY: &str = "Ubuntu";

/// Draws an SVG as PNG, `scale` pixels for each of its units: 1 for screens, 3 for print.
///
/// # Errors
/// [`PngError`] where the text is no drawing, or the picture would be too large.
pub fn png(svg: &str, scale: f32) -> Result<Vec<u8>, PngError> {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(epaint_default_fonts::UBUNTU_LIGHT.to_vec());
    fonts.set_sans_serif_family(FAMILY);
    let options = Options { font_family: FAMILY.to_owned(), fontdb: Arc::new(fonts), ..Options::default() };
    let told = |error: &dyn std::fmt::Display| PngError(error.to_string());
    let tree = Tree::from_str(svg, &options).map_err(|error| told(&error))?;
    let size = tree.size().to_int_size().scale_by(scale).ok_or_else(|| told(&"it has no size"))?;
    let mut pixels = Pixmap::new(size.width(), size.height()).ok_or_else(|| told(&"it is too large"))?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| told(&error))
}
