// Laws: RapidCheck properties as GoogleTest cases that outlive what they find.
//
// All cases of a law run in a forked child. If it dies (a sanitizer's report, a signal, a hang),
// the law is checked again with a child for each case, so that RapidCheck sees the death as a
// failure and shrinks it.
#pragma once

#include <functional>
#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "explore/black_box.h"
#include "generators.h"

namespace slotproof::laws {

// More discarded cases than this part of all fail a law.
inline constexpr double kMaxDiscarded = 0.2;

// How each case of a law is run.
using Guard = std::function<void(const std::function<void()>& body)>;

// What a law is about. One about runs of slots must have spoken of some run, or it fails.
enum class Kind { kForm, kSlot };

// Checks the property as the current GoogleTest case, in the manner above. `property` gives the
// RapidCheck property whose cases call the guard.
// The law is tried on one case where others are tried on `cost`.
void check(Kind kind, int cost, const std::function<rc::detail::Property(const Guard&)>& property);

template <class... Args>
void check_law(void (*law)(Args...), int cost = 1) {
  check(Kind::kForm, cost, [law](const Guard& guard) {
    return rc::detail::toProperty([law, guard](const std::decay_t<Args>&... args) {
      std::ostringstream text;
      (rc::show(args, text), ...);
      explore::BlackBox::instance().begin(text.str());
      guard([&] { law(args...); });
    });
  });
}

}  // namespace slotproof::laws

// LAW(TextLaws, WhatIsPrintedParsesToTheSame, (const ProgramText& text)) { RC_ASSERT(...); }
#define LAW(Suite, Name, Parameters)                                        \
  void law_##Suite##_##Name Parameters;                                     \
  TEST(Suite, Name) { ::slotproof::laws::check_law(law_##Suite##_##Name); } \
  void law_##Suite##_##Name Parameters

// The same for a law whose cases take `Cost` times as long as those of others, so that it is tried
// on fewer.
#define SLOW_LAW(Suite, Name, Cost, Parameters)                                   \
  void law_##Suite##_##Name Parameters;                                           \
  TEST(Suite, Name) { ::slotproof::laws::check_law(law_##Suite##_##Name, Cost); } \
  void law_##Suite##_##Name Parameters
