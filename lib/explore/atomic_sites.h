// The atomic operations of a slot's source, and their memory orders, to be looked at and changed.
//
// A *site* is a place in the source: one call of an atomic operation, of which a compiler may have
// made several copies. Copies are told by the symbolizer, after they were met for the first time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "machine/order_policy.h"

namespace slotproof::explore {

// The orders of a site. A compare-exchange has two.
struct Orders {
  machine::MemoryOrder order = machine::MemoryOrder::kRelaxed;
  std::optional<machine::MemoryOrder> failure;

  friend bool operator==(const Orders&, const Orders&) = default;
};

// "relaxed", "acq_rel/acquire"
std::string print(const Orders& orders);
std::optional<Orders> parse_orders(std::string_view text);

struct AtomicSite {
  std::string place;  // "lib/c10/core/impl/PyObjectSlot.h:110:49"; where debug information has no
                      // line, what report::Frame has
  std::string function;
  machine::AtomicKind kind{};
  Orders orders;  // as the source has them
};

// Learns the sites of a slot from its runs, and gives them other orders. For
// Runner::set_order_policy.
class AtomicSites final : public machine::OrderPolicy {
 public:
  // Operations at `place` have these orders from now on; those of another kind keep their own.
  void override_orders(std::string place, const Orders& orders);
  // All have those of the source again.
  void restore() { overrides_.clear(), apply(); }

  // Looks up what was met for the first time since. Gives whether one of these was to have other
  // orders: then the runs since were not what they should have been, and are to be repeated.
  bool learn();

  // In the order of their places.
  std::vector<AtomicSite> sites() const;

  // The places that were met since the last forget_met(), sorted; only what learn() knows of.
  std::vector<std::string> met() const;
  void forget_met();

  void revise(machine::AtomicRequest& request) override;

 private:
  struct Copy {
    AtomicSite site;
    bool known = false;  // site.place is
    bool met = false;
    std::optional<Orders> orders;  // other than the source's
  };
  struct Override {
    std::string place;
    Orders orders;
  };

  void apply();

  std::unordered_map<const void*, Copy> copies_;  // looked up alone: never gone through as it lies
  std::vector<const void*> order_;                // in which they were met
  std::vector<Override> overrides_;
};

}  // namespace slotproof::explore
