//! Reads the duration of a film and the size of its picture from an MP4 file (ISO 14496-12), and nothing else.

use std::io::{self, Read, Seek, SeekFrom};

/// The maximum number of boxes that are read. A file with more boxes is not a valid film.
const MOST_BOXES: u32 = 1_000;
/// The maximum number of bytes of a box's content that are read.
const CONTENT: u64 = 128;

/// The values in the headers of a film.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Film {
    pub(super) seconds: Option<u32>,
    pub(super) width: Option<u32>,
    pub(super) height: Option<u32>,
}

/// Reads the boxes of a file that has `size` bytes. Values that the file does not contain stay empty.
pub(super) fn film(file: &mut (impl Read + Seek), size: u64) -> io::Result<Film> {
    let mut film = Film::default();
    // The ranges of the file that contain boxes and are not read yet.
    let mut open = vec![(0, size)];
    let mut left = MOST_BOXES;
    while let Some((mut at, end)) = open.pop() {
        while at + 8 <= end && left > 0 {
            left -= 1;
            let Some((kind, content, next)) = head(file, at, end)? else { break };
            match &kind {
                b"moov" | b"trak" => open.push((content, next)),
                b"mvhd" => film.seconds = seconds(&body(file, content, next)?),
                b"tkhd" => {
                    if let Some((width, height)) = dimensions(&body(file, content, next)?) {
                        (film.width, film.height) = (Some(width), Some(height));
                    }
                }
                _ => {}
            }
            at = next;
        }
    }
    Ok(film)
}

/// Reads the head of a box: its type, where its content begins, and where the box ends.
fn head(file: &mut (impl Read + Seek), at: u64, end: u64) -> io::Result<Option<([u8; 4], u64, u64)>> {
    let head = body(file, at, (at + 16).min(end))?;
    let Some(short) = number(&head, 0) else { return Ok(None) };
    let Some(kind) = head.get(4..8).and_then(|kind| kind.try_into().ok()) else { return Ok(None) };
    let (header, length) = match short {
        0 => (8, end - at),
        1 => {
            let Some(long) = head.get(8..16).and_then(|long| long.try_into().ok()) else { return Ok(None) };
            (16, u64::from_be_bytes(long))
        }
        length => (8, length.into()),
    };
    let next = at.checked_add(length).filter(|next| *next <= end && length >= header);
    Ok(next.map(|next| (kind, at + header, next)))
}

fn body(file: &mut (impl Read + Seek), from: u64, to: u64) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    file.seek(SeekFrom::Start(from))?;
    file.take((to - from).min(CONTENT)).read_to_end(&mut body)?;
    Ok(body)
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes)
}

/// The duration in seconds from the film's header.
fn seconds(header: &[u8]) -> Option<u32> {
    let (scale, duration) = match header.first()? {
        1 => {
            let long: [u8; 8] = header.get(24..32)?.try_into().ok()?;
            (number(header, 20)?, u64::from_be_bytes(long))
        }
        _ => (number(header, 12)?, number(header, 16)?.into()),
    };
    let seconds = duration.checked_add(u64::from(scale) / 2)?.checked_div(scale.into())?;
    u32::try_from(seconds).ok()
}

/// The size of a track's picture, or `None` for an audio track.
fn dimensions(header: &[u8]) -> Option<(u32, u32)> {
    let at = if *header.first()? == 1 { 88 } else { 76 };
    let (width, height) = (number(header, at)? >> 16, number(header, at + 4)? >> 16);
    (width > 0 && height > 0).then_some((width, height))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let mut bytes = (content.len() as u32 + 8).to_be_bytes().to_vec();
        bytes.extend(kind);
        bytes.extend(content);
        bytes
    }

    #[test]
    fn the_length_and_size_of_a_film_are_found_even_at_the_end_of_the_file() {
        let mut movie = vec![0; 12];
        movie.extend(1_000_u32.to_be_bytes());
        movie.extend(12_345_u32.to_be_bytes());
        let mut track = vec![0; 76];
        track.extend((640_u32 << 16).to_be_bytes());
        track.extend((360_u32 << 16).to_be_bytes());
        let inside = [boxed(b"mvhd", &movie), boxed(b"trak", &boxed(b"tkhd", &track))].concat();
        let file = [boxed(b"ftyp", b"isom"), boxed(b"mdat", &[7; 500]), boxed(b"moov", &inside)].concat();
        let size = file.len() as u64;
        let seen = film(&mut Cursor::new(&file), size).unwrap();
        assert_eq!(seen, Film { seconds: Some(12), width: Some(640), height: Some(360) });
        for length in 0..file.len() {
            film(&mut Cursor::new(&file[..length]), length as u64).unwrap();
        }
        let endless = boxed(b"moov", &[0; 8]);
        film(&mut Cursor::new(&endless), endless.len() as u64).unwrap();
    }
}
