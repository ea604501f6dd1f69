//! Returns freed memory to the operating system. By itself, glibc returns only free memory at the end of a heap. It
//! keeps free pages between used pages. In the heap of a thread, it also keeps the end of the heap after a large block
//! was freed there. This is the only module with unsafe code.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// The interval between two calls that return free memory. In a measurement, 94 of 100 MB were free, in 6,400 pieces. A
/// call took 20 ms if it returned this memory, and 5 ms if the memory was already returned.
const EVERY: Duration = Duration::from_secs(20);

/// Returns free memory regularly, until `stopping` is cancelled.
pub async fn keep_small(stopping: CancellationToken) {
    while stopping.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_some() {
        // The call locks each part of the heap for a while. So it must not run on a thread that serves accounts.
        if let Err(error) = tokio::task::spawn_blocking(give_back).await {
            tracing::debug!(%error, "free memory was not given back");
        }
    }
}

/// Each block of at least this many bytes gets its own memory mapping, which is removed when the block is freed.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE: libc::c_int = 1024 * 1024;

/// Makes glibc return each large block to the operating system as soon as it is freed.
///
/// glibc has a limit: each block of at least this size gets its own memory mapping. By default, glibc raises the limit
/// to the size of each mapped block that is freed, up to 32 MiB, and allows a heap to keep twice as much at its end
/// (mallopt(3), `M_MMAP_THRESHOLD`). `malloc_trim` does not check the ends of the heaps of threads. So without this
/// function, each thread that hashes a password would keep the 19 MiB that Argon2 takes.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "glibc's own function has no safe wrapper in a crate that is kept")]
pub fn return_large_blocks() {
    // SAFETY: this call takes no pointer, and glibc changes its parameters under its own lock (mallopt(3)).
    if unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE) } == 0 {
        tracing::debug!("the allocator keeps its own limit for large blocks");
    }
}

/// Does nothing, because other allocators return memory by themselves or have no such function.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub const fn return_large_blocks() {}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "glibc's own function has no safe wrapper in a crate that is kept")]
fn give_back() {
    // SAFETY: this call takes no pointer and none of linekeeper's locks, and any thread may make it at any time
    // (malloc_trim(3)).
    unsafe { libc::malloc_trim(0) };
}

/// Does nothing, because other allocators return memory by themselves or have no such function.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
const fn give_back() {}

#[cfg(test)]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod tests {
    /// The resident memory of this process, in pages.
    fn resident() -> usize {
        let counted = std::fs::read_to_string("/proc/self/statm").unwrap();
        counted.split(' ').nth(1).unwrap().parse().unwrap()
    }

    /// Uses threads that stay alive, because passwords are hashed on such threads.
    #[test]
    fn large_blocks_are_returned_to_the_system_from_every_thread() {
        const THREADS: usize = 8;
        const BLOCK: usize = 19 * 1024 * 1024;
        super::return_large_blocks();
        let before = resident();
        let filled = std::sync::Barrier::new(THREADS + 1);
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    // Without `return_large_blocks`, freeing the first block would raise glibc's limit, and the second
                    // block would come from the heap.
                    for _ in 0..2 {
                        drop(std::hint::black_box(vec![1u8; BLOCK]));
                    }
                    filled.wait();
                    filled.wait();
                });
            }
            filled.wait();
            let kept = resident().saturating_sub(before) * 4 * 1024;
            filled.wait();
            assert!(kept < THREADS * BLOCK / 2, "{kept} bytes of {}", THREADS * BLOCK);
        });
    }

    #[test]
    fn free_memory_between_used_blocks_is_returned() {
        const KIB: usize = 1024;
        let mut pieces: Vec<_> = (0..64 * KIB).map(|_| Some(vec![1u8; KIB])).collect();
        // Every sixteenth piece stays allocated. The last piece is one of them, so the end of the heap is not free.
        for (index, piece) in pieces.iter_mut().enumerate() {
            if index % 16 != 15 {
                *piece = None;
            }
        }
        let before = resident();
        super::give_back();
        let given_back = before.saturating_sub(resident()) * 4;
        assert!(given_back > 24 * KIB, "{given_back} KiB of 61440");
        drop(pieces);
    }
}
