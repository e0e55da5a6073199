//! Errors as a container runtime gets them: a code of the CNI specification, and a sentence.

use crate::cnidaria::cni::types::{CniError, ErrorCode, HostError};

pub const IO: u32 = 5;
pub const INVALID_CONFIG: u32 = 7;
pub const TRY_AGAIN_LATER: u32 = 11;
pub const NOT_AVAILABLE: u32 = 50;
/// The plugin's own: the attachment is not as its ADD left it.
pub const CHECK_FAILED: u32 = 100;
/// The plugin itself is at fault: its plugin.json lacks a grant.
pub const INTERNAL: u32 = 999;

/// `details` says what to do, or more for who wants to know.
pub fn cni_error(code: u32, msg: String, details: &str) -> CniError {
    CniError { code, msg, details: details.to_string() }
}

/// A host function's answer; its error says what it was called for. `doing` completes "Cannot".
pub fn attempt<T>(doing: &str, answer: Result<T, HostError>) -> Result<T, CniError> {
    answer.map_err(|error| {
        let code = match error.code {
            ErrorCode::Denied => INTERNAL,
            ErrorCode::Invalid => INVALID_CONFIG,
            ErrorCode::Unsupported | ErrorCode::Exhausted => NOT_AVAILABLE,
            ErrorCode::Busy | ErrorCode::Timeout => TRY_AGAIN_LATER,
            ErrorCode::NotFound | ErrorCode::Exists | ErrorCode::Io => IO,
        };
        cni_error(code, format!("Cannot {doing}: {}", error.message), "")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_host_gets_what_was_being_done_before_its_own_words() {
        let answer = Err(HostError { code: ErrorCode::Timeout, message: "it took too long".into(), errno: Some(110) });
        let error = attempt::<()>("add a route", answer).unwrap_err();
        assert_eq!((error.code, error.msg.as_str()), (11, "Cannot add a route: it took too long"));
    }
}
