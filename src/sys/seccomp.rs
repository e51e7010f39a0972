//! Loads a system call filter (seccomp(2), SECCOMP_SET_MODE_FILTER).

use std::io;

use super::SysError;

/// One instruction of a classic BPF program (`struct sock_filter` in linux/filter.h): code, jt, jf, k.
pub const INSTRUCTION: usize = 8;

/// The longest program the kernel takes, in instructions (BPF_MAXINSNS).
pub const MAX_INSTRUCTIONS: usize = 4096;

/// Confines the calling thread, and what it starts, to `program`: instructions as `struct sock_filter` has them.
///
/// The caller has CAP_SYS_ADMIN in its user namespace or has set no_new_privs; else the kernel answers EACCES. Allocates
/// nothing, so that it may be called between fork and exec.
pub fn install(program: &[u8]) -> Result<(), SysError> {
    let fail = |error: io::Error| Err(SysError::new("load the system call filter", error));
    let length = program.len() / INSTRUCTION;
    if !program.len().is_multiple_of(INSTRUCTION) || length == 0 || length > MAX_INSTRUCTIONS {
        return fail(io::Error::from_raw_os_error(libc::EINVAL));
    }
    let filter = libc::sock_fprog {
        len: length as u16, // at most 4096
        filter: program.as_ptr().cast::<libc::sock_filter>().cast_mut(),
    };
    // SAFETY: seccomp(2) copies `len` instructions from `filter` and keeps no pointer; they lie in `program`, which lives
    // through the call. The kernel reads them with copy_from_user, so their alignment does not matter, and writes none.
    let result = unsafe {
        libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, 0, std::ptr::from_ref(&filter))
    };
    if result == 0 { Ok(()) } else { fail(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_program_is_refused_before_the_kernel_sees_it() {
        for bytes in [&[][..], &[0; 7], &[0; 9], &vec![0; INSTRUCTION * (MAX_INSTRUCTIONS + 1)]] {
            assert_eq!(install(bytes).unwrap_err().errno(), libc::EINVAL, "{} bytes", bytes.len());
        }
    }
}
