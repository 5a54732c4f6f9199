//! Decides which sessions are recorded, and says why.
