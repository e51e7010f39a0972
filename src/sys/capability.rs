//! Capability sets (capabilities(7)).

use std::io;

use rustix::thread::{CapabilitySet, CapabilitySets};

use super::{Attempt, SysError};

/// Drops every capability outside `keep` (numbers) from the bounding set, also ones newer than this program.
///
/// # Errors
/// EPERM without CAP_SETPCAP.
pub fn limit_bounding(keep: &[u8]) -> Result<(), SysError> {
    for capability in 0..64_u8 {
        if keep.contains(&capability) {
            continue;
        }
        // SAFETY: plain numbers.
        if unsafe { libc::prctl(libc::PR_CAPBSET_DROP, libc::c_ulong::from(capability), 0, 0, 0) } == -1 {
            let error = io::Error::last_os_error();
            // The first number past the kernel's last capability (prctl(2), PR_CAPBSET_DROP).
            if error.raw_os_error() == Some(libc::EINVAL) {
                return Ok(());
            }
            return Err(error).attempt(|| format!("drop capability {capability}"));
        }
    }
    Ok(())
}

/// Sets the effective and permitted sets; the inheritable set gets `inheritable`.
///
/// # Errors
/// EPERM for a capability that is not permitted.
pub fn set(permitted: &[u8], inheritable: &[u8]) -> Result<(), SysError> {
    let permitted = mask(permitted);
    let sets = CapabilitySets { effective: permitted, permitted, inheritable: mask(inheritable) };
    rustix::thread::set_capabilities(None, sets).attempt(|| "set capabilities")
}

/// Sets each set by itself. Ambient capabilities that are not permitted and inheritable as well the kernel does not know:
/// they are left out, as by other runtimes (`runc spec` asks for some).
///
/// # Errors
/// EPERM for a capability that is not permitted.
pub fn set_each(sets: &crate::model::spec::CapabilitySets) -> Result<(), SysError> {
    let [effective, permitted, inheritable, ambient] =
        [&sets.effective, &sets.permitted, &sets.inheritable, &sets.ambient].map(|set| mask(set));
    let thread = CapabilitySets { effective, permitted, inheritable };
    rustix::thread::set_capabilities(None, thread).attempt(|| "set capabilities")?;
    raise_ambient(&numbers(ambient & permitted & inheritable))
}

/// Raises ambient capabilities; they must be permitted and inheritable.
///
/// # Errors
/// EPERM.
pub fn raise_ambient(capabilities: &[u8]) -> Result<(), SysError> {
    for capability in capabilities {
        // SAFETY: plain numbers.
        let result = unsafe {
            libc::prctl(
                libc::PR_CAP_AMBIENT,
                libc::PR_CAP_AMBIENT_RAISE,
                libc::c_ulong::from(*capability),
                0,
                0,
            )
        };
        super::process::check(i64::from(result), || format!("raise ambient capability {capability}"))?;
    }
    Ok(())
}

/// Makes every permitted capability inheritable and ambient: a program that is executed keeps them although it is not
/// root's.
///
/// # Errors
/// EPERM.
pub fn hand_on_all() -> Result<(), SysError> {
    let what = || "hand capabilities on";
    let sets = rustix::thread::capabilities(None).attempt(what)?;
    let all = CapabilitySets { inheritable: sets.permitted, ..sets };
    rustix::thread::set_capabilities(None, all).attempt(what)?;
    raise_ambient(&numbers(sets.permitted))
}

fn numbers(set: CapabilitySet) -> Vec<u8> {
    (0..64).filter(|c| set.bits() & (1 << c) != 0).collect()
}

/// Keeps the permitted set across the change from root to another user (PR_SET_KEEPCAPS).
///
/// # Errors
/// None that the kernel documents.
pub fn keep_across_setuid() -> Result<(), SysError> {
    rustix::thread::set_keep_capabilities(true).attempt(|| "keep capabilities")
}

fn mask(capabilities: &[u8]) -> CapabilitySet {
    CapabilitySet::from_bits_retain(capabilities.iter().filter(|c| **c < 64).fold(0, |bits, c| bits | 1 << c))
}
