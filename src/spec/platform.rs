//! `--platform`, `--os`, `--arch` and `--variant`.

use super::SpecError;
use crate::model::registry_request::PlatformRequest;

/// What the four flags ask for together. Other programs' words for an architecture are taken, too.
///
/// # Errors
/// [`SpecError::Flag`]: a platform that is none, or one that is said twice.
pub fn parse(
    platform: Option<&str>,
    os: Option<&str>,
    architecture: Option<&str>,
    variant: Option<&str>,
) -> Result<PlatformRequest, SpecError> {
    let own = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_ascii_lowercase);
    let Some(text) = platform.filter(|text| !text.is_empty()) else {
        let (architecture, implied) = own(architecture).map_or((None, None), |word| normal(&word));
        return Ok(PlatformRequest { os: own(os), architecture, variant: own(variant).or(implied) });
    };
    let bad = |reason: &str| SpecError::flag("--platform", text, reason);
    if os.is_some() || architecture.is_some() || variant.is_some() {
        return Err(bad("--os, --arch and --variant say it once more"));
    }
    let parts: Vec<String> = text.split('/').map(str::to_ascii_lowercase).collect();
    let (os, architecture, variant) = match parts.as_slice() {
        [os, architecture] => (os, architecture, None),
        [os, architecture, variant] => (os, architecture, Some(variant.clone())),
        _ => return Err(bad("want OS/ARCH or OS/ARCH/VARIANT, like linux/arm64")),
    };
    if parts.iter().any(String::is_empty) {
        return Err(bad("want OS/ARCH or OS/ARCH/VARIANT, like linux/arm64"));
    }
    let (architecture, implied) = normal(architecture);
    Ok(PlatformRequest { os: Some(os.clone()), architecture, variant: variant.or(implied) })
}

/// GOARCH, and the variant that another word for it implies (containerd's platforms package knows the same ones).
fn normal(word: &str) -> (Option<String>, Option<String>) {
    let (architecture, variant) = match word {
        "x86_64" | "x86-64" => ("amd64", None),
        "aarch64" => ("arm64", None),
        "armhf" => ("arm", Some("v7")),
        "armel" => ("arm", Some("v6")),
        "i386" | "i686" => ("386", None),
        other => (other, None),
    };
    (Some(architecture.to_owned()), variant.map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_are_read() {
        let shown = |request: PlatformRequest| {
            [request.os, request.architecture, request.variant].map(Option::unwrap_or_default).join("/")
        };
        for (platform, os, arch, variant, want) in [
            (None, None, None, None, Some("//")),
            (Some("linux/arm64"), None, None, None, Some("linux/arm64/")),
            (Some("Linux/ARM/v7"), None, None, None, Some("linux/arm/v7")),
            (Some("linux/x86_64"), None, None, None, Some("linux/amd64/")),
            (Some("linux/armhf"), None, None, None, Some("linux/arm/v7")),
            (None, None, Some("aarch64"), None, Some("/arm64/")),
            (None, Some("linux"), Some("arm"), Some("v6"), Some("linux/arm/v6")),
            (Some("linux"), None, None, None, None),
            (Some("linux/"), None, None, None, None),
            (Some("a/b/c/d"), None, None, None, None),
            (Some("linux/arm64"), None, Some("arm64"), None, None),
        ] {
            let got = parse(platform, os, arch, variant).ok().map(shown);
            assert_eq!(got.as_deref(), want, "{platform:?} {os:?} {arch:?} {variant:?}");
        }
    }
}
