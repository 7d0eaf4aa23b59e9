internal import COneDNN
internal import Synchronization

/// Runs `body` with oneDNN on as many threads.
///
/// One call at a time has several: its threads wait for each other without sleeping, and those of two calls would mostly
/// wait for processors that the others hold.
func onLibraryThreads<Result>(_ count: Int, _ body: () -> Result) -> Result {
  onednn_set_threads(Int32(count))
  return count > 1 ? turns.withLock { _ in body() } : body()
}

private let turns = Mutex(())

/// Runs body(context) once on each of `count` threads, the calling one included, on those that oneDNN uses. False, and
/// nothing is run, where these are not GNU OpenMP's.
package let runOnLibraryThreads:
  @convention(c) (
    _ count: Int32, _ body: (@convention(c) (_ context: UnsafeMutableRawPointer?) -> Void)?,
    _ context: UnsafeMutableRawPointer?
  ) -> Bool = { onednn_run_on_threads($0, $1, $2) }

/// Has idle threads of oneDNN sleep soon instead of keeping processors busy for milliseconds after each call.
package func calmLibraryThreads() { onednn_calm_threads() }
