//! The agents' side, spoken to by a scripted agent over a connection in memory.

mod conversation;
mod disks;
mod incarnations;
mod load;
mod receipts;
mod restarts;
mod rubbish;
mod scripted;
mod sealing;
mod site;
mod tape;
mod time_stamps;
