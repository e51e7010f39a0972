//! Which rules of a profile hold for one container on one machine.

use std::str::FromStr;

use super::format::{Arches, Profile, ProfileRule, Scope};
use super::{Arch, Filter, Rule};

/// What a decision depends on.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// The container's bounding set: capability numbers.
    pub capabilities: &'a [u8],
    /// Machine hardware name as uname(2) has it.
    pub machine: &'a str,
    /// Kernel release as uname(2) has it.
    pub kernel: &'a str,
}

/// Takes the rules that hold for `target`, one system call each.
pub fn decide(profile: &Profile, target: &Target<'_>) -> Filter {
    let native = native_arch(target.machine);
    let arches = match &profile.arches {
        Arches::List(list) => list.clone(),
        Arches::Map(map) => {
            map.iter().find(|(arch, _)| Some(*arch) == native).map(|(_, sub)| sub.clone()).unwrap_or_default()
        }
    };
    let rules = profile.rules.iter().filter(|rule| holds(rule, target)).flat_map(split).collect();
    Filter {
        default: profile.default,
        arches: arches.into_iter().filter(|arch| Some(*arch) != native).collect(),
        rules,
        known: profile.rules.iter().flat_map(|rule| rule.names.iter().cloned()).collect(),
    }
}

/// One rule a system call. Two conditions on the same argument in one rule mean "either", as runc reads them, because
/// libseccomp takes an argument once a rule.
fn split(rule: &ProfileRule) -> Vec<Rule> {
    let repeated = rule.conditions.iter().enumerate().any(|(position, condition)| {
        rule.conditions[..position].iter().any(|before| before.index == condition.index)
    });
    let alternatives: Vec<_> = if repeated {
        rule.conditions.iter().map(|condition| vec![*condition]).collect()
    } else {
        vec![rule.conditions.clone()]
    };
    let mut rules = Vec::new();
    for name in &rule.names {
        for conditions in &alternatives {
            rules.push(Rule { syscall: name.clone(), action: rule.action, conditions: conditions.clone() });
        }
    }
    rules
}

fn holds(rule: &ProfileRule, target: &Target<'_>) -> bool {
    let has = |name: &String| has_capability(target.capabilities, name);
    let on = |scope: &Scope| {
        let name = docker_arch(target.machine);
        scope.arches.iter().any(|arch| arch == name)
    };
    let (includes, excludes) = (&rule.includes, &rule.excludes);
    let since = |version: (u32, u32)| kernel_version(target.kernel).is_some_and(|running| running >= version);
    (includes.caps.iter().all(has))
        && (includes.arches.is_empty() || on(includes))
        && includes.min_kernel.is_none_or(since)
        && !excludes.caps.iter().any(has)
        && !on(excludes)
        && !excludes.min_kernel.is_some_and(since)
}

/// A capability that does not exist is one that nobody has.
fn has_capability(capabilities: &[u8], name: &str) -> bool {
    caps::Capability::from_str(name).is_ok_and(|cap| capabilities.contains(&cap.index()))
}

/// `6.18.44-cloud` is (6, 18).
pub(super) fn kernel_version(release: &str) -> Option<(u32, u32)> {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

fn native_arch(machine: &str) -> Option<Arch> {
    Some(match machine {
        "x86_64" => Arch::X86_64,
        "i386" | "i486" | "i586" | "i686" => Arch::X86,
        "aarch64" => Arch::Aarch64,
        "riscv64" => Arch::Riscv64,
        "loongarch64" => Arch::Loongarch64,
        "ppc64le" => Arch::Ppc64le,
        "ppc64" => Arch::Ppc64,
        "ppc" => Arch::Ppc,
        "s390x" => Arch::S390x,
        _ if machine.starts_with("arm") => Arch::Arm,
        _ => return None,
    })
}

/// Docker names machines as Go does.
fn docker_arch(machine: &str) -> &str {
    match machine {
        "x86_64" => "amd64",
        "i386" | "i486" | "i586" | "i686" => "x86",
        "aarch64" => "arm64",
        "loongarch64" => "loong64",
        _ if machine.starts_with("arm") => "arm",
        _ => machine,
    }
}
