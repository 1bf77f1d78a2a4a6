//! A camera in front of the terminal: finds the QR code among the cells by
//! what each half of them shines like, and reads it.

/// What a decoder reads from a picture of these modules, true for light.
#[track_caller]
pub fn decoded(light: &[Vec<bool>]) -> String {
    read(light).expect("one readable code")
}

fn read(light: &[Vec<bool>]) -> Option<String> {
    const SCALE: usize = 6;
    let (width, height) = (light[0].len() * SCALE, light.len() * SCALE);
    let pixel = |x: usize, y: usize| if light[y / SCALE][x / SCALE] { 255 } else { 0 };
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, height, pixel);
    let grids = picture.detect_grids();
    let [grid] = grids.as_slice() else { return None };
    grid.decode().ok().map(|(_, text)| text)
}

/// A cell of a code: its two halves, true for light, and whether it is drawn in
/// blanks.
pub enum Cell {
    /// Half a cell a module.
    Halves(bool, bool),
    /// Two blanks a module.
    Blank(bool),
}

/// The modules of the code among cells, if a whole one is: row by row, true for
/// light.
pub fn modules(
    (rows, columns): (u16, u16),
    cell: impl Fn(u16, u16) -> Option<Cell>,
) -> Option<Vec<Vec<bool>>> {
    let all = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
    let cells: Vec<(u16, u16, Cell)> =
        all.filter_map(|(row, column)| Some((row, column, cell(row, column)?))).collect();
    let (top, left) = (cells.iter().map(|at| at.0).min()?, cells.iter().map(|at| at.1).min()?);
    let (bottom, right) = (cells.iter().map(|at| at.0).max()?, cells.iter().map(|at| at.1).max()?);
    let (height, width) = (usize::from(bottom - top) + 1, usize::from(right - left) + 1);
    let blanks = cells.iter().all(|at| matches!(at.2, Cell::Blank(_)));
    // A code is square: less of it is one that is being drawn still.
    let square = if blanks { width == 2 * height } else { height == width.div_ceil(2) };
    if cells.len() != height * width || !square {
        return None;
    }
    let (across, down) = if blanks { (width / 2, height) } else { (width, 2 * height) };
    let mut light = vec![vec![false; across]; down];
    for (row, column, cell) in cells {
        let (x, y) = (usize::from(column - left), usize::from(row - top));
        match cell {
            Cell::Halves(upper, lower) => {
                (light[2 * y][x], light[2 * y + 1][x]) = (upper, lower);
            }
            Cell::Blank(white) => light[y][x / 2] = white,
        }
    }
    Some(light)
}

/// What a cell of a code shows: its symbol, and whether its paper is white.
pub fn shows(symbol: &str, white: bool) -> Cell {
    match (symbol, white) {
        ("█", false) => Cell::Halves(true, true),
        ("▀", false) => Cell::Halves(true, false),
        ("▄", false) => Cell::Halves(false, true),
        (_, white) => Cell::Blank(white),
    }
}

/// The modules of the code on the screen, if one that can be read is: another
/// is being drawn still, over what stood there.
pub fn on_screen(screen: &vt100::Screen) -> Option<Vec<Vec<bool>>> {
    let (rows, columns) = screen.size();
    modules((rows.get(), columns.get()), |row, column| {
        let cell = screen.cell(row, column)?;
        let white = match cell.bgcolor() {
            vt100::Color::Idx(16) => false,
            vt100::Color::Idx(231) => true,
            _ => return None,
        };
        // Black of either form: blanks that are black say both halves are.
        Some(match (cell.contents(), white, cell.fgcolor()) {
            ("" | " ", false, vt100::Color::Idx(231)) => Cell::Halves(false, false),
            (symbol, white, _) => shows(symbol, white),
        })
    })
    .filter(|light| read(light).is_some())
}
