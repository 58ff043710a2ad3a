#include <c10/core/impl/HermeticPyObjectTLS.h>

namespace c10::impl {

constinit thread_local bool HermeticPyObjectTLS::state_ = false;

}  // namespace c10::impl
