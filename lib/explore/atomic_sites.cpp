#include "explore/atomic_sites.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "report/symbolize.h"

namespace slotproof::explore {
namespace {

using machine::AtomicKind;
using machine::MemoryOrder;

// As the standard spells them, and in the order of the enumeration.
constexpr std::array<std::string_view, 6> kOrderWords = {"relaxed", "consume", "acquire",
                                                         "release", "acq_rel", "seq_cst"};

std::string_view word(MemoryOrder order) { return kOrderWords[static_cast<std::size_t>(order)]; }

std::optional<MemoryOrder> order_named(std::string_view text) {
  const auto found = std::ranges::find(kOrderWords, text);
  if (found == kOrderWords.end()) return std::nullopt;
  return static_cast<MemoryOrder>(found - kOrderWords.begin());
}

// Of the slot's source, the standard library is no part.
bool is_library(const report::Frame& frame) {
  return frame.function.starts_with("std::") ||
         frame.function.find(" std::") < frame.function.find('(') ||
         frame.function.starts_with("__gnu_cxx::") ||
         frame.place.find("/c++/") != std::string::npos;
}

}  // namespace

std::string print(const Orders& orders) {
  return orders.failure ? fmt::format("{}/{}", word(orders.order), word(*orders.failure))
                        : std::string(word(orders.order));
}

std::optional<Orders> parse_orders(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::optional<MemoryOrder> order = order_named(text.substr(0, slash));
  if (!order) return std::nullopt;
  Orders orders{*order, std::nullopt};
  if (slash == std::string_view::npos) return orders;
  orders.failure = order_named(text.substr(slash + 1));
  return orders.failure ? std::optional(orders) : std::nullopt;
}

void AtomicSites::override_orders(std::string place, const Orders& orders) {
  overrides_.push_back({std::move(place), orders});
  apply();
}

void AtomicSites::apply() {
  for (const void* const pc : order_) {
    Copy& copy = copies_.at(pc);
    copy.orders.reset();
    for (const Override& o : overrides_) {
      const bool fits = copy.known && copy.site.place == o.place &&
                        copy.site.orders.failure.has_value() == o.orders.failure.has_value();
      if (fits) copy.orders = o.orders;
    }
  }
}

bool AtomicSites::learn() {
  std::vector<const void*> unknown;
  for (const void* const pc : order_) {
    if (!copies_.at(pc).known) unknown.push_back(pc);
  }
  if (unknown.empty()) return false;
  const std::vector<std::vector<report::Frame>> stacks = report::symbolize_each(unknown);
  for (std::size_t u = 0; u < unknown.size(); ++u) {
    const std::vector<report::Frame>& frames = stacks[u];
    auto frame = std::ranges::find_if_not(frames, is_library);
    if (frame == frames.end()) frame = frames.begin();
    Copy& copy = copies_.at(unknown[u]);
    copy.known = true;
    copy.site.function = frame->function;
    copy.site.place =
        frame->column == 0 ? frame->place : fmt::format("{}:{}", frame->place, frame->column);
  }
  apply();
  return std::ranges::any_of(unknown,
                             [&](const void* pc) { return copies_.at(pc).orders.has_value(); });
}

std::vector<AtomicSite> AtomicSites::sites() const {
  std::map<std::string, AtomicSite> by_place;
  for (const void* const pc : order_) {
    const Copy& copy = copies_.at(pc);
    if (copy.known) by_place.emplace(copy.site.place, copy.site);
  }
  std::vector<AtomicSite> sites;
  for (auto& [place, site] : by_place) sites.push_back(std::move(site));
  return sites;
}

std::vector<std::string> AtomicSites::met() const {
  std::vector<std::string> places;
  for (const void* const pc : order_) {
    const Copy& copy = copies_.at(pc);
    if (copy.met && copy.known) places.push_back(copy.site.place);
  }
  std::ranges::sort(places);
  const auto repeated = std::ranges::unique(places);
  places.erase(repeated.begin(), repeated.end());
  return places;
}

void AtomicSites::forget_met() {
  for (const void* const pc : order_) copies_.at(pc).met = false;
}

void AtomicSites::revise(machine::AtomicRequest& request) {
  const auto [at, is_new] = copies_.try_emplace(request.pc);
  Copy& copy = at->second;
  copy.met = true;
  if (is_new) {
    copy.site.kind = request.kind;
    copy.site.orders.order = request.order;
    if (request.kind == AtomicKind::kCompareExchange) copy.site.orders.failure = request.failure;
    order_.push_back(request.pc);
  }
  if (!copy.orders) return;
  request.order = copy.orders->order;
  if (copy.orders->failure) request.failure = *copy.orders->failure;
}

}  // namespace slotproof::explore
