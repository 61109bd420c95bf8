//! Nothing. The build script acts.
