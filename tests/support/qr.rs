//! A camera in front of the terminal: finds the QR code among the cells by
//! what each half of them shines like, and reads it.

/// What a decoder reads from a picture of these modules, true for light.
#[track_caller]
pub fn decoded(light: &[Vec<bool>]) -> String {
    const SCALE: usize = 6;
    let (width, height) = (light[0].len() * SCALE, light.len() * SCALE);
    let pixel = |x: usize, y: usize| if light[y / SCALE][x / SCALE] { 255 } else { 0 };
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, height, pixel);
    let grids = picture.detect_grids();
    assert_eq!(grids.len(), 1, "one code is seen");
    grids[0].decode().expect("readable").1
}

/// The modules of the code on the screen, if a whole one is.
pub fn on_screen(screen: &vt100::Screen) -> Option<Vec<Vec<bool>>> {
    let (rows, columns) = screen.size();
    let (rows, columns) = (rows.get(), columns.get());
    let all = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
    let dark = |at: &(u16, u16)| {
        let cell = screen.cell(at.0, at.1);
        cell.is_some_and(|cell| cell.bgcolor() == vt100::Color::Idx(16))
    };
    let cells: Vec<(u16, u16)> = all.filter(dark).collect();
    let (top, left) = (cells.iter().map(|at| at.0).min()?, cells.iter().map(|at| at.1).min()?);
    let (bottom, right) = (cells.iter().map(|at| at.0).max()?, cells.iter().map(|at| at.1).max()?);
    let (height, width) = (usize::from(bottom - top) + 1, usize::from(right - left) + 1);
    // A code is square: less of it is one that is being drawn still.
    if cells.len() != height * width || height != width.div_ceil(2) {
        return None;
    }
    let mut light = vec![vec![false; width]; 2 * height];
    for (row, column) in cells {
        let halves = match screen.cell(row, column)?.contents() {
            "█" => (true, true),
            "▀" => (true, false),
            "▄" => (false, true),
            _ => (false, false),
        };
        let (x, y) = (usize::from(column - left), 2 * usize::from(row - top));
        (light[y][x], light[y + 1][x]) = halves;
    }
    Some(light)
}
