#include "explore/mend.h"

#include <algorithm>
#include <utility>

#include "explore/weaken.h"

namespace slotproof::explore {
namespace {

class Mender {
 public:
  Mender(Runner& runner, AtomicSites& sites, const program::Program& program, const Limits& limits,
         const std::function<void(std::uint64_t)>& progress)
      : runner_(runner), sites_(sites), program_(program), limits_(limits), progress_(progress) {}

  Mending run() {
    Mending mending;
    std::vector<Strengthened> all;
    // Stronger orders may lead past operations that were not met before.
    for (std::size_t known = 0;; known = all.size()) {
      mending.control = with(all);
      all = strongest();
      if (all.size() == known) break;
    }
    if (!mending.helps()) return mending;
    for (const Strengthened& one : all) add_weakest(one.site, mending.mends);
    if (mending.mends.empty() && !all.empty()) mending.mends.push_back(fewest(std::move(all)));
    return mending;
  }

 private:
  // Every execution with these changes; once more if it turns out that not all copies of a site
  // were known.
  Exhausted with(const std::vector<Strengthened>& changes) {
    sites_.restore();
    for (const Strengthened& one : changes) sites_.override_orders(one.site.place, one.orders);
    Exhausted all;
    do all = exhaust(runner_, program_, Enumeration::kReduced, limits_);
    while (sites_.learn());
    executions_ += all.executions;
    if (progress_) progress_(executions_);
    sites_.restore();
    return all;
  }

  // All sites that were met, with their strongest orders, where these are not theirs already.
  std::vector<Strengthened> strongest() const {
    std::vector<Strengthened> all;
    const std::vector<std::string> met = sites_.met();
    for (const AtomicSite& site : sites_.sites()) {
      if (!std::ranges::binary_search(met, site.place)) continue;
      const std::vector<Orders> stronger = stronger_orders(site.kind, site.orders);
      if (!stronger.empty()) all.push_back({site, stronger.back()});
    }
    return all;
  }

  // The weakest orders of the site that suffice alone: several if none is weaker than another.
  void add_weakest(const AtomicSite& site, std::vector<Mend>& mends) {
    std::vector<Orders> sufficient;
    for (const Orders& orders : stronger_orders(site.kind, site.orders)) {
      const auto than_this = [&](const Orders& weaker) { return is_weaker(weaker, orders); };
      if (std::ranges::any_of(sufficient, than_this)) continue;
      const Exhausted all = with({{site, orders}});
      if (all.finding) continue;
      sufficient.push_back(orders);
      mends.push_back({{{site, orders}}, all.executions, all.complete});
    }
  }

  // Of changes that suffice together those that are needed, with orders that are needed: first the
  // source's orders come back where they can, then weaker ones come where they do.
  Mend fewest(std::vector<Strengthened> changes) {
    for (std::size_t c = 0; c < changes.size();) {
      std::vector<Strengthened> fewer = changes;
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(c));
      if (with(fewer).finding) {
        ++c;
      } else {
        changes = std::move(fewer);
      }
    }
    for (Strengthened& one : changes) {
      for (const Orders& orders : stronger_orders(one.site.kind, one.site.orders)) {
        one.orders = orders;
        if (!with(changes).finding) break;
      }
    }
    const Exhausted all = with(changes);
    return {std::move(changes), all.executions, all.complete};
  }

  Runner& runner_;
  AtomicSites& sites_;
  const program::Program& program_;
  const Limits& limits_;
  const std::function<void(std::uint64_t)>& progress_;
  std::uint64_t executions_ = 0;
};

}  // namespace

Mending mend(Runner& runner, AtomicSites& sites, const program::Program& program,
             const Limits& limits, const std::function<void(std::uint64_t)>& progress) {
  sites.forget_met();
  return Mender(runner, sites, program, limits, progress).run();
}

}  // namespace slotproof::explore
