import Foundation

/// Files that NumPy 2.4.6 and the safetensors library 0.8.0 wrote.
enum KnownFiles {
  /// `[[1.5, -2, inf], [0.1, 5e-324, -0.0]]`, version 1.0, `<f8`, row-major.
  static let doubles = bytes(
    """
    k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAD4PwAA
    AAAAAADAAAAAAAAA8H+amZmZmZm5PwEAAAAAAAAAAAAAAAAAAIA=
    """)

  /// `arange(24)` of shape [2, 3, 4], version 1.0, `<f4`, column-major.
  static let columnMajorFloats = bytes(
    """
    k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMywgNCks
    IH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAABAQQAA
    gEAAAIBBAAAAQQAAoEEAAIA/AABQQQAAoEAAAIhBAAAQQQAAqEEAAABAAABgQQAAwEAAAJBBAAAgQQAAsEEAAEBAAABw
    QQAA4EAAAJhBAAAwQQAAuEE=
    """)

  /// `[1.5, -2, 0.1]`, version 2.0, `>f4`.
  static let bigEndianFloats = bytes(
    """
    k05VTVBZAgB0AAAAeydkZXNjcic6ICc+ZjQnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMywpLCB9
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo/wAAAwAAAAD3M
    zM0=
    """)

  /// The numbers of `doubles`, version 3.0, `>f8`, column-major.
  static let bigEndianColumnMajorDoubles = bytes(
    """
    k05VTVBZAwB0AAAAeydkZXNjcic6ICc+ZjgnLCAnZm9ydHJhbl9vcmRlcic6IFRydWUsICdzaGFwZSc6ICgyLCAzKSwg
    fSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo/+AAAAAAAAD+5
    mZmZmZmawAAAAAAAAAAAAAAAAAAAAX/wAAAAAAAAgAAAAAAAAAA=
    """)

  /// 2.5 of rank 0, version 1.0, `<f4`.
  static let singleFloat = bytes(
    """
    k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKCksIH0gICAg
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAACBA
    """)

  /// No numbers, of shape [0, 3], version 1.0, `<f8`.
  static let noDoubles = bytes(
    """
    k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDAsIDMpLCB9
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo=
    """)

  /// `arange(2)` of type `<i8`.
  static let integers = bytes(
    """
    k05VTVBZAQB2AHsnZGVzY3InOiAnPGk4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAg
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAEA
    AAAAAAAA
    """)

  /// A record of one field.
  static let records = bytes(
    """
    k05VTVBZAQB2AHsnZGVzY3InOiBbKCdhJywgJzxmNCcpXSwgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzog
    KDEsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAA
    """)

  /// `a` F64 [1, 2], `b` F32 [2], `n` I64 [], `z` F16 [0, 2], a name with escapes F32 [], and
  /// metadata.
  static let safetensors = bytes(
    """
    QAEAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJrIjoidlxcIn0sIm4iOnsiZHR5cGUiOiJJNjQiLCJzaGFwZSI6W10sImRh
    dGFfb2Zmc2V0cyI6WzAsOF19LCJhIjp7ImR0eXBlIjoiRjY0Iiwic2hhcGUiOlsxLDJdLCJkYXRhX29mZnNldHMiOls4
    LDI0XX0sImIiOnsiZHR5cGUiOiJGMzIiLCJzaGFwZSI6WzJdLCJkYXRhX29mZnNldHMiOlsyNCwzMl19LCLDqVxuXHUw
    MDAxXCIiOnsiZHR5cGUiOiJGMzIiLCJzaGFwZSI6W10sImRhdGFfb2Zmc2V0cyI6WzMyLDM2XX0sInoiOnsiZHR5cGUi
    OiJGMTYiLCJzaGFwZSI6WzAsMl0sImRhdGFfb2Zmc2V0cyI6WzM2LDM2XX19ICAgICAgIAMAAAAAAAAAmpmZmZmZuT8A
    AAAAAADwfwAAwD8AAADAAADgQA==
    """)

  private static func bytes(_ base64: String) -> [UInt8] {
    Array(Data(base64Encoded: base64, options: .ignoreUnknownCharacters) ?? Data())
  }
}
