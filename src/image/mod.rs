//! The bytes of images: archives in, layers applied. Knows no registry and no container.
