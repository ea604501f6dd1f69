//! Tables as CSV (RFC 4180). Text that a spreadsheet would treat as a formula gets an apostrophe in front.

use axum::http::header;
use axum::response::{IntoResponse, Response};

/// The media type of CSV.
pub(super) const CSV: &str = "text/csv";

/// Returns an answer with a CSV table. The table has these columns and rows.
pub(super) fn answer(columns: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Response {
    let mut text = line(columns.iter().map(|column| (*column).to_owned()));
    for row in rows {
        text += &line(row);
    }
    let headers = [(header::CONTENT_TYPE, "text/csv; charset=utf-8"), (header::VARY, "accept")];
    (headers, text).into_response()
}

/// Writes a number. If it is absent, the cell is empty.
pub(super) fn number(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn line(cells: impl IntoIterator<Item = String>) -> String {
    let cells: Vec<String> = cells.into_iter().map(|cell| quoted(&cell)).collect();
    cells.join(",") + "\r\n"
}

fn quoted(cell: &str) -> String {
    let harmless = if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    let needs_quotes = !harmless.is_empty() || cell.contains([',', '"', '\r', '\n']);
    if needs_quotes { format!("\"{harmless}{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn csv_cells_are_escaped_and_cannot_start_a_formula() {
        for (cell, written) in [
            ("Shop", "Shop"),
            ("Ana, \"the\" shop", "\"Ana, \"\"the\"\" shop\""),
            ("two\nlines", "\"two\nlines\""),
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
            ("@SUM(1)", "\"'@SUM(1)\""),
            ("0.5", "0.5"),
        ] {
            assert_eq!(quoted(cell), written, "{cell}");
        }
    }
}
