//! A session's recordings as one archive, with receipts and words on how to check them.

use std::ops::Range;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use catalogue::Recording;
use futures_util::{Stream, stream};
use recording::RecordingId;

use super::Id;
use super::data::{Asked, asked_range, nothing_there};
use super::recordings::find;
use crate::app::App;
use crate::authorise::Viewer;
use crate::bundle::{self, Content, Packer, Part};
use crate::failure::Failure;

/// Recordings of one session that go into a bundle, at most.
const MOST_RECORDINGS: usize = 1_000;

/// Reads a recording, and the others of its session, as one archive.
///
/// # Errors
/// There is no such recording, the person may not see it, no byte of the range exists, or storage cannot be read.
pub async fn read(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    id: Id,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let asked_for = find(&app, &viewer, id.recording()?).await?;
    let session = session(&app, &viewer, asked_for.clone()).await?;
    // Every part of an archive is logged, however small: a range is no way around it.
    for recording in &session {
        let detail = format!("{} on {}", recording.user, recording.machine);
        app.catalogue.log_administrator(&viewer.action("download", recording.id.to_string(), detail)).await?;
    }
    let turn = Arc::clone(&app.scans).acquire_owned().await.map_err(|error| Failure::internal(&error))?;
    let packing = Arc::clone(&app);
    let packed = tokio::task::spawn_blocking(move || {
        let parts = parts(&packing, &session)?;
        let length = bundle::length(&parts).map_err(|error| Failure::internal(&error))?;
        drop(turn);
        Ok::<_, Failure>((parts, length))
    });
    let (parts, length) = packed.await.map_err(|error| Failure::internal(&error))??;
    let tag = HeaderValue::try_from(bundle::tag(&parts)).map_err(|error| Failure::internal(&error))?;
    let range = match wanted(headers, &tag, length) {
        Asked::Whole => None,
        Asked::Part(range) => Some(range),
        Asked::Nothing => return Ok(nothing_there(length)),
    };
    answer(app, parts, (range, length), tag, &format!("kinescope-{}.zip", asked_for.id))
}

/// A client that goes on names the archive that it has the beginning of; of another one it gets all.
fn wanted(mut headers: HeaderMap, tag: &HeaderValue, length: u64) -> Asked {
    if headers.get(header::IF_RANGE) == Some(tag) {
        headers.remove(header::IF_RANGE);
    }
    asked_range(&headers, length)
}

fn answer(
    app: Arc<App>,
    parts: Vec<Part>,
    (range, length): (Option<Range<u64>>, u64),
    tag: HeaderValue,
    name: &str,
) -> Result<Response, Failure> {
    let bytes = range.clone().unwrap_or(0..length);
    let mut response = Body::from_stream(pieces(app, parts, bytes.clone())).into_response();
    if let Some(range) = range {
        let stated = format!("bytes {}-{}/{length}", range.start, range.end - 1);
        let stated = HeaderValue::try_from(stated).map_err(|error| Failure::internal(&error))?;
        response.headers_mut().insert(header::CONTENT_RANGE, stated);
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.end - bytes.start));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::ETAG, tag);
    let attachment = HeaderValue::try_from(format!("attachment; filename=\"{name}\""));
    headers.insert(header::CONTENT_DISPOSITION, attachment.map_err(|error| Failure::internal(&error))?);
    Ok(response)
}

/// The archive's bytes within a range. What lies before it is packed and passed over: checksums need it.
fn pieces(app: Arc<App>, parts: Vec<Part>, range: Range<u64>) -> impl Stream<Item = std::io::Result<Bytes>> {
    stream::try_unfold((Packer::new(parts), 0, range), move |(mut packer, at, range)| {
        let app = Arc::clone(&app);
        async move {
            if at >= range.end {
                return Ok(None);
            }
            let (packer, packed) = tokio::task::spawn_blocking(move || {
                let packed = packer.next();
                (packer, packed)
            })
            .await?;
            let packed = packed?.ok_or_else(|| std::io::Error::other("the archive became shorter"))?;
            let end = at + packed.len() as u64;
            let (from, to) = (range.start.clamp(at, end) - at, range.end.clamp(at, end) - at);
            let (from, to) = (usize::try_from(from).unwrap_or(0), usize::try_from(to).unwrap_or(0));
            let piece = Bytes::from(packed).slice(from..to);
            app.metrics.played_bytes.increment(piece.len() as u64);
            Ok(Some((piece, (packer, end, range))))
        }
    })
}

/// The recordings of a session in their order, as far as the person may see them.
pub(super) async fn session(app: &Arc<App>, viewer: &Viewer, asked_for: Recording) -> Result<Vec<Recording>, Failure> {
    let (earlier, later) = neighbours(app, asked_for.id).await?;
    let mut session = vec![asked_for];
    let (mut back, mut on) = (earlier, later);
    while let Some(id) = back.take().filter(|id| is_new(&session, *id)) {
        let Some(recording) = app.catalogue.visible_recording(id, &viewer.visibility()).await? else { break };
        back = neighbours(app, id).await?.0;
        session.insert(0, recording);
    }
    while let Some(id) = on.take().filter(|id| is_new(&session, *id)) {
        let Some(recording) = app.catalogue.visible_recording(id, &viewer.visibility()).await? else { break };
        on = neighbours(app, id).await?.1;
        session.push(recording);
    }
    Ok(session)
}

/// What recordings say of each other comes from machines: it may lead round in a circle.
fn is_new(session: &[Recording], id: RecordingId) -> bool {
    session.len() < MOST_RECORDINGS && session.iter().all(|known| known.id != id)
}

/// Which recording one goes on from, and which goes on with it, as it says.
async fn neighbours(app: &Arc<App>, id: RecordingId) -> Result<(Option<RecordingId>, Option<RecordingId>), Failure> {
    let turn = Arc::clone(&app.scans).acquire_owned().await.map_err(|error| Failure::internal(&error))?;
    let store = app.store.clone();
    let surveyed = tokio::task::spawn_blocking(move || {
        let survey = store.survey(id);
        drop(turn);
        survey
    });
    let survey = surveyed.await.map_err(|error| Failure::internal(&error))??;
    let earlier = survey.header().and_then(|header| header.follows.as_ref()).map(|follows| follows.recording);
    let later = survey.index().end.as_ref().and_then(|end| end.successor);
    Ok((earlier, later))
}

/// What goes into the archive: words first, for whoever looks in.
fn parts(app: &App, session: &[Recording]) -> Result<Vec<Part>, Failure> {
    let readme = readme(session, &app.receipt_public_key.to_string());
    let mut parts = vec![Part { name: "README.txt".to_owned(), content: Content::Text(readme) }];
    for recording in session {
        let reader = app.store.reader(recording.id)?;
        let length = reader.length();
        parts.push(Part { name: format!("{}.kin", recording.id), content: Content::Stored(reader, length) });
        if let Some(reader) = app.store.evidence_reader(recording.id)? {
            let length = reader.length();
            parts.push(Part { name: format!("{}.kev", recording.id), content: Content::Stored(reader, length) });
        }
    }
    Ok(parts)
}

/// The words. Nothing that changes with time but what the recordings do: a download that goes on must find the same.
fn readme(session: &[Recording], server_key: &str) -> String {
    let mut text = String::from(
        "A recorded session, with what speaks for it.\r\n\r\n  .kin  a recording; `kinescope play FILE` shows it\r\n  .kev  \
         the server's receipts for it\r\n\r\nWhether this is what was recorded and stored is said, without the server, by\r\n\r\n",
    );
    text.push_str(&format!("    kinescope verify --summary --server-key {server_key} THIS-FILE.zip\r\n\r\n"));
    text.push_str(
        "The key above is what this server called its own when it made this file. Ask whoever runs the server for it in another way \
         than by this file,\r\nand for the machine's key (--machine-key): the server shows it among its machines.\r\n\r\n",
    );
    for recording in session {
        let Recording { id, user, machine, start_us, duration_us, .. } = recording;
        let (user, machine) = (plain(user), plain(machine));
        let seconds = duration_us / 1_000_000;
        text.push_str(&format!(
            "{id}\r\n    {user} on {machine}, begun at Unix time {}, {seconds} seconds\r\n",
            start_us / 1_000_000
        ));
    }
    text
}

/// Names come from recorded machines and may hold anything.
fn plain(name: &str) -> String {
    name.chars().map(|character| if character.is_control() { '\u{fffd}' } else { character }).take(200).collect()
}
