//! Reads the codec and the duration of the audio from an OGG file (RFC 3533) with Opus (RFC 7845), and nothing
//! else.

use std::io::{self, Read, Seek, SeekFrom};

/// Opus always counts 48,000 samples per second, even if the recording has another sample rate.
const SAMPLES: u64 = 48_000;
/// The maximum size of a page. So the last page of a file begins at most this far from its end.
const LONGEST_PAGE: u64 = 65_307;

/// What the file contains about its audio: the codec and the duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sound {
    pub(super) is_opus: bool,
    pub(super) seconds: Option<u32>,
}

/// Reads the beginning and the end of a file. Returns `None` if the file is not OGG.
pub(super) fn sound(file: &mut (impl Read + Seek), size: u64) -> io::Result<Option<Sound>> {
    let mut head = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(512).read_to_end(&mut head)?;
    if !head.starts_with(b"OggS") {
        return Ok(None);
    }
    let opus = head.windows(8).position(|window| window == b"OpusHead");
    let Some(opus) = opus else { return Ok(Some(Sound { is_opus: false, seconds: None })) };
    let skipped = head.get(opus + 10..opus + 12).map_or(0, |bytes| u16::from_le_bytes([bytes[0], bytes[1]]));
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(size.saturating_sub(LONGEST_PAGE)))?;
    file.take(LONGEST_PAGE).read_to_end(&mut tail)?;
    let last = tail.windows(4).rposition(|window| window == b"OggS");
    let samples = last.and_then(|last| tail.get(last + 6..last + 14)).and_then(|bytes| bytes.try_into().ok());
    let samples = samples.map(u64::from_le_bytes).filter(|samples| *samples != u64::MAX);
    let seconds = samples.map(|samples| samples.saturating_sub(skipped.into()).div_ceil(SAMPLES));
    Ok(Some(Sound { is_opus: true, seconds: seconds.and_then(|seconds| u32::try_from(seconds).ok()) }))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn page(granule: u64, content: &[u8]) -> Vec<u8> {
        let mut page = b"OggS\0\x02".to_vec();
        page.extend(granule.to_le_bytes());
        page.extend([0; 12]);
        page.push(1);
        page.push(content.len() as u8);
        page.extend(content);
        page
    }

    #[test]
    fn the_length_is_read_from_opus_audio_but_not_from_other_audio() {
        let mut head = b"OpusHead\x01\x01".to_vec();
        head.extend(312_u16.to_le_bytes());
        head.extend([0; 7]);
        let mut file = page(0, &head);
        file.extend(page(48_000 * 3 + 312, b"sound"));
        let size = file.len() as u64;
        let heard = sound(&mut Cursor::new(file), size).unwrap();
        assert_eq!(heard, Some(Sound { is_opus: true, seconds: Some(3) }));
        let vorbis = page(0, b"\x01vorbis");
        let size = vorbis.len() as u64;
        assert_eq!(
            sound(&mut Cursor::new(vorbis), size).unwrap(),
            Some(Sound { is_opus: false, seconds: None })
        );
        assert_eq!(sound(&mut Cursor::new(b"RIFF"), 4).unwrap(), None);
        assert!(sound(&mut Cursor::new(b"OggSOpusHead"), 12).unwrap().unwrap().is_opus);
    }
}
