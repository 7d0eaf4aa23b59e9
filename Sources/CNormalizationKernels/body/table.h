// The table of the element type and instruction set at hand.

const norm_kernels NORM_PASTE(norm_table, NORM_TYPE, NORM_ISA) = {
    .moments_columns = VEC(moments_columns),
    .moments_runs = VEC(moments_runs),
    .normalize_columns = VEC(normalize_columns),
    .normalize_runs = VEC(normalize_runs),
    .sums_columns = VEC(sums_columns),
    .sums_runs = VEC(sums_runs),
    .gradient_columns = VEC(gradient_columns),
    .gradient_runs = VEC(gradient_runs),
    .widen = VEC(widen_all),
    .narrow = VEC(narrow_all),
    .copy_nontemporal = VEC(copy_nontemporal),
    .wide_moments = NORM_WIDE(moments),
    .wide_normalize = NORM_WIDE(normalize),
    .wide_sums = NORM_WIDE(sums),
    .wide_gradient = NORM_WIDE(gradient),
};
