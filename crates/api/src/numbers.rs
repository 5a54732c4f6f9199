//! The numbers of the diagnostic log and of the log of reasons, explained for the operator. `docs/diagnostics.md` is written from this list.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::site::Severity;

/// What a number means. It never changes its meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NumberItem {
    /// The number.
    pub number: u32,
    /// How bad it is.
    pub severity: Severity,
    /// What has happened.
    pub meaning: String,
    /// How it comes, and what became of recordings.
    pub explanation: String,
    /// What an operator does.
    pub what_to_do: String,
}

/// Every number, ascending.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NumberList {
    /// The numbers.
    pub items: Vec<NumberItem>,
}

type Row = (u32, Severity, &'static str, &'static str, &'static str);

use Severity::{Error, Info, Warning};

#[rustfmt::skip]
const NUMBERS: &[Row] = &[
    (101, Warning, "Data was dropped: the spool was full",
        "The server could not be reached for so long, or was so slow, that what the machine keeps meanwhile reached its limit. The recording declares the gap; what came before and after is whole.",
        "See why the server could not be reached. If such times are to be expected, give the agent's spool more room."),
    (102, Warning, "Data was dropped: it waited too long",
        "The server did not take it within the life of a message that the agent's settings allow. The recording declares the gap.",
        "See why the server could not be reached, or let data wait longer in the agent's settings."),
    (103, Error, "The spool cannot be read or written",
        "The disk below the agent's spool is full, read-only or failing. Sessions are not recorded while it lasts.",
        "Look at the disk and at the machine's system log; `kinescope-agent check` says which folder it is."),
    (104, Warning, "Damaged data in the spool was dropped",
        "After a crash or a fault of the disk, part of what the agent had kept could not be read. The recording declares the gap.",
        "If it comes again, check the machine's disk."),
    (201, Info, "A recording goes on in a new incarnation",
        "The agent lost its place, by a crash or a restart, and continued the recording under a new signing sequence. The recording says so itself.",
        "Nothing, unless it comes often: then see why the agent is restarted."),
    (202, Error, "The server refused a recording",
        "The text says why: it belongs to another machine, another connection holds it, or its data was not valid.",
        "Find out whether the machine was cloned or restored from a copy."),
    (203, Warning, "A recording was removed while it was being sent",
        "Somebody who may do so removed it at the server. The agent has dropped the rest.",
        "Nothing; the administrator log says who it was."),
    (301, Warning, "A recorder ended unexpectedly and was started again",
        "Each session has a recorder of its own; this one crashed or was killed. The recording has a gap of a few seconds, which it declares.",
        "If it comes again, look at the agent's log on the machine, and at whether memory was short."),
    (302, Error, "A session is not recorded although it should be",
        "The agent could not begin; the text says why: no space, no access to the display, no decision of the server.",
        "`kinescope-agent check` on the machine says what is wrong and what to do. It is tried again by itself."),
    (303, Warning, "Programs took a session's notice away",
        "The window that tells the user of the recording was closed or covered again and again. What the policy says for that was done.",
        "Find out which program it is; a full-screen program may need an exception in the policy."),
    (304, Error, "A user could not be logged off",
        "Somebody who did not agree to be recorded, or who was to be logged off, is still there.",
        "End the session by hand, and see why its processes could not be ended."),
    (305, Warning, "A hotkey does not work",
        "Another program of the session holds that key.",
        "Choose another key in the agent's settings, or free it in the program."),
    (306, Warning, "The sign in a session ended again and again",
        "The sign that tells the user of the recording could not be kept on the screen. Recording goes on.",
        "See in the agent's log which of the session's programs closes it."),
    (307, Error, "The active detection policy cannot be read",
        "The agent is older than the policy, or what it kept was damaged. Nothing is logged of its sessions, and nothing is done in response.",
        "Install a newer agent on the machine."),
    (308, Info, "Something was done in response to an event",
        "The detection policy asks for it; the text says in which session, what, for which trigger, and by which rule. The recording says it, too, with the event.",
        "Nothing, if the policy is what was meant."),
    (309, Warning, "What was to be done in response to an event was not",
        "The detection policy asks for it; the text says what, and why it could not be done: no locker is installed, nobody is connected, or a program of the session prevents it.",
        "Do it by hand if it must be; then remove the cause, or take the action out of the trigger."),
    (401, Info, "An agent was started", "The text says which version.", "Nothing."),
    (501, Info, "Not recorded: recording is switched off on the machine",
        "The switch in the machine's own settings is off.", "Switch it on there if that is not meant."),
    (502, Info, "A recording was stopped on request",
        "Somebody who may do so stopped it; the text says who.", "Nothing."),
    (503, Info, "A new policy ended a recording",
        "The policy that was activated does not record the session.", "Nothing, if the policy is what was meant."),
    (504, Info, "A recording goes on by a new policy",
        "The policy that was activated records the session, too, perhaps otherwise.", "Nothing."),
    (505, Info, "A new policy waits for a session's next start",
        "The policy that was activated would record the session, but does not begin in the middle of one.",
        "Nothing; log the user off if it has to be recorded at once."),
    (506, Warning, "A user did not agree and was logged off",
        "The user declined to be recorded, or could not be asked.", "If it comes for many users, look at the notice and how it is shown."),
    (507, Info, "The screen was added to a recording of events",
        "Somebody who may do so, or a response to an event, had the screen recorded, too.", "Nothing."),
    (508, Warning, "A recording was disturbed by its session",
        "A program of the session stopped or blinded what records it. The text says how, and what was done.",
        "Find out which program it was: it may have been on purpose."),
    (2001, Error, "No space in a storage folder",
        "Nothing more is written there. Agents keep their data meanwhile, as long as their spools have room.",
        "Free space or add a folder."),
    (2002, Error, "A storage folder cannot be written or synced",
        "What is not safely on the disk is not acknowledged: agents keep it.",
        "Look at the system's log for the disk below it."),
    (2003, Info, "Storage works again", "After 2001 or 2002.", "Nothing."),
    (2004, Warning, "Less than 1 GiB free in a storage folder",
        "Recording goes on until it is full.", "Free space or add a folder."),
    (2010, Info, "An unfinished write was removed",
        "The server had been stopped in the middle of one. What was removed had not been acknowledged, so agents still have it.",
        "Nothing; look at what was set aside, if anything was."),
    (2011, Error, "The disk has lost bytes that were durable",
        "A file is shorter than what the disk had confirmed. The agent may no longer have them.",
        "Check the disk and its cache settings."),
    (2012, Info, "A stored recording was added to the catalogue",
        "It was in storage and not in the catalogue.", "Nothing."),
    (2013, Error, "A recording's file is missing",
        "The catalogue knows the recording, and no storage folder has its file.",
        "Mount the storage folder, or restore the file."),
    (2014, Error, "A stored recording has no readable header",
        "Its beginning is damaged, so it is not known whose it is.",
        "`kinescope verify`, then `kinescope repair` on a copy."),
    (2020, Warning, "An older or foreign incarnation of a recording was refused",
        "Something sent data for a recording that goes on elsewhere.",
        "Find out whether the machine was cloned or restored."),
    (2021, Warning, "Two connections wanted the same recording",
        "The one that had it kept it.", "As 2020, if it repeats."),
    (2022, Warning, "An agent broke the protocol",
        "An agent, or something with its certificate, said what makes no sense. The connection was closed.",
        "Check the machine and the agent's version."),
    (2023, Error, "A machine signs with another key than the one known",
        "Recordings that are signed so are refused: somebody may record under its name.",
        "If it was reinstalled, enrol it anew; otherwise find out who it is."),
    (2024, Error, "A session is not recorded: its agent cannot seal",
        "Recordings are sealed at this site, and the agent is too old for that.",
        "Install a newer agent on the machine."),
    (2025, Error, "A copy of a machine's identity was refused",
        "A clone, a restored snapshot or copied files. The machine that holds the identity goes on undisturbed.",
        "docs/agent.md, “Identity”, says what to do in each case."),
    (2026, Warning, "A machine's identity has expired",
        "Its agent does not renew it, and can send nothing but that.",
        "Install a newer agent, or enrol it again."),
    (2030, Warning, "A recording was closed after a long silence",
        "The agent never said that it had ended.", "Find out what became of the machine."),
    (2031, Warning, "An agent returned without a recording that had not ended",
        "Its end is lost: what the server has is closed.", "Look at the machine's spool."),
    (2040, Warning, "The time stamp authority gave no time stamp",
        "The recording is signed, but nobody else confirms when. It is asked again.",
        "See that the address in `time_stamp_url` answers."),
    (2050, Warning, "Mails or webhook calls were not queued",
        "Too many wait already, or one recording asks for too many. They are not sent; Settings says how many of the last 30 days it were.",
        "See whether the mail server or the webhook takes anything, and whether a trigger of the detection policy holds for too much."),
];

/// Every number, ascending.
pub fn numbers() -> NumberList {
    let item = |&(number, severity, meaning, explanation, what_to_do): &Row| NumberItem {
        number,
        severity,
        meaning: meaning.to_owned(),
        explanation: explanation.to_owned(),
        what_to_do: what_to_do.to_owned(),
    };
    NumberList { items: NUMBERS.iter().map(item).collect() }
}

/// The same as a document in Markdown.
pub fn numbers_document() -> String {
    let mut text = "# Numbers of the diagnostic log\n\nWhat an agent or the server reports has a number that never changes its meaning. \
        The console shows the same list: a number in *Audit* leads to it.\nNumbers below 2000 are the agents'; 501 to 599 stand in the log of reasons. \
        The server reports the same about the same recording or machine at most every ten minutes. Entries are kept 30 days.\n"
        .to_owned();
    for (number, severity, meaning, explanation, what_to_do) in NUMBERS {
        let severity = match severity {
            Info => "information",
            Warning => "warning",
            Error => "error",
        };
        text += &format!("\n## {number} {meaning}\n\n*{severity}* {explanation}\n\n**What to do:** {what_to_do}\n");
    }
    text
}
