import Foundation
import Synchronization

/// Whether Ctrl-C was pressed. Commands look at it where they can stop with what is done.
enum Interruption {
  private static let requested = Atomic<Bool>(false)

  /// From now on Ctrl-C and termination are requests; a second one ends the process at once.
  static func watch() {
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        Interruption.requested.store(true, ordering: .relaxed)
        signal(number, SIG_DFL)
      }
    }
  }

  static var isRequested: Bool { requested.load(ordering: .relaxed) }

  /// Ends the command if Ctrl-C was pressed. To be called where nothing is half-written.
  static func check() throws {
    if isRequested { throw CommandError.interrupted("interrupted; nothing was written") }
  }
}
