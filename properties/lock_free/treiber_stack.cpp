// The stack of R. K. Treiber (1986): a list whose head is exchanged. A node that is taken, and
// pushed again while another thread is about to take it, is the ABA problem.
#include "machine_test/machine_test.h"

namespace slotproof::machine_test {
namespace {

constexpr int kNone = 0;  // nodes are numbered from 1
constexpr int kNodes = 3;

struct Node {
  std::atomic<int> next;
  int value;
};

Node g_nodes[kNodes + 1];

// A version in the upper half, which a tagged stack counts up with each change.
std::atomic<unsigned> g_head;

unsigned node_of(unsigned head) { return head & 0xffff; }

template <bool kTagged>
unsigned successor(unsigned head, int node) {
  return (kTagged ? (head & 0xffff0000) + 0x10000 : 0) + static_cast<unsigned>(node);
}

// Tries once: runs in which another was faster are left out.
template <std::memory_order kPublish, bool kTagged>
void push(int node) {
  unsigned head = g_head.load(relaxed);
  g_nodes[node].next.store(static_cast<int>(node_of(head)), relaxed);
  assume(g_head.compare_exchange_strong(head, successor<kTagged>(head, node), kPublish, relaxed));
}

template <std::memory_order kTake, bool kTagged>
int pop() {
  unsigned head = g_head.load(kTake);
  const auto node = static_cast<int>(node_of(head));
  if (node == kNone) return kNone;
  const int next = g_nodes[node].next.load(relaxed);
  assume(g_head.compare_exchange_strong(head, successor<kTagged>(head, next), kTake, relaxed));
  return node;
}

template <bool kTagged>
void two_nodes() {
  g_head.store(0, relaxed);
  push<release, kTagged>(2);
  push<release, kTagged>(1);
}

// A node that is pushed by one thread and taken by another carries its value along.
template <std::memory_order kPublish, std::memory_order kTake>
Program handover() {
  return {.setup = [] { g_head.store(0, relaxed); },
          .threads = {[] {
                        g_nodes[1].value = 7;
                        push<kPublish, true>(1);
                      },
                      [] {
                        g_nodes[2].value = 8;
                        push<kPublish, true>(2);
                      },
                      [] {
                        const int node = pop<kTake, true>();
                        r1 = node == kNone ? 0 : g_nodes[node].value;
                      }}};
}

// One takes a node; the other takes both and gives the first back. Afterwards each node must be in
// one place.
template <bool kTagged>
Program reuse() {
  return {.setup = two_nodes<kTagged>,
          .threads = {[] { r1 = pop<acquire, kTagged>(); },
                      [] {
                        const int first = pop<acquire, kTagged>();
                        r2 = pop<acquire, kTagged>();
                        if (first != kNone) push<release, kTagged>(first);
                      }},
          .finally = [] {
            const int left = pop<acquire, kTagged>();
            require(left == kNone || (left != r1 && left != r2), "a node in two places");
          }};
}

const Test kTests[] = {
    {"TreiberStack", "HandsOverWhatIsBehindANode", handover<release, acquire>(), {"0", "7", "8"}},
    {"TreiberStack", "RelaxedPush", handover<relaxed, acquire>(), {"0", "data race"}},
    {"TreiberStack", "RelaxedPop", handover<release, relaxed>(), {"0", "data race"}},
    {"TreiberStack", "TaggedHeadHasNoAba", reuse<true>(), {"0 2", "1 0", "1 2", "2 0"}},
    {"TreiberStack", "Aba", reuse<false>(), {"0 2", "1 0", "1 2", "2 0", "a node in two places"}},
};

}  // namespace
}  // namespace slotproof::machine_test
