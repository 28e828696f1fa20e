//! argv and the standard streams go to [`restamp::run`]; nothing else happens here.

use std::process::ExitCode;

fn main() -> ExitCode {
    restamp::run(std::env::args_os())
}
