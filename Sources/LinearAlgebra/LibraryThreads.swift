internal import COneDNN

/// Runs body(context) once on each of `count` threads, the calling one included, on those that oneDNN uses. False, and
/// nothing is run, where these are not GNU OpenMP's.
package let runOnLibraryThreads:
  @convention(c) (
    _ count: Int32, _ body: (@convention(c) (_ context: UnsafeMutableRawPointer?) -> Void)?,
    _ context: UnsafeMutableRawPointer?
  ) -> Bool = { onednn_run_on_threads($0, $1, $2) }

/// Has idle threads of oneDNN sleep soon instead of keeping processors busy for milliseconds after each call.
package func calmLibraryThreads() { onednn_calm_threads() }
