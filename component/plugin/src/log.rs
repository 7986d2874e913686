//! Lines for the operator. The host captures standard error; it is the only WASI that is used.

/// Writes one line, if the host listens.
pub(crate) fn line(text: &str) {
    let stderr = wasi::cli::stderr::get_stderr();
    let bytes = format!("{text}\n");
    // 4096 bytes is what a blocking write takes at a time (wasi:io/streams).
    for chunk in bytes.as_bytes().chunks(4096) {
        if stderr.blocking_write_and_flush(chunk).is_err() {
            return;
        }
    }
}
