//! Reads what an X server shows
