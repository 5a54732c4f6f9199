//! A session under load goes on in another recording: the files show, one after the other, what one file shows.

use std::time::{Duration, Instant};

use evidence::{Expected, Judge, Judgement, LinkState, judge_link};

use crate::painter::{Painter, Picture};
use crate::playback::Playback;
use crate::recorder_process::{PATIENCE, RecorderProcess};
use crate::supervised::{Machine, outline, verify};
use crate::xserver::XServer;

/// Moments that are compared.
const MOMENTS: usize = 24;

/// The picture at the end of the newest file, and which file that is.
fn newest(machine: &Machine) -> (usize, Option<Picture>) {
    let recordings = machine.recordings();
    let bytes = recordings.last().map(|(_, bytes)| bytes.as_slice()).unwrap_or_default();
    (recordings.len(), Playback::of(bytes).picture())
}

/// While no pause is long, both show the same at every moment: the files of the agent, and the one stream of a recorder of its own.
#[test]
fn the_files_of_a_session_show_the_same_frames_as_one_file() {
    let server = XServer::xvfb("640x400x24");
    let mut painter = Painter::new(&server);
    let machine = Machine::new(&[server.display()]).with("roll_over_hours = 0.001");
    let agent = machine.start();
    let mut one = RecorderProcess::start(&server, "");
    let mut moments = vec![0; 64];
    for _ in 0..MOMENTS {
        let busy_until = Instant::now() + Duration::from_millis(250);
        while Instant::now() < busy_until {
            painter.scribble(40, 120);
        }
        let shown = painter.servers_picture();
        one.catch_up(&painter);
        let limit = Instant::now() + PATIENCE;
        let file = loop {
            let (file, picture) = newest(&machine);
            if picture.as_ref() == Some(&shown) {
                break file;
            }
            assert!(Instant::now() < limit, "file {file} does not show what is shown\n{}", machine.log());
            std::thread::sleep(Duration::from_millis(10));
        };
        assert!(one.playback.picture().as_ref() == Some(&shown), "the one file shows something else");
        moments[file] += 1;
    }
    drop(agent);
    let files = machine.recordings();
    assert!(files.len() > 1 && moments[1] > 0 && moments[2] > 0, "moments by file: {:?}", &moments[..=files.len()]);
    println!("{MOMENTS} moments in {} files, each as in one file: {:?}", files.len(), &moments[1..=files.len()]);
    let whole = &files[..files.len() - 1];
    for (_, bytes) in whole {
        assert!(verify(bytes).intact);
        let (_, gaps, end) = outline(bytes);
        assert_eq!((gaps, end.as_deref()), (Vec::new(), Some("rolled-over")));
    }
    let judged: Vec<Judgement> = files.iter().map(|(_, bytes)| judge(bytes)).collect();
    for pair in judged[..whole.len()].windows(2) {
        assert_eq!(judge_link(&pair[0], &pair[1]).expect("they name each other").state, LinkState::Holds);
    }
}

fn judge(bytes: &[u8]) -> Judgement {
    let mut judge = Judge::new(Expected::default());
    judge.push(bytes).unwrap();
    judge.finish().unwrap()
}
