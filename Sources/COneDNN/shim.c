#define _GNU_SOURCE
#include "onednn_shim.h"

#include <dlfcn.h>
#include <oneapi/dnnl/dnnl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

int onednn_version(void) {
  const dnnl_version_t *v = dnnl_version();
  return v->major * 10000 + v->minor * 100 + v->patch;
}

// Looked up, so that the package needs neither -fopenmp nor libgomp's headers; Debian's build uses OpenMP.
static void (*omp_set_num_threads_function)(int);
static void (*omp_set_dynamic_function)(int);
static int (*omp_in_parallel_function)(void);
static int (*omp_get_thread_limit_function)(void);
static void (*gomp_parallel_function)(void (*)(void *), void *, unsigned, unsigned);
static pthread_once_t omp_once = PTHREAD_ONCE_INIT;

// C has no conversion from dlsym's result to a function.
#define FIND(function, name)                             \
  do {                                                   \
    void *symbol = dlsym(RTLD_DEFAULT, name);            \
    __builtin_memcpy(&(function), &symbol, sizeof symbol); \
  } while (0)

static void find_omp(void) {
  FIND(omp_set_num_threads_function, "omp_set_num_threads");
  FIND(omp_set_dynamic_function, "omp_set_dynamic");
  FIND(omp_in_parallel_function, "omp_in_parallel");
  FIND(omp_get_thread_limit_function, "omp_get_thread_limit");
  FIND(gomp_parallel_function, "GOMP_parallel");
}

int onednn_usable_threads(int count) {
  pthread_once(&omp_once, find_omp);
  if (omp_in_parallel_function && omp_in_parallel_function()) return 1;
  int limit = omp_get_thread_limit_function ? omp_get_thread_limit_function() : count;
  return limit < count ? limit : count;
}

void onednn_set_threads(int count) {
  pthread_once(&omp_once, find_omp);
  // A team smaller than asked for would wait for its missing threads for ever.
  if (omp_set_dynamic_function) omp_set_dynamic_function(0);
  if (omp_set_num_threads_function) omp_set_num_threads_function(count);
}

bool onednn_run_on_threads(int count, void (*body)(void *), void *context) {
  pthread_once(&omp_once, find_omp);
  if (!gomp_parallel_function) return false;
  gomp_parallel_function(body, context, (unsigned)count, 0);
  return true;
}

static void nothing(void *context) { (void)context; }

// A team wider than the processors, kept by a thread that sleeps from then on. Where OMP_THREAD_LIMIT forbids as many,
// nothing changes.
static void *park(void *context) {
  (void)context;
  long processors = sysconf(_SC_NPROCESSORS_ONLN);
  gomp_parallel_function(nothing, NULL, processors > 0 ? (unsigned)processors + 1 : 2, 0);
  for (;;) pause();
  return NULL;
}

static void start_parked_thread(void) {
  pthread_once(&omp_once, find_omp);
  if (!gomp_parallel_function) return;
  // Signals belong to the host program's threads.
  sigset_t all, previous;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &previous);
  pthread_t thread;
  if (pthread_create(&thread, NULL, park, NULL) == 0) pthread_detach(thread);
  pthread_sigmask(SIG_SETMASK, &previous, NULL);
}

void onednn_calm_threads(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, start_parked_thread);
}

int onednn_sgemm(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, const float *a,
                 const float *b, float *c) {
  dnnl_dim_t lda = (dnnl_dim_t)(transpose_a ? m : k), ldb = (dnnl_dim_t)(transpose_b ? k : n);
  return dnnl_sgemm(transpose_a ? 'T' : 'N', transpose_b ? 'T' : 'N', (dnnl_dim_t)m, (dnnl_dim_t)n,
                    (dnnl_dim_t)k, 1.0f, a, lda, b, ldb, 0.0f, c, (dnnl_dim_t)n);
}
