// What AddressSanitizer does by default in every program that runs cases. ASAN_OPTIONS still wins.

extern "C" {

// The build asks each executable for this name (slotproof_link), which brings the file into it: the
// sanitizer has a weak definition of the function below, so nobody would miss ours.
//
//   halt_on_error=0        a bad access of a simulated thread ends its run, not the process
//   suppress_equal_pcs=0   the same bad access is reported in each run, not in the first one alone
//   symbolize=1            reports of crashes outside of simulated threads are for people; needs
//                          llvm-symbolizer in the PATH, or ASAN_SYMBOLIZER_PATH
//   detect_stack_use_after_return=0
//                          with it each fiber would get a fake stack anew in every run, which costs
//                          six times what the run does
//   detect_leaks=0         a run that ends in the middle leaves what its threads had allocated, and
//                          LeakSanitizer does not know the stacks of fibers; the world has its own
//                          account of what is left over
//   handle_segv ... = 1, allow_user_segv_handler=1
//                          crashes outside of simulated threads get a report, and the machine's
//                          handlers may stand before it
//   handle_abort=0         likewise, but the report would only repeat the message of abort()
//   use_sigaltstack=1      the handlers also run when a stack has overflowed
//   detect_odr_violation=0 plug-ins define the same names as the slot that is linked in
//   quarantine_size_mb=16  enough for the frees of thousands of runs; of a larger one it takes a
//                          tenth of a second to give memory back, in the middle of some run
//   malloc_fill_byte=191   0xbf, as without AddressSanitizer (heap_hooks_libc.cpp): in a pointer
//                          that nobody initialised the lowest bit, a flag to slots, is set
//   detect_container_overflow=0
//                          libc++ tells AddressSanitizer of the unused ends of containers, and not
//                          all of the code that fills them is compiled to tell
extern const char slotproof_sanitizer_options[];
const char slotproof_sanitizer_options[] =
    "halt_on_error=0:suppress_equal_pcs=0:symbolize=1:detect_stack_use_after_return=0:"
    "detect_leaks=0:handle_segv=1:handle_sigbus=1:handle_sigfpe=1:handle_sigill=1:handle_abort=0:"
    "allow_user_segv_handler=1:use_sigaltstack=1:detect_odr_violation=0:"
    "quarantine_size_mb=16:malloc_fill_byte=191:detect_container_overflow=0";

const char* __asan_default_options();
const char* __asan_default_options() { return slotproof_sanitizer_options; }

}  // extern "C"
