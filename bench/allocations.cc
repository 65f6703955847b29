#include "bench/allocations.h"

#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

constinit thread_local bench::Allocations allocations_of_this_thread;

void* Counted(std::size_t size, void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  ++allocations_of_this_thread.count;
  allocations_of_this_thread.bytes += static_cast<std::int64_t>(size);
  return memory;
}

}  // namespace

// The standard library's other forms (arrays, nothrow) call these.
void* operator new(std::size_t size) { return Counted(size, std::malloc(size == 0 ? 1 : size)); }

void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto boundary = static_cast<std::size_t>(alignment);
  // aligned_alloc takes multiples of the alignment only.
  const std::size_t padded = (size + boundary - 1) / boundary * boundary;
  return Counted(size, std::aligned_alloc(boundary, padded == 0 ? boundary : padded));
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace bench {

Allocations AllocationsSoFar() { return allocations_of_this_thread; }

}  // namespace bench
