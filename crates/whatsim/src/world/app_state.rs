//! One app-state collection of an account: encrypted patches in order. The server cannot read them; it only numbers
//! their versions.

/// A collection's patches. Its version is that of the last patch.
#[derive(Debug, Default, Clone)]
pub struct Collection {
    patches: Vec<(u64, Vec<u8>)>,
}

impl Collection {
    /// The version that the next patch must be based on.
    pub fn version(&self) -> u64 {
        self.patches.last().map_or(0, |(version, _)| *version)
    }

    /// Adds a patch as the version after the current one.
    pub fn append(&mut self, patch: Vec<u8>) -> u64 {
        let version = self.version() + 1;
        self.patches.push((version, patch));
        version
    }

    /// The patches that a device at `version` lacks.
    pub fn after(&self, version: u64) -> impl Iterator<Item = &[u8]> {
        let start = self.patches.partition_point(|(v, _)| *v <= version);
        self.patches[start..].iter().map(|(_, patch)| patch.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches_are_numbered_and_can_be_read_from_a_version_on() {
        let mut collection = Collection::default();
        assert_eq!(collection.version(), 0);
        assert_eq!(collection.append(vec![1]), 1);
        assert_eq!(collection.append(vec![2]), 2);
        assert_eq!(collection.after(0).collect::<Vec<_>>(), [&[1][..], &[2][..]]);
        assert_eq!(collection.after(1).collect::<Vec<_>>(), [&[2][..]]);
        assert_eq!(collection.after(9).count(), 0);
    }
}
