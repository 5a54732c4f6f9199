//! The answer of the `thumbnails` door, honest and not.

use player::{Keys, Thumbnails};
use recording::{BlockWriter, Group, Track, TrackKind};

/// A JPEG as far as anybody looks at it here: of a size, and told apart by its last byte.
fn jpeg(width: u16, mark: u8) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xd8, 0xff, 0xc0, 0, 17, 8, 0, 108];
    bytes.extend(width.to_be_bytes());
    bytes.extend([3, mark]);
    bytes
}

fn answer(track: u16, thumbnails: &[(u64, Vec<u8>)]) -> Vec<u8> {
    let writer = BlockWriter::new();
    let mut out = Vec::new();
    let tracks = vec![Track { id: 1, kind: TrackKind::Screen }, Track { id: track, kind: TrackKind::Thumbnails }];
    writer.group(&Group { number: 3, tracks, ..Group::default() }, 0, &mut out).unwrap();
    for (time_us, jpeg) in thumbnails {
        writer.data(9, *time_us, jpeg, &mut out).unwrap();
    }
    out
}

fn marks(thumbnails: &Thumbnails, times: &[u64]) -> Vec<Option<u8>> {
    times.iter().map(|time_us| thumbnails.at(*time_us).and_then(|(_, jpeg)| jpeg.last().copied())).collect()
}

#[test]
fn each_moment_has_the_newest_thumbnail_before_it() {
    let answer = answer(9, &[(1_000, jpeg(192, 1)), (2_000, jpeg(192, 2)), (5_000, jpeg(192, 3))]);
    let thumbnails = Thumbnails::from_answer(&answer, &Keys::default());
    let expected = [1, 1, 1, 2, 2, 3, 3].map(Some);
    assert_eq!(marks(&thumbnails, &[0, 1_000, 1_999, 2_000, 4_999, 5_000, u64::MAX]), expected);
    let cut = Thumbnails::from_answer(&answer[..answer.len() - 1], &Keys::default());
    assert_eq!((cut.len(), marks(&cut, &[9_000])), (2, vec![Some(2)]), "what came whole counts");
}

#[test]
fn what_is_no_thumbnail_is_passed_over() {
    let of_another_track = answer(8, &[(1_000, jpeg(192, 1))]);
    assert!(Thumbnails::from_answer(&of_another_track, &Keys::default()).is_empty());
    assert!(Thumbnails::from_answer(b"<html>", &Keys::default()).is_empty());
    let mixed = [(1_000, jpeg(192, 1)), (2_000, jpeg(60_000, 2)), (500, jpeg(192, 3)), (3_000, b"GIF89a".to_vec())];
    let thumbnails = Thumbnails::from_answer(&answer(9, &mixed), &Keys::default());
    assert_eq!((thumbnails.len(), marks(&thumbnails, &[9_000])), (1, vec![Some(1)]));
}
