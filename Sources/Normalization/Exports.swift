// What a user of the layers needs of the rooms below, so that one import suffices.
@_exported public import Collectives
@_exported public import struct NormalizationKernels.ChannelStatistics
@_exported public import struct NormalizationKernels.Execution
@_exported public import enum NormalizationKernels.ExecutionError
@_exported public import enum NormalizationKernels.FusedActivation
@_exported public import struct NormalizationKernels.GradientSums
@_exported public import enum NormalizationKernels.InstructionSet
@_exported public import struct NormalizationKernels.Moments
@_exported public import protocol NormalizationKernels.NormalizationScalar
@_exported public import Tensors
