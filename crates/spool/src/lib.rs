//! Keeps recordings on the machine until the server has them
