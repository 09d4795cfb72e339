//! The `evenkeel` command.

use std::process::ExitCode;

use mimalloc::MiMalloc;

// Decisions make and drop many small lists: with the system's allocator they take a sixth longer.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    evenkeel_cli::main()
}
