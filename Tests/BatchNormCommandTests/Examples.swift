import TensorFiles
import Tensors

/// The batch of the page: 8 samples of 4 features.
let exampleCSV = """
  -0.96,15.85,23.19,25.19
  -1.71,13.96,21.25,27.30
  -2.76,9.92,14.74,36.08
  2.25,13.01,16.39,31.11
  -2.88,11.44,17.65,28.10
  -1.42,9.79,9.10,33.09
  4.48,14.81,20.23,28.16
  2.09,13.21,17.62,35.79

  """

let exampleValues: [Double] = [
  -0.96, 15.85, 23.19, 25.19, -1.71, 13.96, 21.25, 27.30, -2.76, 9.92, 14.74, 36.08, 2.25, 13.01,
  16.39, 31.11, -2.88, 11.44, 17.65, 28.10, -1.42, 9.79, 9.10, 33.09, 4.48, 14.81, 20.23, 28.16,
  2.09, 13.21, 17.62, 35.79,
]

let exampleTensor = Tensor(exampleValues, shape: [8, 4])

/// What `apply` prints for the batch, with scale 1 and shift 0.
let exampleText = """
  Input       F0       F1       F2       F3
  1      -0.9600  15.8500  23.1900  25.1900
  2      -1.7100  13.9600  21.2500  27.3000
  3      -2.7600   9.9200  14.7400  36.0800
  4       2.2500  13.0100  16.3900  31.1100
  5      -2.8800  11.4400  17.6500  28.1000
  6      -1.4200   9.7900   9.1000  33.0900
  7       4.4800  14.8100  20.2300  28.1600
  8       2.0900  13.2100  17.6200  35.7900

  Normalised       F0       F1       F2       F3
  1           -0.3346   1.5025   1.3885  -1.4227
  2           -0.6311   0.5868   0.9133  -0.8681
  3           -1.0463  -1.3705  -0.6813   1.4398
  4            0.9346   0.1266  -0.2771   0.1334
  5           -1.0938  -0.6341   0.0315  -0.6578
  6           -0.5165  -1.4334  -2.0628   0.6538
  7            1.8163   0.9986   0.6635  -0.6420
  8            0.8713   0.2235   0.0242   1.3635

  Output       F0       F1       F2       F3
  1       -0.3346   1.5025   1.3885  -1.4227
  2       -0.6311   0.5868   0.9133  -0.8681
  3       -1.0463  -1.3705  -0.6813   1.4398
  4        0.9346   0.1266  -0.2771   0.1334
  5       -1.0938  -0.6341   0.0315  -0.6578
  6       -0.5165  -1.4334  -2.0628   0.6538
  7        1.8163   0.9986   0.6635  -0.6420
  8        0.8713   0.2235   0.0242   1.3635

  Channel     mean  variance  deviation  running mean  running variance
  F0       -0.1137    6.3964     2.5291       -0.0114            1.6310
  F1       12.7487    4.2604     2.0641        1.2749            1.3869
  F2       17.5213   16.6668     4.0825        1.7521            2.8048
  F3       30.6025   14.4735     3.8044        3.0602            2.5541

  """

/// What `apply` prints for the batch with scale 2, 1, 1, 1 and shift 0, 10, 0, 0, normalised with a
/// running mean of 0, 10, 20, 30 and a running variance of 4, 4, 16, 16, and epsilon 0.
let exampleInferenceText = """
  Input       F0       F1       F2       F3
  1      -0.9600  15.8500  23.1900  25.1900
  2      -1.7100  13.9600  21.2500  27.3000
  3      -2.7600   9.9200  14.7400  36.0800
  4       2.2500  13.0100  16.3900  31.1100
  5      -2.8800  11.4400  17.6500  28.1000
  6      -1.4200   9.7900   9.1000  33.0900
  7       4.4800  14.8100  20.2300  28.1600
  8       2.0900  13.2100  17.6200  35.7900

  Normalised       F0       F1       F2       F3
  1           -0.4800   2.9250   0.7975  -1.2025
  2           -0.8550   1.9800   0.3125  -0.6750
  3           -1.3800  -0.0400  -1.3150   1.5200
  4            1.1250   1.5050  -0.9025   0.2775
  5           -1.4400   0.7200  -0.5875  -0.4750
  6           -0.7100  -0.1050  -2.7250   0.7725
  7            2.2400   2.4050   0.0575  -0.4600
  8            1.0450   1.6050  -0.5950   1.4475

  Output       F0       F1       F2       F3
  1       -0.9600  12.9250   0.7975  -1.2025
  2       -1.7100  11.9800   0.3125  -0.6750
  3       -2.7600   9.9600  -1.3150   1.5200
  4        2.2500  11.5050  -0.9025   0.2775
  5       -2.8800  10.7200  -0.5875  -0.4750
  6       -1.4200   9.8950  -2.7250   0.7725
  7        4.4800  12.4050   0.0575  -0.4600
  8        2.0900  11.6050  -0.5950   1.4475

  Channel  running mean  running variance
  F0             0.0000            4.0000
  F1            10.0000            4.0000
  F2            20.0000           16.0000
  F3            30.0000           16.0000

  """

/// A .npy file as `numpy.save` writes it.
func npy(_ tensor: AnyTensor, isColumnMajor: Bool = false) -> [UInt8] {
  guard isColumnMajor, case .double(let values) = tensor else { return NPYFile.encode(tensor) }
  // Of rank 2: the elements of the transposed matrix under the shape of the matrix.
  let (rows, columns) = (values.shape[0], values.shape[1])
  let text = "{'descr': '<f8', 'fortran_order': True, 'shape': (\(rows), \(columns)), }"
  let header = text + String(repeating: " ", count: 127 - 10 - text.utf8.count) + "\n"
  let elements = values.elements
  let transposed = (0..<columns).flatMap { column in
    (0..<rows).map { elements[$0 * columns + column] }
  }
  return [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(header.utf8)
    + transposed.flatMap { value in
      (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
    }
}
