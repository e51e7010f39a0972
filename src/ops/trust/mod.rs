//! Who is trusted: asked before an image is let in, shown, changed; and signing.

mod edit;
mod evidence;
mod show;
mod sign;

use std::path::Path;

pub use show::TrustLine;
pub(super) use sign::sign;

use super::{Context, OpsError, Outcome};
use crate::image::{Bundle, Source, sha256};
use crate::model::image_request::TrustRequest;
use crate::model::{Digest, Reference};
use crate::registry::{Client, Endpoint};
use crate::store::{Staged, Store};
use crate::trust::{Lookaside, Policy, Subject, TrustError, admit, refuse_unseen};
use evidence::{LocalEvidence, RemoteEvidence};

/// `rctr image trust`.
pub(super) fn trust(ctx: &Context, request: &TrustRequest) -> Result<Outcome, OpsError> {
    match request {
        TrustRequest::Show { registry, raw, policy, registries } => {
            show::show(ctx, registry.as_deref(), *raw, policy.as_deref(), registries.as_deref())
        }
        TrustRequest::Set { scope, kind, keys, policy } => {
            edit::set(ctx, scope, *kind, keys, policy.as_deref())
        }
    }
}

/// Lets images in as the policy says. Whoever brings an image into the store asks here first.
pub(super) struct Gate<'a> {
    ctx: &'a Context,
    store: &'a Store,
    policy: Policy,
}

impl<'a> Gate<'a> {
    /// Reads the policy; `given` is that of `--signature-policy`.
    pub fn read(ctx: &'a Context, store: &'a Store, given: Option<&Path>) -> Result<Self, OpsError> {
        let given = given.map(|path| ctx.host.cwd.join(path));
        let (policy, _) = Policy::read(given.as_deref(), ctx.host.home.as_deref())?;
        Ok(Self { ctx, store, policy })
    }

    /// Refuses an image of a registry that the policy refuses whatever it is: nobody has to ask for it.
    pub fn expect(&self, name: &Reference) -> Result<(), TrustError> {
        let subject = Subject::registry(name);
        refuse_unseen(self.policy.requirements(&subject), &subject)
    }

    /// Lets in the manifest that a registry has under this name. `places` may have signatures beside it.
    pub fn admit_remote(
        &self,
        client: &Client,
        name: &Reference,
        manifest: &Digest,
        places: &[Endpoint],
    ) -> Result<(), OpsError> {
        let subject = Subject::registry(name);
        let evidence = RemoteEvidence { gate: self, client, name, manifest, places };
        admit(self.policy.requirements(&subject), &subject, manifest, &evidence)
    }

    /// Lets in images of an archive or directory; without a path they come through a pipe.
    pub fn admit_local(
        &self,
        source: &Source,
        bundles: &[Bundle],
        path: Option<&Path>,
    ) -> Result<(), OpsError> {
        let path = self.real(path);
        bundles.iter().try_for_each(|bundle| {
            let subject = Subject::local(bundle.transport, path.as_deref());
            let evidence = LocalEvidence { gate: self, source, transport: bundle.transport };
            admit(self.policy.requirements(&subject), &subject, &sha256(&bundle.manifest), &evidence)
        })
    }

    /// Lets in a tarball of files, which has no manifest and no signatures.
    pub fn admit_tarball(&self, path: Option<&Path>) -> Result<(), TrustError> {
        let subject = Subject::local("tarball", self.real(path).as_deref());
        let requirements = self.policy.requirements(&subject);
        refuse_unseen(requirements, &subject)?;
        let open = |requirement| matches!(requirement, &crate::trust::Requirement::InsecureAcceptAnything);
        if requirements.iter().all(open) { Ok(()) } else { Err(TrustError::Unsigned) }
    }

    /// Scopes are paths without symlinks. What cannot be resolved has been opened already, or will fail to be.
    fn real(&self, path: Option<&Path>) -> Option<std::path::PathBuf> {
        let path = self.ctx.host.cwd.join(path?);
        Some(std::fs::canonicalize(&path).unwrap_or(path))
    }

    fn lookaside(&self) -> Result<Lookaside, TrustError> {
        lookaside(self.ctx, None)
    }
}

/// The policy that is in force, for people: its file, or what is built in.
pub(super) fn policy_in_force(ctx: &Context) -> String {
    let place = crate::trust::policy_file(None, ctx.host.home.as_deref());
    place.map_or_else(|| "built-in: insecureAcceptAnything".to_owned(), |path| path.display().to_string())
}

/// registries.d, or another directory in its place.
fn lookaside(ctx: &Context, given: Option<&Path>) -> Result<Lookaside, TrustError> {
    let given = given.map(|path| ctx.host.cwd.join(path));
    Lookaside::read(given.as_deref(), ctx.host.home.as_deref(), ctx.host.uid == 0)
}

/// An empty directory of the store's for a program that wants one. Gone afterwards; what a killed rctr leaves is swept with
/// the store's other half-made things.
fn in_directory<T>(store: &Store, work: impl FnOnce(&Path) -> Result<T, TrustError>) -> Result<T, OpsError> {
    struct Removed(Staged);
    impl Drop for Removed {
        fn drop(&mut self) {
            // What stays is swept by its place.
            let _ = std::fs::remove_dir_all(self.0.path());
        }
    }
    let directory = Removed(store.stage_dir()?);
    Ok(work(directory.0.path())?)
}
