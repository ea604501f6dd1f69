//! One app-state collection of an account: encrypted patches in order. The server gives them version numbers, but
//! cannot read them.

/// The patches of a collection. The collection's version is that of the last patch.
#[derive(Debug, Default, Clone)]
pub struct Collection {
    patches: Vec<(u64, Vec<u8>)>,
}

impl Collection {
    /// The current version. The next patch must be based on it.
    pub fn version(&self) -> u64 {
        self.patches.last().map_or(0, |(version, _)| *version)
    }

    /// Adds a patch and returns the new version.
    pub fn append(&mut self, patch: Vec<u8>) -> u64 {
        let version = self.version() + 1;
        self.patches.push((version, patch));
        version
    }

    /// The patches that are newer than `version`.
    pub fn after(&self, version: u64) -> impl Iterator<Item = &[u8]> {
        let start = self.patches.partition_point(|(v, _)| *v <= version);
        self.patches[start..].iter().map(|(_, patch)| patch.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches_are_numbered_and_all_patches_after_a_number_can_be_read() {
        let mut collection = Collection::default();
        assert_eq!(collection.version(), 0);
        assert_eq!(collection.append(vec![1]), 1);
        assert_eq!(collection.append(vec![2]), 2);
        assert_eq!(collection.after(0).collect::<Vec<_>>(), [&[1][..], &[2][..]]);
        assert_eq!(collection.after(1).collect::<Vec<_>>(), [&[2][..]]);
        assert_eq!(collection.after(9).count(), 0);
    }
}
