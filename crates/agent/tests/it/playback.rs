//! Plays what was recorded, as far as tests look at it.

use recording::{Decoder, DocumentReader, End, Entry, Event, Gap, Header, KeptDocument, Monitor, Track, TrackKind};
use screen::pointer::PointerDecoder;

use crate::painter::Picture;

/// A recording, or a recorder's output, decoded as it comes.
#[derive(Default)]
pub struct Playback {
    decoder: Decoder,
    screen: screen::Decoder,
    pub pointer: PointerDecoder,
    tracks: Vec<Track>,
    /// Kinds of the blocks since the last group began, the group itself included.
    since_group: Vec<Seen>,
    pub header: Option<Header>,
    pub groups: Vec<u64>,
    pub gaps: Vec<Gap>,
    pub events: Vec<Event>,
    pub checkpoints: u32,
    pub pictures: u32,
    /// Layouts of the groups, and the thumbnails with their times.
    pub layouts: Vec<Vec<Monitor>>,
    pub thumbnails: Vec<(u64, Vec<u8>)>,
    /// Parts of documents, and those that an event said were kept.
    parts: DocumentReader,
    pub documents: Vec<(KeptDocument, Vec<u8>)>,
    pub end: Option<End>,
    pub end_time_us: Option<u64>,
    pub has_index: bool,
    pub has_footer: bool,
    /// Colours that are looked for in every picture, and how many pixels had one.
    looked_for: Option<fn(u32) -> bool>,
    pub found: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    Group,
    Screen,
    Pointer,
    Event,
    Thumbnail,
}

impl Playback {
    /// Plays a whole file.
    pub fn of(bytes: &[u8]) -> Self {
        let mut playback = Self::default();
        playback.push(bytes);
        playback
    }

    /// Plays a whole file and counts pixels of some colours in every picture of it.
    pub fn looking_for(bytes: &[u8], colour: fn(u32) -> bool) -> Self {
        let mut playback = Self { looked_for: Some(colour), ..Self::default() };
        playback.push(bytes);
        playback
    }

    /// Plays on.
    pub fn push(&mut self, bytes: &[u8]) {
        self.decoder.push(bytes);
        while let Some(located) = self.decoder.next().unwrap() {
            self.entry(located.entry, located.time_us);
        }
    }

    /// What the screen shows now; nothing between the beginning of a group and its key frame.
    pub fn picture(&self) -> Option<Picture> {
        let frame = self.screen.frame()?;
        Some((frame.width(), frame.height(), frame.pixels().to_vec()))
    }

    fn entry(&mut self, entry: Entry, at_us: u64) {
        match entry {
            Entry::Header(header) => self.header = Some(*header),
            Entry::Group(group) => {
                self.check_group_start();
                self.groups.push(group.number);
                self.tracks = group.tracks;
                self.layouts.push(group.monitors);
                self.screen = match group.base {
                    Some(_) => self.screen.back_at_key(),
                    None => screen::Decoder::new(),
                };
                self.pointer = PointerDecoder::new();
                self.since_group = vec![Seen::Group];
            }
            Entry::Data { track, time_us, payload, .. } => self.data(track, time_us, &payload),
            Entry::Checkpoint(_) => self.checkpoints += 1,
            Entry::Gap(gap) => self.gaps.push(gap),
            Entry::End(end) => {
                self.end_time_us = Some(at_us);
                self.check_group_start();
                self.end = Some(end);
            }
            Entry::Index => self.has_index = true,
            Entry::Footer => self.has_footer = true,
            Entry::Signer(_) => {}
            other => panic!("unexpected {other:?}"),
        }
    }

    fn data(&mut self, track: u16, time_us: u64, payload: &[u8]) {
        let kind = self.tracks.iter().find(|known| known.id == track).expect("the group declares the track").kind;
        match kind {
            TrackKind::Screen => {
                self.screen.decode(payload).unwrap();
                self.pictures += 1;
                if let (Some(colour), Some(frame)) = (self.looked_for, self.screen.frame()) {
                    self.found += frame.pixels().iter().filter(|pixel| colour(**pixel)).count() as u64;
                }
                self.since_group.push(Seen::Screen);
            }
            TrackKind::Pointer => {
                self.pointer.decode(payload).unwrap();
                self.since_group.push(Seen::Pointer);
            }
            TrackKind::Events => {
                let event = Event::from_payload(payload).unwrap();
                self.documents.extend(KeptDocument::from_event(&event).map(|kept| {
                    let document = self.parts.finish(&kept).expect("the document is whole");
                    (kept, document)
                }));
                self.events.push(event);
                self.since_group.push(Seen::Event);
            }
            TrackKind::Thumbnails => {
                self.thumbnails.push((time_us, payload.to_vec()));
                self.since_group.push(Seen::Thumbnail);
            }
            TrackKind::Documents => self.parts.take(time_us, payload),
            TrackKind::Other(other) => panic!("track of kind {other}"),
        }
    }

    /// A fresh decoder showed the pictures of every group, so its first was a key frame; the pointer comes next.
    fn check_group_start(&self) {
        if !self.since_group.is_empty() {
            assert_eq!(self.since_group[..3], [Seen::Group, Seen::Screen, Seen::Pointer]);
        }
    }
}

/// Compares pictures and says where they first differ instead of printing them.
pub fn assert_same_picture(ours: Option<Picture>, theirs: &Picture) {
    let ours = ours.expect("a picture was recorded");
    assert_eq!((ours.0, ours.1), (theirs.0, theirs.1), "size");
    if let Some(at) = ours.2.iter().zip(&theirs.2).position(|(a, b)| a != b) {
        let (x, y) = (at % ours.0 as usize, at / ours.0 as usize);
        panic!("pixel {x},{y}: recorded {:08x}, shown {:08x}", ours.2[at], theirs.2[at]);
    }
}
