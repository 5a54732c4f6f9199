//! What agents and servers say to each other
