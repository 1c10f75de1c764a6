//! The program as a process.

mod stop;
